"""The report's own plots as inline SVG. Colours are classes, so that the page's style decides on light and dark."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from ...model import CheckResult, Grade, Outcome
from .model import ChecklistItem
from .summary import Section, SuiteCounts, label, seconds
from .text import natural, one_line

_WIDTH = 560
_LABEL = 120
_SLOWEST = 15

_STATES = {"covered": "covered in this run", "declared": "has a check", "nobody": "nobody checks it"}


def outcomes_by_suite(suites: Sequence[SuiteCounts]) -> str:
    """Stacked bars: one suite per row, passed first, as long as the suite has checks."""
    most = max((one.total for one in suites), default=1)
    room, rows = _WIDTH - _LABEL - 40, []
    for place, one in enumerate(suites):
        y, x = place * 28, float(_LABEL)
        rows.append(_text(_LABEL - 10, y + 17, _short(one.suite, 17), "end"))
        for outcome, count in reversed(one.counts):
            width = room * count / most
            rows.append(
                f'<g class="o-{outcome.value}"><title>{escape(label(outcome))}: {count}</title>'
                f'<rect class="bar" x="{x:.1f}" y="{y + 3}" width="{max(width - 1.5, 1):.1f}" height="20" rx="3"/></g>'
            )
            if width >= 9 * len(str(count)) + 4:
                rows.append(_text(x + width / 2 - 0.75, y + 17, str(count), "middle", "on"))
            x += width
        rows.append(_text(x + 8, y + 17, str(one.total), "start", "soft"))
    return _svg(_WIDTH, len(suites) * 28 + 2, "Outcomes per suite", rows)


def time_against_budget(results: Iterable[CheckResult]) -> str:
    """Bars: what share of its budget each check took, the greatest shares first; at most fifteen."""
    timed = [one for one in results if one.budget > 0 and one.duration > 0 and math.isfinite(one.duration / one.budget)]
    timed.sort(key=lambda one: (-one.duration / one.budget, natural(one.id)))
    room, rows = 280, []
    for place, one in enumerate(timed[:_SLOWEST]):
        y, share = place * 22, one.duration / one.budget
        colour = Outcome.OVER_BUDGET if share > 1 else Outcome.PASSED
        width = max(room * min(share, 1.05), 2)
        rows += [
            _text(_LABEL - 30, y + 14, _short(one.id, 12), "end"),
            f'<rect class="track" x="{_LABEL - 20}" y="{y + 3}" width="{room}" height="14" rx="3"/>',
            f'<g class="o-{colour.value}"><title>{share:.0%} of its budget</title>'
            f'<rect class="bar" x="{_LABEL - 20}" y="{y + 3}" width="{width:.1f}" height="14" rx="3"/></g>',
            _text(_LABEL + room, y + 14, f"{seconds(one.duration)} of {seconds(one.budget)}", "start", "soft"),
        ]
    return _svg(_WIDTH, max(len(timed[:_SLOWEST]), 1) * 22 + 2, "Time against budget", rows) if timed else ""


def below_floor_first(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The order of `grade_against_floor`."""
    return sorted(results, key=lambda one: (one.grade is not None and one.grade >= one.floor, natural(one.id)))


def grade_against_floor(judged: Sequence[CheckResult]) -> str:
    """One row per check: the floor as a bar, the grade reached as a dot."""
    step = (_WIDTH - _LABEL - 60) / (len(Grade) - 1)
    x = {grade: _LABEL + 20 + step * grade for grade in Grade}
    height = len(judged) * 20 + 30
    rows = [f'<line class="rule" x1="{x[one]:.1f}" x2="{x[one]:.1f}" y1="22" y2="{height - 4}"/>' for one in Grade]
    rows += [_text(x[one], 14, one.label, "middle", "soft") for one in Grade]
    for place, one in enumerate(judged):
        y = 34 + place * 20
        reached = one.grade is not None and one.grade >= one.floor
        outcome = Outcome.PASSED if reached else Outcome.MISSING if one.grade is None else Outcome.FAILED
        shown = "nothing was examined" if one.grade is None else one.grade.label
        rows.append(_text(_LABEL - 30, y + 4, _short(one.id, 12), "end"))
        rows.append(f'<g class="o-{outcome.value}"><title>{escape(one.id)}: {shown}, floor {one.floor.label}</title>')
        if one.grade is not None:
            rows.append(f'<line class="link" x1="{x[one.floor]:.1f}" x2="{x[one.grade]:.1f}" y1="{y}" y2="{y}"/>')
        rows.append(f'<line class="floor" x1="{x[one.floor]:.1f}" x2="{x[one.floor]:.1f}" y1="{y - 7}" y2="{y + 7}"/>')
        rows.append(
            f'<circle class="hollow" cx="{_LABEL - 8}" cy="{y}" r="4"/></g>'
            if one.grade is None
            else f'<circle class="bar" cx="{x[one.grade]:.1f}" cy="{y}" r="5"/></g>'
        )
    return _svg(_WIDTH, height, "Grade against floor", rows) if judged else ""


def section_squares(section: Section, items: dict[str, ChecklistItem]) -> str:
    """One square per checklist item of a section; its text, state and checks appear when it is pointed at."""
    squares = []
    for place, (identifier, state) in enumerate(section.items):
        item = items[identifier]
        checks = f" by {', '.join(item.checks)}" if item.checks and state != "nobody" else ""
        title = one_line(f"{identifier}: {item.text}; {_STATES[state]}{checks}", 300)
        squares.append(
            f'<g><title>{escape(title)}</title><rect class="bar s-{state}" x="{place * 14 + 1}" y="1" width="11" '
            f'height="11" rx="2.5"/></g>'
        )
    return _svg(len(section.items) * 14, 13, f"{section.name}: {section.count('covered')} covered", squares)


def _svg(width: int, height: int, title: str, content: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(one_line(title, 200))}">{"".join(content)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'


def _short(text: str, limit: int) -> str:
    return one_line(text, limit)
