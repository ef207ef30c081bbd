"""Ways past the gate, against a small model of how GitHub runs jobs: what is called closed is never gone in any run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.security.project_tree import Tree
from pytest_tradeops.security.promotion.gates import Gates
from pytest_tradeops.security.promotion.starting import Starts
from pytest_tradeops.security.workflows import Workflow

FILE = ".github/workflows/x.yml"
NAMES = ("gate", "one", "two", "three", "deploy")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a condition can ask: results of the jobs above, those needed directly, and whether the run was cancelled."""

    above: frozenset[str]
    needed: Mapping[str, str]
    cancelled: bool

    @property
    def success(self) -> bool:
        return not self.cancelled and self.above <= {"success"}

    @property
    def failure(self) -> bool:
        return not self.cancelled and "failure" in self.above


CONDITIONS: Mapping[str, Callable[[Seen], bool]] = {
    "": lambda seen: seen.success,
    "true": lambda seen: seen.success,
    "false": lambda seen: False,
    "success()": lambda seen: seen.success,
    "always()": lambda seen: True,
    "ALWAYS()": lambda seen: True,
    "failure()": lambda seen: seen.failure,
    "!failure()": lambda seen: not seen.failure,
    "cancelled()": lambda seen: seen.cancelled,
    "!cancelled()": lambda seen: not seen.cancelled,
    "${{ !cancelled() && !failure() }}": lambda seen: not seen.cancelled and not seen.failure,
    "success() || failure()": lambda seen: seen.success or seen.failure,
    "always() && needs.gate.result == 'success'": lambda seen: seen.needed.get("gate") == "success",
    "always() && needs.gate.result != 'failure'": lambda seen: seen.needed.get("gate") != "failure",
    "always() && needs.one.result == 'success'": lambda seen: seen.needed.get("one") == "success",
    "!cancelled() && needs.one.result == 'skipped'": lambda seen: not seen.cancelled and seen.needed.get("one") == "skipped",
}  # fmt: skip

results = st.sampled_from(["success", "failure"])
runs = st.fixed_dictionaries({
    "gate": st.sampled_from(["failure", "skipped", "cancelled"]),
    "cancelled": st.booleans(),
    "direct": st.booleans(),
    **dict.fromkeys(NAMES[1:], results),
})  # fmt: skip
drawn = st.fixed_dictionaries({
    name: st.tuples(st.frozensets(st.sampled_from(NAMES[:at])), st.sampled_from(sorted(CONDITIONS)))
    for at, name in enumerate(NAMES) if at
})  # fmt: skip


def workflow(jobs: Mapping[str, tuple[frozenset[str], str]]) -> Workflow:
    built: dict[str, dict[str, Any]] = {"gate": {"runs-on": "x", "steps": [{"run": "tradeops verify"}]}}
    for name, (needed, condition) in jobs.items():
        built[name] = {"runs-on": "x", "steps": [{"run": "ls"}], "needs": sorted(needed)}
        if condition:
            built[name]["if"] = condition
    return Workflow(FILE, {"push": {}}, built, None)


def deployed(jobs: Mapping[str, tuple[frozenset[str], str]], run: Mapping[str, Any]) -> bool:
    """Whether the last job starts in a run of which `run` says how each job ends that is started.

    `direct`: whether a condition sees only the jobs that are needed directly, or all above them; GitHub has done both.
    """
    ended: dict[str, str] = {"gate": run["gate"]}
    above: dict[str, frozenset[str]] = {"gate": frozenset()}
    started = False
    for name in NAMES[1:]:
        needed, condition = jobs[name]
        above[name] = needed | frozenset().union(*(above[one] for one in needed))
        looked = needed if run["direct"] else above[name]
        cancelled = run["cancelled"] or run["gate"] == "cancelled"
        seen = Seen(frozenset(ended[one] for one in looked), {one: ended[one] for one in needed}, cancelled)
        started = CONDITIONS[condition](seen)
        ended[name] = run[name] if started else "skipped"
    return started


@settings(max_examples=500, deadline=None)
@given(jobs=drawn, run=runs)
def test_no_run_goes_a_way_that_is_called_closed(
    jobs: Mapping[str, tuple[frozenset[str], str]], run: Mapping[str, Any]
) -> None:
    one = workflow(jobs)
    gates = Gates(Path("/none"), Tree(Path("/none"), ()), [one])
    if deployed(jobs, run):
        assert Starts([one], {FILE: FILE}, gates).ways(one, "deploy")


def test_many_ways_through_many_jobs_are_looked_at_once() -> None:
    jobs: dict[str, dict[str, Any]] = {"gate": {"runs-on": "x", "steps": [{"run": "tradeops verify"}]}}
    layer = ["gate"]
    for depth in range(40):
        names = [f"x{depth}y{number}" for number in range(5)]
        jobs |= {name: {"runs-on": "x", "steps": [], "needs": layer} for name in names}
        layer = names
    one = Workflow(FILE, {"push": {}}, {**jobs, "deploy": {"runs-on": "x", "steps": [], "needs": layer}}, None)
    gates = Gates(Path("/none"), Tree(Path("/none"), ()), [one])
    assert Starts([one], {FILE: FILE}, gates).ways(one, "deploy") == []


def test_a_long_chain_of_jobs_is_followed_to_its_end() -> None:
    jobs: dict[str, dict[str, Any]] = {"x0": {"runs-on": "x", "steps": []}}
    jobs |= {f"x{at}": {"runs-on": "x", "steps": [], "needs": f"x{at - 1}"} for at in range(1, 3000)}
    one = Workflow(FILE, {"push": {}}, jobs, None)
    gates = Gates(Path("/none"), Tree(Path("/none"), ()), [one])
    (way,) = Starts([one], {FILE: FILE}, gates).ways(one, "x2999")
    assert way.gate is None
    assert len(way.said) < 200


@settings(max_examples=300, deadline=None)
@given(jobs=drawn)
def test_plain_needs_of_the_gate_are_enough_whatever_else_there_is(
    jobs: Mapping[str, tuple[frozenset[str], str]],
) -> None:
    for condition in ("", "true", "success()", "always() && needs.gate.result == 'success'"):
        waiting = {**jobs, "deploy": (jobs["deploy"][0] | {"gate"}, condition)}
        one = workflow(waiting)
        gates = Gates(Path("/none"), Tree(Path("/none"), ()), [one])
        assert Starts([one], {FILE: FILE}, gates).ways(one, "deploy") == []
