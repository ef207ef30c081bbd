"""`tradeops init auto-merge`: a workflow for the default branch, unless updates are merged already."""

from pathlib import Path

import pytest
import yaml

from pytest_tradeops.cli import main
from pytest_tradeops.security import automerge


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["init", *arguments, "--subject", str(root)])
    return code, capsys.readouterr().out


def test_it_is_for_the_default_branch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tradeops]\ndefault_branch = 'on'\n", encoding="utf-8")
    init(tmp_path, capsys, "auto-merge")
    on = yaml.safe_load((tmp_path / automerge.FILE).read_text(encoding="utf-8"))[True]
    assert on == {"pull_request": {"branches": ["on"]}}


def test_a_commit_that_dependabot_moved_is_no_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys, "auto-merge")
    path = tmp_path / automerge.FILE
    moved = path.read_text(encoding="utf-8").replace("@25dd0e34", "@00000000")
    path.write_text(moved, encoding="utf-8")
    assert init(tmp_path, capsys, "--check", "auto-merge")[0] == 0
    init(tmp_path, capsys, "auto-merge")
    assert path.read_text(encoding="utf-8") == moved


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("steps:\n  - uses: dependabot/fetch-metadata@v3\n  - run: gh pr merge --auto x\n", True),
        ("steps:\n  - uses: dependabot/fetch-metadata@v3\n  - run: gh pr edit --add-label x\n", False),
        ("steps:\n  - run: git merge-base a b # dependabot\n", False),
    ],
)
def test_a_workflow_of_another_name_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, left_out: bool
) -> None:
    other = tmp_path / ".github" / "workflows" / "updates.yml"
    other.parent.mkdir(parents=True)
    other.write_text(text, encoding="utf-8")
    said = init(tmp_path, capsys, "auto-merge")[1]
    assert ("updates are merged already: .github/workflows/updates.yml." in said) == left_out
    assert (tmp_path / automerge.FILE).exists() != left_out
