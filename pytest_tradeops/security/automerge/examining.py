"""SEC-007, as far as files say it: every kind of pull request is run through the workflows that merge."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...model import Finding
from ..dependabot import manifests
from ..project_tree import Tree, read_tree
from ..rights import may_write
from ..workflows import Workflow, read_workflows
from . import (
    FILE,
    REASON_AT_ONCE,
    REASON_BY_HAND,
    REASON_CANNOT,
    REASON_IMPOSTOR,
    REASON_INVALID,
    REASON_MISSING,
    REASON_NEVER,
    REASON_NOT_PATCH,
    allowed,
)
from .events import OWN_TOKEN, TOKENS, URL, Event, by_hand, events
from .hidden import TRIGGERS, hidden, other_events
from .script import Merge, merges
from .simulation import Reached, merging_jobs, simulate

_MUST_NOT = {"other": REASON_NOT_PATCH, "by hand": REASON_BY_HAND, "impostor": REASON_IMPOSTOR}


@dataclass(frozen=True, slots=True)
class Met:
    """One pull request at one step that merges."""

    event: Event
    workflow: Workflow
    reached: Reached
    merge: Merge


@dataclass(frozen=True, slots=True)
class Examination:
    """What was run.

    Attributes:
        workflows: Those that merge, and speak of Dependabot.
        refused: File of a workflow that GitHub refuses to sentences; only those that speak of Dependabot and merging.
        unseen: Sentences about what merges, or may, and is not known here.
    """

    workflows: tuple[Workflow, ...]
    refused: dict[str, tuple[str, ...]]
    events: tuple[Event, ...]
    met: tuple[Met, ...]
    branch: str
    changed: str
    unseen: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree."""
        merged = {one.event.shown for one in self.met}
        return {
            "workflows": [one.file for one in self.workflows],
            "pull requests run through them": len(self.events),
            "merged": [one.shown for one in self.events if one.shown in merged],
            "packages left to a person": sorted(
                {one.names[0] for one in self.events if one.kind == "by hand" and len(one.names) == 1}
            ),
        }


def examine(root: Path, *, branch: str) -> Examination:
    """Reads the workflows, and runs each kind of pull request through those that merge for Dependabot.

    Args:
        branch: The default branch.

    Raises:
        Inconclusive: check-jsonschema is not installed, or a script cannot be run here.
    """
    tree = read_tree(root)
    everything, refused = read_workflows(root, tree.names)
    merging = [one for one in everything if merging_jobs(one)]
    workflows = tuple(one for one in merging if _speaks(tree, one.file))
    found = manifests.find(tree)
    packages = [one for one in found if "github-actions" not in one.ecosystems]
    named = by_hand(tree.text(one.path) or "" for one in packages) if merging else set()
    met = []
    every = tuple(events(named)) if merging else ()
    for workflow in merging:
        for name in (one for one in TRIGGERS if one in workflow.on):
            for event in every:
                for reached in simulate(workflow, event, name, branch):
                    # What merges people's own work, such as by a label, may do so where nothing says otherwise.
                    if workflow in workflows or (reached.certain and event.kind in _MUST_NOT):
                        met += [Met(event, workflow, reached, one) for one in _merges(reached, event, branch)]
    return Examination(
        workflows,
        {
            name: said
            for name, said in refused.items()
            if name == FILE or (_speaks(tree, name) and _merges_text(tree, name))
        },
        every,
        tuple(met),
        branch,
        next((one.path for one in found), "requirements.txt"),
        (
            *(
                f"{one.file} merges on {event}, which is not simulated here."
                for one in workflows
                for event in other_events(one, branch)
            ),
            *hidden(tree, everything),
        ),
    )


def findings(examination: Examination) -> list[Finding]:
    """What is wrong; empty if exactly the patches are merged, once their checks are green."""
    found = [
        Finding(REASON_INVALID, f"{one}.", name, "Correct it, or update check-jsonschema if the syntax is new.")
        for name, said in examination.refused.items()
        for one in said
    ]
    for one in examination.met:
        found += _about(one)
    if not examination.workflows:
        if not examination.refused:
            told = "no workflow merges patch updates of Dependabot."
            found.append(Finding(REASON_MISSING, told, FILE, "Run `tradeops init auto-merge`."))
        return list(dict.fromkeys(found))
    for workflow in examination.workflows:
        found += allowed.findings(workflow)
    known = [one for one in examination.workflows if set(TRIGGERS) & set(one.on)]
    if known or not any(other_events(one, examination.branch) for one in examination.workflows):
        found += _never(examination)
    return list(dict.fromkeys(found))


def _about(met: Met) -> Iterator[Finding]:
    """What is wrong about one merge."""
    place, may = met.reached.place, "" if met.reached.certain else ", as far as its conditions can be known"
    reason = _MUST_NOT.get(met.event.kind)
    if reason:
        remedy = "Let the step's condition hold for patches of Dependabot only, and for none of these packages."
        yield Finding(reason, f"{met.event.shown} would be merged{may}.", place, remedy)
        return
    if not met.merge.waits:
        told = "it merges at once, and does not wait for the required checks."
        yield Finding(REASON_AT_ONCE, told, place, "Merge with `gh pr merge --auto`.")
    own = [one for one in TOKENS if met.reached.env.get(one)][:1]
    if own and met.reached.env[own[0]] == OWN_TOKEN:
        job = met.reached.place.removeprefix(f"{met.workflow.file}: ").partition(",")[0]
        permissions = met.workflow.jobs[job].get("permissions", met.workflow.permissions)
        lacking = [one for one in allowed.NEEDED if not {one, "everything"} & set(may_write(permissions))]
        if lacking:
            told = f"the job may not write {' and '.join(lacking)}, which Dependabot's runs are not given by default."
            yield Finding(REASON_CANNOT, told, place, "Give the job contents: write and pull-requests: write.")


def _never(examination: Examination) -> Iterator[Finding]:
    """A patch that nothing merges."""
    good = [one for one in examination.met if one.event.kind == "patch" and one.merge.ours and one.merge.authorized]
    started = [
        one
        for one in good
        if any(one.workflow.triggered(name, examination.branch, examination.changed, ("opened",)) for name in TRIGGERS)
    ]
    if started:
        return
    place, remedy = (
        examination.workflows[0].file,
        "Run its conditions by hand, or start anew: `tradeops init auto-merge`.",
    )
    asked = [one for one in examination.met if one.event.kind == "patch"]
    if good:
        told = f"a pull request to {examination.branch} that changes {examination.changed} does not start it."
    elif any(not one.merge.authorized for one in asked):
        told, place = "gh has no token there, so that it does nothing.", asked[0].reached.place
        remedy = "Pass it: GH_TOKEN: ${{ github.token }} in the step's env."
    elif asked:
        told, place = f"it merges something else than the pull request: {asked[0].merge.shown}.", asked[0].reached.place
        remedy = "Pass github.event.pull_request.html_url as a variable, and name that."
    else:
        told = "a patch of requests by Dependabot would not be merged: no condition lets it through."
    yield Finding(REASON_NEVER, told, place, remedy)


def _merges(reached: Reached, event: Event, branch: str) -> list[Merge]:
    if not reached.script:  # an action: whatever it is asked about, it may merge
        return [Merge(waits=True, ours=True, authorized=True, shown=URL)]
    return merges(reached, event, branch)


def _merges_text(tree: Tree, name: str) -> bool:
    return "merge" in (tree.text(name) or "").lower()


def _speaks(tree: Tree, name: str) -> bool:
    return "dependabot" in (tree.text(name) or "").lower()
