"""SEC-026: nothing is deployed to staging without the gate's decision."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security.promotion import examining, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-026",
    suite="security",
    title="the staging job cannot start without the verification job's decision",
    severity="critical",
    covers=(),
    min_grade="static",
    budget="30s",
    requires=("check-jsonschema", "yaml"),
)
def test_sec_026(_subject: Subject, _evidence: Evidence) -> None:
    """Follows every way to a job that deploys, in a world in which the gate failed, was skipped or was cancelled.

    A job deploys if it has one of the `environments` of [tool.tradeops.security] (default: staging). Each event of its
    workflow, each workflow that calls it and each whose run starts it are ways; on all of them a job must lie that runs
    the gate: `tradeops verify`, `pytest --tradeops-gate`, this package's action, or a `make` target, script, local
    action or workflow that does. That job must fail with the gate (no `continue-on-error`, no `|| true`, no pipe or
    `set +e` that hides it, no condition that leaves it out), and no condition with always(), failure() or cancelled()
    may let a job behind it start all the same. Both jobs must check out the same commit.

    It does not prove that all that reaches staging goes through these jobs: a deployment by hand, or one without an
    `environment`, is not seen. Nor does it follow what is built from the commit. docs/workflows.md lists what is
    followed.
    """
    examination = examining.examine(_subject.root, _subject.settings.security.environments)
    certain = [one for one in examination.deployments if one.certain]
    _evidence.examined(len(certain), "deploying jobs", source=Grade.STATIC)
    _evidence.fact(**examination.facts())
    _evidence.report(examining.findings(examination))
    unseen = examining.unseen(examination)
    if unseen:
        _evidence.inconclusive(" ".join(unseen), remedy="Let the gate run in this repository, and name it in `needs`.")


@planted_fault(
    check="SEC-026",
    title="`needs` is removed from the deploying job",
    expects="staging: starts without the gate",
)
def needs_removed(_subject: Subject) -> None:
    for path, text in writing.without_needs(_subject.root, _subject.settings.security.environments):
        _subject.write(path, text)


@planted_fault(
    check="SEC-026",
    title="the step that runs the gate gains `continue-on-error`",
    expects="staging: gate cannot block",
)
def gate_goes_on(_subject: Subject) -> None:
    for path, text in writing.continuing(_subject.root, _subject.settings.security.environments):
        _subject.write(path, text)


@planted_fault(
    check="SEC-026",
    title="the gate's job checks out another ref than that of the run",
    expects="staging: another commit is verified",
)
def another_ref(_subject: Subject) -> None:
    for path, text in writing.elsewhere(_subject.root, _subject.settings.security.environments):
        _subject.write(path, text)


@planted_fault(
    check="SEC-026",
    title="the deploying job always runs",
    expects="staging: starts although the gate failed",
)
def always_deployed(_subject: Subject) -> None:
    for path, text in writing.always(_subject.root, _subject.settings.security.environments):
        _subject.write(path, text)
