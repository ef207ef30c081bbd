"""BEN-001: tests give the same outcomes with and without workers, and CI uses every core."""

from collections import Counter

import pytest

from pytest_tradeops.bench import ci, nested, parity, plant
from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="BEN-001",
    suite="benchmarks",
    title="Tests do not notice their worker, and CI runs them on every core",
    severity="high",
    covers=("7.2.1", "7.2.3"),
    min_grade="embedded",
    budget="120s",
    requires=("pytest-xdist",),
)
def test_ben_001(_subject: Subject, _evidence: Evidence) -> None:
    """Runs CI's own test command on `smoke_tests`, and the same tests with no and with two workers.

    It fails if a test's outcome differs, if `ci_test_command` stands in no CI file, or if the command sets up another
    number of workers than there are cores here. It does not prove that the whole test suite is independent of its
    workers, nor that CI's machine has more than one core.
    """
    settings = load_settings(_subject.root)  # read again: a planted fault changes the copy's file
    for name in ("smoke_tests", "ci_test_command"):
        if not getattr(settings, name):
            _evidence.inconclusive(f"`{name}` is not set.", remedy=f"Set `{name}` in [tool.tradeops].")
    command = ci.parse(settings.ci_test_command)
    texts = ci.files(_subject.root)
    places = ci.places(texts, settings.ci_test_command)
    if not places:
        _evidence.fail(
            "ci: test command not in any CI file",
            f"no line of {', '.join(texts) or 'a CI file'} is `{settings.ci_test_command}`.",
            remedy="Run `tradeops init ci`, or copy CI's own line to `ci_test_command` in [tool.tradeops].",
        )
    python, root, smoke = _subject.python, _subject.root, settings.smoke_tests
    env = {**ci.switches(texts, places), **command.env}
    own = nested.run_pytest(python, root, command.arguments, select=smoke, env=env, as_module=command.as_module)
    _evidence.report(parity.workers(own, settings.ci_test_command))
    serial = nested.run_pytest(python, root, [*smoke, "-n0"], select=smoke)
    # On two cores CI's run already is the parallel one; starting two workers takes seconds.
    reuse = len(own.busy) == own.workers == 2
    parallel = own if reuse else nested.run_pytest(python, root, [*smoke, "-n2"], select=smoke)
    _evidence.examined(len(serial.tests), "tests run in two ways", source=Grade.EMBEDDED)
    _evidence.fact(
        outcomes=dict(sorted(Counter(serial.outcomes.values()).items())),
        ci_test_command=settings.ci_test_command,
        ci_files=places,
        ci_workers=own.workers,
        expected_workers=parity.expected(own),
    )
    _evidence.report(parity.compare(serial, parallel))


@planted_fault(
    check="BEN-001", covers="7.2.1", title="a test whose result depends on its worker", expects="xdist: outcomes differ"
)
def worker_dependent_smoke_test(_subject: Subject) -> None:
    smoke = load_settings(_subject.root).smoke_tests
    if not smoke:
        raise DeclarationError("`smoke_tests` is not set.", remedy="Set it in [tool.tradeops].")
    _subject.write(*plant.smoke_test(_subject.root, smoke[0]))


@planted_fault(check="BEN-001", covers="7.2.3", title="a later option -n0 overrides", expects="xdist: CI runs serially")
def serial_ci_command(_subject: Subject) -> None:
    command = load_settings(_subject.root).ci_test_command
    for name in ("pyproject.toml", *ci.places(ci.files(_subject.root), command)):
        text = plant.append_option(_subject.path(name).read_text(encoding="utf-8"), command, "-n0")
        if not command or text is None:
            raise DeclarationError(f"{name} does not hold the CI command as text.", remedy="Write it on one line.")
        _subject.write(name, text)
    if load_settings(_subject.root).ci_test_command != f"{command} -n0":
        raise DeclarationError("`ci_test_command` does not end with the planted -n0.", remedy="Write it on one line.")
