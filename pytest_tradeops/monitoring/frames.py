"""A query's result as Grafana's data frames, by the rules of its SQL data sources.

What the server calls a type, what counts as a number, what becomes a label, and when a result is refused: those of
Grafana 9.4 on the PG wire of QuestDB. Over that wire a NULL is a NULL whatever its type, except in a boolean.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from ..exceptions import TradeopsError
from ..questdb_sql import Result

type Kind = Literal["time", "number", "string", "boolean"]
type Format = Literal["table", "time_series"]

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_NS", "DATE"), "time"),
    **dict.fromkeys(("BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "DECIMAL"), "number"),
    "BOOLEAN": "boolean",
}
_GO_TYPES = {"time": "[]*time.Time", "number": "[]*float64", "string": "[]*string", "boolean": "[]*bool"}
_STAMP = re.compile(r"(\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?")


class FrameError(TradeopsError):
    """Grafana would refuse the result; the message is its own."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column.

    Attributes:
        labels: What tells this series from the others; empty for a table's columns.
        values: Times as nanoseconds since 1970, numbers, text or booleans; None for NULL.
    """

    name: str
    type: Kind
    values: tuple[Any, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """Columns of one length."""

    fields: tuple[Field, ...]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.fields[0].values) if self.fields else 0

    @property
    def shape(self) -> Literal["not", "long", "wide"]:
        """Whether it is a time series: `long` has text or booleans beside time and numbers, `wide` has labels."""
        kinds = [one.type for one in self.fields]
        if "time" not in kinds or (kinds.count("time") == 1 and "number" not in kinds):
            return "not"
        return "long" if "string" in kinds or "boolean" in kinds else "wide"

    def all_of(self, kind: Kind) -> tuple[Field, ...]:
        """Its columns of that type."""
        return tuple(one for one in self.fields if one.type == kind)


def read(result: Result, format: Format = "time_series") -> list[Frame]:
    """The frames that the data source makes of a result; none of one without rows.

    Raises:
        FrameError: no time column, a column that is no number, rows that descend in time, an unknown format.
    """
    if format not in ("table", "time_series"):
        raise FrameError(f'Unrecognized query model format: "{format}"')
    if not result.rows:
        return []
    fields = [
        _column(column.name, column.type, [row[index] for row in result.rows])
        for index, column in enumerate(result.columns)
    ]
    times = [index for index, one in enumerate(fields) if one.name == "time"]
    index = times[-1] if times else -1
    if index >= 0:
        fields[index] = _as_time(fields[index])
    if format == "table":
        return [Frame(tuple(fields))]
    if index < 0:
        raise FrameError("db has no time column: no time column found")
    for at, one in enumerate(fields):
        if at != index and one.name != "metric" and one.type in ("time", "boolean"):
            what = f"metricIndex {at} type {_GO_TYPES[one.type]} can't be converted to float"
            raise FrameError(f"convert value to float failed: {what}")
    fields[index] = Field("Time", "time", fields[index].values)
    frame = Frame(tuple(fields))
    return [_wide(frame) if frame.shape == "long" else frame]


def parse_time(text: str) -> int:
    """Nanoseconds since 1970 of a timestamp as QuestDB writes it.

    Raises:
        ValueError: it is none.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"not a timestamp of QuestDB: {text!r}")
    seconds = int(datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp())
    return seconds * 10**9 + int((match[2] or "").ljust(9, "0") or 0)


def _column(name: str, type_name: str, values: list[Any]) -> Field:
    kind = _KINDS.get(type_name.split("(")[0].upper(), "string")
    match kind:
        case "time":
            return Field(name, kind, tuple(None if value is None else parse_time(value) for value in values))
        case "number":
            return Field(name, kind, tuple(None if value is None else float(value) for value in values))
        case "boolean":
            return Field(name, kind, tuple(values))
        case _:
            return Field(name, kind, tuple(None if value is None else str(value) for value in values))


def _as_time(one: Field) -> Field:
    """Numbers in a column called `time` are epochs: seconds, milliseconds or nanoseconds by their size."""
    if one.type == "time":
        return one
    if one.type != "number":
        raise FrameError(
            "converting time columns failed: failed to convert time column: "
            f'column type "{_GO_TYPES[one.type]}" is not convertible to time.Time'
        )
    return Field(one.name, "time", tuple(None if value is None else _epoch(value) for value in one.values))


def _epoch(value: float) -> int:
    size = math.floor(math.log10(abs(value))) if value else 0
    milliseconds = value * 1e3 if size == 9 else value / 1e6 if size == 18 else value
    return int(milliseconds) * 10**6


def _wide(frame: Frame) -> Frame:
    """One column for each number and each set of labels, on one time axis."""
    time = next(one for one in frame.fields if one.type == "time")
    factors = [one for one in frame.fields if one.type in ("string", "boolean")]
    numbers = [one for one in frame.fields if one.type == "number"]
    axis: list[int] = []
    series: dict[tuple[int, tuple[str, ...]], dict[int, float | None]] = {}
    for row, moment in enumerate(time.values):
        if moment is None:
            raise FrameError(_LONG + "can not convert to wide series, input has null time values")
        if axis and moment < axis[-1]:
            raise FrameError(_LONG + "long series must be sorted ascending by time to be converted")
        if not axis or moment > axis[-1]:
            axis.append(moment)
        labels = tuple(_label(factor.values[row]) for factor in factors)
        for index, number in enumerate(numbers):
            series.setdefault((index, labels), {})[len(axis) - 1] = number.values[row]
    names = tuple(factor.name for factor in factors)
    fields = []
    for (index, labels), points in series.items():
        name, pairs = numbers[index].name, dict(zip(names, labels, strict=True))
        if len(frame.fields) == 3 and tuple(pairs) == ("metric",):  # a column called metric names the series
            name, pairs = pairs["metric"], {}
        fields.append(Field(name, "number", tuple(points.get(at) for at in range(len(axis))), pairs))
    fields.sort(key=lambda one: (one.name, tuple(one.labels.values())))
    return Frame((Field(time.name, "time", tuple(axis)), *fields))


_LONG = "failed to convert long to wide series when converting from dataframe: "


def _label(value: object) -> str:
    """A NULL is an empty label."""
    return "" if value is None else ("false", "true")[value] if isinstance(value, bool) else str(value)
