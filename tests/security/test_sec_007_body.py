"""SEC-007 as a whole: exactly patches are merged, by whom, with what rights, and what GitHub says of its guards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from github_support import Outcome, merging_subject, outcome, without_token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.security import automerge
from pytest_tradeops.security.automerge import events, examining
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.standins.github_access import Token
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_007 as sec_007

BODY = sec_007.test_sec_007
REPOSITORY = Path(__file__).resolve().parents[2]
UPDATE = "steps.metadata.outputs.update-type"
NAMES = "steps.metadata.outputs.dependency-names"
PATCH = f"{UPDATE} == '{automerge.PATCH}'"
LEFT = f"!contains({NAMES}, 'nautilus') && !contains({NAMES}, 'ccxt')"
MERGE = 'gh pr merge --auto --squash "$PULL_REQUEST"'


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A subject that trades with ccxt, with the workflow that `tradeops init` writes."""
    demands = {"requirements.txt": "ccxt==4.5.0\nrequests==2.32.3 # binance\n"}
    return merging_subject(tmp_path / "subject", monkeypatch, demands)


def changed(subject: Subject, change: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], object]) -> Subject:
    """The subject after a change of its workflow, the job in it and the step that merges."""
    document = yaml.safe_load((subject.root / automerge.FILE).read_text(encoding="utf-8"))
    if True in document:
        document["on"] = document.pop(True)
    job = document["jobs"]["patch"]
    change(document, job, job["steps"][1])
    (subject.root / automerge.FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    return subject


def reasons(subject: Subject, standin: GitHubStandin) -> set[str]:
    return set(outcome(BODY, subject, standin).reasons)


def test_what_init_writes_merges_patches_only(subject: Subject, github: GitHubStandin) -> None:
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, ended.inconclusive.startswith("No real repository was asked")) == ((), True), ended.said
    assert ended.facts["merged"] == ["a patch of requests", "a group of patches"]
    assert ended.facts["pull requests run through them"] == 15
    assert ended.facts["packages left to a person"] == ["ccxt", "nautilus-trader", "nautilus_trader"]
    assert (ended.facts["auto-merge allowed"], ended.facts["required checks"]) == (True, ["gate"])


def test_this_repositorys_own_is_what_init_writes(github: GitHubStandin, monkeypatch: pytest.MonkeyPatch) -> None:
    without_token(monkeypatch)
    assert (REPOSITORY / automerge.FILE).read_text(encoding="utf-8") == automerge.starter("main")
    assert examining.findings(examining.examine(REPOSITORY, branch="main")) == []


def test_the_starter_leaves_every_package_of_the_list_to_a_person() -> None:
    text = automerge.starter("main")
    assert all(f"!contains({NAMES}, '{word}')" in text for word in automerge.BY_HAND)
    assert text.count("!contains(") == len(automerge.BY_HAND)


def test_no_workflow_names_the_command(subject: Subject, github: GitHubStandin) -> None:
    (subject.root / automerge.FILE).unlink()
    ended = outcome(BODY, subject, github)
    assert ended.reasons == (automerge.REASON_MISSING,)
    assert "Run `tradeops init auto-merge`." in ended.said


def when(condition: str) -> Callable[[Any, Any, Any], object]:
    return lambda whole, job, step: step.update({"if": condition})


