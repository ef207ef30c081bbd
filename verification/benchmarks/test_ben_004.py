"""BEN-004: no benchmark of the subject is slower than in its base tree."""

import pytest

from pytest_tradeops.bench import gated, slowing
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject

#: Minutes for one run of the gate: more than that is a suite for a job of its own.
LONGEST = 8.0


@pytest.mark.verification(
    id="BEN-004",
    suite="benchmarks",
    title="No benchmark is slower than in its base tree",
    severity="high",
    covers=("7.6.2",),
    min_grade="embedded",
    budget="600s",
    requires=("pytest-benchmark",),
)
@pytest.mark.usefixtures("_quiet_machine")
def test_ben_004(_subject: Subject, _evidence: Evidence) -> None:
    """Runs the subject's own benchmarks against its base: fresh process pairs, decided by a sequential sign test.

    It fails if there is no benchmark or if one is slower by the target of `[tool.tradeops.bench]`, which is 5 % by
    default, and is inconclusive if one cannot be decided. The base is what `--bench-base` takes, the merge base with
    the default branch if nothing is set. It does not prove that the benchmarks run what matters, and it sees no
    change below half of the target.
    """
    bench = load_settings(_subject.root).bench
    # A planted fault is compared with what it was planted into, so that nothing else can be what is found.
    base = str(_subject.git.root) if _subject.is_copy else ""
    run = gated.run_gate(_subject.python, _subject.root, base=base, minutes=min(bench.budget, LONGEST))
    decided = [one for one in run.benchmarks if one["verdict"] in ("slower", "ok", "faster")]
    _evidence.fact(base=run.base, pairs=run.pairs, benchmarks={one["name"]: gated.told(one) for one in run.benchmarks})
    if run.text:
        _evidence.attach("benchmarks.json", run.text, "application/json")
    if decided:
        _evidence.examined(len(decided), "benchmarks decided", source=Grade.EMBEDDED)
    _evidence.report(gated.findings(run))


@planted_fault(check="BEN-004", covers="7.6.2", title="a hot function slowed by ten percent", expects="bench: slower")
def hot_function_slowed(_subject: Subject) -> None:
    settings = load_settings(_subject.root)
    by, first = max(slowing.BY, 2 * settings.bench.target), settings.strategies
    given = (_subject.python, _subject.root, _subject.git.root, settings.bench)
    for name, text in slowing.slow_down(*given, by=by, first=first).items():
        _subject.write(name, text)
