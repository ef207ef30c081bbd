"""One picture of a dashboard: its panels where Grafana puts them, each drawn by its kind."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from ...exceptions import Inconclusive
from ..asking import Answer
from ..panels import DashboardView, PanelView
from ..sql import TimeRange
from . import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

type Format = Literal["svg", "png"]


def picture(
    dashboard: DashboardView, answers: Sequence[Answer], span: TimeRange, *, source: str, format: Format = "svg"
) -> bytes:
    """The dashboard as it looks with these answers; the same answers give the same bytes.

    Args:
        source: Where the rows came from; it stands in the picture.

    Raises:
        Inconclusive: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise Inconclusive("matplotlib is not installed.", remedy="pip install 'pytest-tradeops[monitoring]'") from None
    settings: Any = style.SETTINGS  # newer stubs of matplotlib know every key by its name
    with mpl.rc_context(settings):
        rows = max((_grid(one)["y"] + _grid(one)["h"] for one in dashboard.panels), default=4)
        height = style.HEAD + rows * style.ROW + style.GAP
        figure = Figure(figsize=(style.WIDTH / style.DPI, height / style.DPI), dpi=style.DPI, facecolor=style.PAPER)
        _headline(figure, dashboard, span, source, height)
        for panel in dashboard.panels:
            own = [one for one in answers if one.panel.place == panel.place]
            _panel(figure, panel, own, span, height)
        written = io.BytesIO()
        # Without a date and a version of matplotlib, so that the same rows give the same file.
        metadata = {"Date": None, "Creator": None, "Title": dashboard.title} if format == "svg" else {"Software": None}
        figure.savefig(written, format=format, dpi=style.DPI * (2 if format == "png" else 1), metadata=metadata)
    return written.getvalue()


def svg(dashboard: DashboardView, answers: Sequence[Answer], span: TimeRange, *, source: str) -> str:
    """The picture as SVG text."""
    text = picture(dashboard, answers, span, source=source).decode("utf-8")
    # A point is a third larger than a pixel in a browser, and our measures are pixels.
    return re.sub(r'( (?:width|height)="[\d.]+)pt"', r'\1"', text[text.index("<svg") :], count=2)


def _grid(panel: PanelView) -> Mapping[str, int]:
    grid: Any = panel.raw.get("gridPos") or {}
    return {name: int(grid.get(name, default)) for name, default in (("x", 0), ("y", 0), ("w", 24), ("h", 8))}


def _headline(figure: "Figure", dashboard: DashboardView, span: TimeRange, source: str, height: int) -> None:
    def at(y: float) -> float:
        return 1 - y / height

    left = (style.GAP + 6) / style.WIDTH
    figure.text(left, at(34), dashboard.title, fontsize=19, fontweight="bold", va="baseline")
    start, end = (datetime.fromtimestamp(one / 1e9, UTC) for one in (span.from_ns, span.to_ns))
    many_days = (span.to_ns - span.from_ns) > 2 * 86_400 * 10**9
    text = (
        f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
        if many_days
        else f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
    )
    figure.text(left, at(56), f"{text}   ·   {source}", fontsize=10, color=style.SOFT, va="baseline")


def _panel(figure: "Figure", panel: PanelView, answers: Sequence[Answer], span: TimeRange, height: int) -> None:
    from matplotlib.patches import FancyBboxPatch

    from . import kinds

    grid = _grid(panel)
    unit = (style.WIDTH - style.GAP) / 24
    x, w = style.GAP + grid["x"] * unit, grid["w"] * unit - style.GAP
    y, h = style.HEAD + grid["y"] * style.ROW, grid["h"] * style.ROW - style.GAP
    box = (x / style.WIDTH, 1 - (y + h) / height, w / style.WIDTH, h / height)
    card = figure.add_axes(box, facecolor="none")
    card.set_axis_off()
    card.set_xlim(0, w)
    card.set_ylim(h, 0)
    card.add_patch(
        FancyBboxPatch(
            (0.5, 0.5),
            w - 1,
            h - 1,
            boxstyle="round,pad=0,rounding_size=6",
            facecolor=style.CARD,
            edgecolor=style.LINE,
            lw=0.8,
        )
    )
    card.text(12, 20, panel.title, fontsize=10.5, fontweight="bold", va="baseline")
    kinds.draw(figure, card, panel, answers, kinds.Place(x, y, w, h, height), span)
