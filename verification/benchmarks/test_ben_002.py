"""BEN-002: a test that fails once is run again and shown as such; one that always fails, fails."""

import pytest

from pytest_tradeops.bench import ci, plant, retries
from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="BEN-002",
    suite="benchmarks",
    title="A test that fails once is run again and shown as flaky",
    severity="medium",
    covers=("7.2.2",),
    min_grade="embedded",
    budget="120s",
    requires=("pytest-xdist", "pytest-rerunfailures"),
)
def test_ben_002(_subject: Subject, _evidence: Evidence) -> None:
    """Runs a test that fails once and one that always fails under the subject's pytest settings and CI's options.

    Serially and with two workers, the first must be run again, pass, and be reported as rerun; the second must fail
    and let pytest end with an error. The probes run in a folder of their own with copies of the settings, so no
    conftest of the subject takes part. It does not prove that a rerun is looked at by anyone.
    """
    settings = load_settings(_subject.root)  # read again: the planted fault changes the copy's file
    command = ci.parse(settings.ci_test_command) if settings.ci_test_command else ci.CiCommand()
    reports = retries.probe(_subject.python, _subject.root, command)
    _evidence.examined(sum(len(one.tests) for one in reports.values()), "probe tests run", source=Grade.EMBEDDED)
    _evidence.fact(
        settings_file=reports["serially"].ini,
        reruns={
            f"{name.partition('::')[2].split('@')[0]}, {mode}": test.reruns
            for mode, report in reports.items()
            for name, test in sorted(report.tests.items())
        },
    )
    _evidence.report(retries.findings(reports))


@planted_fault(check="BEN-002", covers="7.2.2", title="the rerun option removed", expects="retries: not applied")
def rerun_option_removed(_subject: Subject) -> None:
    command = load_settings(_subject.root).ci_test_command
    removed = False
    for name in retries.settings_files(_subject.root, ci.parse(command) if command else ci.CiCommand()):
        text = plant.without_reruns(_subject.path(name).read_text(encoding="utf-8"))
        if text is not None:
            _subject.write(name, text)
            removed = True
    if not removed:
        raise DeclarationError("No rerun option stands in the pytest settings.", remedy="Plant the fault otherwise.")
