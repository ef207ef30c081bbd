"""The terminal report: one screen that ends with the verdict, the first reason and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...model import CheckResult, Outcome, Verdict
from .model import Report
from .summary import EXIT_CODES, by_suite, label, not_collected, not_passed, plural, seconds, subject_line, total_items
from .text import CUT, cells, fit, one_line, wrap

#: Lines of the whole report, so that it stays on a screen of 24 lines with pytest's own last line below it.
SCREEN = 23
_NARROWEST = 40
_MOST_SUITES = 9
_FEWEST_CHECKS = 3
_NAME = 12
_EXTRA = 2  # not required, notes

_COLOURS: dict[Outcome | Verdict, str] = {
    Outcome.FAILED: "31",
    Outcome.ERROR: "31",
    Verdict.BLOCK: "31",
    Outcome.MISSING: "33",
    Outcome.INCONCLUSIVE: "33",
    Outcome.OVER_BUDGET: "33",
    Outcome.FLAKY: "33",
    Verdict.HOLD: "33",
    Outcome.WAIVED: "36",
    Outcome.NOT_APPLICABLE: "36",
    Outcome.PASSED: "32",
    Verdict.PROMOTE: "32",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it is shown, and how many columns it takes without its colours."""

    shown: str
    columns: int


def render_terminal(report: Report, width: int = 80, *, color: bool = False, written: Sequence[str] = ()) -> list[str]:
    """The report as lines of at most `width` columns (not below 40), at most `SCREEN` of them.

    Args:
        color: Whether to add ANSI colours; they take no columns.
        written: Where the other renderings were written, as they should be shown.
    """
    width = max(width, _NARROWEST)
    head = _suites(report, width, color)
    tail = _verdict(report, width, color, written)
    required, absent = _required(report)
    if len(head) + len(required) + bool(absent) + _EXTRA + len(tail) > SCREEN:
        head = _two_columns(head, width)
    room = max(SCREEN - len(head) - len(tail), _FEWEST_CHECKS)
    return [*(line.shown for line in head), *_checks(report, width, color, room), *tail]


def _suites(report: Report, width: int, color: bool) -> list[_Line]:
    suites = by_suite(report)
    shown = suites if len(suites) <= _MOST_SUITES else suites[: _MOST_SUITES - 1]
    lines = []
    for one in shown:
        name = fit(one.suite, _NAME)
        line, used = name + " " * (_NAME - cells(name)), _NAME
        for outcome, count in sorted(one.counts, key=lambda pair: pair[0] is not Outcome.PASSED):
            text = f"{label(outcome)} {count}"
            if used + 2 + len(text) > width:
                break
            line, used = f"{line}  {_paint(text, _COLOURS[outcome], color)}", used + 2 + len(text)
        lines.append(_Line(line, used))
    if len(suites) > len(shown):
        rest = suites[len(shown) :]
        text = fit(f"and {len(rest)} suites more with {plural(sum(one.total for one in rest), 'check')}", width)
        lines.append(_Line(text, cells(text)))
    nothing = "No check was required and none was collected."
    return lines or [_Line(nothing, len(nothing))]


def _two_columns(lines: list[_Line], width: int) -> list[_Line]:
    """The lines in pairs, the first half on the left, where both fit beside each other."""
    half = (len(lines) + 1) // 2
    left, right = lines[:half], lines[half:]
    place = max(line.columns for line in left) + 4
    if any(place + line.columns > width for line in right):
        return lines
    pairs = zip(left, [*right, *[_Line("", 0)] * (half - len(right))], strict=True)
    return [_Line(f"{a.shown}{' ' * (place - a.columns)}{b.shown}".rstrip(), place + b.columns) for a, b in pairs]


