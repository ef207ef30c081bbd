"""What a replay did beside what was recorded: every difference, in a sentence each.

States, health, instances with labels, activeAt and value, and error messages are compared exactly, tick by tick.
Of notifications, each alert's sequence of statuses is compared exactly, and their times within what Grafana adds: it
spreads its rules over the interval of 10 s, and looks at a group once per group_interval.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

#: A recorded notification comes this many seconds after ours at the earliest, and at the latest: a rule's place in the
#: interval, plus a group_interval of 1 s, plus half a second for the way.
EARLIEST, LATEST = -0.1, 11.5


def differences(recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """None if the replay is the recording."""
    return _traces(recorded["trace"], ours["trace"]) + _notifications(recorded["notifications"], ours["notifications"])


def _traces(recorded: Sequence[Any], ours: Sequence[Any]) -> list[str]:
    found = []
    if len(recorded) != len(ours):
        found.append(f"{len(recorded)} ticks were recorded, {len(ours)} were replayed")
    for theirs, mine in zip(recorded, ours, strict=False):
        for name, wanted, got in (
            ("time", theirs[0], mine[0]),
            ("rule state", theirs[2], mine[2]),
            ("health", theirs[3], mine[3]),
            ("alerts", _by_labels(theirs[4]), _by_labels(mine[4])),
            ("last error", theirs[5], mine[5]),
        ):
            if wanted != got:
                found.append(f"at {theirs[0]} s the {name} was {wanted!r}, and is {got!r}")
    return found


def _by_labels(alerts: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    return {
        json.dumps(one["labels"], sort_keys=True): (one["state"], _since(one["activeAt_s"]), one["value"])
        for one in alerts
    }


def _since(second: float | None) -> float | str | None:
    """How long before its first tick a case has run is not recorded."""
    return "before the first tick" if second is not None and second < 0 else second


def _notifications(recorded: Sequence[Any], ours: Sequence[Any]) -> list[str]:
    theirs, mine = _by_group(recorded), _by_group(ours)
    found = []
    for group in sorted({*theirs, *mine}):
        wanted, got = theirs.get(group, []), mine.get(group, [])
        if [status for _, status in wanted] != [status for _, status in got]:
            found.append(f"of {group} was told {wanted!r}, and is {got!r}")
            continue
        for (at, status), (here, _) in zip(wanted, got, strict=True):
            if not EARLIEST <= at - here <= LATEST:
                found.append(f"of {group} {status!r} was told at {at} s, and is at {here} s")
    return found


def _by_group(notifications: Sequence[Any]) -> dict[str, list[tuple[float, str]]]:
    groups: dict[str, list[tuple[float, str]]] = {}
    for at, status, alerts in notifications:
        groups.setdefault(json.dumps(alerts, sort_keys=True), []).append((at, status))
    return groups
