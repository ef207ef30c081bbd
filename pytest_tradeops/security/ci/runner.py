"""The variables that a runner of GitHub sets: a script that asks for one must be answered as it would be there.

Source: https://docs.github.com/actions/reference/workflows-and-actions/variables .
"""

#: What is set in every run at GitHub, whatever started it.
_OF_A_RUN = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "a-person",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_REPOSITORY": "octo-org/bot",
    "GITHUB_REPOSITORY_OWNER": "octo-org",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_RUN_ID": "1",
    "GITHUB_RUN_NUMBER": "1",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_SHA": "0" * 40,
    "GITHUB_TRIGGERING_ACTOR": "a-person",
    "GITHUB_WORKFLOW": "a-workflow",
    "RUNNER_ARCH": "X64",
    "RUNNER_ENVIRONMENT": "github-hosted",
    "RUNNER_NAME": "a-runner",
    "RUNNER_OS": "Linux",
}


def of_a_run(event: str, branch: str, job: str) -> dict[str, str]:
    """The variables of a run.

    Args:
        event: `pull_request`, `push` or `schedule`.
        branch: The default branch, which the pull request is for.
    """
    pull = event == "pull_request"
    return {
        **_OF_A_RUN,
        "GITHUB_EVENT_NAME": event,
        "GITHUB_BASE_REF": branch if pull else "",
        "GITHUB_HEAD_REF": "a-branch" if pull else "",
        "GITHUB_REF": "refs/pull/7/merge" if pull else f"refs/heads/{branch}",
        "GITHUB_REF_NAME": "7/merge" if pull else branch,
        "GITHUB_JOB": job,
    }
