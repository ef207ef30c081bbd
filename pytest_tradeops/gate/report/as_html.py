"""The HTML report: one file without scripts and without anything from elsewhere, to look at and to keep.

Whatever a subject wrote is escaped text. Attached pictures are shown as images, where a browser runs no script.
"""

import base64
import hashlib
from importlib import resources

from ...model import Outcome, Verdict
from . import plots
from .as_json import moment
from .html_checks import checks
from .html_parts import card, facts, line, prose
from .model import Report
from .summary import (
    EXIT_CODES,
    GRAVITY,
    by_suite,
    label,
    plural,
    seconds,
    sections,
    subject_line,
    total_items,
)
from .write import MARK

_REASONS = 50
#: How a version's key in the report is written for people.
_NAMES = {"os": "OS", "python": "Python", "nautilus_trader": "NautilusTrader", "questdb": "QuestDB"}
_GRADES = 30

_MEANING = {
    Verdict.PROMOTE: "Nothing stands against promoting this build.",
    Verdict.HOLD: "Evidence is lacking: this build is not promoted yet.",
    Verdict.BLOCK: "There is evidence against this build.",
}
_STATES = (("covered", "covered in this run"), ("declared", "has a check"), ("nobody", "nobody checks it"))
_HINT = "The bar is the floor, the dot is what the evidence was taken from; hollow: nothing was examined."


def render_html(report: Report) -> str:
    """The report as one self-contained HTML page."""
    style = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"{report.verdict.value}: {line(subject_line(report), 200)}"
    return (
        f'<!DOCTYPE html>\n{MARK}\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{style}</style></head><body>\n"
        + "\n".join(
            part
            for part in (
                _head(report),
                _tiles(report),
                _pictures(report),
                _coverage(report),
                checks(report),
                _rest(report),
            )
            if part
        )
        + "\n</body></html>\n"
    )


def _head(report: Report) -> str:
    verdict, code = report.verdict.value, EXIT_CODES.get(report.exit_code, "")
    started = moment(report.started)
    said = [
        f"profile <code>{line(report.profile, 80)}</code>",
        f"exit code {report.exit_code}{f' ({code})' if code else ''}",
        f"{plural(len(report.results), 'check')} in {seconds(report.duration)}",
        *([f"started {started[:16].replace('T', ' ')} UTC"] if started else []),
        f"<b>{report.signature}</b>",
    ]
    reason = remedy = ""
    if report.reasons:
        reason = f"<b>Reason</b><span>{prose(report.reasons[0])}</span>"
        first = next((one for one in report.remedies if one.strip()), "")
        remedy = f"<b>Next</b><span>{prose(first)}</span>" if first else ""
    further = [prose(one) for one in report.reasons[1:_REASONS]]
    if len(report.reasons) > _REASONS:
        further.append(f"and {len(report.reasons) - _REASONS} more, see the JSON report")
    folded = (
        f'<details class="more"><summary>{plural(len(report.reasons) - 1, "more reason")}</summary>'
        f"<ul>{''.join(f'<li>{one}</li>' for one in further)}</ul></details>"
    )
    return (
        f'<header class="card head {verdict}"><span class="verdict {verdict}">{verdict}</span>'
        f"<div><h1>{line(subject_line(report), 200)}</h1><p>{_MEANING[report.verdict]}</p>"
        f'<p class="soft small">{" · ".join(said)}</p></div>'
        + (f'<div class="next">{reason}{remedy}</div>' if reason else "")
        + (folded if further else "")
        + "</header>"
    )


def _tiles(report: Report) -> str:
    required = [one for one in report.results if one.required]
    twins = [twin for one in report.results for twin in one.twins]
    passed = sum(1 for one in required if one.outcome is Outcome.PASSED)
    tiles = [
        (f"{passed} of {len(required)}", "required checks passed"),
        (f"{sum(twin.caught for twin in twins)} of {len(twins)}", "planted faults caught"),
        (f"{sum(one.evidence.total for one in report.results):,}", "things examined"),
    ]
    if total_items(report):
        tiles.append((f"{len(report.covered)} of {total_items(report)}", "checklist items covered"))
    return '<div class="tiles">' + "".join(f'<div class="card"><b>{a}</b>{b}</div>' for a, b in tiles) + "</div>"


def _pictures(report: Report) -> str:
    suites = by_suite(report)
    if not suites:
        return ""
    shown = [one for one in reversed(GRAVITY) if any(dict(suite.counts).get(one) for suite in suites)]
    legend = "".join(f'<span class="o-{one.value}">{label(one)}</span>' for one in shown)
    outcomes = f'<div class="legend">{legend}</div>{plots.outcomes_by_suite(suites)}'
    budget = plots.time_against_budget(report.results)
    judged = plots.below_floor_first(report.results)
    grades = plots.grade_against_floor(judged[:_GRADES])
    if rest := judged[_GRADES:]:
        more = plots.grade_against_floor(rest)
        grades += f'<details class="more"><summary>{plural(len(rest), "more check")}</summary>{more}</details>'
    hint = f'<p class="soft small">{_HINT}</p>'
    cards = [card("Outcomes per suite", outcomes)]
    cards += [card("Time against budget", budget)] if budget else []
    cards += [card("Grade against floor", hint + grades)]
    return f'<div class="two"><div>{"".join(cards[:2])}</div><div>{"".join(cards[2:])}</div></div>'


def _coverage(report: Report) -> str:
    found = sections(report)
    if not found:
        return ""
    items = {item.id: item for item in report.checklist}
    counts = {state: sum(one.count(state) for one in found) for state, _ in _STATES}
    legend = "".join(f'<span class="s-{state}">{words}: {counts[state]}</span>' for state, words in _STATES)
    rows = "".join(
        f"<div><span>{line(one.heading, 120)}</span>{plots.section_squares(one, items)}"
        f"<span>{one.count('covered')}/{len(one.items)}</span></div>"
        for one in found
    )
    return card("Checklist", f'<div class="legend">{legend}</div><div class="sections">{rows}</div>')


def _rest(report: Report) -> str:
    notes = "".join(f"<li>{prose(one)}</li>" for one in report.notes)
    environment = facts("", {_NAMES.get(name, name): value for name, value in report.environment.items()})
    return (card("Notes", f"<ul>{notes}</ul>") if notes else "") + (
        card("Environment", environment) if environment else ""
    )
