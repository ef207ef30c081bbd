"""Files and folders that the command may not read: one sentence, exit 2 or a finding, and never a clean scan."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tradeops.processes.child import clean_environment
from pytest_tradeops.security.gitleaks import planting
from pytest_tradeops.security.gitleaks.samples import binance_secret

#: Root reads everything; without these two capabilities it meets the rights that anybody meets.
_AS_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
HIGH = "import subprocess\nsubprocess.call(input(), shell=True)\n"


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "bot"
    (root / "strategies" / "inner").mkdir(parents=True)
    (root / "notes").mkdir()
    (root / "strategies" / "bot.py").write_text("PRICE = 1\n")
    (root / "strategies" / "inner" / "shell.py").write_text(HIGH)
    (root / "notes" / "keys.txt").write_text(f'BINANCE_API_SECRET = "{binance_secret(random.Random(4))}"\n')
    planting.new_repository(root)
    planting.commit(root, "pyproject.toml", "[tool.tradeops]\n", "Begin")
    yield root
    for place in (root, *root.rglob("*")):
        if not place.is_symlink():
            place.chmod(0o755)


def tradeops(bot: Path, *arguments: str) -> tuple[int, str]:
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if shutil.which(_AS_ANYBODY[0]) is None:
            pytest.skip("root reads everything, and setpriv is not installed")
        prefix = _AS_ANYBODY
    done = subprocess.run(
        [*prefix, sys.executable, "-P", "-m", "pytest_tradeops", *arguments],
        cwd=bot,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean_environment(),
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["strategies/inner", "strategies"])
def test_bandit_is_not_clean_on_a_folder_that_it_passed_over(bot: Path, name: str) -> None:
    (bot / name).chmod(0o000)
    code, said = tradeops(bot, "bandit")
    assert code == 1
    assert f"{name}: this folder cannot be read, so nothing in it was scanned. Correct its rights." in said


def test_an_unreadable_strategy_is_not_called_invalid_python(bot: Path) -> None:
    (bot / "strategies" / "bot.py").chmod(0o000)
    code, said = tradeops(bot, "bandit")
    assert code == 1
    assert "strategies/bot.py: bandit gave the file up: Permission denied. Correct its rights" in said


@pytest.mark.parametrize("tracked", [False, True], ids=["untracked", "tracked"])
def test_secrets_are_not_clean_in_a_folder_that_git_passed_over(bot: Path, tracked: bool) -> None:
    if tracked:
        planting.git(bot, "add", "notes")
    (bot / "notes").chmod(0o000)
    code, said = tradeops(bot, "secrets", "scan", ".")
    assert (code, said) == (2, "tradeops: notes cannot be read. Correct its rights.\n")


def test_nor_where_there_is_no_git(bot: Path) -> None:
    shutil.rmtree(bot / ".git")
    (bot / "notes").chmod(0o000)
    code, said = tradeops(bot, "secrets", "scan", ".")
    assert (code, said) == (2, "tradeops: notes cannot be read. Correct its rights.\n")


def test_workflows_in_a_closed_folder_are_not_taken_to_be_absent(bot: Path) -> None:
    (bot / "notes").chmod(0o000)
    code, said = tradeops(bot, "init", "--check", "dependabot")
    assert (code, said) == (2, "tradeops: notes cannot be read. Correct its rights.\n")


@pytest.mark.parametrize("arguments", ["bandit", "secrets scan .", "doctor", "list", "sentry alerts check"])
def test_unreadable_settings_are_one_sentence(bot: Path, arguments: str) -> None:
    (bot / "pyproject.toml").chmod(0o000)
    code, said = tradeops(bot, *arguments.split())
    assert code == 2
    assert said.endswith("pyproject.toml cannot be read: Permission denied. Correct its rights, or move it away.\n")


def test_the_doctor_goes_on_where_one_part_cannot_be_read(bot: Path) -> None:
    (bot / ".gitleaks.toml").write_text("")
    (bot / ".gitleaks.toml").chmod(0o000)
    code, said = tradeops(bot, "doctor")
    assert code in (0, 1)
    assert "config: unknown" in said
    assert "profile     local requires" in said
