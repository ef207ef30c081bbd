"""Alerts into notifications: grouping, waiting, and what is told twice or never, as Grafana's Alertmanager does it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from ..alerts import Alert, Notification

type Labels = Mapping[str, str]
type Key = tuple[tuple[str, str], ...]
type _GroupKey = tuple[str, str, Key, tuple[str, ...]]

#: Groups that are empty are looked for this often; until then a new alert joins the old group and its rhythm.
_MAINTENANCE = 30.0
_ALL = "..."


class RouteLike(Protocol):
    """Where an alert goes; times in seconds."""

    @property
    def receiver(self) -> str: ...
    @property
    def group_by(self) -> Sequence[str]: ...
    @property
    def group_wait(self) -> float: ...
    @property
    def group_interval(self) -> float: ...
    @property
    def repeat_interval(self) -> float: ...


class Routing(Protocol):
    """A policy tree."""

    def route(self, labels: Labels, /) -> Sequence[RouteLike]:
        """The routes that an alert with these labels takes."""
        ...


@dataclass(frozen=True, slots=True)
class OneRoute:
    """Everything to one receiver, every alert in a group of its own, at once."""

    receiver: str = "default"
    group_by: tuple[str, ...] = (_ALL,)
    group_wait: float = 0.0
    group_interval: float = 1.0
    repeat_interval: float = 4 * 3600.0

    def route(self, _: Labels, /) -> Sequence[RouteLike]:
        return (self,)


@dataclass(frozen=True, slots=True)
class Posted:
    """An alert as the state manager hands it on; resolved once `ends_at` is over."""

    labels: Labels
    annotations: Labels
    starts_at: float
    ends_at: float
    posted_at: float
    values: Mapping[str, float] = field(default_factory=dict)
    rule: str = ""

    @property
    def key(self) -> Key:
        return tuple(sorted(self.labels.items()))


@dataclass(slots=True)
class _Group:
    route: RouteLike
    labels: Labels
    next_flush: float
    flushed: bool = False
    alerts: dict[Key, Posted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a receiver heard of a group last."""

    at: float
    firing: frozenset[Key]
    resolved: frozenset[Key]


class Dispatcher:
    """On a virtual clock: `post` alerts, `advance` the time, and get what was sent meanwhile."""

    def __init__(self, routing: Routing | None = None) -> None:
        self._routing = routing or OneRoute()
        self._alerts: dict[Key, Posted] = {}
        self._groups: dict[_GroupKey, _Group] = {}
        self._told: dict[_GroupKey, _Told] = {}
        self._next_maintenance = _MAINTENANCE

    def post(self, alert: Posted) -> None:
        """Takes an alert at `alert.posted_at`."""
        if alert.ends_at < alert.starts_at:
            return  # refused: "start time must be before end time"
        old = self._alerts.get(alert.key)
        if old is not None and (
            old.starts_at < alert.ends_at < old.ends_at or old.starts_at < alert.starts_at < old.ends_at
        ):
            alert = _merged(old, alert)
        self._alerts[alert.key] = alert
        for route in self._routing.route(alert.labels):
            self._insert(route, alert)

    def advance(self, until: float) -> list[Notification]:
        """Everything that is sent up to and including that moment, in order."""
        sent: list[Notification] = []
        while True:
            flush = min((group.next_flush for group in self._groups.values()), default=math.inf)
            moment = min(flush, self._next_maintenance)
            if moment > until:
                return sent
            if flush <= moment:
                for key, group in list(self._groups.items()):
                    if group.next_flush == flush:
                        group.next_flush = flush + max(group.route.group_interval, 1e-3)
                        group.flushed = True
                        sent.extend(self._flush(key, group, flush))
            else:
                self._groups = {key: group for key, group in self._groups.items() if group.alerts}
                self._next_maintenance += _MAINTENANCE

    def _insert(self, route: RouteLike, alert: Posted) -> None:
        by = tuple(route.group_by)
        labels = alert.labels if _ALL in by else {name: alert.labels[name] for name in by if name in alert.labels}
        # Two nodes of the tree may send to one receiver: each has groups of its own.
        key = (route.receiver, str(getattr(route, "where", "")), tuple(sorted(labels.items())), by)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(route, labels, alert.posted_at + route.group_wait)
        group.alerts[alert.key] = alert
        if not group.flushed and alert.starts_at + route.group_wait < alert.posted_at:
            group.next_flush = min(group.next_flush, alert.posted_at)

    def _flush(self, key: _GroupKey, group: _Group, now: float) -> list[Notification]:
        if not group.alerts:
            return []
        alerts = sorted(group.alerts.values(), key=lambda one: (one.starts_at, one.key))
        firing = frozenset(one.key for one in alerts if one.ends_at > now)
        resolved = frozenset(one.key for one in alerts) - firing
        sent = []
        if self._is_news(self._told.get(key), firing, resolved, group.route.repeat_interval, now):
            self._told[key] = _Told(now, firing, resolved)
            told = tuple(_alert(one, one.key in firing) for one in alerts)
            status: Literal["firing", "resolved"] = "firing" if firing else "resolved"
            sent.append(Notification(now, group.route.receiver, status, told, _public(group.labels)))
        for one in resolved:
            del group.alerts[one]
        return sent

    @staticmethod
    def _is_news(
        told: _Told | None, firing: frozenset[Key], resolved: frozenset[Key], repeat: float, now: float
    ) -> bool:
        if told is None:
            return bool(firing)  # an end that nobody heard the beginning of
        if not firing <= told.firing:
            return True
        if not firing:
            return bool(told.firing)
        return not resolved <= told.resolved or told.at < now - repeat


def _merged(old: Posted, new: Posted) -> Posted:
    starts = min(old.starts_at, new.starts_at)
    old_over, new_over = old.ends_at <= new.posted_at, new.ends_at <= new.posted_at
    ends = max(old.ends_at, new.ends_at) if not new_over or old_over else new.ends_at
    return replace(new, starts_at=starts, ends_at=ends)


def _alert(one: Posted, firing: bool) -> Alert:
    return Alert(
        labels=_public(one.labels),
        annotations=_public(one.annotations),
        status="firing" if firing else "resolved",
        starts_at=one.starts_at,
        ends_at=None if firing else one.ends_at,
        values=one.values,
        rule=one.rule,
    )


def _public(labels: Labels) -> dict[str, str]:
    return {name: value for name, value in labels.items() if not (name.startswith("__") and name.endswith("__"))}
