"""Grafana's alerting provisioning files, parsed as strictly as Grafana itself: `groups:` with their rules.

What Grafana refuses at its start is a `RuleError` here, with its reason. What it accepts and drops in silence, such as
an unknown key, is kept in `Rule.unknown` and `RuleGroup.unknown` for a linter to complain of.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ...exceptions import TradeopsError
from .reading import Place, load, number_of, text_of

#: The data source uid of expressions, and the older way of writing it.
EXPRESSIONS = ("__expr__", "-100")
BASE_INTERVAL = 10.0
MAX_POINTS, INTERVAL_MS = 43_200, 1_000

_RULE_KEYS = frozenset(
    {"uid", "title", "condition", "data", "dashboardUid", "dasboardUid", "panelId", "for", "annotations", "labels"}
    | {"noDataState", "execErrState"}
)
#: By documentation, of versions after 9.4.
_NEWER_KEYS = frozenset(
    {"isPaused", "keepFiringFor", "missing_series_evals_to_resolve", "notification_settings", "record", "guid"}
)
_GROUP_KEYS = frozenset({"orgId", "name", "folder", "interval", "rules"})
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")


class RuleError(TradeopsError):
    """Grafana would not start with this file."""


@dataclass(frozen=True, slots=True)
class Query:
    """One step of a rule: a query to a data source, or an expression on other steps.

    Attributes:
        span: Seconds before the evaluation at which the query begins and ends.
        model: As it stands in the file; `rawSql` and `format` of a query, `type` and the like of an expression.
    """

    ref_id: str
    datasource: str
    model: Mapping[str, Any]
    span: tuple[float, float] = (0.0, 0.0)

    @property
    def is_expression(self) -> bool:
        return self.datasource in EXPRESSIONS

    @property
    def sql(self) -> str:
        """The query's text, empty for an expression."""
        text = self.model.get("rawSql")
        return text if isinstance(text, str) else ""

    @property
    def interval_ms(self) -> int:
        """The least `$__interval` of the query."""
        return _positive(self.model.get("intervalMs"), INTERVAL_MS)

    @property
    def max_points(self) -> int:
        return _positive(self.model.get("maxDataPoints"), MAX_POINTS)


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule.

    Attributes:
        wait: `for`, in seconds.
        no_data: OK, NoData, Alerting, or KeepLast in newer versions.
        error: OK, Error, Alerting, or KeepLast.
        keep_firing: `keepFiringFor`, in seconds; Grafana 9.4 drops it.
        missing_evals: `missing_series_evals_to_resolve`; Grafana 9.4 drops it and takes 2.
        paused: `isPaused`; Grafana 9.4 drops it.
        unknown: Keys that Grafana drops in silence.
        newer: Keys that only versions after 9.4 know.
    """

    uid: str
    title: str
    condition: str
    data: tuple[Query, ...]
    wait: float = 0.0
    no_data: str = "NoData"
    error: str = "Alerting"
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    keep_firing: float = 0.0
    missing_evals: int = 2
    paused: bool = False
    unknown: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()

    def query(self, ref_id: str) -> Query:
        """That step; KeyError if there is none."""
        for one in self.data:
            if one.ref_id == ref_id:
                return one
        raise KeyError(ref_id)

    @property
    def expressions(self) -> tuple[Query, ...]:
        return tuple(one for one in self.data if one.is_expression)

    @property
    def queries(self) -> tuple[Query, ...]:
        return tuple(one for one in self.data if not one.is_expression)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated together, every `interval` seconds."""

    name: str
    folder: str
    interval: float
    rules: tuple[Rule, ...]
    org: int = 1
    unknown: tuple[str, ...] = ()


def parse_rules(
    text: str, *, file: str = "", environment: Mapping[str, str] | None = None, base_interval: float = BASE_INTERVAL
) -> tuple[RuleGroup, ...]:
    """The groups of one provisioning file, YAML or JSON; none if it has other contents only.

    Args:
        file: For messages.
        environment: What `$NAME` in it stands for. An unknown name is empty, as in Grafana.
        base_interval: Of the server's scheduler: an interval is a multiple of it.

    Raises:
        RuleError: Grafana would refuse the file.
    """
    place = Place(file or "the file", RuleError, environment or {})
    content = load(text, place)
    groups = tuple(_group(one, place, base_interval) for one in place.items(content.get("groups"), "groups"))
    seen: set[tuple[str, str]] = set()
    for group in groups:
        for rule in group.rules:
            if (group.folder, rule.title) in seen:
                raise place.error(f"two rules in folder {group.folder!r} have the title {rule.title!r}", rule.uid)
            seen.add((group.folder, rule.title))
    return groups


