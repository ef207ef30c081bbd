"""`tradeops bandit` and `tradeops secrets scan` on what is staged: the index is scanned, whatever the work tree says."""

import random
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_tradeops import clock
from pytest_tradeops.cli import main
from pytest_tradeops.security import baseline
from pytest_tradeops.security.gitleaks import planting
from pytest_tradeops.security.gitleaks.samples import binance_secret

HIGH = "import subprocess\n\n\ndef run(name):\n    subprocess.call(f'ls {name}', shell=True)\n"
SECRET = binance_secret(random.Random(12))
LINE = f'BINANCE_API_SECRET = "{SECRET}"\n'

type Run = Callable[..., tuple[int, str]]


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "bot"
    (root / "strategies").mkdir(parents=True)
    planting.new_repository(root)
    planting.commit(root, "strategies/trend.py", "X = 1\n", "Begin")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(bot: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def told(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        return code, out + err

    return told


def stage(root: Path, name: str, text: str, afterwards: str | None = None) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    planting.git(root, "add", "--force", "--", name)
    if afterwards is not None:
        (root / name).write_text(afterwards, encoding="utf-8")


def test_nothing_staged_is_nothing_to_refuse(run: Run) -> None:
    assert run("bandit", "--staged") == (0, "Nothing is staged that bandit reads.\n")
    assert run("secrets", "scan", "--staged") == (0, "Nothing is staged.\n")


@pytest.mark.parametrize("afterwards", [None, "X = 2\n"])
def test_what_is_staged_counts_also_where_the_work_tree_is_repaired(
    bot: Path, run: Run, afterwards: str | None
) -> None:
    stage(bot, "strategies/trend.py", HIGH, afterwards)
    stage(bot, "tools/keys.py", LINE, afterwards)
    code, said = run("bandit", "--staged")
    assert (code, "strategies/trend.py:5: B602 HIGH" in said) == (1, True)
    code, said = run("secrets", "scan", "--staged")
    assert (code, said.splitlines()[0]) == (1, "tools/keys.py:1: tradeops-binance-secret")


def test_what_is_only_in_the_work_tree_does_not_count(bot: Path, run: Run) -> None:
    stage(bot, "strategies/trend.py", "X = 2\n", HIGH + LINE)
    (bot / "keys.py").write_text(LINE, encoding="utf-8")
    assert run("bandit", "--staged")[0] == 0
    assert run("secrets", "scan", "--staged")[0] == 0


def test_before_the_first_commit_everything_staged_is_scanned(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    planting.new_repository(tmp_path / "new")
    stage(tmp_path / "new", "a.py", HIGH)
    monkeypatch.chdir(tmp_path / "new")
    assert run("bandit", "--staged")[0] == 1


def test_the_index_that_a_hook_is_given_is_the_one_that_counts(
    bot: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(bot, "strategies/trend.py", HIGH)
    other = bot / ".git" / "other-index"
    other.write_bytes((bot / ".git" / "index").read_bytes())
    planting.git(bot, "reset", "--quiet")
    assert run("bandit", "--staged")[0] == 0
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/other-index")
    assert run("bandit", "--staged")[0] == 1


@pytest.mark.parametrize(
    "name", ["with space.py", "ümlaut.py", "line\nbreak.py", "-option.py", ".tox/a.py", "venv/a.py"]
)
def test_whatever_a_file_is_called_it_is_scanned(bot: Path, run: Run, name: str) -> None:
    stage(bot, "venv/pyvenv.cfg", "home = /\n")
    stage(bot, f"strategies/{name}", HIGH + LINE)
    assert run("bandit", "--staged")[0] == 1
    assert run("secrets", "scan", "--staged")[0] == 1


def test_links_submodules_deletions_renames_and_empty_files_are_no_obstacle(bot: Path, run: Run) -> None:
    planting.commit(bot, "old.py", "Y = 1\n", "Add")
    planting.git(bot, "mv", "old.py", "new.py")
    planting.git(bot, "rm", "--quiet", "strategies/trend.py")
    stage(bot, "strategies/__init__.py", "")
    (bot / "loop.py").symlink_to("loop.py")
    planting.git(bot, "add", "loop.py")
    head = planting.git(bot, "rev-parse", "HEAD").strip()
    planting.git(bot, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor")
    (bot / "blob.bin").write_bytes(bytes(range(256)) * 40)
    planting.git(bot, "add", "blob.bin")
    assert run("bandit", "--staged")[0] == 0
    assert run("secrets", "scan", "--staged")[0] == 0


def test_an_allowlist_without_a_reason_hides_nothing(bot: Path, run: Run) -> None:
    allowed = "[[allowlists]]\ndescription = \"fine\"\npaths = ['''.*''']\n"
    (bot / ".gitleaks.toml").write_text(f"[extend]\nuseDefault = true\n\n{allowed}", encoding="utf-8")
    stage(bot, "keys.py", LINE)
    code, said = run("secrets", "scan", "--staged")
    assert (code, "hidden by an allowlist" in said) == (1, True)


def test_outside_of_a_repository_it_says_so(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bare").mkdir()
    monkeypatch.chdir(tmp_path / "bare")
    assert run("bandit", "--staged")[0] == run("secrets", "scan", "--staged")[0] == 2


def test_named_files_are_scanned_wherever_they_are(bot: Path, run: Run) -> None:
    (bot / "tools").mkdir()
    (bot / "tools" / "run.py").write_text(HIGH, encoding="utf-8")
    (bot / "tools" / "empty.py").write_text("", encoding="utf-8")
    assert run("bandit")[0] == 0  # it is no strategy
    code, said = run("bandit", "tools/run.py", "tools/empty.py", "strategies/trend.py")
    assert (code, "tools/run.py:5: B602 HIGH" in said, "Examined: 3 files" in said) == (1, True, True)
    assert run("bandit", "tools/empty.py")[0] == 0
    assert run("bandit", str(bot / "tools" / "run.py"))[0] == 1


@pytest.mark.parametrize("name", ["nowhere.py", "strategies", "../outside.py", "script"])
def test_a_name_that_would_not_be_scanned_is_refused(bot: Path, run: Run, name: str) -> None:
    (bot.parent / "outside.py").write_text(HIGH, encoding="utf-8")
    (bot / "script").write_text("#!/usr/bin/env python3\n", encoding="utf-8")
    assert run("bandit", name)[0] == 2


def test_options_that_exclude_each_other(bot: Path, run: Run) -> None:
    assert run("bandit", "--staged", "strategies/trend.py")[0] == 2
    assert run("secrets", "scan", ".", "--staged")[0] == 2
    assert run("secrets", "scan", "--staged", "--history")[0] == 2
    assert run("secrets", "scan")[0] == 2


def test_a_baseline_excuses_its_own_file_and_no_other(bot: Path, run: Run) -> None:
    (bot / "pyproject.toml").write_text("[tool.tradeops]\ndefault_branch = 'main'\n", encoding="utf-8")
    planting.commit(bot, "strategies/known.py", HIGH, "Known")
    key = baseline.key_of(baseline.Source(HIGH.encode()), "B602", "strategies/known.py", 5)
    entry = baseline.Entry(key, "ann", "an old tool that is on its way out", clock.today() + timedelta(days=30))
    planting.commit(bot, "tradeops-bandit-baseline.toml", baseline.render([entry]), "Own it")
    subprocess.run(["git", "checkout", "-q", "-b", "change"], cwd=bot, check=True)
    stage(bot, "strategies/known.py", HIGH + "\n\nX = 1\n")
    assert run("bandit", "--staged")[0] == 0
    stage(bot, "strategies/copied.py", HIGH)
    assert run("bandit", "strategies/known.py")[0] == 0
    assert run("bandit", "strategies/copied.py")[0] == 1
    assert run("bandit", "--staged")[0] == 1
