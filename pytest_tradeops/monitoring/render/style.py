"""Colours and sizes. Light, because pictures go into reports and pages; distinct also without colour vision."""

from typing import Any

INK, SOFT, LINE, CARD, PAPER = "#1f2933", "#6b7785", "#d9dee4", "#ffffff", "#f3f5f8"
#: Series, in their order.
SERIES = ("#2f6fb7", "#d9822b", "#2b8a5e", "#a4479c", "#5b6f7f", "#c4493d", "#1f9aa8", "#8a7a1f")
#: Grafana's names of colours.
NAMED = {
    "green": "#2b8a5e",
    "yellow": "#c9a20c",
    "orange": "#d9822b",
    "red": "#c4372c",
    "blue": "#2f6fb7",
    "purple": "#8a4fb0",
    "text": INK,
}
WIDTH = 1_200  # pixels
ROW = 34  # pixels of one of Grafana's rows
HEAD = 74
GAP = 10
DPI = 72  # of SVG: one pixel is one point

#: Fonts are named, not drawn: small files, text that can be searched and redacted.
SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "tradeops",
    "font.family": ["sans-serif"],
    "font.sans-serif": ["Inter", "Helvetica Neue", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.facecolor": CARD,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e8ebef",
    "grid.linewidth": 0.7,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "lines.solid_capstyle": "round",
    "path.simplify_threshold": 0.3,
    "text.parse_math": False,
}


def colour(name: str) -> str:
    """A colour of Grafana's by name, or the one that is written out."""
    return NAMED.get(name.removeprefix("dark-").removeprefix("light-").removeprefix("semi-dark-"), SERIES[0])