def _checks(report: Report, width: int, color: bool, room: int) -> list[str]:
    required, absent = _required(report)
    others = not_passed(report, required=False)
    extra = [f"not required: {_counted(others)}"] if others else []
    if report.notes:
        more = f" (and {plural(len(report.notes) - 1, 'note')} more)" if len(report.notes) > 1 else ""
        extra.append(f"note: {fit(report.notes[0], max(width - 6 - len(more), 10))}{more}")
    room = max(room - len(extra) - bool(absent), 1)
    shown = required if len(required) <= room else required[: room - 1]
    lines = [_check(result, width, color) for result in shown]
    if len(required) > len(shown):
        left = required[len(shown) :]
        lines.append(fit(f"and {len(left)} more, see report: {_counted(left)}", width))
    if absent:
        lines.append(_absent(absent, width))
    return [*lines, *(fit(line, width) for line in extra)]


def _required(report: Report) -> tuple[list[CheckResult], list[CheckResult]]:
    """The required checks that take a line each, the gravest first, and those that share one: merely not collected."""
    found = not_passed(report, required=True)
    absent = [result for result in found if not_collected(result)]
    return ([one for one in found if not not_collected(one)], absent) if len(absent) > 1 else (found, [])


def _absent(results: Sequence[CheckResult], width: int) -> str:
    """One line with as many whole ids as fit."""
    line = f"{len(results)} checks were not collected: {one_line(results[0].id)}"
    for place, result in enumerate(results[1:], start=2):
        longer = f"{line}, {one_line(result.id)}"
        if cells(longer) + (len(f", {CUT}") if place < len(results) else 0) > width:
            return fit(f"{line}, {CUT}", width)
        line = longer
    return fit(line, width)


def _check(result: CheckResult, width: int, color: bool) -> str:
    line = fit(f"{result.id} {label(result.outcome)}: {result.reason or result.waiver or 'no reason given'}", width)
    head = one_line(result.id)
    word = label(result.outcome)
    if line.startswith(f"{head} {word}"):
        line = f"{head} {_paint(word, _COLOURS[result.outcome], color)}{line[len(head) + 1 + len(word) :]}"
    return line


def _verdict(report: Report, width: int, color: bool, written: Sequence[str]) -> list[str]:
    code = EXIT_CODES.get(report.exit_code, "")
    facts = (
        f", exit code {report.exit_code}{f' ({code})' if code else ''}, profile {report.profile}, "
        f"{plural(len(report.results), 'check')} in {seconds(report.duration)}"
    )
    verdict = report.verdict.value
    lines = [_paint(verdict, _COLOURS[report.verdict] + ";1", color) + fit(facts, width - len(verdict))]
    items = total_items(report)
    covered = f"{len(report.covered)} of {plural(items, 'item')} covered; " if items else ""
    lines.append(fit(f"{report.signature}; {covered}{subject_line(report)}", width))
    if report.reasons:
        more = f" (and {plural(len(report.reasons) - 1, 'reason')} more)" if len(report.reasons) > 1 else ""
        lines += _labelled("reason", report.reasons[0], width, 2)
        lines[-1] = lines[-1] if cells(lines[-1]) + len(more) > width else lines[-1] + more
        lines += _labelled("next", _next(report), width, 2)
    if written:
        lines += _labelled("report", ", ".join(written), width, 2)
    return lines


def _next(report: Report) -> str:
    remedies = [remedy for remedy in report.remedies if remedy.strip()]
    if report.remedies and report.remedies[0].strip():
        return report.remedies[0]
    return f"first known remedy: {remedies[0]}" if remedies else "Read the report for the evidence behind the reason."


def _labelled(name: str, text: str, width: int, lines: int) -> list[str]:
    wrapped = wrap(text, width - 8, lines)
    return [f"{f'{name}:' if place == 0 else '':8}{line}" for place, line in enumerate(wrapped)]


def _counted(results: Sequence[CheckResult]) -> str:
    counts: dict[str, int] = {}
    for result in results:
        counts[label(result.outcome)] = counts.get(label(result.outcome), 0) + 1
    return ", ".join(f"{word} {count}" for word, count in counts.items())


def _paint(text: str, code: str, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
