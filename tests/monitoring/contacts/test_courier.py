"""What becomes of notifications when their receivers fail, as measured on Grafana 9.4."""

import yaml

from pytest_tradeops.monitoring.alerts import Alert, Notification
from pytest_tradeops.monitoring.contacts.delivery import Attempt, Courier
from pytest_tradeops.monitoring.contacts.message import Source, cut, go_json, number, rendered
from pytest_tradeops.monitoring.contacts.notify import Delivery, Outgoing
from pytest_tradeops.monitoring.contacts.parse import Alerting, parse

ENVIRON = {"T": "1:A", "C": "-5", "U": "https://discord.com/api/webhooks/1/a"}


def alerting(**telegram: object) -> Alerting:
    settings = {"bottoken": "$T", "chatid": "$C"}
    receivers = [
        {"uid": "t", "type": "telegram", "settings": settings, **telegram},
        {"uid": "d", "type": "discord", "settings": {"url": "$U"}},
    ]
    policy = {"receiver": "p", "group_by": ["..."], "group_interval": "10s"}
    return parse(yaml.safe_dump({"contactPoints": [{"name": "p", "receivers": receivers}], "policies": [policy]}))


def told(at: float, status: str, name: str = "a") -> Notification:
    alert = Alert({"alertname": name}, status=status)  # type: ignore[arg-type]
    return Notification(at, "p", status, (alert,), {"alertname": name})  # type: ignore[arg-type]


class Answers:
    """Statuses in order, then 200."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)

    def __call__(self, out: Outgoing) -> Delivery:
        return Delivery(self._statuses.pop(0) if self._statuses else 200, "", out.shown)


def deliver(answers: Answers, *notifications: Notification, **telegram: object) -> list[tuple[float, str, int]]:
    attempts = Courier(alerting(**telegram), ENVIRON, answers).deliver(notifications, "telegram")
    return [(one.at, one.notification.status, one.delivery.status) for one in attempts]


def test_what_is_taken_is_sent_once() -> None:
    found = deliver(Answers(), told(1, "firing"), told(30, "resolved"))
    assert found == [(1, "firing", 200), (30, "resolved", 200)]


def test_a_failure_is_tried_again_a_group_interval_later_whatever_it_was() -> None:
    for status in (429, 500, 404, 400, 0):
        assert deliver(Answers(status, status), told(1, "firing")) == [
            (1, "firing", status),
            (11, "firing", status),
            (21, "firing", 200),
        ]


def test_an_alert_that_ends_while_its_receiver_is_down_is_never_told_of() -> None:
    assert deliver(Answers(500, 500), told(1, "firing"), told(15, "resolved")) == [
        (1, "firing", 500),
        (11, "firing", 500),
    ]


def test_a_lost_resolve_is_tried_again_until_the_next_breach() -> None:
    found = deliver(Answers(200, 500, 500), told(1, "firing"), told(20, "resolved"), told(35, "firing"))
    assert found == [(1, "firing", 200), (20, "resolved", 500), (30, "resolved", 500), (35, "firing", 200)]


def test_groups_and_integrations_do_not_wait_for_each_other() -> None:
    both = [told(1, "firing", "a"), told(2, "firing", "b")]
    assert deliver(Answers(500), *both) == [(1, "firing", 500), (2, "firing", 200), (11, "firing", 200)]
    attempts: tuple[Attempt, ...] = Courier(alerting(), ENVIRON, Answers(500)).deliver([told(1, "firing")])
    assert [(one.at, one.receiver.type, one.delivery.status) for one in attempts] == [
        (1, "telegram", 500),
        (1, "discord", 200),
        (11, "telegram", 200),
    ]


def test_a_receiver_that_wants_no_resolves_gets_none() -> None:
    found = deliver(Answers(), told(1, "firing"), told(30, "resolved"), disableResolveMessage=True)
    assert found == [(1, "firing", 200)]


def test_a_dead_receiver_is_given_up_in_the_end() -> None:
    assert len(deliver(Answers(*[500] * 100), told(0, "firing"))) == 20


def test_numbers_are_printed_as_go_prints_them() -> None:
    values = {500.0: "500", 0.1: "0.1", 1e-5: "1e-05", 123456.0: "123456", 1234567.0: "1.234567e+06", 1e20: "1e+20"}
    values |= {-2.5e-9: "-2.5e-09", 0.0001: "0.0001", 0.0: "0", 5.25: "5.25", float("inf"): "+Inf", 1e6: "1e+06"}
    assert {value: number(value) for value in values} == values
    assert number(float("nan")) == "NaN"


def test_the_default_texts_of_a_mixed_group() -> None:
    labels = {"alertname": "dd", "grafana_folder": "F", "severity": "critical", "__private__": "x"}
    firing = Alert({**labels, "bot": "A"}, {"summary": "s", "__dashboardUid__": ""}, values={"B": float("nan")})
    ended = Alert({**labels, "bot": "B"}, status="resolved")
    text = rendered(
        Notification(0, "p", "firing", (firing, ended), {"alertname": "dd"}), Source("https://g.example.org/sub")
    )
    assert text.title == "[FIRING:1, RESOLVED:1] dd (F critical)"
    assert text.message.startswith("**Firing**\n\nValue: [no value]\nLabels:\n - alertname = dd\n - bot = A\n")
    assert "\n\n\n**Resolved**\n\nValue: [no value]\n" in text.message
    assert "__" not in text.message
    assert (
        "Silence: https://g.example.org/sub/alerting/silence/new?alertmanager=grafana&matcher=alertname%3Ddd&"
        in text.message
    )
    alone = rendered(Notification(0, "p", "resolved", (ended,), ended.labels), Source())
    assert alone.title == "[RESOLVED] dd B F critical "


def test_texts_are_cut_and_written_as_go_does() -> None:
    assert cut("x" * 5, 5) == "xxxxx"
    assert cut("x" * 6, 5) == "xxxx\u2026"
    assert go_json({"a": "<é&\u2028>", "b": [1, True]}) == b'{"a":"\\u003c\xc3\xa9\\u0026\\u2028\\u003e","b":[1,true]}'
