"""A check that measures has the machine alone, its planted faults included; all others share it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_tradeops.clock import today
from pytest_tradeops.processes import turns

from .conftest import CHECK, HEADER, PROFILE, Outcome, Repository
from .test_reports import BROUGHT

#: Whether a lock could be had now, which tells how it is held: alone, or by some who share it.
BODY = """
import fcntl
from pytest_tradeops.processes import runtime_folder


def free(how):
    with (runtime_folder() / "turns-room.lock").open("w") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@pytest.mark.verification(id="ACME-{number}", suite="acme", title="how the machine is held", covers=("1.4.2",))
def test_acme_{number}(subject, evidence, {fixture}):
    evidence.examined(1, "locks")
    evidence.fact(alone=not free(fcntl.LOCK_SH), shared=free(fcntl.LOCK_SH) and not free(fcntl.LOCK_EX))
    if (subject.root / "broken").exists():
        held = "alone" if not free(fcntl.LOCK_SH) else "shared"
        evidence.fail("acme: broken while " + held, "it is broken.")


@planted_fault(check="ACME-{number}", title="broken", expects="acme: broken while {expected}", covers="1.4.2")
def broken(subject):
    subject.write("broken", "")
"""


@pytest.fixture
def own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(turns.HELD, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.mark.usefixtures("own_machine")
def test_only_who_measures_is_alone(repository: Repository, run: Callable[..., Outcome]) -> None:
    repository.check("001", BODY.format(number="001", fixture="_quiet_machine", expected="alone"))
    repository.check("002", BODY.format(number="002", fixture="request", expected="shared"))
    done = run()
    assert done.verdict == "PROMOTE", done.output
    facts = {name: done.check(name)["evidence"]["facts"] for name in ("ACME-001", "ACME-002")}
    assert facts == {"ACME-001": {"alone": True, "shared": False}, "ACME-002": {"alone": False, "shared": True}}


@pytest.fixture
def measuring(repository: Repository) -> str:
    """The node id of a check that measures, and that a plugin brings."""
    repository.write("conftest.py", BROUGHT)
    text = CHECK.format(number="003").replace("(subject, evidence)", "(subject, evidence, _quiet_machine)")
    repository.write("limits.txt", "max=001 max=002 max=003\n")
    repository.write("brought/test_acme_003.py", HEADER + text)
    return "tradeops/acme/test_acme_003.py"


@pytest.mark.usefixtures("own_machine", "measuring")
def test_one_that_the_profile_does_not_list_is_left_out_and_named(run: Callable[..., Outcome]) -> None:
    done = run()
    assert done.verdict == "PROMOTE", done.output
    assert done.report is not None
    assert [one["id"] for one in done.report["checks"]] == ["ACME-001", "ACME-002"]
    assert any("ACME-003" in note and "takes minutes" in note for note in done.report["notes"]), done.report["notes"]


@pytest.mark.usefixtures("own_machine")
def test_one_that_is_named_is_run(run: Callable[..., Outcome], measuring: str) -> None:
    assert run("checks", measuring).outcome("ACME-003") == "passed"


@pytest.mark.usefixtures("own_machine", "measuring")
@pytest.mark.parametrize(
    "listed", ['required = ["ACME-003"]', 'advisory.ACME-003 = {{ owner = "x", until = {until} }}']
)
def test_one_that_the_profile_lists_is_run(run: Callable[..., Outcome], repository: Repository, listed: str) -> None:
    until = today() + timedelta(days=9)
    repository.write(
        "pyproject.toml", f'{PROFILE}\n[tool.tradeops.profiles.more]\nextends = "own"\n{listed.format(until=until)}\n'
    )
    assert run(profile="more").outcome("ACME-003") == "passed"
