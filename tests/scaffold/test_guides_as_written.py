"""What the quickstart and the guide to checks tell a reader to type does what they say."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.settings import load_settings

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
QUICKSTART = (DOCS / "quickstart.md").read_text(encoding="utf-8")
GUIDE = (DOCS / "writing-a-check.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def typed(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


@dataclass(frozen=True)
class Shell:
    """A reader's shell in an empty folder, with the commands of this environment on its path."""

    root: Path

    def __call__(self, line: str) -> subprocess.CompletedProcess[str]:
        environ = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST_", "TRADEOPS_"))}
        who = {
            f"GIT_{role}_{what}": "ann@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        # The interpreter that an activated environment has; resolved, it would be the one below it.
        path = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.root,
            env={**environ, **who, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def fine(self, line: str) -> str:
        done = self(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def outcome(self, check: str) -> str:
        report = json.loads((self.root / "tradeops-report" / "report.json").read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = [one for one in report["checks"] if one["id"] == check]
        return str(found[0]["outcome"])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "my-bot").mkdir()
    return Shell(tmp_path / "my-bot")


@pytest.mark.slow
def test_the_quickstart_leads_from_an_empty_folder_to_a_verdict_and_a_check_of_ones_own(shell: Shell) -> None:
    install, begin, verify, own = map(typed, blocks(QUICKSTART, "console"))
    assert "pip install 'pytest-tradeops[all]'" in install, "this environment has what that line installs"
    assert "questdb" in shell(install[-1]).stdout
    for line in begin:
        shell.fine(line)
    out = shell.fine(verify[0])
    assert "PROMOTE, exit code 0, profile local" in out
    report = json.loads((shell.root / "tradeops-report" / "report.json").read_text(encoding="utf-8"))
    assert (report["reasons"], report["verdict"]) == ([], "PROMOTE"), out
    assert shell.fine("git status --porcelain") == "", "the run left something behind in the subject"
    assert "`tradeops-report/report.html` has\neverything" in QUICKSTART
    assert (shell.root / "tradeops-report" / "report.html").is_file()

    [call] = re.findall(r"put a function with `(.*?)` into a strategy", QUICKSTART)
    strategy = shell.root / "strategies" / "signal.py"
    before = strategy.read_text(encoding="utf-8")
    planted = f"\n\nimport subprocess\n\n\ndef broken(command: str) -> None:\n    {call}\n"
    strategy.write_text(before + planted, encoding="utf-8")
    noticed = shell(f"{verify[0]} --only SEC-001")
    assert (noticed.returncode, shell.outcome("SEC-001")) == (21, "failed"), noticed.stdout
    strategy.write_text(before, encoding="utf-8")

    told = shell.fine(own[0])
    assert "marked `REPLACE`: until then the check is inconclusive" in QUICKSTART
    written = shell.root / shlex.split(told.splitlines()[0])[1]
    assert "# REPLACE" in written.read_text(encoding="utf-8")
    settings = shell.root / "pyproject.toml"
    shown = re.findall(r"^  ((?:\[tool|checks|extends|required).*)$", told, re.MULTILINE)
    merged = settings.read_text(encoding="utf-8").replace(shown[0], f"{shown[0]}\n{shown[1]}", 1)
    settings.write_text(merged + "\n" + "\n".join(shown[2:]) + "\n", encoding="utf-8")
    judged = shell(f"{told.rpartition('judge by it: ')[2].strip()} --only ACME-001")
    assert (judged.returncode, shell.outcome("ACME-001")) == (20, "inconclusive"), judged.stdout


def test_the_quickstarts_settings_for_a_bot_of_ones_own_are_read_as_it_says(tmp_path: Path) -> None:
    [text] = blocks(QUICKSTART, "toml")
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    settings = load_settings(tmp_path)
    assert (settings.strategies, settings.smoke_tests) == ("src/bot/strategies", ("tests/unit",))
    assert settings.backtest.entry == "bot.backtest:build"
    assert settings.risk.entry == "bot.risk:risk_engine_config"
    assert settings.sentry.entry == "bot.errors:start"


@pytest.mark.slow
def test_the_guides_check_runs_where_and_how_it_says(shell: Shell) -> None:
    [check], [settings] = blocks(GUIDE, "python"), blocks(GUIDE, "toml")
    [(run, place)] = re.findall(r"`(pytest (verification/\S+\.py) --tradeops-faults with)`", GUIDE)
    [judge] = re.findall(r"`(tradeops verify --profile acme)` judges", GUIDE)
    config = shell.root / "config" / "live.toml"
    for path, text in {place: check, "pyproject.toml": settings, "config/live.toml": "leverage = 2\n"}.items():
        (shell.root / path).parent.mkdir(parents=True, exist_ok=True)
        (shell.root / path).write_text(text, encoding="utf-8")
    assert "1 passed" in shell.fine(run)
    judged = shell(f"{judge} --only ACME-001")  # HOLD: the other checks of `local` are missing, and were not asked for
    assert (judged.returncode, shell.outcome("ACME-001")) == (20, "passed"), judged.stdout

    config.write_text("leverage = 4\n", encoding="utf-8")
    done = shell(run)
    assert done.returncode == 1
    assert "acme: leverage too high" in done.stdout
    judged = shell(f"{judge} --only ACME-001")
    assert (judged.returncode, shell.outcome("ACME-001")) == (21, "failed"), judged.stdout

    config.write_text("leverage = 2\n", encoding="utf-8")
    blind = check.replace('glob("*.toml")', 'glob("live.toml")')
    assert blind != check
    (shell.root / place).write_text(blind, encoding="utf-8")
    assert "was not caught" in shell(run).stdout, "its planted fault must not pass unseen"
