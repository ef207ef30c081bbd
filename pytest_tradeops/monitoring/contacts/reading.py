"""Takes a provisioning file apart without trusting its shape, and notes what Grafana would make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that Grafana drops (`dropped`) or does not start with (`refused`)."""

    kind: Literal["dropped", "refused"]
    where: str
    message: str


class Reading:
    """Tables and lists of whatever was written; what is no table or no list is a problem, and empty."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def table(self, item: Any, where: str) -> Mapping[Any, Any]:
        if not isinstance(item, dict):
            self.refused(where, "it is no table")
        return item if isinstance(item, dict) else {}

    def list(self, table: Mapping[Any, Any], key: str, where: str) -> "list[Any]":
        given = table.get(key)
        if given is not None and not isinstance(given, list):
            self.refused(where, f"{key} is no list")
        return given if isinstance(given, list) else []

    def texts(self, table: Mapping[Any, Any], key: str, where: str) -> dict[str, str]:
        """A table of scalars as Go reads it into a table of strings."""
        given = table.get(key)
        return {} if given is None else {str(name): text(v) for name, v in self.table(given, f"{where}.{key}").items()}

    def unknown(self, table: Mapping[Any, Any], known: frozenset[str], where: str) -> None:
        """Notes the keys that Grafana drops, since it knows none of that name."""
        for key in table:
            if key not in known:
                self.dropped(where, f"the key {key!r} is dropped: Grafana knows none such")

    def refused(self, where: str, message: str) -> None:
        self.problems.append(Problem("refused", where, message))

    def dropped(self, where: str, message: str) -> None:
        self.problems.append(Problem("dropped", where, message))


def text(value: Any) -> str:
    """A YAML scalar as Go reads it into a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
