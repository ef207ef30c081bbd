"""How late an alert can come: from the row to the message, in the worst case."""

import math
from dataclasses import dataclass

from ..contacts.routing import GROUP_INTERVAL, GROUP_WAIT, Route, Routing
from .duration import seconds
from .finding import Report
from .material import Material, Rule, mapping, sequence, text, together
from .routes import tree
from .watching import is_critical

#: What a critical alert may take, unless told otherwise.
BUDGET = 30.0
#: Where a rule does not say so; Grafana demands it of files.
_INTERVAL = 60.0


@dataclass(frozen=True, slots=True)
class Worst:
    """Seconds from a row to its message.

    Attributes:
        evaluation: Until the rule fires: the rest of the interval, then `for`, rounded up to whole evaluations.
        first: With the wait of a new group.
        joining: With the interval of a group that has just sent something; equal to `first` where every alert is a
            group of its own and none is joined.
        route: Which route it is; None where no policy tree is known.
    """

    evaluation: float
    first: float
    joining: float
    interval: float
    pending: float
    route: Route | None = None


def worst_cases(rule: Rule, material: Material) -> list[Worst]:
    """One for each route that alerts of the rule take; none if its interval or `for` cannot be read."""
    interval = seconds(rule.group.get("interval")) if rule.group.get("interval") is not None else _INTERVAL
    pending = seconds(rule.value.get("for")) if rule.value.get("for") is not None else 0.0
    if not interval or pending is None:
        return []
    evaluation = interval + math.ceil(pending / interval) * interval
    routes = _routes(rule, material)
    if not routes:
        return [Worst(evaluation, evaluation, evaluation, interval, pending)]
    found = []
    for route in routes:
        first = evaluation + route.group_wait
        joining = first if route.each else evaluation + max(route.group_wait, route.group_interval)
        found.append(Worst(evaluation, first, joining, interval, pending, route))
    return found


def _routes(rule: Rule, material: Material) -> list[Route]:
    own = mapping(rule.value.get("notification_settings"))
    if text(own.get("receiver")):
        wait, interval = seconds(own.get("group_wait")), seconds(own.get("group_interval"))
        names = tuple(text(one) for one in sequence(own.get("group_by")))
        return [
            Route(
                text(own.get("receiver")),
                names,
                GROUP_WAIT if wait is None else wait,
                GROUP_INTERVAL if interval is None else interval,
                where="notification_settings",
                matched=True,
            )
        ]
    # The tree beside the rule wins over one elsewhere, and that over one that is only there for reference.
    policies = sorted(material.policies, key=lambda one: (not together(one.place.file, rule.place.file), one.context))
    if not policies:
        return []
    root, _ = tree(policies[0])
    labels = {**rule.labels, "alertname": rule.title, "grafana_folder": rule.folder}
    return list(Routing(root).route(labels))


def examine(material: Material, report: Report, budget: float = BUDGET) -> None:
    """Critical rules against the budget; the best of an alert's routes counts, the others are copies."""
    for rule in material.examined_rules():
        if not is_critical(rule) or rule.is_recording:
            continue
        cases = worst_cases(rule, material)
        if not cases:
            continue
        best = min(cases, key=lambda one: max(one.first, one.joining))
        if best.first > budget:
            _late(rule, best, best.first, "in the worst case", budget, report)
        elif best.joining > budget:
            _late(rule, best, best.joining, "where it joins a group that has just been sent", budget, report)


def _late(rule: Rule, worst: Worst, total: float, when: str, budget: float, report: Report) -> None:
    parts = [f"interval {worst.interval:g}"]
    if worst.pending:
        parts.append(f"`for` {worst.evaluation - worst.interval:g}")
    if worst.route is not None:
        waits = total - worst.evaluation
        name = "group_wait" if total == worst.first else "group_interval"
        parts.append(f"{name} {waits:g}")
    message = f"A critical alert takes {total:g} s {when} ({' + '.join(parts)}), and may take {budget:g} s."
    report.add("latency-over-budget", rule.place, message)
