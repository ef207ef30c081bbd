"""What the baseline accounts for does not block SEC-001, but only as the base revision has it."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_tradeops import clock
from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.gate import Evidence
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security.baseline import Entry, Source, key_of, render
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import open_subject
from verification.security import test_sec_001 as sec_001

HIGH = "import subprocess\n\n\ndef run(name):\n    subprocess.call(f'ls {name}', shell=True)\n"
CALL = "    subprocess.call(f'ls {name}', shell=True)\n"
KEY = key_of(Source(HIGH.encode()), "B602", "strategies/run.py", 5)
FILE = "tradeops-bandit-baseline.toml"


def owned(*, days: int = 0, count: int = 1) -> str:
    return render([Entry(KEY, "Ann", "why", clock.today() + timedelta(days=days))] * count)


class Bot:
    """A repository whose strategy has a shell call, on `main` with the baseline that is given."""

    def __init__(self, root: Path, baseline: str | None) -> None:
        self.root = root
        (root / "strategies").mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.write("strategies/run.py", HIGH)
        if baseline is not None:
            self.write(FILE, baseline)
        self.commit()
        self.git("checkout", "-q", "-b", "feature")

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")

    def judged(self) -> tuple[tuple[str, ...], dict[str, object]]:
        """The reasons of SEC-001, and what its evidence says of the baseline."""
        evidence = Evidence()
        reasons: tuple[str, ...] = ()
        try:
            sec_001.test_sec_001(open_subject(self.root, load_settings(self.root)), evidence)
        except CheckFailed as failed:
            reasons = failed.reasons
        facts = evidence.record(Redactor()).facts
        return reasons, {key: value for key, value in facts.items() if "baseline" in key}


BLOCKED = ("bandit: B602 HIGH",)
ONE, NONE = {"accepted by the baseline": 1}, {"accepted by the baseline": 0}


def test_a_merged_entry_excuses_its_finding_and_is_counted(tmp_path: Path) -> None:
    bot = Bot(tmp_path / "bot", owned())
    assert bot.judged() == ((), ONE)
    bot.write("strategies/run.py", "# shifted\n" + HIGH)
    assert bot.judged() == ((), ONE)


def test_a_second_of_the_same_kind_blocks(tmp_path: Path) -> None:
    bot = Bot(tmp_path / "bot", owned())
    bot.write("strategies/run.py", HIGH + CALL)
    assert bot.judged() == (BLOCKED, ONE)
    bot.write(FILE, owned(count=2))
    bot.commit()
    assert bot.judged() == (BLOCKED, ONE)  # the change baselines its own
    bot.git("checkout", "-q", "main")
    bot.git("merge", "-q", "--ff-only", "feature")
    bot.commit()
    assert bot.judged() == ((), {"accepted by the baseline": 2})


def test_a_change_does_not_bring_its_own_baseline(tmp_path: Path) -> None:
    bot = Bot(tmp_path / "bot", None)
    bot.write(FILE, owned())
    reasons, facts = bot.judged()
    assert reasons == BLOCKED
    assert facts == {**NONE, "baseline": f"ignored: {FILE} is new: it takes effect once merged"}


def test_a_removed_entry_ends_at_once_and_an_expired_one_counts_no_more(tmp_path: Path) -> None:
    bot = Bot(tmp_path / "bot", owned(days=-1))
    assert bot.judged() == (BLOCKED, NONE)
    bot.write(FILE, owned(days=30))  # to renew it is a change, too
    assert bot.judged() == (BLOCKED, NONE)
    other = Bot(tmp_path / "other", owned())
    other.write(FILE, render([]))
    assert other.judged() == (BLOCKED, NONE)


def test_another_file_does_not_count_before_it_is_merged(tmp_path: Path) -> None:
    bot = Bot(tmp_path / "bot", owned())
    bot.write("other.toml", owned())
    bot.write("pyproject.toml", '[tool.tradeops.security]\nbaseline = "other.toml"\n')
    reasons, facts = bot.judged()
    assert reasons == BLOCKED
    assert "differs from the base's" in str(facts["baseline"])


def test_without_a_repository_nothing_is_excused(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "run.py").write_text(HIGH)
    (tmp_path / FILE).write_text(owned())
    with pytest.raises(CheckFailed) as caught:
        sec_001.test_sec_001(open_subject(tmp_path, load_settings(tmp_path)), Evidence())
    assert caught.value.reasons == BLOCKED
