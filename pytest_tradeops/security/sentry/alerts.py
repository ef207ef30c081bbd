"""Alert rules of a project as code: reads the file, and says in what a rule of the server differs from it.

Conditions, filters and actions are those of Sentry's API, by their ids: https://docs.sentry.io/api/alerts/ . A rule is
ours if its name begins with `tradeops: `, which is put in front of the name in the file; no other is ever touched.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...config import parse_duration, read_entries, suggestion
from ...exceptions import ConfigError
from ..yaml_files import Unreadable, read_text

#: In front of the name of every rule that was made from a file.
PREFIX = "tradeops: "
_KIND = "alert"
_KNOWN = (
    *("name", "environment", "owner", "frequency"),
    *("conditions", "condition_match", "filters", "filter_match", "actions"),
)
_MATCHES = ("all", "any", "none")
_LONGEST_NAME = 256
#: Minutes; what Sentry accepts.
_OFTENEST, _RAREST = 5, 43_200
_NODE = re.compile(r"sentry(?:\.\w+)+")
_OWNER = re.compile(r"(?:team|user):\d+")
#: What Sentry adds to a node by itself; None stands for any value.
_ADDED: Mapping[str, Any] = {
    "name": None,
    "uuid": None,
    "comparisonType": "count",
    "fallthroughType": "ActiveMembers",
    "hasSchemaFormConfig": None,
    "channel_id": None,
}


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule of the file.

    Attributes:
        name: As Sentry has it, with the prefix.
        payload: What is sent to Sentry, the name among it.
        line: In the file; 0 where that cannot be told.
    """

    name: str
    payload: Mapping[str, Any] = field(hash=False)
    line: int = 0


@dataclass(frozen=True, slots=True)
class AlertFile:
    """What was read.

    Attributes:
        problems: Sentences, each with the line it is about; with any of them there are no alerts.
    """

    alerts: tuple[Alert, ...] = ()
    problems: tuple[str, ...] = ()


def read(path: Path, name: str) -> AlertFile:
    """The alerts of a file; whatever stands there is alerts or sentences.

    Args:
        name: How the file is called in sentences.
    """
    try:
        text = read_text(path)
    except Unreadable as error:
        return AlertFile(problems=(f"{name} {error}.",))
    return parse(text, name)


def parse(text: str, name: str = "the file") -> AlertFile:
    """The alerts of a TOML text: `[[alert]]` entries, and nothing else."""
    try:
        entries, others = read_entries(text, _KIND, name)
    except ConfigError as error:
        return AlertFile(problems=(error.message,))
    problems = [f"{name} has an unknown key {key!r}: {suggestion(key, (_KIND,))}" for key in others]
    if entries is None:
        return AlertFile(problems=(f"{name} has no list of alerts: write each as [[{_KIND}]].",))
    found: list[Alert] = []
    for number, (entry, line) in enumerate(entries, 1):
        place = f"{name}, line {line}" if line else f"{name}, alert {number}"
        wrong = list(_problems(entry))
        problems += [f"{place}: {one}{'' if one.endswith('?') else '.'}" for one in wrong]
        if not wrong:
            found.append(_alert(entry, line))
    for key, names in (("name", [one.name for one in found]), ("content", [_content(one.payload) for one in found])):
        doubled = [one for at, one in enumerate(found) if names[at] in names[:at]]
        problems += [f"{name}: the {key} of {one.name.removeprefix(PREFIX)!r} stands there twice." for one in doubled]
    return AlertFile(() if problems else tuple(found), tuple(problems))


def is_ours(rule: Mapping[str, Any]) -> bool:
    """Whether a rule of the server was made from a file."""
    return str(rule.get("name", "")).startswith(PREFIX)


def differences(alert: Alert, rule: Mapping[str, Any]) -> list[str]:
    """In what the server's rule is not as in the file, as names of fields; empty if it is.

    Sentry adds to what it is given: a text for people, an identifier, defaults. That is no difference. Everything else
    is, and so is what somebody has added by hand.
    """
    wanted = alert.payload
    found = [key for key in ("name", "actionMatch", "frequency") if not _same(wanted[key], rule.get(key))]
    if not _same(wanted.get("filterMatch") or "all", rule.get("filterMatch") or "all"):
        found.append("filterMatch")
    found += [key for key in ("environment", "owner") if (wanted.get(key) or None) != (rule.get(key) or None)]
    for kind in ("conditions", "filters", "actions"):
        nodes = rule.get(kind) or []
        given = wanted[kind]
        alike = isinstance(nodes, list) and len(nodes) == len(given) and all(map(_same_node, given, nodes))
        found += [] if alike else [kind]
    if rule.get("status", "active") != "active":
        found.append("status")
    if rule.get("snooze") and rule.get("snoozeForEveryone"):
        found.append("snooze")
    return found


