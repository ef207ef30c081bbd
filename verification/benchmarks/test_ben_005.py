"""BEN-005: CI runs the benchmarks of every pull request against its base, and a slow-down stops it."""

import re
from pathlib import Path

import pytest

from pytest_tradeops import processes
from pytest_tradeops.bench import gated, slowing
from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.gate import Evidence, Finding, Grade, planted_fault
from pytest_tradeops.security.ci import called, pull_request, writing
from pytest_tradeops.security.ci.stage import Call
from pytest_tradeops.security.project_tree import read_tree
from pytest_tradeops.security.wrapped import unwrapped
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject

GATE = "--bench-gate"
#: Minutes; CI itself may take longer.
LONGEST = 8.0


def gate_command(call: Call) -> tuple[str, ...]:
    argv = unwrapped(call.argv, ("pytest", "py.test"), {"pytest": "pytest"})
    return argv if GATE in argv else ()


def find_gate(subject: Subject, place: Path) -> called.Calls:
    (stage := place / "stage").mkdir()
    settings = load_settings(subject.root)  # read again: a planted fault changes the copy's file
    names = {"branch": settings.default_branch, "strategies": settings.strategies}
    return called.find_calls(read_tree(subject.root), stage, gate_command, re.compile(GATE), **names)


def stopping(calls: called.Calls, evidence: Evidence) -> list[called.Called]:
    """The commands whose failure stops a pull request; without any, why not is said here."""
    living = [one for one in calls.found if not one.objection]
    if living:
        return living
    if calls.found:
        one = calls.found[0]
        if one.step.judged:
            evidence.inconclusive(f"{one.step.place}: {one.step.judged}.", remedy="Let the step itself fail.")
        said = f"{one.objection}."
        evidence.report([Finding(gated.REASON_CI_IGNORED, said, one.step.place, "Let its failure fail the job.")])
    if calls.unknown:
        evidence.inconclusive(calls.unknown[0], remedy="Let a plain step run `pytest -m benchmark --bench-gate`.")
    wrong = "Correct it; GitHub does not start it."
    evidence.report(
        [Finding(gated.REASON_CI_INVALID, f"{said[0]}.", file, wrong) for file, said in calls.refused.items()]
    )
    none = f"no step of a workflow runs `pytest -m benchmark {GATE}` on a pull request."
    return evidence.fail(gated.REASON_CI_MISSING, none, remedy="Run `tradeops init benchmarks`.")


def execute(one: called.Called, python: Path, origin: str, clone: Path, branch: str) -> gated.Gated:
    pull_request.check_out(origin, clone, branch=branch, depth=one.step.depth, fetches=one.fetches)
    folder, module = clone / one.folder, one.as_module
    return gated.run_command(
        python, clone, one.arguments, folder=folder, env=one.env, as_module=module, minutes=LONGEST
    )


@pytest.mark.verification(
    id="BEN-005",
    suite="benchmarks",
    title="A slow-down stops a pull request",
    severity="medium",
    covers=("7.6.3",),
    min_grade="embedded",
    budget="600s",
    requires=("pytest-benchmark", "check-jsonschema", "yaml"),
)
@pytest.mark.usefixtures("_quiet_machine")
def test_ben_005(_subject: Subject, _evidence: Evidence) -> None:
    """Executes CI's own `pytest --bench-gate` on a pull request whose hottest function is slower: it must fail for it.

    The steps of the workflows are followed to the command, as SEC-009 follows those that run scanners: a pull request
    must start it, and its failure must fail the job. Then the subject becomes a repository of its own, in which a pull
    request slows down what the benchmarks spend their time in; it is checked out as `actions/checkout` would with the
    depth that stands in front of the command, and what the job fetches besides is fetched. The command runs there with
    the subject's interpreter.

    It does not prove that the step is a required status check of the branch, nor that CI's machine is quiet enough for
    a verdict. Other CI systems than GitHub's are not followed.
    """
    settings = load_settings(_subject.root)
    with processes.scratch("tradeops-bench-ci-") as place:
        calls = find_gate(_subject, place)
        _evidence.fact(workflows=list(calls.workflows), commands=sorted({" ".join(one.argv) for one in calls.found}))
        _evidence.examined(calls.steps, "steps of CI", source=Grade.EMBEDDED)
        living = stopping(calls, _evidence)
        copy = _subject.copy_to(place / "origin")
        try:
            given = (_subject.python, copy.root, _subject.git.root, settings.bench)
            slow = slowing.slow_down(*given, by=slowing.CLEARLY, first=settings.strategies)
        except DeclarationError as error:
            _evidence.inconclusive(error.message, remedy=error.remedy)
        origin = pull_request.make_origin(copy.root, slow, settings.default_branch)
        findings: list[Finding] = []
        for number, one in enumerate(living, start=1):
            run = execute(one, _subject.python, origin, place / f"clone-{number}", settings.default_branch)
            _evidence.fact(depth=one.step.depth, base=run.base, exit_code=run.code)
            if run.text:
                _evidence.attach(f"benchmarks-{number}.json", run.text, "application/json")
            found = gated.ci_findings(run, " ".join(one.argv))
            if not found:
                return  # one that stops it is enough
            findings += found
    _evidence.report(findings)


@planted_fault(
    check="BEN-005",
    covers="7.6.3",
    title="the checkout has one commit, and the base is missing",
    expects="bench-ci: no baseline",
)
def one_commit_only(_subject: Subject) -> None:
    with processes.scratch("tradeops-bench-ci-") as place:
        calls = find_gate(_subject, place)
    if not calls.found:
        raise DeclarationError(f"No workflow runs {GATE}.", remedy="Run `tradeops init benchmarks`.")
    for path, text in writing.one_commit(_subject.root, [one.step for one in calls.found]):
        _subject.write(path, text)