def who(condition: str) -> Callable[[Any, Any, Any], object]:
    return lambda whole, job, step: job.update({"if": condition})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (when(f"{UPDATE} != 'version-update:semver-major' && {LEFT}"), {automerge.REASON_NOT_PATCH}),
        (when(f"startsWith({UPDATE}, 'version-update:') && {LEFT}"), {automerge.REASON_NOT_PATCH}),
        (when(f"({PATCH} || {UPDATE} == 'version-update:semver-minor') && {LEFT}"), {automerge.REASON_NOT_PATCH}),
        (when(f"contains(fromJSON('[\"version-update:semver-patch\", \"version-update:semver-minor\"]'), {UPDATE}) && {LEFT}"), {automerge.REASON_NOT_PATCH}),
        (when(f"{UPDATE} != 'version-update:semver-major' && {UPDATE} != 'version-update:semver-minor' && {LEFT}"), {automerge.REASON_NOT_PATCH}),
        (when(f"always() && {LEFT}"), {automerge.REASON_NOT_PATCH}),
        (lambda whole, job, step: (job.pop("if"), step.update({"if": f"always() && {LEFT}"})), {automerge.REASON_NOT_PATCH, automerge.REASON_IMPOSTOR}),
        (when(LEFT), {automerge.REASON_NOT_PATCH}),
        (when(f"hashFiles('x') != '' && {LEFT}"), {automerge.REASON_NOT_PATCH}),
        (lambda whole, job, step: step.pop("if"), {automerge.REASON_NOT_PATCH, automerge.REASON_BY_HAND}),
        (when(PATCH), {automerge.REASON_BY_HAND}),
        (when(f"{PATCH} && !contains({NAMES}, 'nautilus_trader') && !contains({NAMES}, 'ccxt')"), {automerge.REASON_BY_HAND}),
        (when(f"{PATCH} && !contains({NAMES}, 'nautilus')"), {automerge.REASON_BY_HAND}),
        (when(f"{PATCH} && !startsWith({NAMES}, 'nautilus') && {NAMES} != 'ccxt'"), {automerge.REASON_BY_HAND}),
        (who("github.event.pull_request.user.login == 'nobody'"), {automerge.REASON_NEVER}),
        (when("steps.metadata.outputs.update_type == 'version-update:semver-patch'"), {automerge.REASON_NEVER}),
        (when("steps.meta.outputs.update-type == 'version-update:semver-patch'"), {automerge.REASON_NEVER}),
        (when(f"{PATCH} && {LEFT} && failure()"), {automerge.REASON_NEVER}),
        (lambda whole, job, step: job["steps"].reverse(), {automerge.REASON_NEVER}),
        (lambda whole, job, step: job.update(needs="absent"), {automerge.REASON_NEVER}),
        (lambda whole, job, step: step["env"].pop("GH_TOKEN"), {automerge.REASON_NEVER}),
        (lambda whole, job, step: step["env"].pop("PULL_REQUEST"), {automerge.REASON_NEVER}),
        (lambda whole, job, step: step.update(run="gh pr merge --auto --squash https://github.com/octo-org/bot/pull/8"), {automerge.REASON_NEVER}),
        (lambda whole, job, step: step.update(run="exit 1\ngh pr merge --auto \"$PULL_REQUEST\""), {automerge.REASON_NEVER}),
        (lambda whole, job, step: step.update(run="./scripts/merge.sh"), {automerge.REASON_MISSING}),
        (lambda whole, job, step: step.update(run='gh pr merge --disable-auto "$PULL_REQUEST"'), {automerge.REASON_NEVER}),
        (lambda whole, job, step: whole["on"].update(pull_request={"branches": ["develop"]}), {automerge.REASON_NEVER}),
        (lambda whole, job, step: whole["on"].update(pull_request={"types": ["closed"]}), {automerge.REASON_NEVER}),
        (lambda whole, job, step: whole["on"].update(pull_request={"paths": ["docs/**"]}), {automerge.REASON_NEVER}),
        (lambda whole, job, step: step.update(run='gh pr merge --squash "$PULL_REQUEST"'), {automerge.REASON_AT_ONCE}),
        (lambda whole, job, step: step.update(run='gh pr merge --admin --squash "$PULL_REQUEST"'), {automerge.REASON_AT_ONCE}),
        (lambda whole, job, step: step.update(run='gh pr merge --auto --admin "$PULL_REQUEST"'), {automerge.REASON_AT_ONCE}),
        (lambda whole, job, step: job.pop("permissions"), {automerge.REASON_CANNOT}),
        (lambda whole, job, step: job.update(permissions={"contents": "write"}), {automerge.REASON_CANNOT}),
        (lambda whole, job, step: job.update(permissions="write-all"), {automerge.REASON_PERMISSIONS}),
        (lambda whole, job, step: job["permissions"].update(actions="write"), {automerge.REASON_PERMISSIONS}),
        (lambda whole, job, step: job["steps"][0].update(uses="dependabot/fetch-metadata@v3"), {automerge.REASON_UNPINNED}),
        (lambda whole, job, step: job["steps"].insert(0, {"uses": f"actions/checkout@{'0' * 40}"}), {automerge.REASON_CHECKOUT}),
        (lambda whole, job, step: whole.update(on={"pull_request_target": {"branches": ["main"]}}), {automerge.REASON_TARGET}),
        (lambda whole, job, step: step.update(run='gh pr merge --auto "${{ github.event.pull_request.html_url }}"'), {automerge.REASON_EXPRESSION}),
        (lambda whole, job, step: step.update(run='echo ${{ github.head_ref }}\ngh pr merge --auto "$PULL_REQUEST"'), {automerge.REASON_EXPRESSION}),
        (lambda whole, job, step: (step.pop("run"), step.pop("env"), step.update({"uses": f"x/auto-merge@{'0' * 40}", "if": LEFT})), {automerge.REASON_NOT_PATCH}),
        (lambda whole, job, step: (step.pop("run"), step.update({"uses": f"actions/github-script@{'0' * 40}", "if": LEFT, "with": {"script": "await github.rest.pulls.merge({})"}})), {automerge.REASON_NOT_PATCH}),
        (lambda whole, job, step: job["steps"].append({"uses": "./.github/actions/merge"}), {automerge.REASON_NOT_PATCH, automerge.REASON_BY_HAND}),
        (lambda whole, job, step: whole["jobs"].update(all={"uses": f"x/y/.github/workflows/merge.yml@{'0' * 40}"}), {automerge.REASON_NOT_PATCH, automerge.REASON_BY_HAND, automerge.REASON_IMPOSTOR}),
        (lambda whole, job, step: job["steps"].append({"run": 'curl -X PUT "https://api.github.com/repos/$GITHUB_REPOSITORY/pulls/7/merge"'}), {automerge.REASON_NOT_PATCH, automerge.REASON_BY_HAND, automerge.REASON_AT_ONCE}),
        (lambda whole, job, step: job.pop("runs-on"), {automerge.REASON_INVALID}),
        (lambda whole, job, step: whole["jobs"].clear(), {automerge.REASON_INVALID}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    subject: Subject, github: GitHubStandin, change: Callable[[Any, Any, Any], object], expected: set[str]
) -> None:
    changed(subject, change)
    ended = outcome(BODY, subject, github)
    assert set(ended.reasons) == expected, ended.said
    assert not github.server.exchanges, "GitHub is not asked about what the files already fail"


