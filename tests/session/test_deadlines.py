"""A check that hangs, wherever it hangs: it is stopped with a sentence, and the run goes on to its verdict."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.session.classify import classify
from pytest_tradeops.session.deadline import DeadlinePassed

from .conftest import CHECK, HEADER, Outcome, Repository

Run = Callable[..., Outcome]

#: The emergency stops of the same mechanism, after two seconds in place of minutes.
SHORT = """
from pytest_tradeops.session import deadline
deadline.LIMITS = {name: one._replace(factor=0.0, shortest=2.0) for name, one in deadline.LIMITS.items()}
deadline.AGAIN = 1.0
"""

HANGS = """
import os, pathlib, subprocess, sys, threading
from pytest_tradeops.processes import run

def hang():
    run([sys.executable, "-c", "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)"],
        cwd=pathlib.Path(__file__).parent, timeout=600)

@pytest.fixture(scope="{scope}")
def hanging():
    {before}
    yield
    {after}

"""


def hanging(number: str, scope: str = "function", before: str = "pass", after: str = "pass") -> str:
    return HANGS.format(scope=scope, before=before, after=after) + CHECK.format(number=number).replace(
        "(subject, evidence)", "(subject, evidence, hanging)"
    )


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture(autouse=True)
def short(repository: Repository) -> None:
    repository.write("conftest.py", SHORT)


@pytest.mark.parametrize(("phase", "where"), [("set-up", "before"), ("tear-down", "after")])
def test_a_fixture_that_hangs_is_over_budget_and_the_run_goes_on(
    run: Run, repository: Repository, phase: str, where: str
) -> None:
    # Only of the check itself: of its planted fault see below.
    stuck = "request.node.name.endswith('>') or hang()"
    repository.check("001", hanging("001", **{where: stuck}).replace("def hanging():", "def hanging(request):"))
    result = run()
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (20, "over_budget", "passed")
    assert result.check("ACME-001")["reason"] == f"the {phase} was stopped after 2 s: the fixture 'hanging' hangs."
    assert "Traceback" not in result.output
    pid = int((repository.root / "checks" / "pid").read_text())
    deadline = time.monotonic() + 10
    while not _gone(pid):
        assert time.monotonic() < deadline, "the fixture's process goes on"


def test_a_set_up_that_hangs_for_a_planted_fault_is_waited_for_once(run: Run, repository: Repository) -> None:
    counted = "open('count', 'a').write('x') and hang()"
    repository.check("002", hanging("002", before=counted))
    result = run()
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (20, "passed", "over_budget")
    assert (repository.root / "count").read_text() == "x"


def test_a_tear_down_that_hangs_for_a_planted_fault_is_no_detection(run: Run, repository: Repository) -> None:
    stuck = "request.node.name.endswith('>') and hang()"
    repository.check("002", hanging("002", after=stuck).replace("def hanging():", "def hanging(request):"))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive")
    assert "its tear-down ended as over_budget" in result.check("ACME-002")["reason"]


def test_a_sessions_fixture_that_hangs_is_waited_for_once(repository: Repository) -> None:
    shared = hanging("001", "session", before="open('count', 'a').write('x') and hang()")
    fixture, _, _ = shared.partition("@pytest.mark.verification")
    repository.write("conftest.py", SHORT + HEADER + fixture)
    for number in ("001", "002"):
        repository.check(number, CHECK.format(number=number).replace("(subject, evidence)", "(evidence, hanging)"))
    result = repository.run()
    assert [result.outcome(f"ACME-{number}") for number in ("001", "002")] == ["over_budget"] * 2
    assert (repository.root / "count").read_text() == "x"


def test_the_other_fixtures_are_torn_down_when_one_hangs(run: Run, repository: Repository) -> None:
    two = """
    import threading

    @pytest.fixture
    def first():
        yield
        open("torn-down", "w").close()

    @pytest.fixture
    def stuck(first, request):
        yield
        request.node.name.endswith(">") or threading.Event().wait(600)

    @pytest.fixture
    def stuck_too(stuck, request):
        yield
        request.node.name.endswith(">") or threading.Event().wait(600)

    """
    body = CHECK.format(number="001").replace("(subject, evidence)", "(subject, evidence, stuck_too)")
    repository.write("checks/test_acme_001.py", HEADER)
    repository.check("001", two.replace("\n    ", "\n") + body)
    result = run()
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (20, "over_budget", "passed")
    assert (repository.root / "torn-down").exists()


def test_a_failure_stays_one_when_its_sessions_fixture_hangs(run: Run, repository: Repository) -> None:
    repository.check("001", hanging("001", "session", after="hang()"))
    repository.write("limits.txt", "max=002")
    result = run("checks", "-x")
    assert (result.code, result.outcome("ACME-001")) == (21, "failed"), result.output
    assert _gone(int((repository.root / "checks" / "pid").read_text()))


def test_an_end_of_the_session_that_hangs_is_hold_with_a_verdict(run: Run, repository: Repository) -> None:
    hook = "def pytest_sessionfinish(session):\n    import threading; threading.Event().wait(600)\n"
    repository.write("conftest.py", SHORT + hook)
    result = run()
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (20, "passed", "passed")
    words = "The session did not end well: the end of the session was stopped after 2 s: it hangs."
    assert words in result.report["reasons"]


@pytest.mark.parametrize("end", ["raise ValueError('no')", "pytest.exit('bye', returncode=0)"])
def test_an_end_of_the_session_that_breaks_is_hold(run: Run, repository: Repository, end: str) -> None:
    repository.write("conftest.py", f"import pytest\ndef pytest_sessionfinish(session):\n    {end}\n")
    result = run()
    assert (result.code, result.verdict) == (20, "HOLD"), result.output
    assert any("The session did not end well" in reason for reason in result.report["reasons"])


def test_a_profile_s_longer_budget_moves_the_emergency_stop(run: Run, repository: Repository) -> None:
    text = (repository.root / "pyproject.toml").read_text() + "\nbudgets = { 'ACME-002' = '2s' }\n"
    repository.write("pyproject.toml", text)
    limits = "deadline.LIMITS['call'] = deadline.LIMITS['call']._replace(shortest=0.2)"
    repository.write("conftest.py", f"from pytest_tradeops.session import deadline\n{limits}\n")
    slow = "\n    import threading; subject.is_copy or threading.Event().wait(0.5)\n    text ="
    check = (
        CHECK.format(number="002").replace("\n    text =", slow).replace('suite="acme"', 'suite="acme", budget="1ms"')
    )
    repository.check("002", check)
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (0, "passed"), result.output


def test_only_deadlines_are_over_budget() -> None:
    hung, broke = DeadlinePassed("the tear-down was stopped."), ValueError("no")
    assert classify("teardown", BaseExceptionGroup("", [hung, DeadlinePassed("again")])).status == "over_budget"
    assert classify("teardown", BaseExceptionGroup("", [hung, broke])).status == "error"
