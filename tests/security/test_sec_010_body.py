"""SEC-010 as a whole: the baselines that it accepts, and its planted faults."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_tradeops import clock
from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security.baseline import Entry, Source, key_of, render
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_010 as sec_010

FAULTS = declared_faults(vars(sec_010), "SEC-010")
HIGH = "import subprocess\n\n\ndef run(name):\n    subprocess.call(f'ls {name}', shell=True)\n"
OWNED = render([Entry(key_of(Source(HIGH.encode()), "B602", "bots/run.py", 5), "Ann", "why", clock.today())])
FILE = "known/findings.toml"


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    root = tmp_path / "subject"
    (root / "bots").mkdir(parents=True)
    (root / "known").mkdir()
    (root / "bots" / "clean.py").write_text("PRICE = 1\n")
    (root / "pyproject.toml").write_text(f'[tool.tradeops]\nstrategies = "bots"\nsecurity.baseline = "{FILE}"\n')
    return open_subject(root, load_settings(root))


def facts(subject: Subject) -> dict[str, object]:
    evidence = Evidence()
    sec_010.test_sec_010(subject, evidence)
    record = evidence.record(Redactor())
    assert record.total > 0
    return dict(record.facts)


def reasons(subject: Subject) -> tuple[str, ...]:
    with pytest.raises(CheckFailed) as caught:
        sec_010.test_sec_010(subject, Evidence())
    return caught.value.reasons


def test_without_a_baseline_nothing_may_be_high(subject: Subject) -> None:
    assert facts(subject) == {"HIGH": 0, "baseline entries": 0, "of a renamed file": 0}
    (subject.root / "bots" / "run.py").write_text(HIGH)
    assert reasons(subject) == ("bandit: finding beyond baseline",)


def test_a_finding_with_its_entry_passes_and_is_counted(subject: Subject) -> None:
    (subject.root / "bots" / "run.py").write_text(HIGH)
    (subject.root / FILE).write_text(OWNED)
    assert facts(subject) == {
        "HIGH": 1,
        "baseline entries": 1,
        "of a renamed file": 0,
        "the next to expire": clock.today().isoformat(),
    }


def test_shifted_lines_and_a_renamed_file_are_the_same_finding(subject: Subject) -> None:
    (subject.root / FILE).write_text(OWNED)
    (subject.root / "bots" / "renamed.py").write_text("# a comment\n\n" + HIGH)
    assert facts(subject)["of a renamed file"] == 1


def test_another_command_in_the_same_place_is_another_finding(subject: Subject) -> None:
    (subject.root / FILE).write_text(OWNED)
    (subject.root / "bots" / "run.py").write_text(HIGH.replace("ls", "rm"))
    assert reasons(subject) == ("bandit: finding beyond baseline", "bandit: stale baseline entry")


def test_a_comment_does_not_take_a_finding_out(subject: Subject) -> None:
    (subject.root / "bots" / "run.py").write_text(HIGH.rstrip() + "  # nosec\n")
    assert reasons(subject) == ("bandit: finding beyond baseline",)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("broken = (\n", "bandit: file not parsed"), ("", "bandit: nothing scanned")],
)
def test_what_was_not_read_is_not_held(subject: Subject, code: str, reason: str) -> None:
    (subject.root / "bots" / "clean.py").write_text(code)
    assert reason in reasons(subject)


def test_a_baseline_that_cannot_be_read_is_a_finding(subject: Subject) -> None:
    (subject.root / FILE).write_text("[[finding")
    assert reasons(subject) == ("bandit: baseline unusable",)


def test_a_missing_folder_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="tradeops init strategies"):
        sec_010.test_sec_010(open_subject(tmp_path, load_settings(tmp_path)), Evidence())


@pytest.mark.parametrize(("spec", "plant"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_each_planted_fault_is_caught_for_its_reason_alone(
    subject: Subject, tmp_path: Path, spec: FaultSpec, plant: Callable[[Subject], None]
) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    plant(copy)
    found = set(reasons(copy))
    assert spec.expects in found
    # An entry that nobody owns stands for nothing, so that its finding is beyond the baseline, too.
    assert found - {spec.expects} <= ({"bandit: finding beyond baseline"} if "owner" in spec.name else set())
    assert facts(subject)["HIGH"] == 0


def test_what_the_faults_break_is_right_before(subject: Subject, tmp_path: Path) -> None:
    copy = subject.copy_to(tmp_path / "copy")
    sec_010._plant(copy, sec_010.HEAD + sec_010.CALL)
    assert facts(copy)["the next to expire"] == (clock.today() + timedelta(days=30)).isoformat()