def without_metadata(condition: str) -> Callable[[Any, Any, Any], object]:
    """A workflow that goes by title and actor, without looking at who wrote the pull request."""

    def change(whole: Any, job: Any, step: Any) -> None:
        job["steps"].remove(job["steps"][0])
        job["if"] = condition
        step.pop("if")

    return change


@pytest.mark.parametrize(
    "condition",
    [
        "github.actor == 'dependabot[bot]'",
        "github.triggering_actor == 'dependabot[bot]'",
        "startsWith(github.head_ref, 'dependabot/')",
        "startsWith(github.event.pull_request.title, 'Bump ')",
        "contains(github.event.pull_request.user.login, 'dependabot')",
        "contains(github.event.pull_request.labels.*.name, 'dependabot')",
    ],
)
def test_an_impostor_is_let_through(subject: Subject, github: GitHubStandin, condition: str) -> None:
    assert automerge.REASON_IMPOSTOR in reasons(changed(subject, without_metadata(condition)), github)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("startsWith(github.event.pull_request.title, 'Bump ')", {automerge.REASON_NOT_PATCH, automerge.REASON_BY_HAND, automerge.REASON_IMPOSTOR}),
        ("contains(github.event.pull_request.labels.*.name, 'automerge')", set()),
        ("github.event.pull_request.user.login == 'octocat'", set()),
    ],
)  # fmt: skip
def test_another_workflow_that_merges_is_run_as_far_as_it_is_certain(
    subject: Subject, github: GitHubStandin, condition: str, expected: set[str]
) -> None:
    steps = [
        {
            "run": MERGE,
            "env": {"GH_TOKEN": "${{ github.token }}", "PULL_REQUEST": "${{ github.event.pull_request.html_url }}"},
        }
    ]
    other = {"on": "pull_request", "jobs": {"all": {"if": condition, "runs-on": "x", "steps": steps}}}
    (subject.root / automerge.FILE).with_name("people.yml").write_text(yaml.safe_dump(other), encoding="utf-8")
    assert reasons(subject, github) == expected


