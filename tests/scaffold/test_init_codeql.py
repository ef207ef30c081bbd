"""`tradeops init codeql`: a workflow for the default branch, unless CodeQL is used already."""

from pathlib import Path

import pytest
import yaml

from pytest_tradeops.cli import main
from pytest_tradeops.security import codeql


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["init", *arguments, "--subject", str(root)])
    return code, capsys.readouterr().out


def test_it_is_for_the_default_branch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tradeops]\ndefault_branch = 'on'\n", encoding="utf-8")
    init(tmp_path, capsys, "codeql")
    on = yaml.safe_load((tmp_path / codeql.FILE).read_text(encoding="utf-8"))[True]
    assert on["pull_request"] == on["push"] == {"branches": ["on"]}


def test_commits_that_dependabot_moved_are_no_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys, "codeql")
    path = tmp_path / codeql.FILE
    moved = path.read_text(encoding="utf-8").replace("@3d3c42e5", "@00000000")
    path.write_text(moved, encoding="utf-8")
    assert init(tmp_path, capsys, "--check", "codeql")[0] == 0
    init(tmp_path, capsys, "codeql")
    assert path.read_text(encoding="utf-8") == moved


def test_a_workflow_of_another_name_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / ".github" / "workflows" / "security.yml"
    other.parent.mkdir(parents=True)
    other.write_text("steps:\n  - uses: github/codeql-action/init@v4\n", encoding="utf-8")
    assert "CodeQL is used already: .github/workflows/security.yml." in init(tmp_path, capsys, "codeql")[1]
    assert not (tmp_path / codeql.FILE).exists()
