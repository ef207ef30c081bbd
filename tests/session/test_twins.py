"""Planted faults: what counts as caught, what makes a check untrusted, and that twins disturb nothing else."""

from collections.abc import Callable

import pytest
from lean import LEAN

from .conftest import CHECK, Outcome, Repository

Run = Callable[..., Outcome]

FAULTS = {
    "nothing planted": ("pass", "it changed nothing in the copy"),
    "nothing that matters": ("subject.write('other.txt', '')", "the check passed although the fault was planted"),
    "another reason": (
        "subject.write('limits.txt', 'max=001')",
        "it failed for another reason than 'acme: something else'",
    ),
    "a crash": ("(subject.root / 'limits.txt').unlink()", "a crash is not a detection"),
    "the fault breaks": ("subject.edit('limits.txt', 'no such text', '')", "could not be planted"),
}


def faulty(plant: str, expects: str = "acme: limit missing") -> str:
    body = CHECK.format(number="002")
    return body.replace('subject.edit("limits.txt", "max=002", "min=002")', plant).replace(
        'expects="acme: limit missing"', f'expects="{expects}"'
    )


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_that_is_not_caught_makes_its_check_untrusted(run: Run, repository: Repository, kind: str) -> None:
    plant, why = FAULTS[kind]
    expects = "acme: something else" if kind == "another reason" else "acme: limit missing"
    repository.check("002", faulty(plant, expects))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive"), result.output
    check = result.check("ACME-002")
    assert "not trusted" in check["reason"]
    assert why in check["reason"]
    assert [fault["caught"] for fault in check["faults"]] == [False]
    assert check["covered"] == []


def test_a_fault_that_stays_in_its_copy_is_named_and_the_run_goes_on(run: Run, repository: Repository) -> None:
    stays = "import os; subject.edit('limits.txt', 'max=002', 'min=002'); os.chdir(subject.root)"
    repository.check("002", faulty(stays))
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive"), result.output
    assert "it left the working directory changed" in result.check("ACME-002")["reason"]
    assert result.outcome("ACME-001") == "passed"


def test_a_check_without_a_fault_is_not_trusted(run: Run, repository: Repository) -> None:
    repository.check("002", CHECK.format(number="002").split("@planted_fault")[0])
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (20, "inconclusive")
    assert "no planted fault" in result.check("ACME-002")["reason"]


def test_only_an_items_own_twin_covers_it(run: Run, repository: Repository) -> None:
    body = CHECK.format(number="002").replace('covers=("1.4.2",)', 'covers=("1.4.2", "1.4.3")')
    repository.check("002", body)
    check = run().check("ACME-002")
    assert (check["outcome"], check["covers"], check["covered"]) == ("passed", ["1.4.2", "1.4.3"], ["1.4.2"])


def test_the_subject_itself_is_never_changed(run: Run, repository: Repository) -> None:
    run()
    assert (repository.root / "limits.txt").read_text() == "max=001 max=002\n"


def test_a_fault_must_not_write_to_anything_but_the_copy(run: Run, repository: Repository) -> None:
    repository.check("002", faulty("subject.path('../outside.txt')"))
    assert "could not be planted" in run().check("ACME-002")["reason"]


def test_expected_failures_of_twins_show_nowhere(run: Run) -> None:
    result = run("checks", "-rA", "--junitxml=out/junit.xml")
    assert result.code == 0
    assert "limit_removed" not in result.output
    assert "xfail" not in result.output


def test_twins_do_not_trip_stop_at_first_failure(run: Run) -> None:
    assert run("checks", "-x", "--maxfail=1").code == 0


def test_plain_assertions_can_name_their_reason(run: Run, repository: Repository) -> None:
    body = """
    @pytest.mark.verification(id="ACME-002", suite="acme", title="it holds")
    def test_acme_002(subject, evidence):
        evidence.examined(1, "file")
        assert "max=002" in subject.path("limits.txt").read_text(), "acme: limit missing"

    @planted_fault(check="ACME-002", title="gone", expects="acme: limit missing")
    def gone(subject):
        subject.edit("limits.txt", "max=002", "")
    """
    repository.check("002", body)
    assert run().code == 0


