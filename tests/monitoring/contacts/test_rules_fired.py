"""Critical rules of several shapes, fired and resolved over a real QuestDB, and what their readers get."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_tradeops.monitoring.contacts import firing, subject
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.standins.telegram import TelegramInbox

type Try = Callable[..., firing.Fired]


def rule(uid: str, **changed: Any) -> dict[str, Any]:
    steps = [
        {"refId": "A", "datasourceUid": "questdb", "relativeTimeRange": {"from": 60, "to": 0}, "model": {"refId": "A", "rawSql": "SELECT 1", "format": "table"}},
        {"refId": "B", "datasourceUid": "__expr__", "model": {"refId": "B", "type": "reduce", "expression": "A", "reducer": "last"}},
        {"refId": "C", "datasourceUid": "__expr__", "model": {"refId": "C", "type": "threshold", "expression": "B", "conditions": [{"evaluator": {"type": "gt", "params": [10]}}]}},
    ]  # fmt: skip
    annotations = {"summary": "{{ $labels.bot }} has {{ $values.B }}"}
    written = {"uid": uid, "title": uid, "condition": "C", "data": steps, "for": "0s", "annotations": annotations}
    return {**written, "labels": {"severity": "critical"}, **changed}


@pytest.fixture
def fire(tmp_path: Path, metrics: MetricsPlace, telegram_inbox: TelegramInbox) -> Try:
    def attempt(*rules: dict[str, Any], policy: dict[str, Any] | None = None, **receiver: Any) -> firing.Fired:
        settings = {"bottoken": "$BOT", "chatid": "$CHAT", **receiver.pop("settings", {})}
        points = [{"name": "p", "receivers": [{"uid": "t", "type": "telegram", "settings": settings, **receiver}]}]
        route = {"receiver": "p", "group_by": ["..."], "group_wait": "0s", "group_interval": "10s"} | (policy or {})
        group = {"orgId": 1, "name": "g", "folder": "F", "interval": "10s", "rules": list(rules)}
        folder = tmp_path / "monitoring" / subject.ALERTING
        folder.mkdir(parents=True, exist_ok=True)
        document = {"contactPoints": points, "policies": [route], "groups": [group]}
        (folder / "all.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        alerting = subject.load(tmp_path, "monitoring")
        environ = subject.environment(alerting, telegram=telegram_inbox)
        telegram_inbox.clear()
        nonce = f"probe-{len(list(tmp_path.iterdir()))}-{id(document)}"
        refuse = telegram_inbox.faults.rate_limit_next
        return firing.examine(tmp_path, "monitoring", alerting, environ, metrics, nonce, refuse)

    return attempt


def reasons(fired: firing.Fired) -> list[str]:
    return [one.reason for one in fired.findings]


def test_sound_rules_bring_two_messages_each_twice(fire: Try, telegram_inbox: TelegramInbox) -> None:
    warning = rule("warning", labels={"severity": "warning"}, annotations={"summary": "a < b"})
    fired = fire(rule("plain"), rule("patient", **{"for": "20s"}), warning)
    assert (reasons(fired), fired.rules, fired.messages) == ([], 2, 8)
    assert [one.status for one in telegram_inbox.refusals] == [429]
    assert fired.slowest <= 10 < fired.slowest_refused <= 20
    texts = [one.text for one in telegram_inbox.messages]
    assert sum("**Firing**" in text and "summary = probe has 1" in text for text in texts) == 4
    assert sum("**Resolved**" in text for text in texts) == 4


def test_what_goes_wrong_is_named(fire: Try, telegram_inbox: TelegramInbox) -> None:
    marked = rule("marked", annotations={"summary": "profit < -100"})
    assert reasons(fire(marked)) == ["telegram: cannot parse entities"]
    assert reasons(fire(marked, settings={"parse_mode": "None"})) == []
    assert reasons(fire(rule("a"), disableResolveMessage=True)) == ["telegram: not exactly two messages"]
    assert reasons(fire(rule("a"), policy={"group_wait": "40s"})) == ["telegram: alert late"]
    assert reasons(fire(rule("a"), policy={"group_interval": "40s"})) == ["telegram: alert late"], "after the refusal"
    elsewhere = {"routes": [{"receiver": "q", "object_matchers": [["severity", "=", "critical"]]}]}
    assert reasons(fire(rule("a"), policy=elsewhere)) == ["telegram: not exactly two messages"]
    assert reasons(fire()) == ["route: no rules"]
    broken = fire(rule("a", condition=""))
    assert reasons(broken) == ["contacts: refused by Grafana"]
    telegram_inbox.chat.status = "kicked"
    assert reasons(fire(rule("a"))) == ["telegram: message refused"]
