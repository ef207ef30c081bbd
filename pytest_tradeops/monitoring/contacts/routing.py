"""Which receivers an alert reaches, and when: Grafana's policy tree, its matchers and what children inherit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

type Operator = Literal["=", "!=", "=~", "!~"]

#: What the root has where it says nothing, in seconds.
GROUP_WAIT, GROUP_INTERVAL, REPEAT_INTERVAL = 30.0, 300.0, 14400.0
#: In `group_by`: every alert is a group of its own.
EACH = "..."


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label. A label that an alert lacks counts as empty, so `team = ""` matches its absence."""

    name: str
    operator: Operator
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Regular expressions match the whole value, as in Prometheus."""
        value = labels.get(self.name, "")
        match self.operator:
            case "=":
                return value == self.value
            case "!=":
                return value != self.value
            case "=~":
                return bool(_pattern(self.value).fullmatch(value))
        return not _pattern(self.value).fullmatch(value)

    def __str__(self) -> str:
        return f"{self.name}{self.operator}{self.value}"


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


@dataclass(frozen=True, slots=True)
class Policy:
    """One node of the tree as it is written; None is what it leaves to its parent.

    Attributes:
        receiver: Name of a contact point; the root must have one.
        matchers: All must match. A child without any takes every alert.
        goes_on: `continue`: whether the siblings after it are asked as well.
        group_by: Label names; `...` makes every alert a group of its own, empty puts all alerts into one.
        group_wait: Seconds from a group's first alert to its first message.
        group_interval: Seconds from a message to the next one of the group, if something has changed.
        repeat_interval: Seconds until an unchanged, still firing group is sent again.
        mutes: Names of the intervals in which it is silent, or outside of which it is.
        where: Where it stands, for messages: `policies[0].routes[1]`.
    """

    receiver: str | None = None
    matchers: tuple[Matcher, ...] = ()
    goes_on: bool = False
    group_by: tuple[str, ...] | None = None
    group_wait: float | None = None
    group_interval: float | None = None
    repeat_interval: float | None = None
    mutes: tuple[str, ...] = ()
    routes: tuple["Policy", ...] = ()
    where: str = ""

    def walk(self) -> tuple["Policy", ...]:
        """Itself and everything below, in the order in which they are written."""
        return (self, *(one for child in self.routes for one in child.walk()))


@dataclass(frozen=True, slots=True)
class Route:
    """How alerts of one kind are sent to one receiver: a node with what it inherits. Times in seconds.

    Attributes:
        matched: Whether a node below the root asked for these alerts; else they are what nobody wanted.
    """

    receiver: str
    group_by: tuple[str, ...] = ()
    group_wait: float = GROUP_WAIT
    group_interval: float = GROUP_INTERVAL
    repeat_interval: float = REPEAT_INTERVAL
    mutes: tuple[str, ...] = ()
    where: str = ""
    matched: bool = False

    @property
    def each(self) -> bool:
        """Whether every alert is a group of its own."""
        return EACH in self.group_by

    def group(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The labels by which an alert is grouped; one that it lacks is left out, as by Alertmanager."""
        if self.each:
            return dict(labels)
        return {name: labels[name] for name in self.group_by if name in labels}


class Routing:
    """A policy tree that answers where an alert goes.

    Args:
        root: Matches everything; its matchers, if it has any, are refused by Grafana.
    """

    def __init__(self, root: Policy) -> None:
        self.root = root
        self._start = _inherit(Route(root.receiver or ""), root)

    def route(self, labels: Mapping[str, str]) -> tuple[Route, ...]:
        """Every route that an alert takes, in the tree's order; at least one.

        The deepest node on each way is taken: a node is used itself only if none of its children matches.
        """
        return tuple(_ways(self.root, self._start, labels))

    @property
    def receivers(self) -> frozenset[str]:
        """Names of all contact points that the tree refers to."""
        return frozenset(node.receiver for node in self.root.walk() if node.receiver)


def _ways(node: Policy, here: Route, labels: Mapping[str, str]) -> list[Route]:
    found: list[Route] = []
    for child in node.routes:
        if not all(matcher.matches(labels) for matcher in child.matchers):
            continue
        found += _ways(child, _inherit(here, child, matched=True), labels)
        if not child.goes_on:
            break
    return found or [here]


def _inherit(above: Route, node: Policy, *, matched: bool = False) -> Route:
    """What `node` is used with below `above`; mute intervals are the node's own and go to nobody below."""
    return Route(
        receiver=node.receiver or above.receiver,
        group_by=above.group_by if node.group_by is None else node.group_by,
        group_wait=above.group_wait if node.group_wait is None else node.group_wait,
        group_interval=above.group_interval if node.group_interval is None else node.group_interval,
        repeat_interval=above.repeat_interval if node.repeat_interval is None else node.repeat_interval,
        mutes=node.mutes,
        where=node.where,
        matched=matched,
    )
