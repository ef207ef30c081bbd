"""MON-016: a critical rule fires and resolves, and Telegram takes exactly two messages, in time."""

import secrets

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.monitoring.contacts import breaking, firing, subject
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.standins.telegram import TelegramInbox
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="MON-016",
    suite="monitoring",
    title="critical rules that fire and resolve bring exactly two messages each to Telegram, in time",
    severity="critical",
    covers=("2.4.4",),
    min_grade="embedded",
    budget="60s",
    requires=("questdb", "yaml"),
)
def test_mon_016(_subject: Subject, _metrics: MetricsPlace, _telegram: TelegramInbox, _evidence: Evidence) -> None:
    """Evaluates the subject's critical rules on a virtual clock, and delivers what they send to a strict stand-in.

    Labels, annotations, times, policies and contact points are the subject's own; only the queries are replaced, by one
    on rows in QuestDB that breach and recover at known moments. Each rule must bring one message that it fires and one
    that it resolved, which Telegram takes, the first within 30 seconds of the row, `for` aside. Then the same again,
    with one message refused by 429: Grafana does not wait as it is asked to, but tries again a group interval later.

    The times are those of Grafana 9.4, whose evaluation this repeats; it is no Grafana. The rules' own queries are
    other checks' business. Write files that pass with `tradeops init monitoring`; docs/telegram.md explains them.
    """
    folder = _subject.settings.monitoring.path
    alerting = subject.load(_subject.root, folder)
    environ = subject.environment(alerting, telegram=_telegram)
    nonce = f"probe-{secrets.token_hex(6)}"
    refuse_one = _telegram.faults.rate_limit_next
    fired = firing.examine(_subject.root, folder, alerting, environ, _metrics, nonce, refuse_one)
    _evidence.fact(after_the_row=round(fired.slowest, 1), after_a_refusal=round(fired.slowest_refused, 1))
    _evidence.examined(fired.rules, "critical rules fired and resolved", source=_metrics)
    _evidence.examined(fired.messages, "messages delivered", source=_metrics)
    _evidence.report(fired.findings)


@planted_fault(
    check="MON-016",
    covers="2.4.4",
    title="an annotation with an unescaped `<`, in HTML as Grafana sends it by default",
    expects="telegram: cannot parse entities",
)
def unescaped_annotation(_subject: Subject) -> None:
    folder = _subject.settings.monitoring.path
    _subject.write(*breaking.annotation(_subject.root, folder, "Profit < -100"))
    _subject.write(*breaking.as_html(_subject.root, folder))
