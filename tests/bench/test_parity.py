"""Comparing runs: every way in which a comparison could be empty has its own answer."""

from dataclasses import replace

import pytest

from pytest_tradeops.bench import parity
from pytest_tradeops.bench.nested import NestedReport, TestRecord
from pytest_tradeops.exceptions import Inconclusive


def report(outcomes: dict[str, str], workers: int = 0, **values: object) -> NestedReport:
    tests = {
        name: TestRecord({"setup": "passed", "call": outcome}, 0, f"gw{at % workers}" if workers else "controller")
        for at, (name, outcome) in enumerate(outcomes.items())
    }
    return replace(NestedReport(0, tests, workers, {"logical": 4, "available": 4, "physical": 2}), **values)  # type: ignore[arg-type]


GOOD = {"t::a": "passed", "t::b": "xfailed"}


def reasons(serial: NestedReport, parallel: NestedReport) -> list[str]:
    return [finding.reason for finding in parity.compare(serial, parallel)]


def test_equal_runs_have_no_finding() -> None:
    assert reasons(report(GOOD), report(GOOD, 2)) == []
    assert reasons(report(GOOD), report({"t::a@group": "passed", "t::b": "xfailed"}, 2)) == []


@pytest.mark.parametrize("other", [{**GOOD, "t::a": "failed"}, {**GOOD, "t::c": "passed"}, {"t::a": "passed"}])
def test_other_tests_or_outcomes_are_a_finding(other: dict[str, str]) -> None:
    assert reasons(report(GOOD), report(other, 2)) == ["xdist: outcomes differ"]


def test_tests_that_fail_either_way_are_a_finding_of_their_own() -> None:
    failing = {**GOOD, "t::a": "failed"}
    assert reasons(report(failing), report(failing, 2)) == ["xdist: smoke tests do not pass"]
    broken = report(GOOD, broken=("t.py",))
    assert reasons(broken, report(GOOD, 2)) == ["xdist: smoke tests do not pass"]


@pytest.mark.parametrize(
    ("serial", "parallel", "says"),
    [
        (report({}), report({}, 2), "Without workers, none"),
        (report(GOOD), report({}, 2, code=3), "With two workers, none"),
        (report({"t::a": "passed"}), report({"t::a": "passed"}, 2), "Fewer than two"),
        (report({**GOOD, "t::b": "skipped"}), report({**GOOD, "t::b": "skipped"}, 2), "Fewer than two"),
        (report(GOOD), report(GOOD, 1), "Only one of two workers"),
    ],
)
def test_an_empty_comparison_is_inconclusive(serial: NestedReport, parallel: NestedReport, says: str) -> None:
    with pytest.raises(Inconclusive, match=says):
        parity.compare(serial, parallel)


def test_refused_options_are_a_finding() -> None:
    assert reasons(report({}, code=4), report({}, code=4)) == ["xdist: pytest refuses the options"]


@pytest.mark.parametrize(
    ("workers", "reason"),
    [(4, []), (2, []), (0, ["xdist: CI runs serially"]), (3, ["xdist: CI workers differ from the cores"])],
)
def test_cis_workers_must_be_the_cores_by_one_way_of_counting(workers: int, reason: list[str]) -> None:
    found = parity.workers(report(GOOD, workers), "pytest")
    assert [one.reason for one in found] == reason
    assert all("4 (available, logical) or 2 (physical)" in one.message for one in found)


def test_a_ci_run_without_tests_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="none of the smoke tests"):
        parity.workers(report({}, 2), "pytest")
