"""`tradeops secrets scan`: exit codes, JSON, and that it never shows what it found."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.security.gitleaks import planting
from pytest_tradeops.security.gitleaks.samples import binance_secret

SECRET = binance_secret(random.Random(4))
LINE = f'BINANCE_API_SECRET = "{SECRET}"\n'


def scan(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["secrets", "scan", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    return code, out, err


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    code, out, err = scan(capsys, *arguments, "--format", "json")
    assert err == ""
    found = json.loads(out)
    assert set(found) == {"examined", "findings"}
    return code, found


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    root = tmp_path / "bot"
    root.mkdir()
    planting.new_repository(root)
    planting.commit(root, "bot.py", "PRICE = 1\n", "Begin")
    return root


def test_nothing_found_is_exit_0_with_counts(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = answer(capsys, bot, "--history")
    assert (code, found["findings"]) == (0, [])
    assert (found["examined"]["files"], found["examined"]["commits"]) == (1, 1)
    code, out, err = scan(capsys, bot)
    assert (code, out, err) == (0, "Nothing found.\nExamined: 1 file, 0 commits, 0 allowed.\n", "")


def test_a_finding_is_exit_1_with_rule_path_line_and_commit(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit = planting.commit(bot, "keys.py", LINE, "Add")
    planting.commit(bot, "keys.py", None, "Remove")
    code, found = answer(capsys, bot, "--history")
    finding = {"rule": "tradeops-binance-secret", "path": "keys.py", "line": 1, "commit": commit}
    assert (code, found["findings"]) == (1, [finding])
    assert answer(capsys, bot)[0] == 0
    code, out, _ = scan(capsys, bot, "--history")
    assert out.splitlines()[0] == f"keys.py:1 in commit {commit[:12]}: tradeops-binance-secret"


def test_what_an_allowlist_hides_is_a_finding_too(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "keys.py").write_text(LINE)
    (bot / ".gitleaks.toml").write_text("[extend]\nuseDefault = true\n[allowlist]\npaths = ['''.*''']\n")
    code, found = answer(capsys, bot)
    assert (code, found["findings"][0]["path"], found["examined"]["hidden by allowlist"]) == (1, "keys.py", 1)
    assert "keys.py:1: tradeops-binance-secret, hidden by an allowlist" in scan(capsys, bot)[1]


def test_what_cannot_be_examined_or_trusted_is_exit_2_in_one_sentence(
    bot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    planting.git(tmp_path, "clone", "--quiet", "--depth", "1", bot.as_uri(), "shallow")
    planting.commit(bot, "bot.py", "PRICE = 2\n", "Change")
    planting.git(tmp_path, "clone", "--quiet", "--depth", "1", bot.as_uri(), "shallower")
    for arguments, says in (
        ((tmp_path / "nowhere",), "does not exist"),
        ((tmp_path / "empty",), "holds no file to scan"),
        ((tmp_path / "empty", "--history"), "is not the top of a git repository"),
        ((tmp_path / "shallower", "--history"), "This is a shallow clone"),
        ((bot / "bot.py", "--history"), "is not the top of a git repository"),
    ):
        code, out, err = scan(capsys, *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("tradeops: ")
        assert says in err
    monkeypatch.setenv("TRADEOPS_GITLEAKS", "/nowhere/gitleaks")
    code, out, err = scan(capsys, bot)
    assert (code, out) == (2, "")
    assert "There is no gitleaks at /nowhere/gitleaks" in err


def test_a_configured_gitleaks_may_stand_in_the_settings(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bot / "pyproject.toml").write_text('[tool.tradeops.security]\ngitleaks = "tools/gitleaks"\n')
    code, _, err = scan(capsys, bot, "--subject", bot)
    assert code == 2
    assert f"There is no gitleaks at {bot / 'tools' / 'gitleaks'}" in err
