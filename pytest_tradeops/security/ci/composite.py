"""What is behind an action: the steps of one in the same repository, and what this package's own action runs."""

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..expressions import holds
from ..project_tree import Tree
from ..workflows import Workflow
from ..yaml_files import Unreadable, parse, read_text
from .steps import COMPUTED, Step, shell_of, steps_of

ACTION_FILES = ("action.yml", "action.yaml")
#: The last part of the name of this package's action, whoever owns the repository that it is taken from.
_OWN = "pytest-tradeops"
#: Runs pre-commit: https://github.com/pre-commit/action/blob/main/action.yml .
_PRE_COMMIT = "pre-commit/action"
_DEEPEST = 5
_INPUT = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


def every_step(tree: Tree, workflows: Sequence[Workflow], branch: str, strategies: str) -> Iterator[Step]:
    """Each step of the workflows, as far as a pull request that changes any strategy is concerned.

    Args:
        tree: Of the checkout.
        branch: The default branch.
        strategies: The folder of the bot's code.
    """
    folder = strategies.strip("/")
    changed = [name for name in tree.names if name.startswith(f"{folder}/")] or [f"{folder}/strategy.py"]
    local = {one.file: one for one in workflows}
    for workflow in (one for one in workflows if set(one.on) != {"workflow_call"}):
        for step in steps_of(workflow, branch, changed, called=local):
            yield from expanded(tree, step)


def expanded(tree: Tree, step: Step, depth: int = 0) -> Iterator[Step]:
    """The steps that a step stands for: itself, unless it uses an action whose steps can be read here.

    Args:
        tree: Of the checkout.
    """
    name = step.action.rpartition("/")[2]
    if name == _OWN and not step.action.startswith("."):
        yield replace(step, action="", script=_gate(step.with_), shell=shell_of("bash"), folder=_folder(step.with_))
        return
    if step.action == _PRE_COMMIT:
        run = f"pre-commit run --show-diff-on-failure --color=always {step.with_.get('extra_args', '--all-files')}"
        yield replace(step, action="", script=run, shell=shell_of("bash"))
        return
    document = _action(tree, step.action) if step.action.startswith("./") and depth < _DEEPEST else None
    if document is None:
        yield step
        return
    inputs = {**_defaults(document.get("inputs")), **step.with_}
    for number, one in enumerate(document["runs"]["steps"], start=1):
        if isinstance(one, dict):
            yield from expanded(tree, _inner(step, one, number, inputs), depth + 1)


def _inner(step: Step, one: Mapping[str, Any], number: int, inputs: Mapping[str, str]) -> Step:
    known = {f"inputs.{name}": value for name, value in inputs.items() if COMPUTED not in value}
    place = f"step {number} of {step.action}"
    unreached = "" if holds(one.get("if"), known) else f"the condition of {place} does not hold"
    tolerated = "" if one.get("continue-on-error", False) is False else f"{place} has continue-on-error"
    return replace(
        step,
        action=str(one.get("uses", "")).partition("@")[0].strip().lower(),
        script=_filled(one.get("run", ""), inputs),
        shell=shell_of(str(one.get("shell", "bash"))),
        folder=_filled(one.get("working-directory", "."), inputs),
        env={**step.env, **_texts(one.get("env"), inputs)},
        with_=_texts(one.get("with"), inputs),
        unreached=step.unreached or unreached,
        tolerated=step.tolerated or tolerated,
    )


def _action(tree: Tree, action: str) -> dict[str, Any] | None:
    """The document of a composite action of the checkout; None if there is none."""
    folder = posixpath.normpath(action)
    for name in ACTION_FILES:
        path = name if folder == "." else f"{folder}/{name}"
        if path not in tree.names:
            continue
        try:
            document = parse(read_text(tree.root / path))
        except Unreadable:
            return None
        runs = document.get("runs") if isinstance(document, dict) else None
        if isinstance(runs, dict) and runs.get("using") == "composite" and isinstance(runs.get("steps"), list):
            return dict(document)
    return None


def _defaults(inputs: Any) -> dict[str, str]:
    tables = inputs.items() if isinstance(inputs, dict) else ()
    return {str(name): str(one.get("default", "")) for name, one in tables if isinstance(one, dict)}


def _texts(table: Any, inputs: Mapping[str, str]) -> dict[str, str]:
    return {str(name): _filled(value, inputs) for name, value in table.items()} if isinstance(table, dict) else {}


def _filled(value: Any, inputs: Mapping[str, str]) -> str:
    text = _INPUT.sub(lambda match: inputs.get(match[1], ""), str(value))
    return _EXPRESSION.sub(COMPUTED, text)


def _gate(with_: Mapping[str, str]) -> str:
    """What this package's action runs; an environment that it would find there is none of the command's business."""
    profile = f" --profile {shlex.quote(with_['profile'])}" if with_.get("profile") else ""
    return f"tradeops verify{profile} {with_.get('arguments', '')}".strip()


def _folder(with_: Mapping[str, str]) -> str:
    return with_.get("working-directory") or "."
