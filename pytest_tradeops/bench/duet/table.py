"""What a person reads of a duet: one line while it runs, a table at its end, and the same as Markdown."""

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

from .rule import Rule, Verdict
from .selftest import Assessment, sees, suite_alarms
from .suite import Benchmark, Suite

#: By what counts first for whoever reads.
_ORDER: tuple[Verdict, ...] = ("slower", "not-comparable", "no-baseline", "inconclusive", "faster", "ok")
_HEAD = ("benchmark", "change", "interval", "pairs", "verdict")
#: Stands in front of the pairs, where instructions were counted.
_COUNTED = "instructions"
_NUMBERS = ("change", _COUNTED, "pairs")


def promise(suite: Suite, base: str, start_up: float) -> list[str]:
    """What is going to happen, before it does.

    Args:
        start_up: Seconds that a pair took to collect.
    """
    count, rule = len(suite.benchmarks), suite.rule
    # A pair that measures ends later than one that collects: by a fifth of a second for a benchmark that is short.
    pair = start_up + 0.2 * count
    least, most = rule.in_favour * pair / 60, rule.cap * pair / 60
    what = "1 benchmark" if count == 1 else f"{count} benchmarks"
    return [
        f"{what}, the work tree against {base}",
        f"a slow-down of {_percent(rule.target)} is found, one below {_percent(rule.target / 2)} is not",
        f"about {_minutes(least)} if nothing changed, at most about {_minutes(most)} ({rule.cap} pairs of processes; "
        f"{rule.patience} where the machine is noisy)",
    ]


def progress(suite: Suite) -> str:
    """How far it is: `pair 3: 5 of 7 undecided, 2 ok`."""
    verdicts: Counter[Verdict | None] = Counter(one.decision.verdict for one in suite.benchmarks.values())
    undecided = verdicts.pop(None, 0)
    decided = [f"{verdicts[one]} {one}" for one in _ORDER if verdicts[one]]
    return f"pair {suite.number}: " + ", ".join([f"{undecided} of {len(suite.benchmarks)} undecided", *decided])


def table(benchmarks: Iterable[Benchmark]) -> list[str]:
    """A line for each benchmark, the worst first, and one for each reason."""
    ordered = sorted(benchmarks, key=_rank)
    rows = _rows(ordered)
    widths = [max(len(line[place]) for line in rows) for place in range(len(rows[0]))]
    numbers = [place for place, name in enumerate(rows[0]) if name in _NUMBERS]
    lines = ["  ".join(_padded(line, widths, numbers)).rstrip() for line in rows]
    why = reasons(ordered)
    return [*lines, *([""] if why else []), *why]


def reasons(benchmarks: Iterable[Benchmark]) -> list[str]:
    """A sentence for each benchmark whose verdict needs one."""
    return [f"{one.name}: {one.decision.verdict}: {one.decision.reason}." for one in benchmarks if one.decision.reason]


def markdown(benchmarks: Iterable[Benchmark], base: str) -> str:
    """The table for a pull request."""
    ordered = sorted(benchmarks, key=_rank)
    counts = Counter(one.decision.verdict for one in ordered)
    said = ", ".join(f"{counts[one]} {one}" for one in _ORDER if counts[one]) or "no benchmarks"
    head, *rows = _rows(ordered)
    lines = [
        f"### Benchmarks: {said}",
        "",
        f"Against {base}.",
        "",
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---:' if name in _NUMBERS else '---' for name in head)} |",
    ]
    for name, *rest in rows:
        lines.append(f"| `{name}` | {' | '.join(rest)} |".replace("`|`", "|"))
    why = [f"- `{one.name}`: {one.decision.reason}." for one in ordered if one.decision.reason]
    return "\n".join([*lines, *([""] if why else []), *why]) + "\n"


def self_test(assessments: Mapping[str, Assessment], rule: Rule) -> list[str]:
    """What the base against itself says about this machine."""
    head = ("benchmark", "pairs", "beyond", "deviation", "false alarms", "least slow-down")
    lines = [head]
    for name, one in assessments.items():
        least = "none" if one.least is None else f"{100 * one.least:.1f} %"
        spread = f"{100 * math.expm1(one.deviation):.1f} %"
        lines.append((name, str(one.pairs), str(one.beyond), spread, f"<= {100 * one.alarms:.2f} %", least))
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    rows = ["  ".join(_padded(line, widths, range(1, len(head)))).rstrip() for line in lines]
    alarms = suite_alarms(assessments)
    told = f"a run in which nothing changed alarms in at most {100 * alarms:.2f} % of cases on this machine"
    blind = sum(not sees(one, rule) for one in assessments.values())
    found = f"a slow-down of {_percent(rule.target)} is found in each of them"
    if blind:
        found = (
            f"it is too noisy or too busy to see a slow-down of {_percent(rule.target)} in {blind} of {len(lines) - 1}"
        )
    return [*rows, "", f"With 95 % confidence, {told}; {found}."]


def _rows(ordered: Sequence[Benchmark]) -> list[tuple[str, ...]]:
    """The head, and a line for each benchmark."""
    if not any(one.counts for one in ordered):
        return [_HEAD, *map(row, ordered)]
    rows: list[tuple[str, ...]] = [(*_HEAD[:3], _COUNTED, *_HEAD[3:])]
    for one in ordered:
        cells = row(one)
        rows.append((*cells[:3], change(one.counts.estimate) if one.counts else "", *cells[3:]))
    return rows


def row(one: Benchmark) -> tuple[str, str, str, str, str]:
    """Name, change, interval with its coverage, pairs, verdict."""
    estimate, interval = one.estimate, one.interval
    if estimate is None or interval is None:
        return one.name, "", "", "0", one.decision.verdict or "undecided"
    between = f"{change(interval.low)} to {change(interval.high)} ({interval.coverage:.0%})"
    return one.name, change(estimate), between, str(len(one.pairs)), one.decision.verdict or "undecided"


def change(estimate: float) -> str:
    """A logarithm of candidate / base as a signed percentage: `+5.1 %`."""
    return f"{100 * math.expm1(estimate):+.1f} %"


def _rank(one: Benchmark) -> tuple[int, float]:
    verdict = one.decision.verdict or "inconclusive"
    return _ORDER.index(verdict), -(one.estimate or 0.0)


def _padded(line: Sequence[str], widths: Sequence[int], numbers: Container[int]) -> list[str]:
    return [
        text.rjust(width) if place in numbers else text.ljust(width)
        for place, (text, width) in enumerate(zip(line, widths, strict=True))
    ]


def _percent(fraction: float) -> str:
    return f"{100 * fraction:g} %"


def _minutes(minutes: float) -> str:
    return f"{max(1, round(minutes * 60))} s" if minutes < 1.5 else f"{round(minutes)} minutes"
