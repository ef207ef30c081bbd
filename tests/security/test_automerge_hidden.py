"""SEC-007 where something merges that is not simulated: it says so, and is inconclusive."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from github_support import merging_subject, outcome

from pytest_tradeops.security import automerge
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.subject import Subject
from verification.security import test_sec_007 as sec_007

BODY = sec_007.test_sec_007
MERGE = 'gh pr merge --auto --squash "$PULL_REQUEST"'


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    return merging_subject(tmp_path / "subject", monkeypatch)


LAND = "tools/land.sh"
HIDDEN: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    LAND: ({LAND: 'gh pr "merge" --auto "$U"\n'}, {"run": f"./{LAND}"}),
    "Makefile": ({"Makefile": "land:\n\tgh pr merge --auto $$U\n"}, {"run": "make land"}),
    "ci/land/action.yml": ({"ci/land/action.yml": "runs: {steps: [{run: gh pr merge $U}]}\n"}, {"uses": "./ci/land"}),
    "tools/two.sh": ({"tools/one.sh": "tools/two.sh\n", "tools/two.sh": "gh pr merge $U\n"}, {"run": "sh one.sh", "working-directory": "tools"}),
}  # fmt: skip


@pytest.mark.parametrize("where", sorted(HIDDEN))
def test_a_merge_that_a_file_of_the_tree_asks_for_is_named(subject: Subject, github: GitHubStandin, where: str) -> None:
    files, step = HIDDEN[where]
    for name, text in files.items():
        (subject.root / name).parent.mkdir(parents=True, exist_ok=True)
        (subject.root / name).write_text(text, encoding="utf-8")
    other = {"on": "pull_request", "jobs": {"all": {"runs-on": "x", "steps": [step]}}}
    path = (subject.root / automerge.FILE).with_name("people.yml")
    path.write_text(yaml.safe_dump(other), encoding="utf-8")
    assert f"all leads to {where}, which merges" in outcome(BODY, subject, github).inconclusive
    path.write_text(yaml.safe_dump({**other, "on": "push"}), encoding="utf-8")  # of people's own releases
    assert outcome(BODY, subject, github).inconclusive[:12] == "No real repo"


def test_a_workflow_that_is_called_and_merges_is_named(subject: Subject, github: GitHubStandin) -> None:
    land = {"on": "workflow_call", "jobs": {"all": {"runs-on": "x", "steps": [{"run": MERGE}]}}}
    call = {"on": "pull_request", "jobs": {"call": {"uses": "./.github/workflows/land.yml"}}}
    for name, document in (("land", land), ("people", call)):
        path = (subject.root / automerge.FILE).with_name(f"{name}.yml")
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert "call calls .github/workflows/land.yml, which merges" in outcome(BODY, subject, github).inconclusive


@pytest.mark.parametrize(
    ("name", "text"),
    [(".mergify.yml", "actions: {merge: {}}\n"), (".kodiak.toml", ""), (".github/mergify.yml", "merge")],
)
def test_an_app_that_merges_is_named(subject: Subject, github: GitHubStandin, name: str, text: str) -> None:
    (subject.root / name).write_text(text, encoding="utf-8")
    assert f"{name} may tell an app to merge" in outcome(BODY, subject, github).inconclusive
