"""The checks of the HTML page: one row each, which opens to everything that is known of it."""

from collections.abc import Sequence

from ...model import CheckResult, Outcome
from .html_parts import artifact, facts, line, prose, table
from .model import Report
from .summary import GRAVITY, counting_first, label, seconds, suite_of

_FINDINGS = 50


def checks(report: Report) -> str:
    """Every check as a row to open, with buttons that show one outcome only."""
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
    why = f'<span class="why">{line(result.reason, 240)}</span>' if result.reason else ""
    parts = [
        _says(report, result),
        table("Findings", ("Reason", "What", "Where", "What to do"), _findings(result)),
        table("Planted faults", ("Caught", "Fault", "Item", "Expected reason", "Why not"), _twins(result)),
        table(
            "Examined",
            ("Count", "What", "Grade"),
            [(str(one.count), prose(one.what), one.grade.label) for one in result.evidence.examined],
        ),
        facts("Facts", result.evidence.facts),
        facts("Times", {name: seconds(value) for name, value in sorted(result.evidence.timings.items())}),
        *(artifact(one.name, one.media_type, one.text) for one in result.evidence.artifacts),
    ]
    return (
        f'<details class="check o-{result.outcome.value}{" stands" if _stands(result) else ""}">'
        f'<summary><span class="badge">{label(result.outcome)}</span><span class="id">{line(result.id, 40)}</span>'
        f'<span class="title">{line(title, 240)}</span>'
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
    rows = "".join(f"<dt>{name}</dt><dd>{prose(value)}</dd>" for name, value in pairs if value)
    return f'<dl class="say">{rows}</dl>'


def _findings(result: CheckResult) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        tuple(prose(text) for text in (one.reason, one.message, one.where, one.remedy))
        for one in result.findings[:_FINDINGS]
    ]
    left = len(result.findings) - len(rows)
    return [*rows, (f"and {left} more, see the JSON report", "", "", "")] if left > 0 else rows


def _twins(result: CheckResult) -> list[Sequence[str]]:
    marks = {True: '<span class="yes">✓ caught</span>', False: '<span class="no">✗ not caught</span>'}
    return [
        (
            marks[twin.caught],
            *(prose(text) for text in (twin.fault.title, twin.fault.covers, twin.fault.expects, twin.why)),
        )
        for twin in result.twins
    ]
