"""Time series: lines with their gaps, stacked bars, threshold lines, and the last value of each series below."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..asking import Answer
from ..frames import Field
from ..panels import PanelView
from ..sql import TimeRange
from . import style
from .kinds import Place, fitted
from .units import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEGEND = 4  # lines of it at most
_SECOND = 10**9


def draw(
    figure: "Figure", card: "Axes", panel: PanelView, answers: Sequence[Answer], place: Place, span: TimeRange
) -> None:
    """Draws the axes, the series and the legend."""
    series = [(name(field), answer, field) for answer in answers for field in answer.numbers]
    per_line = max(int(place.w // 260), 1)
    rows = min(-(-len(series) // per_line), _LEGEND)
    axes = place.axes(figure, 54, 34, 16, 24 + 16 * rows + 6)
    custom: Mapping[str, object] = panel.raw.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
    if custom.get("drawStyle") == "bars":
        _bars(axes, series, span)
    else:
        _lines(axes, series, custom)
    _scales(axes, panel, span)
    if panel.draws_thresholds:
        _thresholds(axes, panel)
    for index, (label, _, field) in enumerate(series[: rows * per_line]):
        x = 16 + (index % per_line) * (place.w - 32) / per_line
        y = place.h - 16 * rows - 4 + 16 * (index // per_line) + 8
        colour = style.SERIES[index % len(style.SERIES)]
        card.plot([x, x + 12], [y - 3, y - 3], color=colour, lw=3, solid_capstyle="butt")
        last = next((one for one in reversed(field.values) if one is not None), None)
        more = f"  (+{len(series) - rows * per_line} more)" if index == rows * per_line - 1 < len(series) - 1 else ""
        value = shown(last, panel.unit, panel.raw.get("fieldConfig", {}).get("defaults", {}).get("decimals"))
        room = (place.w - 32) / per_line - 34 - 5.2 * len(value)
        card.text(x + 18, y, f"{fitted(label, room)}  {value}{more}", fontsize=8.5, color=style.SOFT, va="baseline")


def name(field: Field) -> str:
    """What the legend calls a series."""
    labels = ", ".join(one for one in field.labels.values() if one)
    return f"{field.name} {labels}".strip() if labels else field.name


def _lines(axes: "Axes", series: Sequence[tuple[str, Answer, Field]], custom: Mapping[str, object]) -> None:
    span = custom.get("spanNulls")
    bridge = float("inf") if span is True else float(span) * 1e6 if isinstance(span, int | float) and span else 0.0
    stepped = custom.get("lineInterpolation") == "stepAfter"
    for index, (_, answer, field) in enumerate(series):
        colour = style.SERIES[index % len(style.SERIES)]
        for times, values in _pieces(answer.times, field.values, bridge):
            if len(times) == 1:
                axes.plot(times, values, "o", color=colour, ms=3)
            else:
                axes.plot(times, values, color=colour, lw=1.6, drawstyle="steps-post" if stepped else "default")
                if len(series) == 1 and not stepped:
                    axes.fill_between(times, values, color=colour, alpha=0.10, lw=0)


def _pieces(
    times: Sequence[int], values: Sequence[float | None], bridge: float
) -> list[tuple[list[float], list[float]]]:
    """The stretches without a gap; what is missing for no longer than `bridge` nanoseconds is none."""
    found: list[tuple[list[float], list[float]]] = []
    last, missing = None, False
    for moment, value in zip(times, values, strict=True):
        if value is None:
            missing = True
            continue
        if last is None or (missing and moment - last > bridge):
            found.append(([], []))
        found[-1][0].append(moment / _SECOND)
        found[-1][1].append(value)
        last, missing = moment, False
    return [without_flat(times, values) for times, values in found]


def without_flat(times: list[float], values: list[float]) -> tuple[list[float], list[float]]:
    """The same line without the points in the middle of a level stretch: a picture of a quarter of the size."""
    last = len(values) - 1
    kept = [i for i in range(last + 1) if i in (0, last) or not values[i - 1] == values[i] == values[i + 1]]
    return [times[i] for i in kept], [values[i] for i in kept]


def _bars(axes: "Axes", series: Sequence[tuple[str, Answer, Field]], span: TimeRange) -> None:
    bottoms: dict[int, float] = {}
    least = (span.to_ns - span.from_ns) / _SECOND / 160  # a bar that is thinner cannot be seen
    for index, (_, answer, field) in enumerate(series):
        width = max(answer.interval_ms / 1000 * 0.85, least)
        colour = style.SERIES[index % len(style.SERIES)]
        points = [(t, v) for t, v in zip(answer.times, field.values, strict=True) if v is not None]
        axes.bar(
            [t / _SECOND for t, _ in points],
            [v for _, v in points],
            width=width,
            bottom=[bottoms.get(t, 0.0) for t, _ in points],
            color=colour,
            alpha=0.85,
            linewidth=0,
        )
        for t, v in points:
            bottoms[t] = bottoms.get(t, 0.0) + v


def _scales(axes: "Axes", panel: PanelView, span: TimeRange) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    defaults = panel.raw.get("fieldConfig", {}).get("defaults", {})
    axes.set_xlim(span.from_ns / _SECOND, span.to_ns / _SECOND)
    low, high = axes.get_ylim()
    axes.set_ylim(defaults.get("min", low), defaults.get("max", high))
    if axes.get_ylim()[0] == axes.get_ylim()[1]:
        axes.set_ylim(low, low + 1)
    length = (span.to_ns - span.from_ns) / _SECOND
    step = next(
        (one for one in (300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400) if length / one <= 8), 604_800
    )
    first = int(span.from_ns / _SECOND // step + 1) * step
    ticks = range(first, int(span.to_ns / _SECOND) + 1, step)
    form = "%d %b" if step >= 86_400 else "%H:%M"
    axes.set_xticks(list(ticks), [datetime.fromtimestamp(one, UTC).strftime(form) for one in ticks])
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=defaults.get("decimals") == 0))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown(value, panel.unit)))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, pad=5)
    axes.xaxis.grid(visible=False)


def _thresholds(axes: "Axes", panel: PanelView) -> None:
    steps = panel.raw.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}).get("steps") or ()
    limits = [one for one in steps if one.get("value") is not None]
    top = max((float(one["value"]) for one in limits), default=0.0)
    low, high = axes.get_ylim()
    axes.set_ylim(low, max(high, top * 1.12))
    for one in limits:
        axes.axhline(float(one["value"]), color=style.colour(str(one.get("color"))), lw=1.2, ls=(0, (5, 3)))
