"""MON-016: a rule fires and resolves, and its readers get exactly two messages, in time, also after a refusal."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ...model import Finding
from ..alerts import Notification
from ..evaluator.engine import Evaluator
from ..place import MetricsPlace
from ..rules.model import Query, Rule, RuleError, RuleGroup, parse_rules
from .delivery import Attempt, Courier
from .notify import Sender
from .parse import Alerting
from .routing import Routing
from .subject import ALERTING

#: Seconds from the row to the message for a critical alert without `for`; also after one refusal.
BUDGET = 30.0
#: The rows change a little after a tick, so that a whole interval passes until they are seen.
_BREACH = 21.0
_KIND = "telegram"
_LABEL = re.compile(r"\$labels\.(\w+)")
_COLUMN, _TABLE = "drawdown_pct", "trading_risk"


@dataclass
class Fired:
    """What was fired, and what is wrong.

    Attributes:
        slowest: Seconds from the row to the first message that a reader got, on the rules' clock.
    """

    rules: int = 0
    messages: int = 0
    slowest: float = 0.0
    slowest_refused: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def examine(
    root: Path,
    folder: str,
    alerting: Alerting,
    environ: Mapping[str, str],
    place: MetricsPlace,
    nonce: str,
    refuse_one: Callable[[], None],
) -> Fired:
    """Lets every critical rule fire and resolve, and delivers what it sends to Telegram, twice.

    The rules are the subject's own, with their labels, annotations and times, and so are its policies and contact
    points. Only their queries are replaced, by one on rows that breach and recover at known moments.

    Args:
        environ: Leads the contact points to a stand-in.
        refuse_one: Makes the stand-in refuse the next message with 429.
    """
    fired = Fired()
    try:
        groups = _critical(root / folder / ALERTING, nonce)
    except RuleError as error:
        fired.findings.append(Finding("contacts: refused by Grafana", error.message, folder, error.remedy))
        return fired
    rules = {rule.uid: rule for group in groups for rule in group.rules}
    if not rules or alerting.policy is None:
        told = "There is no alert rule." if not rules else "There is no policy tree."
        remedy = "Write the generated files with `tradeops init monitoring`."
        fired.findings.append(Finding("route: no rules" if not rules else "route: no policies", told, remedy=remedy))
        return fired
    fired.rules = len(rules)
    notifications = _evaluate(groups, Routing(alerting.policy), place, nonce)
    for refused in (False, True):
        if refused:
            refuse_one()
        attempts = Courier(alerting, environ, Sender(timeout=10.0).send).deliver(notifications, _KIND)
        for rule in rules.values():
            own = [one for one in attempts if any(alert.rule == rule.uid for alert in one.notification.alerts)]
            fired.findings += _judge(fired, rule, own, refused=refused)
        if fired.findings:
            break
    return fired


def _critical(folder: Path, nonce: str) -> tuple[RuleGroup, ...]:
    """The groups with their critical rules, or with all if none is, on probing queries."""
    groups: list[RuleGroup] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix in (".yaml", ".yml", ".json"):
            groups += parse_rules(path.read_text(encoding="utf-8"), file=path.name)
    some = any(rule.labels.get("severity") == "critical" for group in groups for rule in group.rules)
    kept = (
        replace(
            group,
            rules=tuple(
                _probing(rule, nonce) for rule in group.rules if not some or rule.labels.get("severity") == "critical"
            ),
        )
        for group in groups
    )
    return tuple(group for group in kept if group.rules)


def _probing(rule: Rule, nonce: str) -> Rule:
    """The rule with other queries: every step keeps its name, so that its annotations find their values."""
    names = {name for text in rule.annotations.values() for name in _LABEL.findall(text)} - set(rule.labels)
    labels = "".join(f"'probe' AS \"{name}\", " for name in sorted(names))
    # The evaluator puts the tick in the place of now(): rows of later ticks are not seen.
    sql = (
        f"SELECT {labels}{_COLUMN} AS breach FROM {_TABLE} "
        f"WHERE bot = '{nonce}' AND timestamp <= now() LATEST ON timestamp PARTITION BY bot"
    )
    first = next((one for one in rule.data if not one.is_expression), None)
    source = first.ref_id if first is not None else "A"
    model: dict[str, Any] = {"refId": source, "rawSql": sql, "format": "table"}
    uid = first.datasource if first is not None else "questdb"
    steps = [Query(source, uid, model, (60.0, 0.0))]
    for step in rule.data:
        if step.ref_id not in (source, rule.condition):
            steps.append(Query(step.ref_id, "__expr__", _reduce(step.ref_id, source)))
    condition = rule.condition if rule.condition != source else f"{source}_breach"
    steps.append(Query(condition, "__expr__", _threshold(condition, source)))
    return replace(rule, data=tuple(steps), condition=condition)


def _reduce(name: str, source: str) -> dict[str, Any]:
    return {"refId": name, "type": "reduce", "expression": source, "reducer": "last"}


def _threshold(name: str, source: str) -> dict[str, Any]:
    conditions = [{"evaluator": {"type": "gt", "params": [0]}}]
    return {"refId": name, "type": "threshold", "expression": source, "conditions": conditions}


def _evaluate(groups: tuple[RuleGroup, ...], routing: Routing, place: MetricsPlace, nonce: str) -> list[Notification]:
    """Everything that is sent while a calm row, a breach and a calm row follow each other."""
    longest = max(rule.wait for group in groups for rule in group.rules)
    interval = max(group.interval for group in groups)
    calm = _BREACH + longest + 2 * interval + BUDGET
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)
    moments = ((0.0, 0.0), (_BREACH, 1.0), (calm, 0.0))
    place.insert(
        _TABLE,
        (
            {"timestamp": start + timedelta(seconds=second), "bot": nonce, "mode": "paper", _COLUMN: value}
            for second, value in moments
        ),
    )
    evaluator = Evaluator(groups, place.sql, start=start, routing=routing)
    return evaluator.until(calm + 2 * interval + 2 * BUDGET)


def _judge(fired: Fired, rule: Rule, attempts: list[Attempt], *, refused: bool) -> list[Finding]:
    after = " after one refusal" if refused else ""
    bad = [one for one in attempts if not one.delivery.ok and one.delivery.status != 429]
    if bad:
        detail = bad[0].delivery.detail
        entities = "can't parse entities" in detail
        reason = "telegram: cannot parse entities" if entities else "telegram: message refused"
        told = f"Telegram refuses the alert of {rule.title!r}: {bad[0].delivery.status} {detail}."
        remedy = "Send plain text (`parse_mode: None`), or write &lt; and &amp; in annotations." if entities else ""
        return [Finding(reason, told, rule.title, remedy)]
    # A contact point with several receivers tells each of its readers.
    found = []
    places = {(one.receiver.uid, one.receiver.where) for one in attempts}
    if not places:
        told = f"The alert of {rule.title!r} was never sent to Telegram."
        return [Finding("telegram: not exactly two messages", told, rule.title, "Correct the policies.")]
    for place in sorted(places):
        own = [one for one in attempts if (one.receiver.uid, one.receiver.where) == place and one.delivery.ok]
        statuses = [one.notification.status for one in own]
        fired.messages += len(own)
        if statuses != ["firing", "resolved"]:
            told = f"{rule.title!r} fired and resolved{after}, and {place[0]} got: {', '.join(statuses) or 'nothing'}."
            found.append(Finding("telegram: not exactly two messages", told, rule.title, "Correct its route."))
            continue
        late = own[0].at - _BREACH - rule.wait
        if refused:
            fired.slowest_refused = max(fired.slowest_refused, late)
        else:
            fired.slowest = max(fired.slowest, late)
        if late > BUDGET:
            told = f"{rule.title!r} is told {late:.0f} s after the breach{after}; {BUDGET:.0f} s are allowed."
            remedy = "Shorten the rule's interval, and group_wait and group_interval of its route."
            found.append(Finding("telegram: alert late", told, rule.title, remedy))
    return found
