"""A check that measures has the machine alone, its planted faults included; all others share it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.processes import turns

from .conftest import Outcome, Repository

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
