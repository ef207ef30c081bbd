"""The exit code and the verdict of a gated run, the same with and without workers."""

from collections.abc import Callable

import pytest

from .conftest import HEADER, Outcome, Repository

Run = Callable[..., Outcome]

FLAKY = """
import pathlib
MARK = pathlib.Path(__file__).with_suffix(".once")

@pytest.mark.verification(id="ACME-002", suite="acme", title="it holds")
def test_acme_002(subject, evidence):
    evidence.examined(1, "thing")
    if subject.path("limits.txt").read_text().startswith("broken"):
        evidence.fail("acme: broken", "It is broken.")
    if not MARK.exists():
        MARK.touch()
        evidence.fail("acme: only once", "It fails once.")

@planted_fault(check="ACME-002", title="broken", expects="acme: broken")
def broken(subject):
    subject.write("limits.txt", "broken")
"""

PASSING = """
@pytest.mark.verification(id="ACME-002", suite="acme", title="it holds")
{decorator}
def test_acme_002(subject, evidence):
    {first}
    evidence.examined(1, "thing")
    if subject.path("limits.txt").read_text().startswith("broken"):
        evidence.fail("acme: broken", "It is broken.")

@planted_fault(check="ACME-002", title="broken", expects="acme: broken")
def broken(subject):
    subject.write("limits.txt", "broken")
"""


def passing(first: str = "pass", decorator: str = "@pytest.mark.filterwarnings('default')") -> str:
    return PASSING.format(first=first, decorator=decorator)


def test_everything_earned_is_promote(run: Run) -> None:
    result = run()
    assert (result.code, result.verdict) == (0, "PROMOTE"), result.output
    assert result.outcome("ACME-001") == result.outcome("ACME-002") == "passed"


def test_a_failure_is_block(run: Run, repository: Repository) -> None:
    repository.write("limits.txt", "max=001")
    result = run()
    assert (result.code, result.verdict) == (21, "BLOCK")
    assert result.outcome("ACME-002") == "failed"
    assert "Write max=002 into it." in result.output


def test_a_crash_is_block(run: Run, repository: Repository) -> None:
    repository.check("002", passing("if subject.is_copy is False: raise TypeError('oops')"))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (21, "error")
    assert "TypeError: oops" in result.check("ACME-002")["reason"]


@pytest.mark.parametrize(
    ("first", "decorator", "outcome"),
    [
        ("pytest.skip('not today')", "@pytest.mark.usefixtures()", "inconclusive"),
        ("pass", "@pytest.mark.skip(reason='not today')", "inconclusive"),
        ("raise AssertionError('no')", "@pytest.mark.xfail(reason='not today')", "inconclusive"),
        ("pass", "@pytest.mark.xfail(strict=False)", "inconclusive"),
    ],
    ids=["skips-itself", "is-skipped", "xfails", "xpasses"],
)
@pytest.mark.filterwarnings("ignore:usefixtures")
def test_a_required_check_that_was_not_really_run_is_hold(
    run: Run, repository: Repository, first: str, decorator: str, outcome: str
) -> None:
    repository.check("002", passing(first, decorator if "usefixtures" not in decorator else "@pytest.mark.order"))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, outcome), result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("checks", "-k", "nothing"),
        ("checks", "-k", "001"),
        ("checks", "--deselect", "checks/test_acme_002.py::test_acme_002"),
        ("checks/test_acme_001.py",),
        ("checks", "--ignore", "checks/test_acme_002.py"),
    ],
    ids=["k-nothing", "k-one", "deselect", "one-file", "ignore"],
)
def test_a_required_check_that_was_left_out_is_missing(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.code, result.verdict, result.outcome("ACME-002")) == (20, "HOLD", "missing")


def test_an_empty_selection_is_hold(run: Run, repository: Repository) -> None:
    (repository.root / "checks" / "test_acme_001.py").unlink()
    (repository.root / "checks" / "test_acme_002.py").unlink()
    assert run().code == 20


def test_a_collection_error_is_hold_and_the_rest_still_runs(run: Run, repository: Repository) -> None:
    repository.check("002", "import nothing_of_that_name\n")
    result = run()
    assert (result.code, result.outcome("ACME-001"), result.outcome("ACME-002")) == (20, "passed", "missing")
    assert any("could not be collected" in reason for reason in result.report["reasons"])


