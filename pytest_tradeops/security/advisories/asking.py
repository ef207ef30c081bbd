"""The steps of CI that ask for advisories, and what becomes of their very command on a service of our own."""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from ... import locks
from ...exceptions import Inconclusive
from ..ci.composite import expanded
from ..ci.stage import Call, Run, Stage
from ..ci.steps import Step, steps_of
from ..project_tree import Tree
from ..workflows import Workflow
from ..wrapped import unwrapped
from . import ASKS
from .audit import uv
from .service import index_of

EVENTS = ("pull_request", "push", "schedule")
#: Nothing leads these to another service than their own.
_ELSEWHERE = frozenset({"pip-audit", "osv-scanner", "trivy", "grype", "safety", "snyk"})
_MODULES = {"pip_audit": "pip-audit", "safety": "safety"}
_ACTIONS = ("google/osv-scanner-action", "pypa/gh-action-pip-audit", "aquasecurity/trivy-action", "anchore/scan-action")
_TIMEOUT = 60.0
#: In uv.lock; uv would ask it what became of each project.
_REGISTRY = re.compile(rb'(?m)^(source = \{ registry = ")[^"]*')


@dataclass(frozen=True, slots=True)
class Ask:
    """One command of one step that asks for advisories.

    Attributes:
        program: `tradeops` or `uv`; `arguments` what follows it.
    """

    step: Step
    call: Call
    program: str
    arguments: tuple[str, ...]

    @property
    def shown(self) -> str:
        return " ".join((self.program, *self.arguments))[:160]


def find(workflows: tuple[Workflow, ...], tree: Tree, branch: str, stage: Stage) -> tuple[list[Ask], list[str]]:
    """The commands that ask, and sentences about scanners and steps that cannot be followed here."""
    found: list[Ask] = []
    lacking: list[str] = []
    for step in _steps(workflows, tree, branch):
        if step.action.startswith(_ACTIONS):
            lacking.append(f"{step.place} asks by {step.action}, which cannot be led to a database of our own.")
        elif step.script and _may_ask(stage, step):
            try:
                calls = stage.run(step).calls
            except Inconclusive as error:
                lacking.append(error.message)
                continue
            for call in calls:
                one = _read(step, call)
                if one is not None:
                    found.append(one)
                elif other := unwrapped(call.argv, _ELSEWHERE, _MODULES):
                    lacking.append(f"{step.place} asks by {other[0]}, which cannot be led to a database of our own.")
    return found, lacking


def execute(ask: Ask, tree: Tree, stage: Stage, service: str) -> Run:
    """Runs the step, its asking command in earnest against a service; pipes and `||` do with it what they do in CI.

    Raises:
        Inconclusive: it has a database of its own, or does not end.
    """
    if "--database" in ask.arguments:
        raise Inconclusive(f"{ask.step.place} asks a database of its own.", remedy="Let it ask OSV.")
    # Only what says which packages there are: all else on the stage has no content.
    pinned = {path.relative_to(tree.root).as_posix() for path in locks.find(tree.root)}
    for name in tree.names:
        if name in pinned or name.rpartition("/")[2] in ("pyproject.toml", "uv.toml"):
            data = (tree.root / name).read_bytes()
            (stage.checkout / name).write_bytes(_REGISTRY.sub(rb"\g<1>" + index_of(service).encode(), data))
    where = f"PATH={shlex.quote(os.defpath)} TRADEOPS_OSV_URL={shlex.quote(service)}"
    return stage.run(ask.step, ask.call, doing=f"{where} exec {shlex.join(_command(ask, service))}", timeout=_TIMEOUT)


def _steps(workflows: tuple[Workflow, ...], tree: Tree, branch: str) -> Iterator[Step]:
    """Every step once: as the first event that comes to it meets it."""
    pinned = [path.relative_to(tree.root).as_posix() for path in locks.find(tree.root)][:1] or ["uv.lock"]
    called = {one.file: one for one in workflows}
    for workflow in (one for one in workflows if set(one.on) != {"workflow_call"}):
        every = zip(*(steps_of(workflow, branch, pinned, event, called) for event in EVENTS), strict=True)
        for one in every:
            step = next((step for step in one if not step.unreached), one[0])
            yield from expanded(tree, step)


def _may_ask(stage: Stage, step: Step) -> bool:
    return any(ASKS.search(text) for text in (step.script, *(text for _, text in stage.led_to(step.script))))


def _read(step: Step, call: Call) -> Ask | None:
    plain = unwrapped(call.argv, ("tradeops",), {"pytest_tradeops": "tradeops"})
    if plain[:2] == ("tradeops", "advisories"):
        return Ask(step, call, "tradeops", plain[1:])
    if call.name == "uv":
        words = [at for at, word in enumerate(call.argv[1:], start=1) if not word.startswith("-")]
        if words and call.argv[words[0]] == "audit":
            return Ask(step, call, "uv", call.argv[1:])
    return None


def _command(ask: Ask, service: str) -> list[str]:
    if ask.program == "tradeops":
        return [sys.executable, "-P", "-m", "pytest_tradeops", *ask.arguments]
    return [str(uv()), *ask.arguments, "--service-url", service]
