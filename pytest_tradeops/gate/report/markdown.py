"""The Markdown report, for a job summary on GitHub: what stands against promotion first, everything else folded."""

import re
from collections.abc import Callable, Iterable, Sequence

from ...model import CheckResult, Outcome, Verdict
from .model import Report
from .summary import (
    GRAVITY,
    by_suite,
    gravest_first,
    label,
    not_passed,
    plural,
    seconds,
    subject_line,
    suite_of,
    total_items,
)
from .text import natural, one_line
from .write import MARK

#: GitHub refuses a job summary of more than 1 MiB as a whole.
LARGEST = 900_000

_CELL = 300
_SENTENCE = 1000
_MOST_ROWS = 200
_MOST_NOTES = 20

_SIGNS = {Verdict.PROMOTE: "✅", Verdict.HOLD: "⏸️", Verdict.BLOCK: "⛔"}
_MARKS = {
    Outcome.FAILED: "❌",
    Outcome.ERROR: "💥",
    Outcome.MISSING: "❔",
    Outcome.INCONCLUSIVE: "⏸️",
    Outcome.OVER_BUDGET: "⏱️",
    Outcome.FLAKY: "🎲",
    Outcome.WAIVED: "📝",
    Outcome.NOT_APPLICABLE: "🚫",
    Outcome.PASSED: "✅",
}

_MARKUP = re.compile(r"[&<>$|\\`]|[*_\[\]()#+\-.!~:/@]")
_CODE = re.compile(r"`([^`]+)`")


def escape(text: str, limit: int = _CELL) -> str:
    """`text` as one line of Markdown that shows exactly these characters; a pair of backticks makes code.

    No markup, link, mention or reference comes of it, in a table or out of it.
    """
    line = one_line(text, limit)
    parts, place = [], 0
    for code in _CODE.finditer(line):
        parts += [_literal(line[place : code.start()]), f"<code>{_literal(code.group(1))}</code>"]
        place = code.end()
    return "".join([*parts, _literal(line[place:])])


def render_markdown(report: Report) -> str:
    """The report as GitHub Markdown, below the size that a job summary may have."""
    rows = _MOST_ROWS
    while len((text := _render(report, rows)).encode("utf-8")) > LARGEST:
        rows //= 2  # ends: without rows, the text is some kilobytes
    return text


def _render(report: Report, rows: int) -> str:
    parts = [MARK, _head(report), _suites(report, rows), _not_passed(report, rows), _missed(report, rows)]
    parts += [_listed("Waivers and notes", _notes(report)), _everything(report, rows)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Report) -> str:
    lines = [f"## {_SIGNS[report.verdict]} {report.verdict.value}: {escape(subject_line(report))}"]
    if report.reasons:
        lines.append(f"**Reason:** {escape(report.reasons[0], _SENTENCE)}")
        remedy = next((one for one in report.remedies if one.strip()), "")
        lines += [f"**Next:** {escape(remedy, _SENTENCE)}"] if remedy else []
        if len(report.reasons) > 1:
            lines.append(f"{plural(len(report.reasons) - 1, 'more reason')} below.")
    items = total_items(report)
    covered = f" · {len(report.covered)} of {items} checklist items covered" if items else ""
    lines.append(
        f"Profile <code>{_literal(one_line(report.profile, 80))}</code> · exit code {report.exit_code} · "
        f"{plural(len(report.results), 'check')} in {seconds(report.duration)}{covered} · **{report.signature}**"
    )
    return "\n\n".join(lines)


def _suites(report: Report, rows: int) -> str:
    suites = by_suite(report)
    shown = [outcome for outcome in reversed(GRAVITY) if any(dict(one.counts).get(outcome) for one in suites)]
    if not suites:
        return "No check was required and none was collected."
    header = ["Suite", *(f"{_MARKS[outcome]} {label(outcome)}" for outcome in shown)]
    lines = [[escape(one.suite), *(str(dict(one.counts).get(outcome, "")) for outcome in shown)] for one in suites]
    return _table(header, lines[:rows])


def _not_passed(report: Report, rows: int) -> str:
    parts = []
    for title, required in (("Checks that did not pass", True), ("Not required and not passed", False)):
        found = not_passed(report, required=required)
        if found:
            table = _table(
                ["Check", "Outcome", "Reason", "What to do"],
                [
                    [escape(one.id), _outcome(one), escape(one.reason or one.waiver), escape(one.remedy)]
                    for one in found[:rows]
                ],
            )
            parts.append(f"### {title}\n\n{table}{_left(len(found) - rows)}")
    return "\n\n".join(parts)


def _missed(report: Report, rows: int) -> str:
    missed = [
        [escape(result.id), escape(twin.fault.title), escape(twin.fault.covers), escape(twin.why)]
        for result in sorted(report.results, key=lambda result: natural(result.id))
        for twin in result.twins
        if not twin.caught
    ]
    if not missed:
        return ""
    table = _table(["Check", "Planted fault", "Item", "Why it was not caught"], missed[:rows])
    return f"### Faults that were not caught\n\n{table}{_left(len(missed) - rows)}"


def _notes(report: Report) -> list[str]:
    waived = [f"{result.id}: waiver by {result.waiver}" for result in report.results if result.waiver]
    return [*waived, *report.notes]


def _everything(report: Report, rows: int) -> str:
    results = gravest_first(report.results)
    if not results:
        return ""
    cells: Callable[[CheckResult], list[str]] = lambda one: [  # noqa: E731 - a row, right above its header
        escape(one.id),
        escape(suite_of(one)),
        escape(one.spec.title if one.spec else ""),
        _outcome(one),
        f"{one.grade.label if one.grade is not None else 'none'} / {one.floor.label}",
        str(one.evidence.total),
        f"{sum(twin.caught for twin in one.twins)} of {len(one.twins)}",
        seconds(one.duration),
    ]
    header = ["Check", "Suite", "Title", "Outcome", "Grade / floor", "Examined", "Faults caught", "Time"]
    table = _table(header, [cells(one) for one in results[:rows]])
    return (
        f"<details><summary>All {plural(len(results), 'check')}</summary>\n\n"
        f"{table}{_left(len(results) - rows)}\n\n</details>"
    )


def _outcome(result: CheckResult) -> str:
    return f"{_MARKS[result.outcome]} {label(result.outcome)}{' (advisory)' if result.advisory else ''}"


def _listed(title: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    lines = [f"- {escape(one, _SENTENCE)}" for one in sentences[:_MOST_NOTES]]
    return f"### {title}\n\n" + "\n".join(lines) + _left(len(sentences) - _MOST_NOTES)


def _left(count: int) -> str:
    return f"\n\nAnd {count} more, see the report." if count > 0 else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)


def _literal(text: str) -> str:
    """`text` with everything that Markdown, HTML or GitHub's own references could read as markup made inert."""
    return _MARKUP.sub(_inert, text)


def _inert(match: re.Match[str]) -> str:
    char = match.group()
    if char in "&<>$|\\`":  # an entity cannot end a table's cell, open a tag or a formula
        return f"&#{ord(char)};"
    # A mention or a reference needs its sign beside its word; a comment parts them and shows nothing.
    return {"@": "@<!-- -->", "#": "\\#<!-- -->"}.get(char, f"\\{char}")