def restored(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What to send so that a rule becomes again what was read."""
    kept = {key: rule[key] for key in ("name", "actionMatch", "filterMatch", "frequency") if rule.get(key) is not None}
    kept |= {key: rule.get(key) for key in ("environment", "owner")}
    for kind in ("conditions", "filters", "actions"):
        nodes = [one for one in rule.get(kind) or [] if isinstance(one, Mapping)]
        kept[kind] = [{key: value for key, value in one.items() if key not in ("name", "uuid")} for one in nodes]
    return kept


def _alert(entry: Mapping[str, Any], line: int) -> Alert:
    name = PREFIX + entry["name"].strip()
    payload = {
        "name": name,
        "actionMatch": entry.get("condition_match", "any"),
        "filterMatch": entry.get("filter_match", "all"),
        "conditions": entry.get("conditions", []),
        "filters": entry.get("filters", []),
        "actions": entry["actions"],
        "frequency": _minutes(entry.get("frequency", "30m")),
        "environment": entry.get("environment"),
        "owner": entry.get("owner"),
    }
    return Alert(name, payload, line)


def _problems(entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"it is no table: write it as [[{_KIND}]]"
        return
    yield from (f"unknown key {key!r}. {suggestion(key, _KNOWN)}".rstrip(".") for key in entry if key not in _KNOWN)
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        yield "`name` is no text"
    elif len(PREFIX + name) > _LONGEST_NAME:
        yield f"`name` is longer than {_LONGEST_NAME - len(PREFIX)} characters"
    elif name.startswith(PREFIX):
        yield f"`name` begins with {PREFIX!r}, which is added by itself"
    for key in ("condition_match", "filter_match"):
        if entry.get(key, "all") not in _MATCHES:
            yield f"`{key}` is none of all, any, none"
    try:
        minutes = _minutes(entry.get("frequency", "30m"))
    except ConfigError:
        yield "`frequency` is no duration such as 30m"
    else:
        if not _OFTENEST <= minutes <= _RAREST:
            yield "`frequency` is not between 5m and 720h"
    if "environment" in entry and (not isinstance(entry["environment"], str) or not entry["environment"].strip()):
        yield "`environment` is no text"
    if "owner" in entry and not (isinstance(entry["owner"], str) and _OWNER.fullmatch(entry["owner"])):
        yield "`owner` is no team:NUMBER or user:NUMBER"
    for key in ("conditions", "filters", "actions"):
        yield from _node_problems(entry.get(key, []), key)
    if entry.get("actions", []) == []:
        yield "`actions` is empty, so nobody would be told"
    if entry.get("conditions", []) == [] and entry.get("filters", []) == []:
        yield "it has neither conditions nor filters"


def _node_problems(nodes: Any, key: str) -> Iterator[str]:
    if not isinstance(nodes, list):
        yield f"`{key}` is no list"
        return
    for number, node in enumerate(nodes, 1):
        if not isinstance(node, Mapping) or not isinstance(node.get("id"), str) or not _NODE.fullmatch(node["id"]):
            yield f"`{key}`, number {number}: no table with an `id` such as sentry.rules...."
        elif any(one in node for one in ("uuid", "name")):
            yield f"`{key}`, number {number}: `name` and `uuid` are Sentry's own"
        elif not all(_is_json(value) for value in node.values()):
            yield f"`{key}`, number {number}: a value that JSON does not have, such as a date"


def _is_json(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, Mapping):
        return all(map(_is_json, value.values()))
    return isinstance(value, str | bool | int) or (isinstance(value, float) and abs(value) < 1e300)


def _minutes(value: Any) -> int:
    seconds = parse_duration(value, "frequency")
    if seconds % 60:
        raise ConfigError("frequency is no whole number of minutes.")
    return int(seconds // 60)


def _content(payload: Mapping[str, Any]) -> Any:
    """Sentry refuses a second rule that differs from another in its name alone."""
    return {key: value for key, value in payload.items() if key not in ("name", "owner")}


def _same_node(wanted: Mapping[str, Any], found: Any) -> bool:
    if not isinstance(found, Mapping):
        return False
    if not all(_same(value, found.get(key)) for key, value in wanted.items()):
        return False
    more = {key: value for key, value in found.items() if key not in wanted}
    return all(
        value in (None, "", []) or (key in _ADDED and (_ADDED[key] is None or _ADDED[key] == value))
        for key, value in more.items()
    )


def _same(wanted: Any, found: Any) -> bool:
    """Sentry's forms turn texts into numbers, and some of its fields numbers into texts."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, str | int | float) and isinstance(found, str | int | float):
        return str(wanted) == str(found)
    return bool(wanted == found)
