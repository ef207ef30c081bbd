"""The child process: what it keeps away from the subject, and what each kind of broken subject is told."""

import sys
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.node import limits
from pytest_tradeops.node.backtest import run_backtest

PYTHON = Path(sys.executable)


def failure(root: Path, entry: str = "bot.entry:build", timeout: float = 30.0) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        run_backtest(root, PYTHON, entry, 7, timeout=timeout)
    return caught.value


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A subject whose entry module is still to be written: `(bot / "entry.py").write_text(...)`."""
    folder = tmp_path / "bot"
    folder.mkdir()
    (folder / "__init__.py").touch()
    return folder


@pytest.mark.parametrize("entry", ["absent.entry:build", "bot.absent:build", "bot.entry:absent", "bot.entry"])
def test_a_missing_entry_is_told_with_the_command(bot: Path, entry: str) -> None:
    (bot / "entry.py").write_text("def build(seed): ...")
    (found,) = failure(bot.parent, entry).findings
    assert found.reason == "backtest: entry missing"
    assert "`tradeops init strategies`" in found.remedy


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ("import not_there_at_all", "bot/entry.py:1", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("from . import sibling_that_is_not_there", "bot/entry.py:1", "ImportError"),
        ("\n\n1 / 0", "bot/entry.py:3", "ZeroDivisionError"),
        ("raise SystemExit(3)", "bot/entry.py:1", "SystemExit: 3"),
        ("\ndef build(", "bot/entry.py:2", "SyntaxError"),
    ],
)
def test_an_exception_at_import_is_told_apart_from_a_missing_entry(bot: Path, text: str, where: str, told: str) -> None:
    (bot / "entry.py").write_text(text)
    (found,) = failure(bot.parent).findings
    assert (found.reason, found.where) == ("backtest: raised", where)
    assert told in found.message


@pytest.mark.parametrize(
    ("text", "told"), [("import os; os.abort()", "by SIGABRT"), ("import os; os._exit(9)", "with code 9")]
)
def test_a_crash_names_how_the_process_ended(bot: Path, text: str, told: str) -> None:
    (bot / "entry.py").write_text(text)
    (found,) = failure(bot.parent).findings
    assert found.reason == "backtest: crashed"
    assert told in found.message


def test_a_run_without_an_end_is_ended(bot: Path) -> None:
    (bot / "entry.py").write_text("import threading; threading.Event().wait()")
    assert failure(bot.parent, timeout=1.0).reasons == ("backtest: timed out",)


def test_a_module_from_outside_of_the_subject_is_none_of_the_subject(bot: Path) -> None:
    (found,) = failure(bot.parent, "json:loads").findings
    assert found.reason == "backtest: entry missing"
    assert "installed elsewhere" in found.message


def test_without_nautilus_nothing_is_concluded(bot: Path) -> None:
    (bot / "entry.py").write_text("raise ModuleNotFoundError('gone', name='nautilus_trader')")
    with pytest.raises(Inconclusive, match=r"pytest-tradeops\[nautilus\]"):
        run_backtest(bot.parent, PYTHON, "bot.entry:build", 7)


def test_an_interpreter_that_is_gone_is_inconclusive(bot: Path) -> None:
    with pytest.raises(Inconclusive, match="interpreter"):
        run_backtest(bot.parent, bot / "python", "bot.entry:build", 7)


def test_the_child_sees_no_live_key_no_module_of_ours_and_its_hash_seed(
    bot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINANCE_API_SECRET", "live")
    (bot.parent / "market.py").write_text("NAME = 'subject'")  # a module of the child has this name, too
    (bot / "entry.py").write_text(
        "import os, sys, market\n"
        "ours = [place for place in sys.path if place.endswith('node/child')]\n"
        "raise RuntimeError(f\"{os.environ.get('BINANCE_API_SECRET')} {os.environ['PYTHONHASHSEED']} "
        '{market.NAME} {ours}")\n'
    )
    (found,) = failure(bot.parent).findings
    assert "None 0 subject []" in found.message


def test_a_copy_of_a_src_layout_is_imported_and_not_what_is_installed(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "pytest_tradeops"  # the installed package has the same name
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('the copy')")
    assert "the copy" in failure(tmp_path, "pytest_tradeops:build").findings[0].message


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "risk: entry missing"), ("def limits(): ...\n1 / 0", "risk: raised"), (None, "risk: entry missing")],
)
def test_what_is_wrong_with_the_risk_entry_carries_its_own_name(bot: Path, text: str | None, reason: str) -> None:
    if text is not None:
        (bot / "risk.py").write_text(text)
    with pytest.raises(CheckFailed) as caught:
        limits.inspect(bot.parent, PYTHON, "bot.entry:build", "bot.risk:limits", 7, timeout=30)
    (found,) = caught.value.findings
    assert found.reason == reason
    assert "[tool.tradeops.risk]" in found.remedy or reason == "risk: raised"


@pytest.mark.slow
def test_an_entry_that_returns_no_engine_is_told(bot: Path) -> None:
    (bot / "entry.py").write_text("def build(seed): return seed")
    (found,) = failure(bot.parent).findings
    assert found.reason == "backtest: wrong type"
    assert "returned int" in found.message
