"""Which Grafana a behaviour belongs to. 9.4 was compared with recordings of a real one; others are by documentation."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...exceptions import DeclarationError
from .values import REDUCERS, Reducer

_RANGES = ("within_range", "outside_range")


@dataclass(frozen=True, slots=True)
class Semantics:
    """What differs between versions.

    Attributes:
        basis: `measured`, or `by documentation`.
        printed: Threshold parameters go through six decimals, so that 4e-7 becomes 0.
        keeps_firing: `keepFiringFor` is known, with the state Recovering.
        counts_missing: `missing_series_evals_to_resolve` is known; else a series is dropped at its 2nd missing.
        pends: No data and errors wait for `for`, too.
        times_out: An evaluation that does not end becomes an error; else it freezes the rule.
        pauses: `isPaused` is known.
        keeps_last: noDataState and execErrState may be KeepLast.
    """

    version: str
    basis: str
    thresholds: Sequence[str] = ("gt", "lt", *_RANGES)
    reducers: Mapping[str, Reducer] = field(default_factory=lambda: REDUCERS)
    printed: bool = False
    keeps_firing: bool = True
    counts_missing: bool = True
    pends: bool = True
    times_out: bool = True
    pauses: bool = True
    keeps_last: bool = True

    def threshold(self, name: str, kind: str, params: Sequence[float]) -> str:
        """The formula that a threshold is executed as."""
        low, high = (f"{one:f}" if self.printed else repr(one) for one in (params[0], params[-1]))
        value = f"${{{name}}}"
        operator = {"gt": ">", "lt": "<", "eq": "==", "ne": "!=", "gte": ">=", "lte": "<="}.get(kind)
        if operator:
            return f"{value} {operator} {low}"
        equal = "=" if kind.endswith("_included") else ""
        if kind.startswith("within_range"):
            return f"{value} >{equal} {low} && {value} <{equal} {high}"
        return f"{value} <{equal} {low} || {value} >{equal} {high}"


def _median(values: tuple[float | None, ...]) -> float | None:
    return statistics.median(one for one in values if one is not None) if values and None not in values else None


MEASURED = Semantics(
    "9.4",
    "measured",
    printed=True,
    keeps_firing=False,
    counts_missing=False,
    pends=False,
    times_out=False,
    pauses=False,
    keeps_last=False,
)
DOCUMENTED = Semantics(
    "13",
    "by documentation",
    thresholds=("gt", "lt", "eq", "ne", "gte", "lte", *_RANGES, *(f"{one}_included" for one in _RANGES)),
    reducers={**REDUCERS, "median": _median},
)
VERSIONS = {one.version: one for one in (MEASURED, DOCUMENTED)}


def semantics(version: str) -> Semantics:
    """Those of a version.

    Raises:
        DeclarationError: a version that nobody here looked at.
    """
    if version not in VERSIONS:
        known = ", ".join(f"{one.version} ({one.basis})" for one in VERSIONS.values())
        raise DeclarationError(f"The evaluator does not know Grafana {version}.", remedy=f"It knows {known}.")
    return VERSIONS[version]
