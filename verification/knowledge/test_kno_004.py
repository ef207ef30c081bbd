"""KNO-004: the limits that are written down are the limits that hold."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.node import faults, limits, tampering
from pytest_tradeops.review.adr_limits import claimed_limits
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="KNO-004",
    suite="knowledge",
    title="the risk limits in the decision record are the ones loaded, and each denies what exceeds it",
    severity="critical",
    covers=("6.1.5",),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader",),
)
def test_kno_004(_subject: Subject, _evidence: Evidence) -> None:
    """Compares `[limits]` in the risk record's claims with what the bot's risk entry returns, then exceeds each.

    A prober in the subject's own backtest engine sends orders just inside and just beyond every limit of the risk
    engine: inside must pass it, beyond must be denied by it and by nothing else. For the position limit the position
    is brought to it, and the strategies must not add to it.

    It does not prove that a live node is started with the same configuration, nor that the limits are wise. Change
    the record and the configuration together.
    """
    adr, record = _subject.settings.adr, _subject.settings.adr.risk
    claimed = claimed_limits(_subject.path(adr.path), record, adr.path)
    backtest = _subject.settings.backtest
    answer = limits.inspect(
        _subject.root,
        _subject.python,
        backtest.entry,
        _subject.settings.risk.entry,
        backtest.seed,
        timeout=backtest.timeout,
    )
    _evidence.fact(
        limits={limits.label(*name): value for name, value in limits.flatten(claimed).items()},
        versions=answer["versions"],
    )
    _evidence.examined(len(limits.flatten(claimed)), "limits compared", source=Grade.EMBEDDED)
    _evidence.examined(len(answer["probes"]), "limits exceeded", source=Grade.EMBEDDED)
    _evidence.report([*limits.differences(claimed, answer["config"], record), *limits.not_enforced(answer["probes"])])


@planted_fault(
    check="KNO-004",
    covers="6.1.5",
    title="limits raised in the configuration only",
    expects="adr-003: limit differs",
)
def raised_limits(_subject: Subject) -> None:
    _wrap(_subject, tampering.RAISED_LIMITS)


@planted_fault(check="KNO-004", title="a risk engine that looks at no limit", expects="adr-003: limit not enforced")
def bypassed_limits(_subject: Subject) -> None:
    _wrap(_subject, tampering.BYPASSED_LIMITS)


def _wrap(subject: Subject, body: str) -> None:
    entry = subject.settings.risk.entry
    path = faults.module_file(subject.root, entry)
    subject.write(path, faults.wrapped(subject.path(path).read_text(encoding="utf-8"), entry, body))
