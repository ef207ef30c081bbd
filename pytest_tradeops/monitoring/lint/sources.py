"""Data sources: whether references resolve, whether they can connect, whether they can write."""

import difflib
from collections.abc import Iterable
from typing import Any

from .finding import Place, Report
from .material import POSTGRES, QUESTDB_PLUGIN, DataSource, Material, Reference, mapping, text, together

#: QuestDB's superuser, and the password that everybody knows.
_ADMIN, _PUBLIC = "admin", "quest"
#: The uid that `tradeops init` provisions.
GENERATED = "questdb"


class Sources:
    """What references to data sources resolve to.

    Args:
        declared: Uids that exist although no file provisions them.
    """

    def __init__(self, material: Material, declared: Iterable[str] = ()) -> None:
        self._by_uid = {one.uid: one for one in material.sources if one.uid}
        self._by_name = {one.name: one for one in material.sources if one.name}
        self._declared = set(declared)
        self.known = bool(material.sources or self._declared)

    def find(self, wanted: Reference) -> DataSource | None:
        """The provisioned data source that is meant, where a file provisions it."""
        return self._by_uid.get(wanted.uid) or self._by_name.get(wanted.name or wanted.uid)

    def exists(self, wanted: Reference) -> bool:
        """Whether it resolves; without any file of data sources, to what `tradeops init` provisions."""
        if wanted.is_default or wanted.is_variable or wanted.is_built_in:
            return True
        name = wanted.uid or wanted.name
        if name in self._declared or self.find(wanted) is not None:
            return True
        if self.known:
            return False
        # By name there is nothing to compare with; a uid is either the generated one or unknown to everybody.
        return not wanted.uid or wanted.uid == GENERATED

    def is_ours(self, wanted: Reference) -> bool:
        """Whether queries on it are SQL for QuestDB, as far as is known."""
        found = self.find(wanted)
        if found is None:
            return True
        return found.is_sql and speaks_questdb(found)

    def uids(self) -> list[str]:
        return sorted({*self._by_uid, *self._declared})


def speaks_questdb(source: DataSource) -> bool:
    """False for a PostgreSQL data source that says it is some other database."""
    if source.type == QUESTDB_PLUGIN:
        return True
    settings = mapping(source.value.get("jsonData"))
    database = text(settings.get("database") or source.value.get("database"))
    url = text(source.value.get("url"))
    if ":8812" in url or "questdb" in f"{url}{source.uid}{source.name}".lower():
        return True
    return database in ("", "qdb") or "$" in database


def examine(material: Material, sources: Sources, report: Report) -> None:
    """References of panels and rules, then the data sources themselves."""
    for panel in [one for board in material.dashboards for one in board.panels] + material.library:
        for query in panel.queries:
            if not sources.exists(query.source):
                _unknown(Place(panel.place.file), query.place, query.source, sources, report)
    for rule in material.examined_rules():
        for node in rule.nodes:
            if not node.is_expression:
                if not node.source:
                    report.add("datasource-unknown", node.place, "The query names no data source (datasourceUid).")
                elif not sources.exists(Reference(uid=node.source)):
                    _unknown(rule.place, node.place, Reference(uid=node.source), sources, report)
    _duplicates(material, report)
    for one in material.sources:
        if not one.context:
            report.count("data sources")
            if one.is_sql and speaks_questdb(one):
                _connects(one, report)
                _writes(one, report)


def _unknown(_: Place, place: Place, wanted: Reference, sources: Sources, report: Report) -> None:
    name = wanted.uid or wanted.name
    if not sources.known:
        message = (
            f"The data source `{name}` is in no file that was given; `tradeops init` provisions one with the uid "
            f"`{GENERATED}`."
        )
    else:
        near = difflib.get_close_matches(name, sources.uids(), n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(sources.uids()) or 'none with a uid'}."
        message = f"There is no data source `{name}`. {hint}"
    report.add("datasource-unknown", place, message)


def _duplicates(material: Material, report: Report) -> None:
    for key in ("uid", "name"):
        seen: dict[str, list[DataSource]] = {}
        for one in material.sources:
            value = text(one.value.get(key))
            if not value or one.context:
                continue
            for first in seen.get(value, [])[:1]:
                if together(first.place.file, one.place.file):
                    message = f"The {key} `{value}` stands in {first.place.file} as well."
                    report.add("datasource-duplicate", one.place, message)
            seen.setdefault(value, []).append(one)


def _user(source: DataSource) -> Any:
    settings = mapping(source.value.get("jsonData"))
    if source.type == QUESTDB_PLUGIN:
        return settings.get("username", source.value.get("user"))
    return source.value.get("user", settings.get("user"))


def _connects(source: DataSource, report: Report) -> None:
    settings, url = mapping(source.value.get("jsonData")), text(source.value.get("url"))
    missing = []
    if source.type in POSTGRES:
        if url.startswith(("http://", "https://", "postgres://", "postgresql://")):
            message = f"The url has a scheme; the type {source.type} wants host:port, such as questdb:8812."
            report.add("datasource-incomplete", source.place, message)
        missing += [] if url else ["url"]
        missing += [] if text(_user(source)) else ["user"]
        missing += [] if text(settings.get("database") or source.value.get("database")) else ["jsonData.database"]
        ssl = text(settings.get("sslmode"))
        if ssl not in ("", "disable", "require", "verify-ca", "verify-full") and "$" not in ssl:
            message = f"sslmode is {ssl}: it is one of disable, require, verify-ca and verify-full."
            report.add("datasource-incomplete", source.place, message)
    else:
        missing += [f"jsonData.{key}" for key in ("server", "port", "tlsMode") if not text(settings.get(key))]
        missing += [] if text(_user(source)) else ["jsonData.username"]
        secure = mapping(source.value.get("secureJsonData"))
        missing += [] if text(secure.get("password")) else ["secureJsonData.password"]
    if missing:
        report.add("datasource-incomplete", source.place, f"It has no {', no '.join(missing)}.")


def _writes(source: DataSource, report: Report) -> None:
    user = text(_user(source)).strip()
    if user.lower() == _ADMIN:
        report.add(
            "datasource-can-write",
            source.place,
            f"It connects as `{user}`, QuestDB's user that may create, fill and drop tables: so may every viewer.",
        )
    secure = mapping(source.value.get("secureJsonData"))
    for holder, value in (
        ("secureJsonData.password", secure.get("password")),
        ("password", source.value.get("password")),
    ):
        written = text(value)
        # The documented password of the read-only user is no secret; anything else in clear is.
        if written and "$" not in written and written != _PUBLIC:
            report.add("credential-hardcoded", source.place, f"{holder} stands in the file in clear.")
