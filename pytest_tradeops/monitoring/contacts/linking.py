"""MON-015 and MON-024: contact points that work, and a policy tree that leads every rule's alerts to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...model import Finding
from ..alerts import Alert, Notification
from .message import Source
from .notify import Sender, request
from .parse import Alerting, RuleLabels
from .points import Receiver
from .routing import Route, Routing

#: A critical alert may wait so many seconds for others of its group; the rule's interval comes on top.
IMMEDIATE = 5.0
CRITICAL = "critical"


@dataclass
class Linked:
    """What was examined, and what is wrong."""

    sent: int = 0
    rules: int = 0
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the messages of one messenger should arrive.

    Attributes:
        kind: `telegram` or `discord`.
        environ: Leads the receivers there.
        arrived: Whether a reader there sees a message with this text.
        nonce: What every message of this examination begins with.
    """

    kind: str
    environ: Mapping[str, str]
    arrived: Callable[[str], bool]
    nonce: str
    source: Source = field(default_factory=Source)


def examine(alerting: Alerting, place: Place) -> Linked:
    """Reads the files as Grafana would, sends through every receiver of one kind, then follows every rule's alerts."""
    kind = place.kind
    linked = Linked(facts={"files": list(alerting.files)})
    receivers = alerting.receivers(kind)
    if not receivers:
        told = f"No contact point sends to {kind.capitalize()}."
        remedy = "Add one, or write the generated ones with `tradeops init monitoring`."
        linked.findings.append(Finding(f"{kind}: no contact point", told, remedy=remedy))
        return linked
    for receiver in receivers:
        linked.findings += _written(receiver)
    linked.findings += _problems(alerting)
    if linked.findings:
        return linked
    for number, receiver in enumerate(receivers):
        text = f"{place.nonce} probe {number}"
        alert = Alert({"alertname": "contact point", "severity": CRITICAL}, {"summary": text})
        linked.findings += _deliver(_notification(alert, receiver.uid), receiver, text, place)
        linked.sent += 1
    _follow(linked, alerting, place)
    return linked


def _written(receiver: Receiver) -> list[Finding]:
    kind, where = receiver.type, receiver.where
    found = [
        Finding(
            f"{kind}: literal credential",
            f"{key} holds a credential as it is.",
            where,
            "Name an environment variable there, and renew the credential: it is in the repository's history.",
        )
        for key in receiver.literals
    ]
    for key in receiver.missing:
        told = f"The receiver has no {key}"
        near = f", but {', '.join(receiver.dropped)}, which Grafana drops." if receiver.dropped else "."
        reason = f"{kind}: contact point has no {key}"
        found.append(Finding(reason, told + near, where, f"Write it as {key}: $VARIABLE."))
    return found


def _problems(alerting: Alerting) -> list[Finding]:
    reasons = {
        "refused": ("contacts: refused by Grafana", "Grafana does not start with this file. Correct it."),
        "dropped": ("contacts: dropped by Grafana", "Grafana drops it without a word. Correct its spelling."),
    }
    return [
        Finding(reasons[one.kind][0], f"{one.message}.", one.where, reasons[one.kind][1]) for one in alerting.problems
    ]


def _follow(linked: Linked, alerting: Alerting, place: Place) -> None:
    remedy = "Write the generated files with `tradeops init monitoring`."
    if alerting.policy is None:
        told = "There is no policy tree, so every alert goes to Grafana's own e-mail receiver."
        linked.findings.append(Finding("route: no policies", told, remedy=remedy))
        return
    if not alerting.rules:
        told = "There is no alert rule, so nothing is linked to a contact point."
        linked.findings.append(Finding("route: no rules", told, remedy=remedy))
        return
    routing = Routing(alerting.policy)
    for name in sorted(routing.receivers):
        if alerting.point(name) is None:
            told = f"A policy sends to {name!r}, which is no contact point; Grafana does not start with it."
            linked.findings.append(Finding("route: unknown receiver", told, alerting.policy.where))
    missed: set[str] = set()
    severities: dict[str, RuleLabels] = {}
    for rule in alerting.rules:
        severity = rule.labels.get("severity", "")
        linked.rules += 1
        if _ways(alerting, routing, rule, place.kind):
            severities.setdefault(severity, rule)
            continue
        if severity == CRITICAL or place.kind == "telegram":
            missed.add(severity)
            linked.findings.append(_missed(routing, rule, place.kind, severity))
    for severity, rule in severities.items():
        if severity not in missed:
            linked.findings += _fire(alerting, routing, rule, place)
            linked.sent += 1
    linked.facts["severities"] = sorted(severities)


def _ways(alerting: Alerting, routing: Routing, rule: RuleLabels, kind: str) -> list[tuple[Route, Receiver]]:
    """The routes by which a rule's alerts reach a messenger; a critical one only counts if it does not wait."""
    found = []
    for route in routing.route(rule.alert_labels):
        point = alerting.point(route.receiver)
        late = rule.labels.get("severity") == CRITICAL and route.group_wait > IMMEDIATE
        for receiver in point.receivers if point and not late else ():
            if receiver.type == kind:
                found.append((route, receiver))
    return found


def _missed(routing: Routing, rule: RuleLabels, kind: str, severity: str) -> Finding:
    taken = [f"{one.receiver} after {one.group_wait:g} s" for one in routing.route(rule.alert_labels)]
    what = severity or "an alert without a severity"
    within = f" within {IMMEDIATE:g} s" if severity == CRITICAL else ""
    return Finding(
        f"route: {what} misses {kind}",
        f"An alert of {rule.title!r} does not reach {kind.capitalize()}{within}: it goes to {', '.join(taken)}.",
        rule.where,
        "Correct the matchers of the policies: a label's value must be spelt as in the rules.",
    )


def _fire(alerting: Alerting, routing: Routing, rule: RuleLabels, place: Place) -> list[Finding]:
    """One alert of a rule, by every way that it has to the messenger."""
    found = []
    for number, (route, receiver) in enumerate(_ways(alerting, routing, rule, place.kind)):
        text = f"{place.nonce} {rule.labels.get('severity', '')} {number}"
        alert = Alert(rule.alert_labels, {"summary": text}, rule=rule.uid)
        notification = replace(_notification(alert, route.receiver), group_labels=route.group(alert.labels))
        found += _deliver(notification, receiver, text, place)
    return found


def _notification(alert: Alert, receiver: str) -> Notification:
    return Notification(0.0, receiver, "firing", (alert,), dict(alert.labels))


def _deliver(notification: Notification, receiver: Receiver, text: str, place: Place) -> list[Finding]:
    out = request(notification, receiver, place.environ, place.source)
    if out is None:
        return []
    delivery = Sender(timeout=5.0).send(out)
    kind = receiver.type
    if not delivery.ok:
        told = f"{kind.capitalize()} answered {delivery.status}: {delivery.detail}."
        return [Finding(f"{kind}: message refused", told, receiver.where, "Correct what it names.")]
    if not place.arrived(text):
        told = "The message was accepted, but is not where the variables lead."
        return [Finding(f"{kind}: message never arrived", told, receiver.where, "See which address the settings name.")]
    return []
