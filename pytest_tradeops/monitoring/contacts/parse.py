"""Reads anybody's alerting files for Grafana: contact points, the policy tree, and the labels that rules carry.

What Grafana drops without a word, and what it refuses to start with, is a problem here, with Grafana's reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...exceptions import ConfigError
from ...yaml_bounds import yaml_module
from .points import ContactPoint, Receiver
from .reading import Problem, Reading, text
from .routing import Policy
from .tree import node

_SUFFIXES = (".yaml", ".yml", ".json")
_RECEIVER_KEYS = frozenset({"uid", "type", "settings", "disableResolveMessage"})
_POINT_KEYS = frozenset({"orgId", "name", "receivers"})
_TOP_KEYS = frozenset(
    (
        "apiVersion",
        "groups",
        "deleteRules",
        "contactPoints",
        "deleteContactPoints",
        "policies",
        "resetPolicies",
        "muteTimes",
        "deleteMuteTimes",
        "templates",
        "deleteTemplates",
    )
)


@dataclass(frozen=True, slots=True)
class RuleLabels:
    """What decides where a rule's alerts go. Templates in the values are as written."""

    uid: str
    title: str
    folder: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    where: str = ""

    @property
    def alert_labels(self) -> dict[str, str]:
        """The labels of an alert of the rule, those of its query aside."""
        return {**self.labels, "alertname": self.title, "grafana_folder": self.folder}


@dataclass(frozen=True, slots=True)
class Alerting:
    """Everything that one folder provisions.

    Attributes:
        policy: The last one that is read, as in Grafana: it replaces the others. None if there is none.
        files: Names of the files that were read.
    """

    points: tuple[ContactPoint, ...] = ()
    policy: Policy | None = None
    rules: tuple[RuleLabels, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()

    def point(self, name: str) -> ContactPoint | None:
        """The contact point of that name; receivers of one name in several files are one contact point."""
        found = [one for one in self.points if one.name == name]
        return ContactPoint(name, tuple(receiver for one in found for receiver in one.receivers)) if found else None

    def receivers(self, kind: str = "") -> tuple[Receiver, ...]:
        """All integrations, or those of one type."""
        return tuple(one for point in self.points for one in point.receivers if kind in ("", one.type))


def read(folder: Path, shown: str = "") -> Alerting:
    """Reads every YAML and JSON file of a folder, in the order of their names; nothing if there is no such folder.

    Args:
        shown: How the folder is called in messages; default its name.

    Raises:
        ConfigError: a file is not YAML, or not a table. Grafana does not start with such a file.
    """
    reader = _Reader()
    paths = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES) if folder.is_dir() else []
    for path in paths:
        reader.document(_load(path), f"{shown or folder.name}/{path.name}")
    return reader.alerting(path.name for path in paths)


def parse(written: str, name: str = "alerting.yaml") -> Alerting:
    """Reads one file's text.

    Raises:
        ConfigError: it is not YAML, or not a table.
    """
    reader = _Reader()
    reader.document(_decode(written, name), name)
    return reader.alerting([name])


def _load(path: Path) -> Any:
    try:
        return _decode(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name} is not UTF-8.", remedy="Save it as UTF-8.") from None


def _decode(written: str, name: str) -> Any:
    yaml = yaml_module()

    try:
        document = yaml.safe_load(written)
    # Besides its own errors it lets through what a date or a key of an odd type makes of itself.
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        told = " ".join(str(error).split())[:200]
        raise ConfigError(f"{name} is not YAML: {told}.", remedy="Correct the file.") from None
    if document is not None and not isinstance(document, dict):
        raise ConfigError(f"{name} is not a table.", remedy="Begin it with `apiVersion: 1`.")
    return document or {}


class _Reader:
    def __init__(self) -> None:
        self.reading = Reading()
        self.points: list[ContactPoint] = []
        self.rules: list[RuleLabels] = []
        self.policy: Policy | None = None

    def alerting(self, files: Iterable[str]) -> Alerting:
        problems = tuple(self.reading.problems)
        return Alerting(tuple(self.points), self.policy, tuple(self.rules), problems, tuple(files))

    def document(self, document: Mapping[Any, Any], where: str) -> None:
        reading = self.reading
        reading.unknown(document, _TOP_KEYS, where)
        for index, item in enumerate(reading.list(document, "contactPoints", where)):
            self._point(item, where, index)
        for index, item in enumerate(reading.list(document, "policies", where)):
            self.policy = node(reading, item, f"{where}: policies[{index}]", root=True)
        for index, item in enumerate(reading.list(document, "groups", where)):
            self._group(item, f"{where}: groups[{index}]")

    def _point(self, item: Any, file: str, index: int) -> None:
        where = f"{file}: contactPoints[{index}]"
        table = self.reading.table(item, where)
        self.reading.unknown(table, _POINT_KEYS, where)
        name = text(table.get("name")).strip()
        if not name:
            self.reading.refused(where, "no name is set")
        below = enumerate(self.reading.list(table, "receivers", where))
        place = f"{file}: {name}" if name else where
        receivers = tuple(self._receiver(one, f"{place}.receivers[{number}]") for number, one in below)
        self.points.append(ContactPoint(name, receivers))

    def _receiver(self, item: Any, where: str) -> Receiver:
        table = self.reading.table(item, where)
        self.reading.unknown(table, _RECEIVER_KEYS, where)
        for key, verb in (("uid", "is"), ("type", "is"), ("settings", "are")):
            given = table.get(key)
            if not (given.strip() if isinstance(given, str) else given):
                self.reading.refused(where, f"no {key} {verb} set")
        settings = self.reading.table(table.get("settings") or {}, f"{where}.settings")
        receiver = Receiver(
            uid=text(table.get("uid")).strip(),
            type=text(table.get("type")).strip(),
            settings={text(key): value for key, value in settings.items()},
            resolves=table.get("disableResolveMessage") is not True,
            where=where,
        )
        for key in receiver.dropped:
            message = f"the key {key!r} is dropped: a receiver of type {receiver.type} has none such"
            self.reading.dropped(f"{where}.settings", message)
        for key in receiver.missing:
            self.reading.refused(where, f"a receiver of type {receiver.type} has no {key!r}")
        chat = receiver.settings.get("chatid")
        if receiver.type == "telegram" and chat is not None and not isinstance(chat, str):
            self.reading.refused(f"{where}.settings", "chatid is a number; put it in quotes")
        return receiver

    def _group(self, item: Any, where: str) -> None:
        table = self.reading.table(item, where)
        for index, one in enumerate(self.reading.list(table, "rules", where)):
            place = f"{where}.rules[{index}]"
            rule = self.reading.table(one, place)
            title = text(rule.get("title"))
            self.rules.append(
                RuleLabels(
                    uid=text(rule.get("uid")),
                    title=title,
                    folder=text(table.get("folder")),
                    labels=self.reading.texts(rule, "labels", place),
                    annotations=self.reading.texts(rule, "annotations", place),
                    where=f"{where.split(': ')[0]}: {title}" if title else place,
                )
            )
