"""A duet as one HTML page that loads nothing: every pair of every benchmark, and the history beside it."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

from .history import Stored

_WIDTH, _HEIGHT, _LEFT, _EDGE = 560, 150, 52, 12
_COLOURS = {"slower": "#b3261e", "ok": "#1b6e3c", "faster": "#1b4f9c"}
_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c1b1f;background:#fff}
table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;border-bottom:1px solid #ddd;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
h2{font-size:1rem;margin:2rem 0 .2rem;font-family:monospace}
svg{max-width:100%;height:auto}figure{margin:0;display:inline-block}figcaption{color:#555;font-size:.85rem}
text{font:11px system-ui,sans-serif;fill:#555}@media(prefers-color-scheme:dark){body{background:#141218;color:#e6e1e5}
th,td{border-color:#444}text{fill:#aaa}figcaption{color:#aaa}}"""


def page(report: Mapping[str, Any], history: Mapping[str, Sequence[Stored]]) -> str:
    """The page.

    Args:
        report: As `report.as_json` gives it.
        history: Stored times by node id; drawn, and never judged by.
    """
    benchmarks = sorted(report["benchmarks"], key=lambda one: (one["verdict"] != "slower", -(one["change"] or 0.0)))
    rows = "".join(_row(one) for one in benchmarks)
    figures = "".join(_section(one, history.get(one["name"], ())) for one in benchmarks)
    machine, rule = report["machine"], report["rule"]
    about = (
        f"{report['pairs']} pairs of processes in {report['seconds']:.0f} s on {machine['cpu'] or 'an unknown CPU'} "
        f"({machine['cores']} cores, load {machine['load'][0]:.1f}), {machine['python']}. A slow-down of "
        f"{100 * rule['target']:g} % is looked for, by pairs that are slower by more than half of it."
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Benchmarks</title><style>{_STYLE}</style>'
        f"<h1>Benchmarks against {html.escape(report['base'])}</h1><p>{html.escape(about)}</p>"
        "<table><tr><th>benchmark<th>verdict<th class=n>change<th class=n>interval<th class=n>pairs"
        "<th class=n>instructions<th>why</tr>"
        f"{rows}</table>{figures}</html>\n"
    )


def _row(one: Mapping[str, Any]) -> str:
    between = f"{_percent(one['low'])} to {_percent(one['high'])} ({one['coverage']:.0%})" if one["pairs"] else ""
    verdict, counted = one["verdict"] or "undecided", one["instructions"]
    colour = _COLOURS.get(verdict, "#8a5a00")
    return (
        f"<tr><td>{html.escape(one['name'])}<td style='color:{colour}'><b>{html.escape(verdict)}</b>"
        f"<td class=n>{_percent(one['change'])}<td class=n>{between}<td class=n>{len(one['pairs'])}"
        f"<td class=n>{_percent(counted['change']) if counted else ''}"
        f"<td>{html.escape(one['reason'])}</tr>"
    )


def _section(one: Mapping[str, Any], stored: Sequence[Stored]) -> str:
    drawn = ""
    if one["pairs"]:
        drawn += _figure(_pairs(one["pairs"], one["target"] / 2), "each pair, candidate against base")
    if len(stored) > 1:
        drawn += _figure(_times([each.seconds for each in stored]), f"stored times, {stored[0].at} to {stored[-1].at}")
    return f"<h2>{html.escape(one['name'])}</h2>{drawn}" if drawn else ""


def _figure(drawing: str, caption: str) -> str:
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img"'
    return f"<figure><svg {box}>{drawing}</svg><figcaption>{html.escape(caption)}</figcaption></figure>"


def _pairs(values: Sequence[float], tolerance: float) -> str:
    """Dots at their percentages, with nothing changed and the tolerance as lines."""
    reach = max(2 * tolerance, *(abs(one) for one in values)) or 1.0
    marks = [(0.0, "#888", ""), (tolerance, _COLOURS["slower"], "4 3"), (-tolerance, _COLOURS["faster"], "4 3")]
    lines = "".join(
        _line(_y(value, -reach, reach), colour, dash, _percent(value) if value else "0 %")
        for value, colour, dash in marks
    )
    dots = []
    for place, value in enumerate(values):
        at = f'cx="{_x(place, len(values)):.1f}" cy="{_y(value, -reach, reach):.1f}" r="4"'
        colour = _COLOURS["slower" if value > tolerance else "ok"]
        dots.append(f'<circle {at} fill="{colour}"><title>pair {place + 1}: {_percent(value)}</title></circle>')
    return lines + "".join(dots)


def _times(seconds: Sequence[float]) -> str:
    """A line through the stored times, from zero up."""
    top = max(seconds) or 1.0
    points = " ".join(f"{_x(place, len(seconds)):.1f},{_y(one, 0, top):.1f}" for place, one in enumerate(seconds))
    return (
        _line(_y(0, 0, top), "#888", "", "0")
        + _line(_y(top, 0, top), "#ccc", "4 3", _duration(top))
        + f'<polyline points="{points}" fill="none" stroke="#1b4f9c" stroke-width="2"/>'
    )


def _line(y: float, colour: str, dash: str, label: str) -> str:
    ends = f'x1="{_LEFT}" x2="{_WIDTH - _EDGE}" y1="{y:.1f}" y2="{y:.1f}"'
    return (
        f'<line {ends} stroke="{colour}" stroke-dasharray="{dash}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{html.escape(label)}</text>'
    )


def _x(place: int, count: int) -> float:
    return _LEFT + _EDGE + place * (_WIDTH - _LEFT - 3 * _EDGE) / max(1, count - 1)


def _y(value: float, low: float, high: float) -> float:
    return _EDGE + (high - value) / (high - low) * (_HEIGHT - 2 * _EDGE)


def _percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:+.1f} %"


def _duration(seconds: float) -> str:
    power = min(3, max(0, math.ceil(-math.log10(seconds) / 3))) if seconds > 0 else 0
    return f"{seconds * 1000**power:.3g} {('s', 'ms', 'us', 'ns')[power]}"
