"""What Grafana answers, as plain data: health, query results, the state of rules."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .api import Grafana, GrafanaError, quoted, words

#: What `/api/ds/query` says of a uid that no data source has; versions differ in case.
_NO_DATASOURCE = ("data source not found", "unable to load datasource", "plugin not found", "invalid data source")


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a frame; `type` as Grafana names it: `time`, `number`, `string`, `boolean`."""

    name: str
    type: str
    values: tuple[Any, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of an answer; times are milliseconds."""

    fields: tuple[Field, ...]
    name: str = ""

    def __len__(self) -> int:
        return len(self.fields[0].values) if self.fields else 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query gave.

    Attributes:
        error: Grafana's words; empty if it succeeded.
        no_datasource: The query names a data source that this Grafana does not have.
        sql: The statement after Grafana expanded its macros, where it says so.
    """

    ref: str
    frames: tuple[Frame, ...] = ()
    error: str = ""
    no_datasource: bool = False
    sql: str = ""

    @property
    def rows(self) -> int:
        return sum(map(len, self.frames))


@dataclass(frozen=True, slots=True)
class Instance:
    """One alert instance of a rule.

    Attributes:
        state: As Grafana says, such as `Normal`, `Pending`, `Alerting`, `Normal (NoData)`.
        active_at: Seconds since the epoch; None for one that was never active.
    """

    labels: Mapping[str, str]
    state: str
    active_at: float | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule as the server evaluates it.

    Attributes:
        state: `inactive`, `pending`, `firing`; newer versions know `recovering`, too.
        health: `ok`, `error`, `nodata`, or `unknown` before the first evaluation.
        last_evaluation: Seconds since the epoch; None before the first. A frozen one betrays a hung data source.
    """

    name: str
    group: str
    folder: str
    state: str
    health: str
    last_error: str = ""
    last_evaluation: float | None = None
    instances: tuple[Instance, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What the server says of itself."""

    version: str
    database: str


def about(api: Grafana) -> About:
    """The server's version; needs no credentials.

    Raises:
        GrafanaError: as `Grafana.call`; `foreign` if what answers is no Grafana.
    """
    found = api.call("GET", "/api/health")
    if not isinstance(found, Mapping) or "database" not in found:
        raise GrafanaError(f"What answers at {api.place} is no Grafana.", kind="foreign")
    return About(str(found.get("version", "")), str(found["database"]))


def health(api: Grafana, datasource: str) -> str:
    """Empty when the data source of this uid answers; else Grafana's words."""
    try:
        found = api.call("GET", f"/api/datasources/uid/{quoted(datasource)}/health")
    except GrafanaError as error:
        if error.kind in ("rejected", "missing"):
            return words(error.answer)
        raise
    said = dict(found or {})
    return "" if said.get("status") == "OK" else words(said)


def query(
    api: Grafana,
    queries: Sequence[Mapping[str, Any]],
    *,
    start: int | str = "now-1h",
    end: int | str = "now",
    timeout: float | None = None,
) -> dict[str, Answer]:
    """Runs queries as a panel or a rule holds them; refId to what each gave.

    Args:
        queries: With `refId`, `datasource: {"uid": ...}` and what the data source needs, such as `rawSql`, `format`.
        start, end: Milliseconds since the epoch, or Grafana's words.

    Raises:
        GrafanaError: the call as a whole failed: unreachable, refused, no answer in time.
    """
    given = [{"intervalMs": 10_000, "maxDataPoints": 500, **one} for one in queries]
    body = {"queries": given, "from": str(start), "to": str(end)}
    try:
        found = api.call("POST", "/api/ds/query", body, timeout=timeout)
    except GrafanaError as error:
        said = words(error.answer)
        results = (error.answer or {}).get("results") if isinstance(error.answer, Mapping) else None
        if not results:
            if error.kind not in ("rejected", "missing"):
                raise
            gone = any(phrase in said.lower() for phrase in _NO_DATASOURCE)
            return {str(one["refId"]): Answer(str(one["refId"]), error=said, no_datasource=gone) for one in given}
        found = error.answer
    return {ref: _answer(ref, one) for ref, one in found["results"].items()}


def rules(api: Grafana, folder: str = "") -> tuple[RuleState, ...]:
    """Every rule that this user may see, with its state.

    Args:
        folder: Title of the one folder to look at; empty for all.
    """
    found = api.call("GET", "/api/prometheus/grafana/api/v1/rules")
    groups = found["data"]["groups"] or []
    return tuple(
        _rule(one, group) for group in groups if folder in ("", group["file"]) for one in group.get("rules") or []
    )


def await_rules(
    api: Grafana, folder: str, ready: Callable[[tuple[RuleState, ...]], object], *, within: float, poll: float = 0.25
) -> tuple[RuleState, ...]:
    """The folder's rules as soon as `ready(rules)` is true; the last ones seen when `within` seconds are over."""
    deadline = time.monotonic() + within
    while True:
        found = rules(api, folder)
        if ready(found) or time.monotonic() > deadline:
            return found
        time.sleep(poll)


def _answer(ref: str, found: Mapping[str, Any]) -> Answer:
    frames = []
    sql = ""
    for frame in found.get("frames") or []:
        schema = frame["schema"]
        sql = sql or str((schema.get("meta") or {}).get("executedQueryString", ""))
        values = frame["data"]["values"]
        columns = tuple(
            Field(str(one.get("name", "")), str(one.get("type", "")), tuple(column), dict(one.get("labels") or {}))
            for one, column in zip(schema["fields"], values, strict=False)
        )
        if columns:
            frames.append(Frame(columns, str(schema.get("name", ""))))
    error = str(found.get("error", "")).strip()
    return Answer(ref, tuple(frames), error, any(one in error.lower() for one in _NO_DATASOURCE), sql)


def _rule(found: Mapping[str, Any], group: Mapping[str, Any]) -> RuleState:
    instances = tuple(
        Instance(dict(one["labels"]), str(one["state"]), _seconds(one.get("activeAt")), str(one.get("value", "")))
        for one in found.get("alerts") or []
    )
    return RuleState(
        name=str(found["name"]),
        group=str(group["name"]),
        folder=str(group["file"]),
        state=str(found["state"]),
        health=str(found["health"]),
        last_error=str(found.get("lastError", "")),
        last_evaluation=_seconds(found.get("lastEvaluation")),
        instances=instances,
    )


def _seconds(text: object) -> float | None:
    """Of RFC 3339 with up to nanoseconds; None for none, and for Go's zero time."""
    if not text or str(text).startswith("0001-"):
        return None
    return datetime.fromisoformat(str(text)).timestamp()
