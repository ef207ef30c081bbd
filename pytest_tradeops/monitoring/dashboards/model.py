"""What a dashboard consists of, as small frozen classes; `classic` turns it into Grafana's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..frames import Format

type Kind = Literal["timeseries", "stat", "gauge", "bargauge", "table"]
type Colour = Literal["green", "yellow", "orange", "red", "blue", "purple", "text"]


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel."""

    sql: str
    format: Format = "time_series"


@dataclass(frozen=True, slots=True)
class Step:
    """A threshold: from `value` on, in the panel's unit, the colour holds."""

    value: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """How a table shows one column; `steps` colour its text."""

    unit: str = ""
    decimals: int | None = None
    width: int | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        description: What it shows and how to read it; Grafana shows it behind the panel's `i`.
        no_data: What it says in place of data: where to look when there is none.
        unit: Grafana's name of the unit; `none` for plain numbers.
        steps: Thresholds above the base colour.
        lines: Draw the thresholds as lines.
        bars: Draw bars in place of lines, stacked.
        step: Draw the line as steps, for states.
        span_ms: Nothing for longer than this is a gap in the line; series are rarely written at the same moments.
        width: Of 24 columns.
        interval: The shortest bucket.
        rows: A stat or gauge shows every row of a table in place of one reduced value per series.
    """

    title: str
    kind: Kind
    description: str
    no_data: str
    targets: tuple[Target, ...]
    unit: str = "none"
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    base: Colour = "green"
    steps: tuple[Step, ...] = ()
    lines: bool = False
    bars: bool = False
    step: bool = False
    span_ms: int = 120_000
    width: int = 12
    height: int = 8
    interval: str = "1s"
    rows: bool = False
    columns: Mapping[str, ColumnStyle] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variable:
    """A drop-down of the values that a query returns; several may be chosen, and All stands for `'*'`.

    Queries say `('*' IN ($bot) OR bot IN ($bot))`, which holds for rows without the value too, when All is chosen.
    """

    name: str
    label: str
    sql: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard; panels flow from left to right and top to bottom in their order."""

    uid: str
    title: str
    description: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...] = ()
    refresh: str = "10s"
    since: str = "now-6h"