@pytest.mark.parametrize(
    "used", ["actions/upload-artifact/merge", "actions/checkout", "x/merge-coverage-reports", "./.github/actions/setup"]
)
def test_what_merges_something_else_is_none(subject: Subject, github: GitHubStandin, used: str) -> None:
    other = {
        "on": "pull_request",
        "jobs": {"dependabot": {"runs-on": "x", "steps": [{"uses": f"{used}@{'0' * 40}" if used[0] != "." else used}]}},
    }
    (subject.root / automerge.FILE).with_name("reports.yml").write_text(yaml.safe_dump(other), encoding="utf-8")
    assert reasons(subject, github) == set()


def test_no_other_script_is_ever_run(subject: Subject, github: GitHubStandin, tmp_path: Path) -> None:
    script = f"git merge-base a b; touch {tmp_path / 'ran'} # dependabot"
    changed(subject, lambda whole, job, step: job["steps"].insert(0, {"run": script}))
    assert reasons(subject, github) == set()
    assert not (tmp_path / "ran").exists()


def test_the_action_refuses_impostors_itself_unless_it_is_told_not_to(subject: Subject, github: GitHubStandin) -> None:
    changed(subject, lambda whole, job, step: job.pop("if"))
    assert reasons(subject, github) == set()
    changed(subject, lambda whole, job, step: job["steps"][0].update({"with": {"skip-verification": True}}))
    assert reasons(subject, github) == {automerge.REASON_IMPOSTOR}
    changed(subject, lambda whole, job, step: job["steps"][0].update({"with": {}, "continue-on-error": True}))
    assert reasons(subject, github) == set()
    changed(subject, when(f"always() && steps.metadata.outcome == 'failure' || {PATCH} && {LEFT}"))
    assert reasons(subject, github) == {automerge.REASON_IMPOSTOR}


def two_jobs(whole: Any, job: Any, step: Any) -> None:
    metadata = {
        **job,
        "steps": [job["steps"][0]],
        "outputs": {"update": f"${{{{ {UPDATE} }}}}", "names": f"${{{{ {NAMES} }}}}"},
    }
    later = {name: value for name, value in job.items() if name != "if"}
    ready = "needs.metadata.outputs.update == 'version-update:semver-patch'"
    left = "!contains(needs.metadata.outputs.names, 'nautilus') && !contains(needs.metadata.outputs.names, 'ccxt')"
    whole["jobs"] = {
        "patch": {**later, "needs": ["metadata"], "if": f"{ready} && {left}", "steps": [{**step, "if": True}]},
        "metadata": metadata,
    }


