"""Values for a dashboard's variables, as a visitor would have them when the page opens."""

import re
from collections.abc import Mapping
from typing import Any

from .material import mapping, sequence, text

_ALL = ("$__all", "All")


def put_all(sql: str, variables: Mapping[str, Any]) -> str:
    """Puts in what stands for "All" where it is a text of its own: Grafana does not quote that."""
    for name, value in variables.items():
        custom = text(value.get("allValue"))
        if custom and _is_all(value):
            sql = re.sub(
                rf"\$\{{{re.escape(name)}(?::\w+)?\}}|\[\[{re.escape(name)}(?::\w+)?\]\]|\${re.escape(name)}\b",
                lambda _, custom=custom: custom,  # type: ignore[misc]
                sql,
            )
    return sql


def values(variables: Mapping[str, Any], unknown: str = "x") -> dict[str, str | list[str]]:
    """Name to value, or values where several are chosen.

    Args:
        unknown: For variables whose values come from a query.
    """
    return {name: _value(value, unknown) for name, value in variables.items()}


def guessed(variables: Mapping[str, Any], sql: str) -> list[str]:
    """Variables in the text whose value is not in the file: it comes from a query."""
    return [
        name
        for name, value in variables.items()
        if re.search(rf"\$\{{?{re.escape(name)}\b|\[\[{re.escape(name)}\b", sql) and _known(value) is None
    ]


def _is_all(value: Mapping[str, Any]) -> bool:
    current = mapping(value.get("current")).get("value")
    chosen = [text(one) for one in current] if isinstance(current, list) else [text(current)]
    return any(one in _ALL for one in chosen)


def _value(value: Mapping[str, Any], unknown: str) -> str | list[str]:
    known = _known(value)
    several = value.get("multi") is True or value.get("includeAll") is True
    if known is None:
        return [unknown] if several else unknown
    return known


def _known(value: Mapping[str, Any]) -> str | list[str] | None:
    type_ = text(value.get("type"))
    current = mapping(value.get("current")).get("value")
    several = value.get("multi") is True or value.get("includeAll") is True
    options = [text(mapping(one).get("value")) for one in sequence(value.get("options"))]
    options = [one for one in options if one and one not in _ALL]
    if type_ == "custom" and not options:
        options = [part.strip().rpartition(" : ")[2] for part in text(value.get("query")).split(",") if part.strip()]
    if _is_all(value):
        return options or None
    if isinstance(current, list):
        chosen = [text(one) for one in current if text(one)]
        return chosen or None
    if text(current):
        return [text(current)] if several else text(current)
    if type_ in ("textbox", "constant"):
        return text(value.get("query"))
    if type_ == "interval":
        return "1m"
    if options:
        return [options[0]] if several else options[0]
    return None