GENERATOR = """
@pytest.fixture
def switch():
    class Switch:
        on = True
        stuck = {stuck}
        def assert_healthy(self):
            assert self.on, "it is still off"
    return Switch()


@pytest.mark.verification(id="ACME-002", suite="acme", title="it is on")
def test_acme_002(switch, evidence):
    evidence.examined(1, "switch")
    if not switch.on:
        evidence.fail("acme: off", "The switch is off.")


@planted_fault(check="ACME-002", title="off", expects="acme: off")
def turned_off(switch):
    switch.on = False
    yield
    switch.on = not switch.stuck
"""


@pytest.mark.parametrize(("stuck", "code"), [(False, 0), (True, 20)])
def test_health_is_asserted_after_the_undo(run: Run, repository: Repository, stuck: bool, code: int) -> None:
    repository.check("002", GENERATOR.format(stuck=stuck))
    result = run()
    assert result.code == code, result.output
    if stuck:
        assert "is not healthy after turned_off was undone" in result.check("ACME-002")["reason"]


def test_parametrised_checks_have_their_twins_each(run: Run, repository: Repository) -> None:
    body = CHECK.format(number="002").replace(
        "def test_acme_002(subject, evidence):", "def test_acme_002(subject, evidence, name):"
    )
    body = body.replace(
        '@pytest.mark.verification(id="ACME-002"',
        '@pytest.mark.parametrize("name", ["a", "b"])\n@pytest.mark.verification(id="ACME-002"',
    )
    repository.check("002", body)
    result = run()
    assert result.code == 0, result.output
    assert [fault["caught"] for fault in result.check("ACME-002")["faults"]] == [True, True]


def test_session_fixtures_start_once_per_worker(repository: Repository) -> None:
    body = """
    @pytest.fixture(scope="session")
    def service(tmp_path_factory):
        log = open("starts.txt", "a"); log.write("start "); log.close()

    """ + CHECK.format(number="002").replace("(subject, evidence)", "(subject, evidence, service)").replace(
        "\n", "\n    "
    )
    repository.check("002", body)
    assert repository.run("checks").code == 0
    assert (repository.root / "starts.txt").read_text() == "start "


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(
    ("mode", "broken", "code"), [("with", True, 1), ("with", False, 0), ("off", True, 0), ("only", False, 0), ("only", True, 1)]
)  # fmt: skip
def test_faults_in_an_ordinary_run(
    pytester: pytest.Pytester, repository: Repository, mode: str, broken: bool, code: int, workers: int
) -> None:
    if broken:
        repository.check("002", faulty("subject.write('other.txt', '')"))
    result = pytester.runpytest_subprocess(
        "checks", f"--tradeops-faults={mode}", f"-n{workers}", "-p", "no:cacheprovider"
    )
    assert result.ret == code
    if code:
        result.stdout.fnmatch_lines(["*planted fault 'limit_removed' was not caught*"])


def test_only_runs_the_faults_and_not_the_check(pytester: pytest.Pytester, repository: Repository) -> None:
    repository.write("limits.txt", "max=001 max=002 ")
    body = CHECK.format(number="002").replace(
        "    text =", "    if not subject.is_copy: raise TypeError('the body ran')\n    text ="
    )
    repository.check("002", body)
    result = pytester.runpytest_subprocess(
        "checks/test_acme_002.py", "--tradeops-faults=only", "-p", "no:cacheprovider"
    )
    assert result.ret == 0


@pytest.mark.parametrize("mode", ["off", "only"])
def test_the_gate_always_runs_them(repository: Repository, mode: str) -> None:
    result = repository.run("checks", f"--tradeops-faults={mode}")
    assert result.code == 4
    assert "always runs planted faults" in result.output


def test_the_marker_selects_by_keyword(pytester: pytest.Pytester, repository: Repository) -> None:
    result = pytester.runpytest_subprocess("checks", "-m", "verification(id='ACME-001')", *LEAN)
    result.assert_outcomes(passed=1, deselected=1 + _packaged())


def _packaged() -> int:
    from pytest_tradeops.gate.catalogue import packaged

    return len(packaged())
