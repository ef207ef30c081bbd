"""What flows between the queries and expressions of a rule: series, numbers, scalars, by Grafana's rules.

A value is a float, NaN, or None: a NULL that stayed one. The difference matters: NaN is not zero, so it fires.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...exceptions import TradeopsError
from ..frames import Frame

type Labels = Mapping[str, str]
type Reducer = Callable[[tuple[float | None, ...]], float | None]

NONE: Labels = {}


class EvaluationError(TradeopsError):
    """A rule could not be evaluated; the message is Grafana's.

    Attributes:
        ref_id: The query that failed, if a query did: Grafana makes labels of it.
    """

    def __init__(self, message: str, *, ref_id: str = "") -> None:
        super().__init__(message)
        self.ref_id = ref_id


@dataclass(frozen=True, slots=True)
class Match:
    """What a classic condition found."""

    value: float | None
    metric: str
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Number:
    """One value with labels; `matches` only from classic conditions. A scalar is one that a formula made of nothing."""

    value: float | None
    labels: Labels = field(default_factory=dict)
    name: str = ""
    matches: tuple[Match, ...] | None = None
    scalar: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Values over time with labels; times in nanoseconds."""

    times: tuple[int, ...]
    values: tuple[float | None, ...]
    labels: Labels = field(default_factory=dict)
    name: str = ""


type Value = Number | Series


def contains(outer: Labels, inner: Labels) -> bool:
    """Whether every label of `inner` is in `outer`."""
    return all(outer.get(name) == value for name, value in inner.items())


def label_text(labels: Labels) -> str:
    """As Grafana prints labels: sorted, `name=value`, joined by commas."""
    return ", ".join(f"{name}={labels[name]}" for name in sorted(labels))


def from_frames(frames: list[Frame]) -> list[Value]:
    """What a query's frames are to the expressions.

    A table with one number column and otherwise only text is a set of numbers, and a NULL there becomes NaN. Anything
    else must be a wide time series.

    Raises:
        EvaluationError: it is neither.
    """
    values: list[Value] = []
    for frame in frames:
        kinds = [one.type for one in frame.fields]
        if len(frames) == 1 and kinds.count("number") == 1 and set(kinds) <= {"number", "string"}:
            return _numbers(frame)
        if frame.shape != "wide":
            raise EvaluationError(f"input data must be a wide series but got type {frame.shape} (input refid)")
        times = next(one for one in frame.fields if one.type == "time").values
        if None in times:
            raise EvaluationError("time series with null time stamps are not supported")
        values.extend(Series(times, one.values, one.labels, one.name) for one in frame.all_of("number"))
    return values


def _numbers(frame: Frame) -> list[Value]:
    (number,) = frame.all_of("number")
    labels = frame.all_of("string")
    return [
        Number(
            math.nan if value is None else value,
            {one.name: one.values[row] or "" for one in labels},
            number.name,
        )
        for row, value in enumerate(number.values)
    ]


def _no_number(values: tuple[float | None, ...]) -> bool:
    return any(value is None or math.isnan(value) for value in values)


def _sum(values: tuple[float | None, ...]) -> float:
    total = 0.0
    for value in values:
        if value is None or math.isnan(value):
            return math.nan
        total += value
    return total


def _mean(values: tuple[float | None, ...]) -> float:
    return _sum(values) / len(values) if values else math.nan


def _least(values: tuple[float | None, ...]) -> float:
    return math.nan if not values or _no_number(values) else min(value for value in values if value is not None)


def _most(values: tuple[float | None, ...]) -> float:
    return math.nan if not values or _no_number(values) else max(value for value in values if value is not None)


def _last(values: tuple[float | None, ...]) -> float | None:
    return values[-1] if values else math.nan


#: By lower-case name, as the reduce expression knows them.
REDUCERS: Mapping[str, Reducer] = {
    "sum": _sum,
    "mean": _mean,
    "min": _least,
    "max": _most,
    "count": lambda values: float(len(values)),
    "last": _last,
}


def reduce_series(one: Series, reducer: Reducer, mode: str = "", replacement: float = 0.0) -> float | None:
    """One value of many. `dropNN` leaves out what is no number; `replaceNN` puts `replacement` in its place."""
    values = one.values
    if mode:
        clean = [value if value is not None and math.isfinite(value) else None for value in values]
        kept = [value for value in clean if value is not None]
        values = tuple(kept if mode == "dropNN" else [replacement if value is None else value for value in clean])
    reduced = reducer(values)
    if mode and reduced is not None and math.isnan(reduced):
        return None if mode == "dropNN" else replacement
    return reduced


def resample(one: Series, every: int, down: str, up: str, start: int, end: int) -> Series:
    """The series on a regular axis of `every` nanoseconds from `start` to `end`.

    Raises:
        EvaluationError: the range is shorter than a step, or a method is unknown.
    """
    steps = int((end - start) / every) if every > 0 else 0
    if steps <= 0:
        raise EvaluationError("the series cannot be sampled further; the time range is shorter than the interval")
    times, values = [], []
    at, seen = 0, None
    for step in range(steps + 1):
        moment = start + step * every
        if moment > end:
            break
        found: list[float | None] = []
        while at < len(one.times) and one.times[at] <= moment:
            seen = one.values[at]
            found.append(seen)
            at += 1
        times.append(moment)
        if len(found) > 1:
            if down not in ("sum", "mean", "min", "max", "last"):
                raise EvaluationError(f"downsampling {down} not implemented")
            values.append(REDUCERS[down](tuple(found)))
        elif found:
            values.append(found[0])
        elif up == "pad":
            values.append(seen)
        elif up == "backfilling":
            values.append(one.values[at] if at < len(one.values) else None)
        elif up == "fillna":
            values.append(None)
        else:
            raise EvaluationError(f"upsampling {up} not implemented")
    return Series(tuple(times), tuple(values), one.labels, one.name)
