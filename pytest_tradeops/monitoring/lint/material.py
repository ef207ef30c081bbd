"""What a lint works on: dashboards, rules, contact points, policies and data sources, wherever they were found.

Loosely typed on purpose: these are files that anybody wrote, and a value of the wrong type is a finding or nothing,
never a crash. `mapping`, `sequence` and `text` read them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from .finding import Place

#: Types of data source whose queries are SQL for QuestDB.
POSTGRES = ("postgres", "grafana-postgresql-datasource")
QUESTDB_PLUGIN = "questdb-questdb-datasource"
#: What Grafana itself answers.
EXPRESSION = ("__expr__", "-100")
BUILT_IN = ("grafana", "-- grafana --", "-- mixed --", "-- dashboard --", "-- grafana (testdata) --", "default")


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Text, or a number or boolean as it is written; empty for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def together(one: str, other: str) -> bool:
    """Whether one Grafana reads both files, as far as folders tell: of copies in folders apart it reads one."""
    a, b = PurePath(one).parent, PurePath(other).parent
    if a == b or a in b.parents or b in a.parents:
        return True
    shared = PurePath(*(x for x, y in zip(a.parts, b.parts, strict=False) if x == y))
    return "dashboard" in shared.name.lower()


def _texts(value: Any) -> dict[str, str]:
    return {text(name)[:MAX_TEXT]: text(one)[:MAX_TEXT] for name, one in mapping(value).items()}


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file. `context`: it was not asked to be examined, but tells what others refer to."""

    place: Place
    value: Mapping[str, Any]
    context: bool = False


@dataclass(frozen=True, slots=True)
class DataSource:
    """A provisioned data source."""

    place: Place
    value: Mapping[str, Any]
    context: bool = False

    @property
    def uid(self) -> str:
        return text(self.value.get("uid"))

    @property
    def name(self) -> str:
        return text(self.value.get("name"))

    @property
    def type(self) -> str:
        return text(self.value.get("type"))

    @property
    def is_sql(self) -> bool:
        return self.type in POSTGRES or self.type == QUESTDB_PLUGIN


@dataclass(frozen=True, slots=True)
class Reference:
    """A query's data source as it is written: by uid, by name, by a variable, or not at all."""

    uid: str = ""
    type: str = ""
    name: str = ""

    @property
    def is_variable(self) -> bool:
        return (self.uid or self.name).startswith(("$", "[["))

    @property
    def is_default(self) -> bool:
        return not self.uid and not self.name

    @property
    def is_built_in(self) -> bool:
        return any(one.lower() in (*BUILT_IN, *EXPRESSION) for one in (self.uid, self.name) if one)


#: Of a label, an annotation or a title so much is looked at: patterns may take the square of it.
MAX_TEXT = 8_000

_ANOTHER = re.compile(
    r"click.?house|my.?sql|maria|mssql|sqlserver|snowflake|big.?query|athena|redshift|timescale|influx|sqlite|oracle|"
    r"databricks|trino|druid|loki|prometheus|elastic|supabase|cockroach",
    re.IGNORECASE,
)


def names_another(source: Reference) -> bool:
    """Whether a data source of unknown type is called like some other database."""
    return bool(_ANOTHER.search(f"{source.uid} {source.name}"))


def reference(value: Any) -> Reference:
    """From a panel's or target's `datasource`: an object since 8.3, a name before."""
    if isinstance(value, str):
        return Reference(name=value)
    found = mapping(value)
    return Reference(text(found.get("uid")), text(found.get("type")), text(found.get("name")))


