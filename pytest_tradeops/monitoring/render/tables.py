"""Tables: as many rows as there is room for, and how many there are in all."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..asking import Answer
from ..frames import Field
from ..panels import PanelView
from . import style
from .kinds import Place, by_steps, fitted
from .units import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 19.0


def draw(card: "Axes", panel: PanelView, answers: Sequence[Answer], place: Place) -> None:
    """Draws header and rows of the first answer that has any."""
    frame = next(one for answer in answers for one in answer.frames)
    fields = [one for one in frame.fields if any(value is not None for value in one.values)]
    room = max(int((place.h - 34 - _ROW - 8) // _ROW), 1)
    count = len(frame)
    rows = min(count, room if count <= room else room - 1) or 1
    cells = [[_cell(panel, one, one.values[row]) for row in range(rows)] for one in fields]
    widths = _widths(fields, cells, place.w - 24)
    x = 12.0
    for one, column, width in zip(fields, cells, widths, strict=True):
        right = one.type == "number"
        at, align = (x + width - 8, "right") if right else (x, "left")
        card.text(at, 46, fitted(one.name, width - 6), fontsize=8.5, color=style.SOFT, ha=align, va="baseline")
        for row, text in enumerate(column):
            y = 46 + _ROW * (row + 1)
            colour = _colour(panel, one, row)
            bold = "bold" if colour != style.INK else "normal"
            card.text(
                at, y, fitted(text, width - 6), fontsize=9, color=colour, ha=align, va="baseline", fontweight=bold
            )
        x += width
    for row in range(rows + 1):
        y = 46 + _ROW * row + 6
        card.plot([12, place.w - 12], [y, y], color=style.LINE if row else "#b8c0c9", lw=0.6)
    if rows < count:
        text = f"and {count - rows} more"
        card.text(12, 46 + _ROW * (rows + 1), text, fontsize=8.5, color=style.SOFT, va="baseline", style="italic")


def _cell(panel: PanelView, field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.type == "time":
        return f"{datetime.fromtimestamp(value / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
    if field.type == "boolean":
        return "yes" if value else "no"
    if field.type == "number":
        decimals = _property(panel, field.name, "decimals")
        fallback = panel.raw.get("fieldConfig", {}).get("defaults", {}).get("decimals")
        return shown(value, panel.unit_of(field.name), fallback if decimals is None else decimals)
    return str(value)


def _property(panel: PanelView, column: str, name: str) -> Any:
    for override in panel.raw.get("fieldConfig", {}).get("overrides", ()):
        if override.get("matcher", {}).get("options") == column:
            for one in override.get("properties", ()):
                if one.get("id") == name:
                    return one.get("value")
    return None


def _colour(panel: PanelView, field: Field, row: int) -> str:
    thresholds: Mapping[str, Any] | None = _property(panel, field.name, "thresholds")
    return by_steps(thresholds, field.values[row]) if thresholds and field.type == "number" else style.INK


def _widths(fields: Sequence[Field], cells: Sequence[Sequence[str]], total: float) -> list[float]:
    """In proportion to what is in them, none below a least width."""
    wanted = [
        min(max(len(one.name), *(len(text) for text in column), 5), 46) * 5.4 + 16
        for one, column in zip(fields, cells, strict=True)
    ]
    scale = total / sum(wanted)
    return (
        [one * scale for one in wanted] if scale < 1 else [one + (total - sum(wanted)) / len(wanted) for one in wanted]
    )