def parse_duration(text: str) -> float | None:
    """Seconds of a duration as Prometheus writes it (`1m30s`, `1d`, `0`); None if it is none."""
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        return None
    sizes = ("y", "w", "d", "h", "m", "s", "ms")
    return float(sum(int(part) * _UNITS[unit] for part, unit in zip(match.groups(), sizes, strict=True) if part))


def _group(raw: object, place: Place, base: float) -> RuleGroup:
    group = place.mapping(raw, "a group")
    name = text_of(group.get("name"), place).strip()
    if not name:
        raise place.error("rule group has no name set")
    interval = parse_duration(text_of(group.get("interval"), place))
    if interval is None:
        raise place.error(f"not a valid duration string for the interval: {group.get('interval')!r}", name)
    folder = text_of(group.get("folder"), place)
    if not folder.strip():
        raise place.error("rule group has no folder set", name)
    rules = tuple(_rule(one, place.inside(name)) for one in place.items(group.get("rules"), "rules"))
    if interval <= 0 or interval % base:
        raise place.error(f"interval ({interval:g}s) should be non-zero and divided exactly by {base:g}s", name)
    org = int(number_of(group.get("orgId"), 1.0, place))
    return RuleGroup(name, folder, interval, rules, max(org, 1), tuple(sorted(set(group) - _GROUP_KEYS)))


def _rule(raw: object, place: Place) -> Rule:
    rule = place.mapping(raw, "a rule")
    title = text_of(rule.get("title"), place)
    if not title:
        raise place.error("rule has no title set")
    if len(title) > 190:
        raise place.error("name length should not be greater than 190", title)
    uid = text_of(rule.get("uid"), place)
    if not uid:
        raise place.error("no UID set", title)
    place = place.inside(uid)
    wait = parse_duration(text_of(rule.get("for"), place))
    if wait is None:
        raise place.error(f"not a valid duration string for `for`: {rule.get('for')!r}")
    no_data = text_of(rule.get("noDataState"), place).strip() or "NoData"
    error = text_of(rule.get("execErrState"), place).strip() or "Alerting"
    if no_data not in ("OK", "NoData", "Alerting", "KeepLast"):
        raise place.error(f"unknown NoData state option {no_data}")
    if error not in ("OK", "Error", "Alerting", "KeepLast"):
        raise place.error(f"unknown Error state option {error}")
    condition = text_of(rule.get("condition"), place)
    if not condition:
        raise place.error("no condition set")
    data = tuple(_query(one, place) for one in place.items(rule.get("data"), "data"))
    if not data:
        raise place.error("no data set")
    keep = parse_duration(text_of(rule.get("keepFiringFor"), place) or "0")
    return Rule(
        uid=uid,
        title=title,
        condition=condition,
        data=data,
        wait=wait,
        no_data=no_data,
        error=error,
        labels=place.texts(rule.get("labels"), "labels", braced_only=False),
        annotations=place.texts(rule.get("annotations"), "annotations", braced_only=True),
        keep_firing=keep or 0.0,
        missing_evals=int(number_of(rule.get("missing_series_evals_to_resolve"), 2.0, place)) or 2,
        paused=bool(rule.get("isPaused")),
        unknown=tuple(sorted(set(rule) - _RULE_KEYS - _NEWER_KEYS)),
        newer=tuple(sorted(set(rule) & _NEWER_KEYS)),
    )


def _query(raw: object, place: Place) -> Query:
    query = place.mapping(raw, "a query")
    ref_id = text_of(query.get("refId"), place)
    datasource = text_of(query.get("datasourceUid"), place)
    model = place.mapping(query.get("model") if query.get("model") is not None else {}, f"the model of {ref_id}")
    span = place.mapping(query.get("relativeTimeRange") or {}, f"the time range of {ref_id}")
    bounds = cast("tuple[float, float]", tuple(_whole(span.get(name), ref_id, place) for name in ("from", "to")))
    if datasource not in EXPRESSIONS and not bounds[0] > bounds[1]:
        raise place.error(
            f"invalid alert query {ref_id}: invalid relative time range: {{From:{bounds[0]:g}s To:{bounds[1]:g}s}}"
        )
    return Query(ref_id, datasource, model, bounds)


def _whole(value: object, ref_id: str, place: Place) -> float:
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int):
        raise place.error(f"invalid duration {value} in the time range of {ref_id}")
    return float(value)


def _positive(value: object, default: int) -> int:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value
    return int(cast("float", value)) if usable else default


def all_rules(groups: Sequence[RuleGroup]) -> Iterator[tuple[RuleGroup, Rule]]:
    """Every rule with its group."""
    for group in groups:
        for rule in group.rules:
            yield group, rule