@dataclass(frozen=True, slots=True)
class Query:
    """A query in SQL, of a panel or of a rule.

    Attributes:
        format: As written; None if it is left out.
        span_s: For a rule: seconds before now of its time range's start and end.
        variables: Of the dashboard; None for a rule.
    """

    place: Place
    ref: str
    sql: str
    format: Any
    source: Reference
    plugin: bool = False
    span_s: tuple[float, float] | None = None
    variables: Mapping[str, Any] | None = None

    @property
    def bare(self) -> str:
        """The SQL without comments; empty where it is too long to be a query."""
        return "" if len(self.sql) > 16_000 else re.sub(r"--[^\n]*|/\*.*?\*/", " ", self.sql, flags=re.DOTALL)

    @property
    def is_series(self) -> bool:
        """PostgreSQL's default is time_series; QuestDB's own data source counts 0 for it, 1 for a table."""
        if self.plugin:
            return self.format in (0, None)
        return self.format in ("time_series", None, "")


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel with data; rows are left out, what is in them is not."""

    place: Place
    value: Mapping[str, Any]
    queries: tuple[Query, ...]
    foreign: int = 0

    @property
    def type(self) -> str:
        return text(self.value.get("type"))


@dataclass(frozen=True, slots=True)
class Dashboard:
    place: Place
    value: Mapping[str, Any]
    variables: Mapping[str, Any]
    panels: tuple[Panel, ...]
    folder: str = ""
    is_import: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of a rule's `data`."""

    place: Place
    ref: str
    source: str
    model: Mapping[str, Any]
    value: Mapping[str, Any]
    query: Query | None = None

    @property
    def is_expression(self) -> bool:
        return self.source in EXPRESSION


@dataclass(frozen=True, slots=True)
class Rule:
    """A Grafana-managed alert rule.

    Attributes:
        group: The group's own mapping; its `interval` is text in files, seconds in the API.
        from_api: It came in the shape of the HTTP API, where what a file must have may be elsewhere.
    """

    place: Place
    value: Mapping[str, Any]
    group: Mapping[str, Any]
    nodes: tuple[Node, ...]
    from_api: bool = False
    context: bool = False

    @property
    def uid(self) -> str:
        return text(self.value.get("uid"))[:MAX_TEXT]

    @property
    def title(self) -> str:
        return text(self.value.get("title"))[:MAX_TEXT]

    @property
    def labels(self) -> Mapping[str, str]:
        return _texts(self.value.get("labels"))

    @property
    def annotations(self) -> Mapping[str, str]:
        return _texts(self.value.get("annotations"))

    @property
    def is_recording(self) -> bool:
        return bool(mapping(self.value.get("record")))

    @property
    def folder(self) -> str:
        return text(self.group.get("folder") or self.value.get("folderUID") or self.group.get("folderUid"))

    @property
    def is_foreign(self) -> bool:
        """Whether all of its queries are for something else than QuestDB."""
        asking = [one for one in self.nodes if not one.is_expression]
        return bool(asking) and all(one.query is None for one in asking)

    def node(self, ref: str) -> Node | None:
        return next((one for one in self.nodes if one.ref == ref), None)

    def chain(self) -> Iterator[Node]:
        """The nodes that the condition depends on, the condition first; each once."""
        left, seen = [text(self.value.get("condition"))], set[str]()
        while left:
            ref = left.pop(0)
            node = self.node(ref)
            if ref not in seen and node is not None:
                seen.add(ref)
                yield node
                left += references(node)


@dataclass(frozen=True, slots=True)
class ContactPoint:
    place: Place
    name: str
    receivers: tuple[Mapping[str, Any], ...]
    context: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A tree of routes, its root first."""

    place: Place
    value: Mapping[str, Any]
    org: str = "1"
    context: bool = False


@dataclass
class Material:
    """Everything found, examined and context."""

    documents: list[Document] = field(default_factory=list)
    dashboards: list[Dashboard] = field(default_factory=list)
    library: list[Panel] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    groups: list[tuple[Place, Mapping[str, Any]]] = field(default_factory=list)
    contacts: list[ContactPoint] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    sources: list[DataSource] = field(default_factory=list)
    providers: int = 0

    def queries(self) -> Iterator[Query]:
        """Every query in SQL that is to be examined."""
        for dashboard in self.dashboards:
            for panel in dashboard.panels:
                yield from panel.queries
        for panel in self.library:
            yield from panel.queries
        for rule in self.rules:
            if not rule.context:
                yield from (node.query for node in rule.nodes if node.query is not None)

    def examined_rules(self) -> list[Rule]:
        """Those that are to be examined: not context, and with a query for QuestDB, or with none at all."""
        return [one for one in self.rules if not one.context and not one.is_foreign]


def references(node: Node) -> list[str]:
    """The refIds that an expression depends on; none for a query."""
    from .expressions import referenced

    return referenced(node) if node.is_expression else []
