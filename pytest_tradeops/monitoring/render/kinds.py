"""Draws one panel by its kind; without rows, or with an error, it says so as Grafana would."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..asking import Answer
from ..panels import PanelView
from ..sql import TimeRange
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel is, in pixels from the top left; `total` is the picture's height."""

    x: float
    y: float
    w: float
    h: float
    total: float

    def axes(self, figure: "Figure", left: float, top: float, right: float, bottom: float) -> "Axes":
        """Axes inside of it, so far from its edges."""
        x, w = self.x + left, self.w - left - right
        y, h = self.y + top, self.h - top - bottom
        return figure.add_axes(
            (x / style.WIDTH, 1 - (y + h) / self.total, max(w, 1) / style.WIDTH, max(h, 1) / self.total)
        )


def draw(
    figure: "Figure", card: "Axes", panel: PanelView, answers: Sequence[Answer], place: Place, span: TimeRange
) -> None:
    """Draws the panel's content."""
    from . import lines, numbers, tables

    error = next((one.error for one in answers if one.error), "")
    if error or not any(one.rows for one in answers):
        text = error or str(panel.raw.get("fieldConfig", {}).get("defaults", {}).get("noValue") or "No data")
        _note(card, place, text, style.NAMED["red"] if error else style.SOFT)
    elif panel.kind == "table":
        tables.draw(card, panel, answers, place)
    elif panel.kind in ("stat", "gauge", "bargauge"):
        numbers.draw(figure, card, panel, answers, place)
    elif any(one.times for one in answers):
        lines.draw(figure, card, panel, answers, place, span)
    else:
        tables.draw(card, panel, answers, place)


def _note(card: "Axes", place: Place, text: str, colour: str) -> None:
    width = max(int(place.w / 6.2), 16)
    card.text(
        place.w / 2,
        place.h / 2 + 8,
        "\n".join(textwrap.wrap(text, width)[:4]),
        ha="center",
        va="center",
        color=colour,
        fontsize=9.5,
        linespacing=1.4,
    )


def coloured(panel: PanelView, value: float | None) -> str:
    """The colour that the panel's thresholds give a value."""
    return by_steps(panel.raw.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}), value)


def by_steps(thresholds: object, value: float | None) -> str:
    """The colour of the last step that the value reaches."""
    steps = thresholds.get("steps") or () if isinstance(thresholds, dict) else ()
    found = style.INK
    for step in steps:
        limit = step.get("value")
        if limit is None or (value is not None and value >= limit):
            found = style.colour(str(step.get("color") or "text"))
    return found


def fitted(text: str, pixels: float, size: float = 9.0) -> str:
    """The text cut to so many pixels, by the mean width of a letter."""
    room = max(int(pixels / (size * 0.56)), 2)
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
