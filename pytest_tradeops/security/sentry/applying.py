"""Makes a project's alert rules what the file says: only rules of ours, only what differs, and to be undone.

Rules are told by name. What was changed is recorded with what was there before; `undo` takes exactly that back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

from ...exceptions import TradeopsError
from ..rest import RestError
from .alerts import Alert, differences, is_ours, restored
from .lookup import SentryApi

type Kind = Literal["same", "create", "update", "delete", "stray"]
RECORD_VERSION = 1


class Rules:
    """The issue alert rules of one project; changing them needs the scope `alerts:write`."""

    def __init__(self, api: SentryApi) -> None:
        self._rest = api.rest
        self._path = f"{api.path}rules/"

    def listed(self) -> list[dict[str, Any]]:
        """All of them, ours and others'."""
        found = [dict(one) for one in self._rest.pages(self._path) if isinstance(one, Mapping)]
        if not all(str(one.get("id", "")).isdigit() for one in found):
            raise RestError(f"What answers at {self._rest.host} has rules without an id.", kind="foreign")
        return found

    def create(self, payload: Mapping[str, Any]) -> str:
        """The new rule's id; empty where Sentry answers that it will make it in a moment."""
        try:
            answer = self._rest.call("POST", self._path, dict(payload))
        except RestError as error:
            if "exact duplicate" in error.message:
                error.remedy = "If a rule was renamed in the file: apply it with --prune. Else delete that one."
            raise
        return str(answer.data.get("id") or "") if isinstance(answer.data, Mapping) else ""

    def update(self, identifier: str, payload: Mapping[str, Any]) -> None:
        self._rest.call("PUT", self._at(identifier), dict(payload))

    def delete(self, identifier: str) -> None:
        self._rest.call("DELETE", self._at(identifier))

    def _at(self, identifier: str) -> str:
        return f"{self._path}{quote(identifier, safe='')}/"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done, or was done, with one rule.

    Attributes:
        kind: `stray` is a rule of ours that the file does not have, and that stays.
        id: Of the server's rule; empty before it is made.
        fields: In what it differed.
        before: What to send to have the rule as it was; None if it was not there.
    """

    kind: Kind
    name: str
    id: str = ""
    fields: tuple[str, ...] = ()
    before: Mapping[str, Any] | None = field(default=None, repr=False)
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def changes(self) -> bool:
        """Whether anything on the server is touched."""
        return self.kind in ("create", "update", "delete")


def plan(wanted: Sequence[Alert], rules: Iterable[Mapping[str, Any]], *, prune: bool = False) -> list[Change]:
    """What is to be done, in this order: what must go first, as it could stand in the way, then the file's rules.

    Args:
        rules: Those of the project; only ours are looked at.
        prune: Delete rules of ours that the file does not have.
    """
    ours = sorted((one for one in rules if is_ours(one)), key=lambda one: int(one["id"]))
    by_name: dict[str, Mapping[str, Any]] = {}
    for one in ours:
        by_name.setdefault(str(one["name"]), one)
    names = {alert.name for alert in wanted}
    found: list[Change] = []
    for one in ours:
        if str(one["name"]) not in names or by_name[str(one["name"])] is not one:
            found.append(Change("delete" if prune else "stray", str(one["name"]), str(one["id"]), before=restored(one)))
    for alert in wanted:
        there = by_name.get(alert.name)
        if there is None:
            found.append(Change("create", alert.name, payload=alert.payload))
            continue
        fields = tuple(differences(alert, there))
        kind: Kind = "update" if fields else "same"
        found.append(Change(kind, alert.name, str(there["id"]), fields, restored(there), alert.payload))
    return found


def carry_out(changes: Iterable[Change], rules: Rules) -> Iterator[Change]:
    """Does it, one after the other; each is yielded once it is done, so that what was done is known after a failure."""
    for one in changes:
        if one.kind == "create":
            yield replace(one, id=rules.create(one.payload))
            continue
        if one.kind == "update":
            rules.update(one.id, one.payload)
        elif one.kind == "delete":
            rules.delete(one.id)
        yield one


def record(changes: Iterable[Change], api: SentryApi) -> dict[str, Any]:
    """What `undo` needs, as JSON: what was changed, and what to send to have it as it was."""
    done = [{"kind": one.kind, "id": one.id, "name": one.name, "before": one.before} for one in changes if one.changes]
    return {"version": RECORD_VERSION, "server": api.rest.base, "project": api.path, "changes": done}


def identified(changes: Iterable[Change], rules: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The changes with the ids of rules that Sentry made only after it had answered."""
    ids = {str(one.get("name")): str(one["id"]) for one in rules}
    return [one if one.id or one.kind != "create" else replace(one, id=ids.get(one.name, "")) for one in changes]


def undo(given: Any, api: SentryApi, rules: Rules, say: Callable[[str], None]) -> int:
    """Takes back what a record names, the last change first; how many.

    A rule that is gone, or that has no name of ours any more, is somebody else's business: that is said and left.

    Raises:
        TradeopsError: the record is none, or of another project.
        RestError: a call failed; what was taken back until then was said.
    """
    changes = _checked(given, api)
    there = {str(one["id"]): one for one in rules.listed()}
    undone = 0
    for one in reversed(changes):
        kind, identifier, name, before = one["kind"], one.get("id"), one["name"], one.get("before") or {}
        current = there.get(str(identifier))
        if kind in ("create", "update") and (current is None or current.get("name") != name):
            say(f"left: {name} (it is not there any more, or has another name)")
            continue
        if kind == "create":
            rules.delete(str(identifier))
            say(f"deleted: {name}")
        elif kind == "update":
            rules.update(str(identifier), before)
            say(f"set back: {name}")
        else:
            rules.create(before)
            say(f"made again: {name}")
        undone += 1
    return undone


def _checked(given: Any, api: SentryApi) -> list[Mapping[str, Any]]:
    changes = given.get("changes") if isinstance(given, Mapping) and given.get("version") == RECORD_VERSION else None
    sound = isinstance(changes, list) and all(
        isinstance(one, Mapping)
        and is_ours(one)
        and (one.get("kind") == "create" or (isinstance(one.get("before"), Mapping) and is_ours(one["before"])))
        and one.get("kind") in ("create", "update", "delete")
        for one in changes
    )
    if not sound:
        raise TradeopsError("This is no record of applied alert rules.", remedy="Give what `apply` has printed.")
    if (given.get("server"), given.get("project")) != (api.rest.base, api.path):
        raise TradeopsError("The record is of another project.", remedy="Configure that one, then undo.")
    return list(changes or [])
