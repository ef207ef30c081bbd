"""Runs checks: validates declarations, runs planted faults first, and makes each report carry what was found.

Lives in the process that runs the tests: the workers under xdist, else the only one. Registered only when at least one
collected test is a check.
"""

from collections.abc import Generator
from typing import Any

import pytest

from ..exceptions import CheckFailed, TradeopsError
from ..model import EvidenceRecord, Finding, Phase, TwinResult
from ..model.evidence import NOTHING
from ..processes import turns
from .classify import Classified, classify
from .deadline import DeadlinePassed
from .declare import INVALID
from .keys import EVIDENCE, SPEC, is_twin, state_of
from .longrepr import concise, redacted
from .measuring import measures
from .transport import ATTRIBUTE, evidence_to, finding_to, phase_to, spec_to, twin_to
from .twins import HUNG, run_twins

#: On items: what became of the check's planted faults.
_TWINS = pytest.StashKey[list[TwinResult]]()
#: On items: the evidence as it was when the body ended; what is said afterwards came too late to be judged.
_RECORD = pytest.StashKey[EvidenceRecord]()


class CheckRuntime:
    """The hooks around running a check."""

    def __init__(self, config: pytest.Config) -> None:
        self._state = state_of(config)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if SPEC not in item.stash:
            return (yield)
        # Out here a wait for others counts towards no budget.
        with turns.alone() if measures(item) else turns.beside():
            # A rerun plugin runs the item again inside of this hook: the faults run once, before the first attempt.
            if self._state.faults != "off" and INVALID not in item.stash and isinstance(item, pytest.Function):
                item.stash[_TWINS] = run_twins(item)
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if INVALID in item.stash:
            raise item.stash[INVALID]
        if HUNG in item.stash:
            raise DeadlinePassed(item.stash[HUNG])

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            evidence = pyfuncitem.stash.get(EVIDENCE, None)
            if evidence is not None and not is_twin(pyfuncitem):
                pyfuncitem.ihook.pytest_tradeops_evidence(item=pyfuncitem, evidence=evidence)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if SPEC not in item.stash and INVALID not in item.stash:
            return report
        error = call.excinfo.value if call.excinfo else None
        if call.when == "call":
            evidence = item.stash.get(EVIDENCE, None)
            item.stash[_RECORD] = evidence.record(self._state.redactor) if evidence is not None else NOTHING
        elif call.when == "setup":
            item.stash[_RECORD] = NOTHING  # of a rerun: not the earlier attempt's
        classified = _redact(_xfail(report, classify(call.when, error)), self._state.redactor)
        self._shape(report, error, classified, item)
        if SPEC in item.stash:
            setattr(report, ATTRIBUTE, self._payload(item, report, classified))
        if is_twin(item):
            report.wasxfail = "a planted fault"  # or --pdb would stop in every twin
        return report

    def _payload(self, item: pytest.Item, report: pytest.TestReport, classified: Classified) -> dict[str, Any]:
        phase = Phase(
            nodeid=item.nodeid,
            when=str(report.when),
            status=classified.status,
            message=classified.message,
            remedy=classified.remedy,
            findings=classified.findings,
            duration=report.duration,
        )
        return {
            "spec": spec_to(item.stash[SPEC]),
            "phase": phase_to(phase),
            "evidence": evidence_to(item.stash.get(_RECORD, NOTHING)),
            "twins": [twin_to(one) for one in item.stash.get(_TWINS, [])],
        }

    def _shape(
        self, report: pytest.TestReport, error: BaseException | None, classified: Classified, item: pytest.Item
    ) -> None:
        """Makes pytest's own report say the same: one sentence, no secret, inconclusive shown as skipped."""
        spec = item.stash.get(SPEC, None)
        name = spec.id if spec else item.name
        sentence = " ".join(part for part in (classified.message, classified.remedy) if part)
        if classified.status in ("inconclusive", "not_applicable"):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: {name}: {sentence}")
        elif report.failed and isinstance(error, CheckFailed | TradeopsError | DeadlinePassed):
            lines = [str(one) for one in classified.findings] or [sentence]
            report.longrepr = concise(item, f"{name}: {sentence}", lines)
        elif report.when == "call" and report.passed and not is_twin(item):
            problem = self._vacuous(item)
            if problem:
                report.outcome = "failed"
                report.longrepr = concise(item, f"{name}: {problem}", [problem])
        redacted(report, self._state.redactor)

    def _vacuous(self, item: pytest.Item) -> str:
        """Why a body that ended well is not a pass; empty if it is."""
        only = self._state.faults == "only"
        if only and not item.stash.get(_TWINS, []):
            return "it has no planted fault, so nothing shows that it can fail"
        if not only and item.stash[_RECORD].total == 0:
            return "it examined nothing, so it proves nothing; say evidence.examined(n, ...) with what it looked at"
        for twin in item.stash.get(_TWINS, []):
            if not twin.caught:
                return f"its planted fault {twin.fault.name!r} was not caught: {twin.why}"
        return ""


class FaultsOnly:
    """Registered with `--tradeops-faults only`: the planted faults run, the checks' own bodies do not."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        return True if SPEC in pyfuncitem.stash and not is_twin(pyfuncitem) else None


def _xfail(report: pytest.TestReport, classified: Classified) -> Classified:
    if hasattr(report, "wasxfail") and classified.status != "guard":
        status = "xpassed" if report.passed else "xfailed"
        return Classified(status, f"it is marked as expected to fail ({report.wasxfail or 'no reason'})")
    return classified


def _redact(classified: Classified, redactor: Any) -> Classified:
    findings = tuple(
        Finding(**{name: redactor.text(text, name) for name, text in finding_to(one).items()})
        for one in classified.findings
    )
    return Classified(classified.status, redactor.text(classified.message), redactor.text(classified.remedy), findings)