@pytest.mark.parametrize(
    "change",
    [
        when(f"${{{{ {PATCH} && {LEFT} }}}}"),
        when(f"steps.metadata.outputs['update-type'] == '{automerge.PATCH}' && {LEFT}"),
        when(f"contains(fromJSON('[\"{automerge.PATCH}\"]'), {UPDATE}) && {LEFT}"),
        when(f"{PATCH} && {LEFT} && vars.AUTO_MERGE != 'off'"),
        when(f"{PATCH} && {LEFT} && steps.metadata.outputs.dependency-group == ''"),
        who("github.event.pull_request.user.id == 49699333"),
        who("github.actor == 'dependabot[bot]'"),
        two_jobs,
        lambda whole, job, step: step.update({"if": LEFT, "env": {**step["env"], "UPDATE": f"${{{{ {UPDATE} }}}}"}, "run": f'[ "$UPDATE" = {automerge.PATCH} ] || exit 0\n{MERGE}'}),
        lambda whole, job, step: step.update({"if": PATCH, "env": {**step["env"], "NAMES": f"${{{{ {NAMES} }}}}"}, "run": f'case "$NAMES" in *nautilus*|*ccxt*) exit 0;; esac\n{MERGE}'}),
        lambda whole, job, step: step.update({"run": 'set -x\nurl=$(jq -r .pull_request.html_url "$GITHUB_EVENT_PATH")\ngh pr merge "$url" --merge --auto', "shell": "bash"}),
        lambda whole, job, step: step.update(run="gh pr merge --auto --rebase 7"),
        lambda whole, job, step: step.update({"if": LEFT, "env": {**step["env"], "T": "${{ github.event.pull_request.title }}"}, "run": f'echo "$T" | grep -qE "from ([0-9]+\\.[0-9]+)\\.[0-9]+ to \\1\\." || exit 0\n{MERGE}'}),
        lambda whole, job, step: whole["on"].update(push={"branches": ["main"]}),
        lambda whole, job, step: step.update({"run": "gh api graphql -f query='mutation { enablePullRequestAutoMerge(input: {}) { clientMutationId } }'", "shell": "sh"}),
        lambda whole, job, step: (whole.update(env={"GH_TOKEN": "${{ github.token }}"}), step["env"].pop("GH_TOKEN")),
        lambda whole, job, step: (job.pop("permissions"), step["env"].update(GH_TOKEN="${{ secrets.MERGE_TOKEN }}")),
        lambda whole, job, step: (job["steps"].insert(1, {"id": "app", "uses": f"actions/create-github-app-token@{'0' * 40}"}), step["env"].update(GH_TOKEN="${{ steps.app.outputs.token }}")),
        lambda whole, job, step: (whole.update(permissions=job.pop("permissions"))),
        lambda whole, job, step: job["steps"].append({"if": "failure()", "run": "echo not merged"}),
        lambda whole, job, step: whole["on"].update(pull_request=None),
        lambda whole, job, step: whole["on"].update(pull_request={"types": ["opened", "reopened"]}),
        lambda whole, job, step: whole["on"].update(workflow_dispatch={}),
    ],
)  # fmt: skip
def test_other_ways_to_do_it_pass(
    subject: Subject, github: GitHubStandin, change: Callable[[Any, Any, Any], object]
) -> None:
    ended = outcome(BODY, changed(subject, change), github)
    assert (ended.reasons, ended.inconclusive[:12]) == ((), "No real repo"), ended.said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda whole, job, step: (whole.update(on={"workflow_run": {"workflows": ["CI"], "types": ["completed"]}}), job.pop("if")), "merges on workflow_run, which is not simulated"),
        (lambda whole, job, step: whole["jobs"].update(all={**job, "if": "github.event_name == 'schedule'"}) or whole["on"].update(schedule=[{"cron": "0 0 * * *"}]), "merges on schedule"),
        (lambda whole, job, step: step.update({"shell": "pwsh"}), "for the shell 'pwsh' cannot be run here"),
        (lambda whole, job, step: job.update(defaults={"run": {"shell": "python"}}), "for the shell 'python' cannot be run here"),
        (lambda whole, job, step: whole.update(defaults={"run": {"shell": "python"}}), "for the shell 'python' cannot be run here"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_inconclusive(
    subject: Subject, github: GitHubStandin, change: Callable[[Any, Any, Any], object], words: str
) -> None:
    ended = outcome(BODY, changed(subject, change), github)
    assert (ended.reasons, words in ended.inconclusive) == ((), True), ended


def test_a_script_sees_no_variable_of_this_process(
    subject: Subject, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_RUN", "x")
    script = f'[ -z "$SECRET_OF_THE_RUN" ]\n{MERGE}'
    assert reasons(changed(subject, lambda whole, job, step: step.update(run=script)), github) == set()


def at_github(subject: Subject, standin: GitHubStandin, change: Callable[[GitHubStandin], object]) -> Outcome:
    change(standin)
    return outcome(BODY, subject, standin)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: setattr(one, "allow_auto_merge", False), (automerge.REASON_SETTING,)),
        (lambda one: one.required.update(ruleset=[]), (automerge.REASON_UNCHECKED,)),
        (lambda one: (one.required.update(ruleset=[]), setattr(one, "protected", False)), (automerge.REASON_UNCHECKED,)),
        (lambda one: setattr(one, "plan_has_protection", False), (automerge.REASON_UNCHECKED,)),
        (lambda one: one.required.update(ruleset=[], protection=["gate"]), ()),
        (lambda one: setattr(one, "branch", "release/1.x"), ()),
    ],
)  # fmt: skip
def test_what_github_says_of_the_guards(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], expected: tuple[str, ...]
) -> None:
    assert at_github(subject, github, change).reasons == expected


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: setattr(one, "bearer", Token(scopes=("repo",), admin=False)), "does not show this token whether auto-merge"),
        (lambda one: (one.required.update(ruleset=[]), one.bearer.permissions.remove("administration")), "does not show this token"),
        (lambda one: setattr(one.bearer, "revoked", True), "does not accept the token"),
        (lambda one: one.faults.refuse_next(500), "HTTP 500"),
    ],
)  # fmt: skip
def test_what_github_does_not_say_is_inconclusive(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], words: str
) -> None:
    ended = at_github(subject, github, change)
    assert (ended.reasons, words in ended.inconclusive) == ((), True), ended


