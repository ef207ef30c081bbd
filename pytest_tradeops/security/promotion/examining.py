"""Holds the workflows of a subject against the rule that nothing is deployed without the gate's decision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...model import Finding
from ..expressions import text_of
from ..project_tree import read_tree
from ..workflows import FOLDER, Workflow, combinations, matrix_of, read_workflows
from ..yaml_files import Unreadable, parse, read_text
from . import (
    FILE,
    REASON_ALTHOUGH,
    REASON_CANNOT_BLOCK,
    REASON_COMMIT,
    REASON_INVALID,
    REASON_MISSING,
    REASON_SKIPPED,
    REASON_WITHOUT,
)
from .commits import parted
from .gates import Gates
from .starting import Starts, Way

_REMEDIES = {
    REASON_WITHOUT: "Run the gate in a job of its own, as `tradeops init ci` writes it, and name that job in `needs`.",
    REASON_CANNOT_BLOCK: "Let `tradeops verify` stand alone on its line, in step and job without `continue-on-error`.",
    REASON_SKIPPED: "Let the step that runs the gate, and its line, have no condition.",
    REASON_ALTHOUGH: "Take always() and its like out of the condition, or ask for needs.<gate>.result == 'success'.",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """A job that deploys, or may.

    Attributes:
        environment: As the workflow has it.
        certain: Whether it is one of the guarded environments; otherwise it is computed in the run.
        ways: How it starts without the gate's decision.
        parted: How it deploys another commit than the gate looks at, as ends of sentences.
    """

    place: str
    environment: str
    certain: bool
    ways: tuple[Way, ...]
    parted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at.

    Attributes:
        environments: The guarded ones.
        refused: File of a workflow that GitHub refuses to sentences; only those that speak of an environment.
        gates: Places of the jobs that run the gate so that it can stop what needs them.
    """

    environments: tuple[str, ...]
    workflows: tuple[Workflow, ...]
    refused: dict[str, tuple[str, ...]]
    deployments: tuple[Deployment, ...]
    gates: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree."""
        return {
            "environments": list(self.environments),
            "workflows": [one.file for one in self.workflows],
            "deploying": [f"{one.place} -> {one.environment}" for one in self.deployments],
            "gates": list(self.gates),
        }


def examine(root: Path, environments: Sequence[str]) -> Examination:
    """Reads the workflows and follows every way to a job that deploys.

    Args:
        environments: Names of the environments into which only a promoted build may go.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    tree = read_tree(root)
    found, refused = read_workflows(root, tree.names)
    gates = Gates(root, tree, found)
    starts = Starts(found, {one.file: _title(root, one) for one in found}, gates)
    places = [
        f"{workflow.file}: {name}"
        for workflow in found
        for name in workflow.jobs
        if (gate := gates.of(workflow, name)) is not None and not gate.objection and not gate.elsewhere
    ]
    return Examination(
        tuple(environments),
        tuple(found),
        {name: said for name, said in refused.items() if "environment" in (tree.text(name) or "environment")},
        tuple(one for workflow in found for one in _deployments(workflow, environments, starts, gates)),
        tuple(places),
    )


def findings(examination: Examination) -> list[Finding]:
    """Every way to a deployment that does not lead through the gate, and environments to which none leads."""
    found = [
        Finding(REASON_INVALID, f"{one}.", name, "Correct it, or update check-jsonschema if the syntax is new.")
        for name, said in examination.refused.items()
        for one in said
    ]
    certain = [one for one in examination.deployments if one.certain]
    computed = len(certain) < len(examination.deployments)
    for environment in examination.environments:
        if not found and not computed and not any(one.environment.lower() == environment.lower() for one in certain):
            said = f"no job in {FOLDER} has the environment {environment}, so that nothing ties it to a decision."
            remedy = (
                "Add one behind the gate's job, as `tradeops init ci` writes it and docs/workflows.md shows it, or "
                "name yours as `environments` in [tool.tradeops.security]."
            )
            found.append(Finding(REASON_MISSING, said, FILE, remedy))
    for one in certain:
        for way in one.ways:
            if not way.unknown:
                reason = _reason(way)
                said = f"{one.environment} is deployed to without the gate's decision: {way.said}."
                found.append(Finding(reason, said, way.place, _REMEDIES[reason]))
        for said in one.parted:
            remedy = "Let both jobs check out the commit of the run: leave `ref` out of their checkouts."
            found.append(Finding(REASON_COMMIT, f"{said}.", one.place, remedy))
    return list(dict.fromkeys(found))


def unseen(examination: Examination) -> list[str]:
    """Sentences about what cannot be seen from here and may lead past the gate."""
    found = []
    certain = {one.environment.lower() for one in examination.deployments if one.certain}
    for one in examination.deployments:
        left = [name for name in examination.environments if name.lower() not in certain]
        if not one.certain and left and not one.ways:
            found.append(f"No job is known to deploy to {left[0]}; {one.place} computes where to: {one.environment}.")
        if not one.certain and one.ways:
            found.append(f"{one.place} may deploy to a guarded environment, as it is computed: {one.environment}.")
        elif one.certain:
            found += [f"{way.place}: {way.said}." for way in one.ways if way.unknown]
    return list(dict.fromkeys(found))


def _reason(way: Way) -> str:
    if way.gate is None:
        return REASON_WITHOUT
    if way.gate.skipped:
        return REASON_SKIPPED
    return REASON_CANNOT_BLOCK if way.gate.objection else REASON_ALTHOUGH


def _deployments(workflow: Workflow, environments: Sequence[str], starts: Starts, gates: Gates) -> Iterator[Deployment]:
    guarded = {one.lower() for one in environments}
    for name, job in workflow.jobs.items():
        for environment, known in _names(job, environments):
            if not known or environment.lower() in guarded:
                place = f"{workflow.file}: {name}"
                apart = tuple(said for _, said in parted(workflow, name, gates))
                yield Deployment(place, environment, known, tuple(starts.ways(workflow, name)), apart)


def _names(job: Any, environments: Sequence[str]) -> list[tuple[str, bool]]:
    """The environments of a job, one for each that its matrix gives, and whether each is known.

    An expression in which a guarded one stands by name, such as `inputs.to || 'staging'`, may lead there.
    """
    declared = job.get("environment")
    text = str((declared.get("name") if isinstance(declared, dict) else declared) or "").strip()
    if not text:
        return []
    values = combinations(job)
    names = [text_of(text, matrix_of(each)) for each in values] if values is not None else [text_of(text, {})]
    named = [one for one in environments if f"'{one.lower()}'" in text.lower()]
    found = [(one, True) for one in names if one is not None]
    if len(found) < len(names):
        found += [(one, True) for one in named] or [(text, False)]
    return list(dict.fromkeys(found))


def _title(root: Path, workflow: Workflow) -> str:
    """What `workflow_run` calls it by."""
    try:
        document = parse(read_text(root / workflow.file))
    except Unreadable:
        return workflow.file
    return str(document.get("name") or workflow.file) if isinstance(document, dict) else workflow.file
