"""A guard that trips ends the run with 22, wherever it does; in a planted fault it is what was to be shown."""

from collections.abc import Callable

import pytest

from pytest_tradeops.exceptions import GuardTripped
from pytest_tradeops.model import Finding
from pytest_tradeops.session.classify import classify

from .conftest import OURS, Outcome, Repository

Run = Callable[..., Outcome]

CHECK = """
from pytest_tradeops.gate import Finding
from pytest_tradeops.node.guard import Refused


@pytest.mark.verification(id="ACME-002", suite="acme", title="never live", covers=("4.1.2",))
def test_acme_002(subject, evidence):
    evidence.examined(1, "configurations")
    if "max=002" not in subject.path("limits.txt").read_text():
        raise Refused([Finding("guard: proxy", "proxy_url is set."), Finding("guard: live environment", "It is LIVE.")])


@planted_fault(check="ACME-002", title="the limit is gone", expects="{expects}", covers="4.1.2")
def limit_removed(subject):
    subject.edit("limits.txt", "max=002", "min=002")
"""
ORDINARY = """
import pytest
from pytest_tradeops.exceptions import GuardTripped

@pytest.fixture
def node():
    raise GuardTripped("The configuration reaches a live venue.")

def test_trades(node):
    pass
"""


@pytest.mark.parametrize("expects", ["guard: proxy", "guard: live environment"])
def test_a_planted_fault_that_trips_the_guard_is_caught_and_trips_no_run(
    run: Run, repository: Repository, expects: str
) -> None:
    from .conftest import HEADER

    repository.check("002", CHECK.format(expects=expects), HEADER)
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (0, "passed"), result.output
    assert result.check("ACME-002")["covered"] == ["4.1.2"]


def test_it_must_trip_for_the_named_reason(run: Run, repository: Repository) -> None:
    repository.check("002", CHECK.format(expects="guard: environment not explicit"))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive"), result.output
    assert (
        "for another reason than 'guard: environment not explicit': guard: proxy" in result.check("ACME-002")["reason"]
    )


def test_the_check_itself_ends_the_run_with_22_and_every_reason(run: Run, repository: Repository) -> None:
    repository.write("limits.txt", "max=001")
    repository.check("002", CHECK.format(expects="guard: proxy"))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (22, "error"), result.output
    assert "guard: live environment" in result.output


def test_a_test_that_is_no_check_trips_the_run_as_well(run: Run, repository: Repository) -> None:
    repository.write("checks/test_ordinary.py", ORDINARY)
    result = run("checks", *OURS, select=False)
    assert result.code == 22, result.output


def test_a_guard_among_other_exceptions_is_found() -> None:
    guard = GuardTripped("It could not be proven.")
    guard.findings = (Finding("guard: proxy", "proxy_url is set."),)
    group = BaseExceptionGroup("errors while tearing down", [ValueError("x"), ExceptionGroup("more", [guard])])
    found = classify("teardown", group)
    assert (found.status, found.message, found.findings) == ("guard", "It could not be proven.", guard.findings)
    assert classify("teardown", ExceptionGroup("none", [ValueError("x")])).status == "error"
