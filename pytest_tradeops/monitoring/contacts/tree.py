"""Reads a policy tree as it is written in a file: all spellings of matchers, durations, and what Grafana refuses."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .reading import Reading, text
from .routing import EACH, Matcher, Operator, Policy

_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?", re.ASCII)
_SECONDS = (365 * 86400.0, 7 * 86400.0, 86400.0, 3600.0, 60.0, 1.0, 0.001)
_MATCHER = re.compile(r"\s*([a-zA-Z_]\w*|\"(?:[^\"\\]|\\.)*\")\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_KEYS = frozenset(
    (
        "orgId",
        "name",
        "receiver",
        "group_by",
        "match",
        "match_re",
        "matchers",
        "object_matchers",
        "continue",
        "routes",
        "mute_time_intervals",
        "active_time_intervals",
        "group_wait",
        "group_interval",
        "repeat_interval",
    )
)
_OPERATORS: Mapping[Any, Operator] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}


def seconds(given: Any) -> float:
    """Seconds of a duration as Prometheus writes it: `1h30m`, `500ms`, `0`.

    Raises:
        ValueError: it is none. A plain number other than 0 is none, and neither is `1.5h`.
    """
    if given == "0" or (given == 0 and not isinstance(given, bool)):
        return 0.0
    match = _DURATION.fullmatch(given) if isinstance(given, str) and given else None
    if match is None:
        raise ValueError(f"not a valid duration string: {given!r}")
    return sum(int(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True))


def node(reading: Reading, item: Any, where: str, *, root: bool = False) -> Policy:
    """The node `item` and everything below it."""
    table = reading.table(item, where)
    reading.unknown(table, _KEYS, where)
    receiver = table.get("receiver")
    if root and not receiver:
        reading.refused(where, "root route must specify a default receiver")
    matchers = tuple(_matchers(reading, table, where))
    if root and matchers:
        reading.refused(where, "root route must not have any matchers")
    groups = tuple(text(name) for name in reading.list(table, "group_by", where))
    if EACH in groups and len(groups) > 1:
        reading.refused(where, "cannot have wildcard group_by (`...`) and other other labels at the same time")
    wait, interval, repeat = (
        _duration(reading, table, key, where) for key in ("group_wait", "group_interval", "repeat_interval")
    )
    for key, given in (("group_interval", interval), ("repeat_interval", repeat)):
        if given == 0:
            reading.refused(where, f"{key} cannot be zero")
    mutes = (
        name for key in ("mute_time_intervals", "active_time_intervals") for name in reading.list(table, key, where)
    )
    below = enumerate(reading.list(table, "routes", where))
    return Policy(
        receiver=text(receiver) if receiver else None,
        matchers=matchers,
        goes_on=table.get("continue") is True,
        # An empty list says nothing, so it inherits.
        group_by=groups or None,
        group_wait=wait,
        group_interval=interval,
        repeat_interval=repeat,
        mutes=tuple(text(name) for name in mutes),
        routes=tuple(node(reading, one, f"{where}.routes[{index}]") for index, one in below),
        where=where,
    )


def _matchers(reading: Reading, table: Mapping[Any, Any], where: str) -> Iterator[Matcher]:
    """From all four spellings; a node with several of them wants all."""
    legacy: tuple[tuple[str, Operator], ...] = (("match", "="), ("match_re", "=~"))
    for key, operator in legacy:
        for name, value in reading.texts(table, key, where).items():
            yield from _matcher(reading, name, operator, value, f"{where}.{key}")
    for item in reading.list(table, "matchers", where):
        found = _MATCHER.fullmatch(item) if isinstance(item, str) else None
        if found is None:
            reading.refused(f"{where}.matchers", f"bad matcher format: {item}")
            continue
        name, sign, value = found.groups()
        yield from _matcher(reading, _unquoted(name), sign, _unquoted(value), f"{where}.matchers")
    for item in reading.list(table, "object_matchers", where):
        if not isinstance(item, list) or len(item) != 3:
            reading.refused(f"{where}.object_matchers", f"unsupported matcher format: {item}; write [name, op, value]")
            continue
        yield from _matcher(reading, text(item[0]), item[1], text(item[2]), f"{where}.object_matchers")


def _matcher(reading: Reading, name: str, sign: Any, value: str, where: str) -> Iterator[Matcher]:
    operator = _OPERATORS.get(sign) if isinstance(sign, str) else None
    if operator is None:
        reading.refused(where, f"unsupported match type {sign!r} in matcher")
        return
    if operator in ("=~", "!~"):
        try:
            re.compile(value)
        except (re.error, OverflowError, RecursionError):
            reading.refused(where, f"{value!r} is no regular expression")
            return
    yield Matcher(name, operator, value)


def _duration(reading: Reading, table: Mapping[Any, Any], key: str, where: str) -> float | None:
    given = table.get(key)
    if given is None or given == "":
        return None
    try:
        return seconds(given)
    except ValueError as error:
        reading.refused(where, f"{key}: {error}")
        return None


def _unquoted(written: str) -> str:
    if len(written) < 2 or written[0] != '"' or written[-1] != '"':
        return written
    try:
        return str(json.loads(written))
    except ValueError:
        return written[1:-1]
