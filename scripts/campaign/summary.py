"""What a campaign says: rates with exact intervals, the gate and its peer side by side."""

from collections import Counter
from typing import Any

from pytest_tradeops.bench.duet.numbers import upper_bound

FIELDS = ("mean", "median", "min")


def summary(runs: list[dict[str, Any]]) -> str:
    """Text for a terminal and for docs/benchmarks.md."""
    lines = []
    for percent in sorted({one["percent"] for one in runs}):
        chosen = [one for one in runs if one["percent"] == percent]
        verdicts = Counter(verdict for one in chosen for verdict in one["verdicts"].values())
        total = verdicts.total()
        lines.append(f"{percent:+d} %: {len(chosen)} runs, {total} verdicts: " + _counts(verdicts))
        if not total:
            continue
        if percent == 0:
            alarmed = sum("slower" in one["verdicts"].values() for one in chosen)
            lines.append(
                f"  false alarms {_rate(verdicts['slower'], total)}; of whole runs {_rate(alarmed, len(chosen))}"
            )
        else:
            lines.append(f"  found {_share(verdicts['slower'], total)}, missed {_rate(verdicts['ok'], total)}")
        for field in FIELDS:
            read = [value[field] > 0.05 for one in chosen for value in one["peer"].values()]
            runs_with = sum(any(value[field] > 0.05 for value in one["peer"].values()) for one in chosen)
            share = _share(sum(read), len(read))
            lines.append(f"  pytest-benchmark {field}:5%: {share} of verdicts, {runs_with} of {len(chosen)} runs")
        seconds = sorted(one["seconds"] for one in chosen)
        loads = sorted(one["load"] for one in chosen)
        lines.append(f"  {seconds[len(seconds) // 2]:.0f} s a run (median), load {loads[0]:.1f} to {loads[-1]:.1f}")
        lines.append("  by kind: " + "; ".join(f"{kind} {_counts(found)}" for kind, found in _by_kind(chosen).items()))
    return "\n".join(lines) + "\n"


def _by_kind(runs: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for one in runs:
        for name, verdict in one["verdicts"].items():
            kind = name.partition("test_")[2].partition(".py")[0].strip("_")
            found.setdefault(kind, Counter())[verdict] += 1
    return found


def _counts(verdicts: Counter[str]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()) or "none"


def _rate(hits: int, total: int) -> str:
    return f"{hits} of {total} ({100 * hits / total:.2f} %, at most {100 * upper_bound(hits, total):.2f} %)"


def _share(hits: int, total: int) -> str:
    low = 1 - upper_bound(total - hits, total) if total else 0.0
    return f"{hits} of {total} ({100 * hits / max(1, total):.1f} %, at least {100 * low:.1f} %)"
