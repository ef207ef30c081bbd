"""What a machine is said to be able to see, from pairs of equal trees."""

import statistics
from collections.abc import Callable, Mapping

import pytest
from duet_projects import Project

from pytest_tradeops.bench.duet.characteristics import characteristics, rule_for
from pytest_tradeops.bench.duet.selftest import PAIRS, assess, sees, suite_alarms

type Make = Callable[[Mapping[str, str]], Project]


def test_a_quiet_machine_keeps_the_promise_for_twenty_benchmarks() -> None:
    rule = rule_for(20)
    quiet = [0.002, -0.004, 0.001, 0.008, -0.01, 0.003, -0.002, 0.005, -0.006, 0.0, 0.004, -0.003, 0.007, 0.01, -0.008]
    found = assess(quiet, rule)
    assert (found.pairs, found.beyond) == (15, 0)
    assert suite_alarms({str(number): found for number in range(20)}) <= 0.01
    assert sees(found, rule)
    assert found.least is not None
    assert 0.025 < found.least < 0.035


def test_a_noisy_machine_does_not() -> None:
    rule = rule_for(20)
    normal = statistics.NormalDist(0, 0.05)
    found = assess([normal.inv_cdf((number + 0.5) / 15) for number in range(15)], rule)
    assert found.beyond == 4  # of a change of ten percent and more, which is what is left to look for
    assert not sees(found, rule)
    assert found.least is not None
    assert found.least > 0.08
    # However noisy, and however often nothing changed: it does not see, but it does not cry either.
    assert suite_alarms({str(number): found for number in range(20)}) <= 0.01


@pytest.mark.parametrize("benchmarks", [1, 10, 50])
def test_what_is_called_the_least_slow_down_is_found_by_95_of_100_runs(benchmarks: int) -> None:
    rule = rule_for(benchmarks)
    normal = statistics.NormalDist(0, 0.012)
    sample = [normal.inv_cdf((number + 0.5) / 15) for number in range(15)]
    found = assess(sample, rule)
    assert found.least is not None
    share = 1 - statistics.NormalDist(found.least, found.deviation).cdf(rule.target / 2)
    assert characteristics(rule, share).slower == pytest.approx(0.95, abs=0.001)


def test_the_base_is_run_against_itself(make_project: Make) -> None:
    project = make_project({})
    project.write({"bot/core.py": "raise RuntimeError('the work tree is not asked')\n"})
    project.git("stash", "--quiet")
    ran = project.bench("--bench-aa")
    assert ran.code in (0, 20), ran.out  # how quiet this machine is, is not for a test to say
    assert f"pair {PAIRS}: " in ran.out
    assert "false alarms" in ran.out
    assert "a run in which nothing changed alarms in at most" in ran.out
    assert ran.verdicts == {}
