"""Delivers notifications as Grafana does: one attempt, and after a failure the next one a group interval later.

Measured on version 9.4: `Retry-After` is not looked at, every status but 2xx is tried again, and an alert that fired
and resolved while its receiver was down is never told of.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..alerts import Notification
from .message import Source
from .notify import Delivery, Outgoing, request
from .parse import Alerting
from .points import Receiver
from .routing import GROUP_INTERVAL, Routing

#: So often a group is tried again; with real servers down for longer, waiting on shows nothing new.
_MOST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request and what became of it.

    Attributes:
        at: Seconds, on the clock of the notifications.
        receiver: The integration; a contact point with several of them makes an attempt for each.
    """

    at: float
    receiver: Receiver
    notification: Notification
    delivery: Delivery


@dataclass(slots=True)
class _Group:
    """What one integration has heard of one group of alerts."""

    told: bool = False
    latest: int = -1
    attempts: int = 0


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """Something is due: a new notification, or another attempt at one.

    Attributes:
        order: Of coming up; equal moments keep it.
        number: Of the notification. An attempt is given up when a later one of the group has come.
    """

    at: float
    order: int
    number: int = field(compare=False)
    receiver: Receiver = field(compare=False)
    notification: Notification = field(compare=False)


class Courier:
    """Sends the notifications of an evaluation through a subject's own contact points, on their virtual clock.

    Args:
        environ: Where the settings' variables are taken from.
        send: Makes one request; `Sender().send`.
    """

    def __init__(
        self,
        alerting: Alerting,
        environ: Mapping[str, str],
        send: Callable[[Outgoing], Delivery],
        source: Source | None = None,
    ) -> None:
        self._alerting = alerting
        self._environ = environ
        self._send = send
        self._source = source or Source()
        self._routing = Routing(alerting.policy) if alerting.policy else None

    def deliver(self, notifications: Iterable[Notification], kind: str = "") -> tuple[Attempt, ...]:
        """Every attempt, in order of time.

        Args:
            kind: Only receivers of that type, such as `telegram`; empty: all.

        Raises:
            NotSendable, TemplateUnknown: as `notify.request` does.
        """
        events: list[_Event] = []
        for notification in notifications:
            point = self._alerting.point(notification.receiver)
            for receiver in point.receivers if point else ():
                if kind in ("", receiver.type):
                    order = len(events)
                    heapq.heappush(events, _Event(notification.at, order, order, receiver, notification))
        order = len(events)
        groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], _Group] = {}
        attempts: list[Attempt] = []
        while events:
            event = heapq.heappop(events)
            labels = tuple(sorted(event.notification.group_labels.items()))
            group = groups.setdefault((event.receiver.uid, event.receiver.where, labels), _Group())
            if event.number < group.latest:
                continue
            if event.number > group.latest:
                group.latest, group.attempts = event.number, 0
            delivery = self._attempt(event, group)
            if delivery is None:
                continue
            attempts.append(Attempt(event.at, event.receiver, event.notification, delivery))
            if not delivery.ok and group.attempts < _MOST_ATTEMPTS:
                order += 1
                later = event.at + self._interval(event.notification)
                heapq.heappush(events, replace(event, at=later, order=order))
        return tuple(attempts)

    def _attempt(self, event: _Event, group: _Group) -> Delivery | None:
        notification = event.notification
        if notification.status == "resolved" and not group.told:
            return None  # the end of something that it never heard of
        out = request(notification, event.receiver, self._environ, self._source)
        if out is None:
            return None
        delivery = self._send(out)
        group.attempts += 1
        if delivery.ok:
            group.told = notification.status == "firing"
        return delivery

    def _interval(self, notification: Notification) -> float:
        labels = notification.alerts[0].labels if notification.alerts else {}
        routes = self._routing.route(labels) if self._routing else ()
        found = [one.group_interval for one in routes if one.receiver == notification.receiver]
        return found[0] if found else GROUP_INTERVAL