def test_packages_are_found_as_manifests_name_them() -> None:
    texts = (
        'name = "ccxt"\nversion = "1"\n', 'dependencies = ["pybit-okx[ws]>=5", "requests"]\n# kraken\n', "python-binance==1\nbinance\n",
        '{"dependencies": {"hyperliquid": "1"}}', 'deribit = "^1"\n', "see https://kucoin.com/x and bitget\n",
    )  # fmt: skip
    assert events.by_hand(texts) == {"ccxt", "pybit-okx", "python-binance", "hyperliquid", "deribit"}
    assert len(events.by_hand([f"ccxt-{number}==1\n" for number in range(99)])) == 20


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["main", PATCH, "always()", "${{ x }}", "patch", "gh pr merge", "bash"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["if", "run", "uses", "env", "with", "id", "steps", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    place=st.sampled_from(
        ["on", "env", "permissions", "if", "needs", "outputs", "steps", "uses", "with", "shell", "strategy"]
    ),
    value=values,
)
def test_any_value_anywhere_is_a_verdict(subject: Subject, github: GitHubStandin, place: str, value: Any) -> None:
    (subject.root / automerge.FILE).write_text(automerge.starter("main"), encoding="utf-8")

    def change(whole: dict[str, Any], job: dict[str, Any], step: dict[str, Any]) -> None:
        homes = {
            "on": whole,
            "env": whole,
            "permissions": job,
            "needs": job,
            "outputs": job,
            "steps": job,
            "strategy": job,
        }
        homes.get(place, step)[place] = value

    outcome(BODY, changed(subject, change), github)


def test_the_planted_fault_is_caught_for_its_reason(subject: Subject, tmp_path: Path, github: GitHubStandin) -> None:
    ((spec, plant),) = declared_faults(vars(sec_007), "SEC-007")
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    ended = outcome(BODY, copy, github)
    assert set(ended.reasons) == {spec.expects} == {automerge.REASON_NOT_PATCH}
    assert "a minor update of requests would be merged" in ended.said
    assert "major" not in ended.said.replace("semver-major", "")
    assert spec.covers == "1.1.3"
    assert reasons(subject, github) == set()


@pytest.mark.parametrize("text", [None, "[", "on: push\njobs: {a: {steps: [1]}}\n", "dependabot merge: [\n"])
def test_the_fault_is_planted_where_there_is_nothing_to_break(
    tmp_path: Path, github: GitHubStandin, text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_token(monkeypatch)
    root = tmp_path / "empty"
    root.mkdir()
    copy = open_subject(root, load_settings(root)).copy_to(tmp_path / "copy")
    if text is not None:
        copy.write(automerge.FILE, text)
    ((spec, plant),) = declared_faults(vars(sec_007), "SEC-007")
    plant(copy)
    assert spec.expects in reasons(copy, github)


def test_a_script_that_looks_at_the_update_itself_is_widened_too(
    subject: Subject, tmp_path: Path, github: GitHubStandin
) -> None:
    script = f'[ "$UPDATE" = {automerge.PATCH} ] || exit 0\n{MERGE}'
    changed(
        subject,
        lambda whole, job, step: step.update(
            {"if": LEFT, "run": script, "env": {**step["env"], "UPDATE": f"${{{{ {UPDATE} }}}}"}}
        ),
    )
    assert reasons(subject, github) == set()
    ((spec, plant),) = declared_faults(vars(sec_007), "SEC-007")
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    assert spec.expects in reasons(copy, github)
