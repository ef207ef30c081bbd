"""What a workflow that merges is allowed to do, and whose code it runs."""

import re
from collections.abc import Iterator

from ...model import Finding
from ..rights import may_write, unpinned
from ..workflows import Workflow, steps
from . import (
    REASON_CHECKOUT,
    REASON_EXPRESSION,
    REASON_PERMISSIONS,
    REASON_TARGET,
    REASON_UNPINNED,
)
from .simulation import merging_jobs

#: What gh needs in order to switch auto-merge on.
NEEDED = ("contents", "pull-requests")
#: What an author of a pull request, or of a package, may have written.
_FOREIGN = re.compile(r"\$\{\{[^}]*\b(?:github\.(?:event\b|head_ref)|steps\.|needs\.|inputs\.)", re.IGNORECASE)


def findings(workflow: Workflow) -> Iterator[Finding]:
    """What is wider than need be; of the jobs that merge."""
    if "pull_request_target" in workflow.on:
        yield Finding(
            REASON_TARGET,
            "it runs with this repository's rights and secrets for pull requests of anybody.",
            workflow.file,
            "Run it on pull_request, and give the job its permissions: Dependabot's runs get them, forks' do not.",
        )
    for name in merging_jobs(workflow):
        job, place = workflow.jobs[name], f"{workflow.file}: {name}"
        for used in unpinned(job):
            yield Finding(
                REASON_UNPINNED,
                f"{used} can be changed by its owner, or by who steals the owner's account, and it may merge.",
                place,
                "Name the commit of the release in 40 digits, with the version in a comment for Dependabot.",
            )
        wide = [one for one in may_write(job.get("permissions", workflow.permissions)) if one not in NEEDED]
        if wide:
            told = f"the job may write {', '.join(wide)}."
            yield Finding(REASON_PERMISSIONS, told, place, "Give it contents: write and pull-requests: write only.")
        for step, action in steps(job):
            if action == "actions/checkout":
                told = "the job fetches the code of the pull request beside its right to merge."
                yield Finding(REASON_CHECKOUT, told, place, "Remove the step: to merge takes no checkout.")
            if _FOREIGN.search(str(step.get("run", ""))):
                told = "a script is put together with what a pull request says, which then is a part of the script."
                yield Finding(REASON_EXPRESSION, told, place, 'Pass it as a variable: env, and "$NAME" in the script.')
