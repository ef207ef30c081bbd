"""Whether a job can start though no gate has promoted: every way that leads to it, each in the worst of worlds."""

import graphlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..expressions import UNKNOWN, has_status_function, holds
from ..workflows import Workflow
from .gates import Gates, JobGate, above, needs

#: How the gate may end other than well, to what status functions then say behind it.
_WORLDS: Mapping[str, Mapping[str, Any]] = {
    "failure": {"success()": False, "failure()": True, "cancelled()": False, "always()": True},
    "skipped": {"success()": False, "failure()": False, "cancelled()": False, "always()": True},
    "cancelled": {"success()": False, "failure()": False, "cancelled()": True, "always()": True},
}
#: Where nothing stops the jobs that a job needs, these may have ended in any way.
_ANY = {"success()": UNKNOWN, "failure()": UNKNOWN, "cancelled()": UNKNOWN, "always()": True}
#: Conclusions of another workflow's run that are no success.
_CONCLUSIONS = (
    "failure", "cancelled", "skipped", "timed_out", "action_required", "neutral", "stale", "startup_failure", None
)  # fmt: skip
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a job that does not lead through the gate.

    Attributes:
        place: Workflow and job that it starts at.
        said: How, as the end of a sentence.
        gate: What is the matter with the gate that lies on it; None if there is none.
        unknown: Whether it may be none, for what cannot be seen from here.
    """

    place: str
    said: str
    gate: JobGate | None = None
    unknown: bool = False


class Starts:
    """Looks for ways to jobs of a subject's workflows."""

    def __init__(self, workflows: Sequence[Workflow], names: Mapping[str, str], gates: Gates) -> None:
        self._workflows = workflows
        self._names = names
        self._gates = gates

    def ways(self, workflow: Workflow, job: str, depth: int = 0) -> list[Way]:
        """The ways to a job; empty if none starts it without the gate."""
        found: list[Way] = []
        for event in sorted(workflow.on):
            if event == "workflow_call":
                found += self._by_call(workflow, job, depth)
            elif event == "workflow_run":
                found += self._by_run(workflow, job)
            elif way := self._within(workflow, job, event):
                found.append(way)
        return list(dict.fromkeys(found))

    def _within(self, workflow: Workflow, job: str, event: str, more: Mapping[str, Any] | None = None) -> Way | None:
        """How a job starts at an event though the gates of its own workflow did not succeed."""
        # A called workflow sees the event of its caller; a push may be one of a tag, a run by hand one of any branch.
        known = {**({} if event == "workflow_call" else {"github.event_name": event}), **(more or {})}
        gates = {name: gate for name in workflow.jobs if (gate := self._gates.of(workflow, name)) is not None}
        good = {name for name, gate in gates.items() if not gate.objection and not gate.elsewhere}
        unseen = {name for name, gate in gates.items() if gate.elsewhere or gate.unclear}
        if not _starts_anyhow(workflow, job, known, good):
            return None
        place = f"{workflow.file}: {job}"
        if unseen and not _starts_anyhow(workflow, job, known, good | unseen):
            name = min(unseen)
            elsewhere = f"whether {workflow.jobs[name].get('uses')} runs the gate cannot be seen from here"
            return Way(place, elsewhere if gates[name].elsewhere else gates[name].objection, unknown=True)
        needed = [name for name in above(workflow, job) if name != job]
        if any(name in good for name in needed):
            loose = next(
                (one for one in (job, *needed) if has_status_function(workflow.jobs[one].get("if"))),
                job,
            )
            condition = " ".join(str(workflow.jobs[loose].get("if", "")).split())[:100]
            return Way(place, f"the condition `{condition}` of the job `{loose}` can hold then", JobGate())
        bad = next((gates[name] for name in needed if name in gates and not gates[name].elsewhere), None)
        if bad is not None:
            return Way(place, bad.objection, bad)
        if not needed:
            return Way(place, f"on {event} it needs no other job")
        return Way(place, f"none of the jobs that it needs runs the gate: {', '.join(needed[:5])}")

    def _by_call(self, workflow: Workflow, job: str, depth: int) -> list[Way]:
        own = self._within(workflow, job, "workflow_call")
        if own is None:
            return []
        callers = [
            (each, name)
            for each in self._workflows
            for name, one in each.jobs.items()
            if "uses" in one and self._gates.called(str(one["uses"])) is workflow
        ]
        if depth >= _DEEPEST or not callers:
            if own.gate is not None:
                return [own]
            said = "nothing in this repository calls its workflow, and who else does cannot be seen from here"
            return [Way(own.place, said, unknown=True)]
        return [way for each, name in callers for way in self.ways(each, name, depth + 1)]

    def _by_run(self, workflow: Workflow, job: str) -> list[Way]:
        """A run of another workflow starts this one, whatever its conclusion: the condition has to ask for it."""
        if self._within(workflow, job, "workflow_run") is None:
            return []
        place = f"{workflow.file}: {job}"
        listed = (workflow.on["workflow_run"] or {}).get("workflows", ())
        found = []
        for title in [listed] if isinstance(listed, str) else listed:
            source = next((one for one in self._workflows if self._names[one.file] == title), None)
            if source is None:
                found.append(Way(place, f"no workflow here is called {title!r}, whose run starts it", unknown=True))
                continue
            gate = self._gates.in_workflow(source)
            if gate is None or gate.objection:
                said = gate.objection if gate else f"{source.file}, whose run starts it, does not run the gate"
                found.append(Way(place, said, gate, unknown=gate is not None and gate.unclear))
            elif gate.elsewhere:
                found.append(Way(place, f"what {source.file} calls cannot be seen from here", unknown=True))
        for conclusion in _CONCLUSIONS:
            if self._within(workflow, job, "workflow_run", {"github.event.workflow_run.conclusion": conclusion}):
                ended = f"ends as {conclusion}" if conclusion else "has not ended"
                said = f"a run that {ended} starts it: github.event.workflow_run.conclusion is not asked for"
                return [*found, Way(place, said, JobGate())]
        return found


def _starts_anyhow(workflow: Workflow, job: str, known: Mapping[str, Any], gates: set[str]) -> bool:
    order = graphlib.TopologicalSorter({name: needs(workflow, name) for name in above(workflow, job)})
    try:
        names = list(order.static_order())
    except graphlib.CycleError:
        return False  # GitHub refuses the file
    return any(job in _started(workflow, names, known, gates, result) for result in _WORLDS)


def _started(
    workflow: Workflow, names: Sequence[str], known: Mapping[str, Any], gates: set[str], result: str
) -> set[str]:
    """The jobs that may start in a run in which each gate ended with `result`, or as one that was skipped.

    Args:
        names: Jobs, each behind those that it needs.
    """
    started: set[str] = set()
    for name in names:
        condition = workflow.jobs[name].get("if")
        stopped = [one for one in needs(workflow, name) if one in gates or one not in started]
        if not has_status_function(condition):
            starts = not stopped and holds(condition, known)
        else:
            said = {f"needs.{one}.result": result if one in gates else "skipped" for one in stopped}
            # Whether a status function sees more than the jobs that are needed directly has changed over the years.
            starts = holds(condition, {**known, **said, **(_WORLDS[result] if stopped else _ANY)})
        if starts:
            started.add(name)
    return started
