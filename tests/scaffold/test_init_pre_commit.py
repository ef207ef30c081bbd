"""`tradeops init pre-commit`: hooks of the scanners, beside those that a project has."""

from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.security import precommit

OTHERS = "repos:\n  - repo: local\n    hooks:\n      - {id: ruff, name: ruff, entry: ruff check, language: system}\n"


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["init", *arguments, "--subject", str(root)])
    return code, capsys.readouterr().out


def test_it_is_written_once_and_then_the_subjects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys, "pre-commit")
    file = tmp_path / precommit.FILE
    assert file.read_text(encoding="utf-8") == precommit.starter()
    file.write_text(f"{precommit.starter()}fail_fast: true\n", encoding="utf-8")
    assert init(tmp_path, capsys, "--check", "pre-commit")[0] == 0
    assert "docs/pre-commit.md" not in init(tmp_path, capsys, "pre-commit")[1]
    assert "fail_fast" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [OTHERS, "[", ""])
def test_another_configuration_is_left_alone_and_what_it_lacks_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / precommit.FILE).write_text(text, encoding="utf-8")
    assert "lacks hooks of the scanners: take them from docs/pre-commit.md" in init(tmp_path, capsys, "pre-commit")[1]
    assert (tmp_path / precommit.FILE).read_text(encoding="utf-8") == text
