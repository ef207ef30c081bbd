"""The HTML report: one file without scripts and without anything from elsewhere, to look at and to keep.

Whatever a subject wrote is escaped text. Attached pictures are shown as images, where a browser runs no script.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from ...model import CheckResult, Outcome, Verdict
from . import plots
from .as_json import plain
from .model import Report
from .summary import (
    EXIT_CODES,
    GRAVITY,
    by_suite,
    counting_first,
    label,
    plural,
    seconds,
    sections,
    subject_line,
    suite_of,
    total_items,
)
from .text import block, one_line

_TEXT = 4_000
_FACT = 2_000
_ATTACHMENT = 20_000
_PICTURE = 1_000_000
_FINDINGS = 50
_GRADES = 30

_MEANING = {
    Verdict.PROMOTE: "Nothing stands against promoting this build.",
    Verdict.HOLD: "Evidence is lacking: this build is not promoted yet.",
    Verdict.BLOCK: "There is evidence against this build.",
}
_STATES = (("covered", "covered in this run"), ("declared", "has a check"), ("nobody", "nobody checks it"))
_HINT = "The bar is the floor, the dot is what the evidence was taken from; hollow: nothing was examined."
_CODE = re.compile(r"`([^`\n]+)`")


def render_html(report: Report) -> str:
    """The report as one self-contained HTML page."""
    style = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"{report.verdict.value}: {_line(subject_line(report), 200)}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
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
                _checks(report),
                _rest(report),
            )
            if part
        )
        + "\n</body></html>\n"
    )


def _head(report: Report) -> str:
    verdict, code = report.verdict.value, EXIT_CODES.get(report.exit_code, "")
    facts = [
        f"profile <code>{_line(report.profile, 80)}</code>",
        f"exit code {report.exit_code}{f' ({code})' if code else ''}",
        f"{plural(len(report.results), 'check')} in {seconds(report.duration)}",
        *([f"started {report.started:%Y-%m-%d %H:%M} UTC"] if report.started.year > 1 else []),
        f"<b>{report.signature}</b>",
    ]
    reason = remedy = ""
    if report.reasons:
        reason = f"<b>Reason</b><span>{_prose(report.reasons[0])}</span>"
        first = next((one for one in report.remedies if one.strip()), "")
        remedy = f"<b>Next</b><span>{_prose(first)}</span>" if first else ""
    more = "".join(f"<li>{_prose(one)}</li>" for one in report.reasons[1:_FINDINGS])
    folded = f'<details class="more"><summary>{plural(len(report.reasons) - 1, "more reason")}</summary><ul>{more}</ul>'
    return (
        f'<header class="card head {verdict}"><span class="verdict {verdict}">{verdict}</span>'
        f"<div><h1>{_line(subject_line(report), 200)}</h1><p>{_MEANING[report.verdict]}</p>"
        f'<p class="soft small">{" · ".join(facts)}</p></div>'
        + (f'<div class="next">{reason}{remedy}</div>' if reason else "")
        + (f"{folded}</details>" if more else "")
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
    cards = [_card("Outcomes per suite", outcomes)]
    cards += [_card("Time against budget", budget)] if budget else []
    cards += [_card("Grade against floor", hint + grades)]
    return f'<div class="two"><div>{"".join(cards[:2])}</div><div>{"".join(cards[2:])}</div></div>'


def _coverage(report: Report) -> str:
    found = sections(report)
    if not found:
        return ""
    items = {item.id: item for item in report.checklist}
    counts = {state: sum(one.count(state) for one in found) for state, _ in _STATES}
    legend = "".join(f'<span class="s-{state}">{words}: {counts[state]}</span>' for state, words in _STATES)
    rows = "".join(
        f"<div><span>{_line(one.heading, 120)}</span>{plots.section_squares(one, items)}"
        f"<span>{one.count('covered')}/{len(one.items)}</span></div>"
        for one in found
    )
    return _card("Checklist", f'<div class="legend">{legend}</div><div class="sections">{rows}</div>')


def _checks(report: Report) -> str:
    results = counting_first(report.results)
    counts = {one: sum(1 for result in results if result.outcome is one) for one in GRAVITY}
    against = sum(1 for one in results if _stands(one))
    filters = [("all", "All", len(results)), ("stand", "Against promotion", against)]
    filters += [(one.value, label(one).capitalize(), counts[one]) for one in GRAVITY if counts[one]]
    radios = "".join(
        f'<input type="radio" name="f" id="f-{key}"{" checked" if key == "all" else ""}>'
        f'<label for="f-{key}">{words} {count}</label>'
        for key, words, count in filters
    )
    rows = "\n".join(_check(report, result) for result in results)
    return f'<section><h2>Checks</h2><div class="filters">{radios}</div>\n{rows}</section>' if results else ""


def _stands(result: CheckResult) -> bool:
    counted = (Outcome.PASSED, Outcome.WAIVED, Outcome.NOT_APPLICABLE)
    return result.required and result.outcome not in counted


def _check(report: Report, result: CheckResult) -> str:
    caught = sum(twin.caught for twin in result.twins)
    side = [
        "" if result.required else "advisory" if result.advisory else "not required",
        f"{result.evidence.total} examined",
        f"{caught}/{len(result.twins)} faults",
        seconds(result.duration),
    ]
    title = result.spec.title if result.spec else "not declared by any collected check"
    why = f'<span class="why">{_line(result.reason, 240)}</span>' if result.reason else ""
    parts = [
        _says(report, result),
        _table("Findings", ("Reason", "What", "Where", "What to do"), _findings(result)),
        _table("Planted faults", ("Caught", "Fault", "Item", "Expected reason", "Why not"), _twins(result)),
        _table(
            "Examined",
            ("Count", "What", "Grade"),
            [(str(one.count), _prose(one.what), one.grade.label) for one in result.evidence.examined],
        ),
        _facts("Facts", result.evidence.facts),
        _facts("Times", {name: seconds(value) for name, value in sorted(result.evidence.timings.items())}),
        *(_artifact(one.name, one.media_type, one.text) for one in result.evidence.artifacts),
    ]
    return (
        f'<details class="check o-{result.outcome.value}{" stands" if _stands(result) else ""}">'
        f'<summary><span class="badge">{label(result.outcome)}</span><span class="id">{_line(result.id, 40)}</span>'
        f'<span class="title">{_line(title, 240)}</span>'
        f'<span class="soft small">{" · ".join(one for one in side if one)}</span>{why}</summary>'
        f'<div class="body">{"".join(parts)}</div></details>'
    )


def _says(report: Report, result: CheckResult) -> str:
    texts = {item.id: item.text for item in report.checklist}
    covers = ", ".join(
        f"{item} {texts.get(item, '')}".strip() + (" (covered)" if item in result.covered else "")
        for item in (result.spec.covers if result.spec else ())
    )
    grade = result.grade.label if result.grade is not None else "none: nothing was examined"
    pairs = [
        ("Reason", result.reason),
        ("What to do", result.remedy),
        ("Suite", suite_of(result)),
        ("Severity", result.spec.severity if result.spec else ""),
        ("Checklist", covers),
        ("Grade", f"{grade}; floor {result.floor.label}"),
        ("Time", f"{seconds(result.duration)} of {seconds(result.budget)}" if result.budget else ""),
        ("Attempts", str(result.attempts) if result.attempts > 1 else ""),
        ("Waiver", result.waiver),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{_prose(value)}</dd>" for name, value in pairs if value)
    return f'<dl class="say">{rows}</dl>'


def _findings(result: CheckResult) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        tuple(_prose(text) for text in (one.reason, one.message, one.where, one.remedy))
        for one in result.findings[:_FINDINGS]
    ]
    left = len(result.findings) - len(rows)
    return [*rows, (f"and {left} more, see the JSON report", "", "", "")] if left > 0 else rows


def _twins(result: CheckResult) -> list[Sequence[str]]:
    marks = {True: '<span class="yes">✓ caught</span>', False: '<span class="no">✗ not caught</span>'}
    return [
        (
            marks[twin.caught],
            *(_prose(text) for text in (twin.fault.title, twin.fault.covers, twin.fault.expects, twin.why)),
        )
        for twin in result.twins
    ]


def _facts(title: str, facts: Mapping[str, Any]) -> str:
    rows: list[Sequence[str]] = []
    for name, value in plain(facts).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
        flat = one_line(text, _FACT)
        shown = _prose(flat) if len(flat) <= 120 else f"<pre>{escape(block(text, _FACT))}</pre>"
        rows.append((_line(name, 80), shown))
    return _table(title, (), rows, "facts")


def _artifact(name: str, media_type: str, text: str) -> str:
    caption = f"<figcaption>{_line(name, 120)}</figcaption>"
    if media_type.partition(";")[0].strip().lower() == "image/svg+xml":
        if len(text) > _PICTURE:
            return f"<figure>{caption}<p>The picture is too large for this page; see the JSON report.</p></figure>"
        data = base64.b64encode(text.encode("utf-8", errors="replace")).decode()
        return f'<figure><img alt="{_line(name, 120)}" src="data:image/svg+xml;base64,{data}">{caption}</figure>'
    return (
        f'<details class="more"><summary>{_line(name, 120)}</summary>'
        f"<pre>{escape(block(text, _ATTACHMENT))}</pre></details>"
    )


def _rest(report: Report) -> str:
    notes = "".join(f"<li>{_prose(one)}</li>" for one in report.notes)
    environment = _facts("", report.environment)
    return (_card("Notes", f"<ul>{notes}</ul>") if notes else "") + (
        _card("Environment", environment) if environment else ""
    )


def _card(title: str, content: str) -> str:
    return f'<section class="card"><h2>{title}</h2>{content}</section>'


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return ""
    head = f"<tr>{''.join(f'<th>{cell}</th>' for cell in header)}</tr>" if header else ""
    name = f"<h3>{title}</h3>" if title else ""
    return f'{name}<table class="{kind}">{head}{body}</table>'


def _line(text: str, limit: int) -> str:
    return escape(one_line(text, limit))


def _prose(text: str) -> str:
    """Escaped text; a pair of backticks makes code."""
    return _CODE.sub(r"<code>\1</code>", escape(block(text, _TEXT)))
