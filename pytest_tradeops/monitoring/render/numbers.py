"""Stats and gauges: a few large numbers, coloured by their thresholds."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..asking import Answer
from ..frames import Field
from ..panels import PanelView
from . import style
from .kinds import Place, coloured, fitted
from .lines import name, without_flat
from .units import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 6


def draw(figure: "Figure", card: "Axes", panel: PanelView, answers: Sequence[Answer], place: Place) -> None:
    """Draws one tile for each series, or for each row where the panel shows rows."""
    tiles = _tiles(panel, answers)[:_MOST]
    across = len(tiles) if place.w >= place.h else 1
    down = -(-len(tiles) // across)
    w, h = (place.w - 16) / across, (place.h - 34) / down
    for index, (label, value, field, answer) in enumerate(tiles):
        x, y = 8 + (index % across) * w, 30 + (index // across) * h
        colour = coloured(panel, value)
        text = shown(value, panel.unit, panel.raw.get("fieldConfig", {}).get("defaults", {}).get("decimals"))
        several = len(tiles) > 1
        size = min(34.0, h * 0.42, (w - 16) / max(len(text), 1) * 1.6)
        if panel.kind == "gauge":
            _gauge(figure, panel, value, Place(place.x + x, place.y + y, w, h, place.total))
            size = min(size, 24.0)
        elif field is not None and answer is not None and len(answer.times) > 1:
            _spark(figure, answer, field, colour, Place(place.x + x, place.y + y, w, h, place.total))
        middle = y + h * (0.66 if panel.kind == "gauge" else 0.3 if several else 0.5)
        card.text(x + w / 2, middle, text, fontsize=size, fontweight="bold", color=colour, ha="center", va="center")
        if several:
            label = fitted(label, w - 12)
            card.text(
                x + w / 2, y + h * 0.3 + size * 0.62 + 8, label, fontsize=9, color=style.SOFT, ha="center", va="center"
            )


def _tiles(panel: PanelView, answers: Sequence[Answer]) -> list[tuple[str, float | None, Field | None, Answer | None]]:
    if panel.raw.get("options", {}).get("reduceOptions", {}).get("values"):
        return [
            (_row_name(answer, index), one.values[index], None, None)
            for answer in answers
            for one in answer.numbers
            for index in range(len(one.values))
        ]
    return [
        (name(one), next((value for value in reversed(one.values) if value is not None), None), one, answer)
        for answer in answers
        for one in answer.numbers
    ]


def _row_name(answer: Answer, index: int) -> str:
    texts = [one.values[index] for frame in answer.frames for one in frame.all_of("string")]
    return " ".join(str(one) for one in texts if one)


def _spark(figure: "Figure", answer: Answer, field: Field, colour: str, place: Place) -> None:
    axes = place.axes(figure, 6, place.h * 0.72, 6, 2)
    axes.set_axis_off()
    points = [(t, v) for t, v in zip(answer.times, field.values, strict=True) if v is not None]
    times, values = without_flat([t / 1e9 for t, _ in points], [v for _, v in points])
    if len(points) > 1:
        axes.fill_between(times, values, min(values), color=colour, alpha=0.14, lw=0)
        axes.plot(times, values, color=colour, lw=1.1)
        axes.set_xlim(times[0], times[-1])


def _gauge(figure: "Figure", panel: PanelView, value: float | None, place: Place) -> None:
    from matplotlib.patches import Wedge

    defaults = panel.raw.get("fieldConfig", {}).get("defaults", {})
    low, high = float(defaults.get("min", 0)), float(defaults.get("max", 100))
    axes = place.axes(figure, 6, 2, 6, 2)
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_xlim(-1.15, 1.15)
    axes.set_ylim(-0.75, 1.12)

    def angle(at: float) -> float:
        return 210.0 - 240.0 * min(max((at - low) / (high - low or 1.0), 0.0), 1.0)

    axes.add_patch(Wedge((0, 0), 0.93, -30, 210, width=0.2, facecolor="#e6eaee", edgecolor="none"))
    if value is not None and math.isfinite(value):
        axes.add_patch(
            Wedge((0, 0), 0.93, angle(value), 210, width=0.2, facecolor=coloured(panel, value), edgecolor="none")
        )
    steps = defaults.get("thresholds", {}).get("steps") or ()
    limits = [one for one in steps if one.get("value") is not None]
    ends = [float(one["value"]) for one in limits[1:]] + [high]
    for one, after in zip(limits, ends, strict=False):
        start, end = angle(float(one["value"])), angle(after)
        colour = style.colour(str(one.get("color")))
        axes.add_patch(Wedge((0, 0), 1.02, end, start, width=0.05, facecolor=colour, edgecolor="none"))