def test_a_check_that_examines_nothing_is_hold(run: Run, repository: Repository) -> None:
    repository.check("002", passing().replace('evidence.examined(1, "thing")', 'evidence.examined(0, "things")'))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive")
    assert "examined nothing" in result.check("ACME-002")["reason"]


def test_a_pass_on_rerun_is_flaky_never_a_pass(run: Run, repository: Repository) -> None:
    repository.check("002", FLAKY)
    result = run("checks", "--reruns", "2")
    assert (result.code, result.outcome("ACME-002")) == (20, "flaky")
    assert result.check("ACME-002")["attempts"] == 2


def test_flaky_within_the_budget_promotes_and_shows(run: Run, repository: Repository) -> None:
    repository.check("002", FLAKY)
    text = (repository.root / "pyproject.toml").read_text().replace("flaky_budget = 0", "flaky_budget = 1")
    repository.write("pyproject.toml", text)
    result = run("checks", "--reruns", "2")
    assert (result.code, result.outcome("ACME-002")) == (0, "flaky"), result.output


def test_fail_on_flaky_is_hold_in_both_modes(run: Run, repository: Repository) -> None:
    repository.check("002", FLAKY)
    text = (repository.root / "pyproject.toml").read_text().replace("flaky_budget = 0", "flaky_budget = 1")
    repository.write("pyproject.toml", text)
    assert run("checks", "--reruns", "2", "--fail-on-flaky").code == 20


def test_stopping_at_the_first_failure_keeps_the_verdict(run: Run, repository: Repository) -> None:
    repository.write("limits.txt", "max=002")
    assert run("checks", "-x").code == 21


def test_a_dead_worker_is_missing(repository: Repository) -> None:
    repository.check("002", passing("import os; subject.is_copy or os._exit(9)"))
    result = repository.run("checks", "--max-worker-restart=0", workers=2)
    assert (result.code, result.outcome("ACME-002")) == (20, "missing"), result.output
    assert "died" in result.check("ACME-002")["reason"]


def test_a_tripped_guard_is_22_before_everything_else(run: Run, repository: Repository) -> None:
    repository.write("limits.txt", "max=001")
    body = """
    from pytest_tradeops.exceptions import GuardTripped

    @pytest.mark.verification(id="ACME-003", suite="acme", title="never live")
    def test_acme_003(evidence):
        raise GuardTripped("The configuration reaches a live venue.")
    """
    repository.check("003", body)
    assert run().code == 22


def test_over_budget_is_hold_and_the_reason_has_no_time_in_it(run: Run, repository: Repository) -> None:
    slow = passing(
        "end = __import__('time').perf_counter() + 0.05\n    while __import__('time').perf_counter() < end: pass"
    )
    repository.check("002", slow.replace('title="it holds"', 'title="it holds", budget="10ms"'))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "over_budget"), result.output


def test_a_wrong_declaration_is_block_with_its_sentence(run: Run, repository: Repository) -> None:
    repository.write("pyproject.toml", '[tool.tradeops.profiles.own]\nrequired = ["ACME-001"]\n')
    body = '@pytest.mark.verification(id="acme-2", suite="acme", title="x")\ndef test_two(evidence): pass\n'
    repository.check("002", body)
    result = run()
    assert result.code == 21, result.output
    assert "'acme-2' is not a check id" in result.output


def test_an_ordinary_failing_test_in_a_gated_run_is_block(run: Run, repository: Repository) -> None:
    repository.write("tests/test_plain.py", "def test_plain():\n    assert 1 == 2\n")
    result = run("checks", "tests", "-m", "not verification or verification(suite='acme')", select=False)
    assert (result.code, result.verdict) == (21, "BLOCK"), result.output
    assert any("tests/test_plain.py::test_plain failed" in reason for reason in result.report["reasons"])


def test_checks_that_the_profile_does_not_list_never_count(run: Run, repository: Repository) -> None:
    repository.check(
        "003", HEADER.replace("\n", "") and passing().replace("ACME-002", "ACME-003").replace("002", "003")
    )
    repository.write(
        "checks/test_acme_003.py",
        (repository.root / "checks/test_acme_003.py")
        .read_text()
        .replace('evidence.examined(1, "thing")', 'evidence.fail("acme: no", "It never holds.")'),
    )
    result = run()
    assert (result.code, result.outcome("ACME-003")) == (0, "failed"), result.output
