"""Finds the steps that run the scanners, and asks the stage whether their failure would fail the step."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ..project_tree import Tree
from ..workflows import FOLDER, read_workflows
from .commands import BANDIT, GITLEAKS, Command, read, runner
from .stage import Stage
from .steps import EVENT, Step, steps_of

#: More calls of one scanner are not tried one by one.
_MOST_TRIED = 12


@dataclass(frozen=True, slots=True)
class Use:
    """One command of one step that runs scanners.

    Attributes:
        objection: Why its failure stops no pull request, as the end of a sentence; empty if it does.
    """

    step: Step
    command: Command
    objection: str


@dataclass(slots=True)
class Found:
    """What the workflows do with the scanners.

    Attributes:
        workflows: Files that were read; `refused` those that GitHub refuses, with sentences.
        steps: How many steps were looked at; `calls` how many programs they start.
        uses: Commands that run a scanner.
        actions: Scanner to steps that leave it to an action, which cannot be run here.
        unknown: Sentences about steps that could not be followed; they count where a scanner is not found otherwise.
    """

    workflows: tuple[str, ...] = ()
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    steps: int = 0
    calls: int = 0
    uses: list[Use] = field(default_factory=list)
    actions: dict[str, list[Step]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def of(self, scanner: str) -> list[Use]:
        """The commands that run a scanner, those that can stop a pull request first."""
        mine = [one for one in self.uses if scanner in one.command.scanners]
        return sorted(mine, key=lambda one: bool(one.objection))


def find(
    tree: Tree,
    *,
    branch: str,
    strategies: str,
    coming: Iterable[str] = (),
    hooked: Callable[[], frozenset[str]] = frozenset,
    trying: bool = True,
) -> Found:
    """Follows every step of every workflow.

    Args:
        branch: The default branch.
        strategies: The folder of the bot's code.
        coming: Names of files that are about to be planted, for scripts that name files by patterns.
        hooked: Which scanners pre-commit's hooks run.
        trying: Whether a step is run again with its scanner failing; else no script stands in its way.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    workflows, refused = read_workflows(tree.root, tree.names)
    folder = strategies.strip("/")
    changed = [name for name in tree.names if name.startswith(f"{folder}/")] or [f"{folder}/strategy.py"]
    found = Found(tuple(one.file for one in workflows), refused)
    with processes.scratch("tradeops-stage-") as place:
        stage = Stage(tree, place, strategies, coming)
        for workflow in workflows:
            for step in steps_of(workflow, branch, changed):
                found.steps += 1
                if step.script:
                    _follow(stage, step, hooked, found, trying)
                elif step.action:
                    _note_action(step, found)
    return found


def _follow(stage: Stage, step: Step, hooked: Callable[[], frozenset[str]], found: Found, trying: bool) -> None:
    try:
        healthy = stage.run(step)
    except Inconclusive as error:
        if not step.objection:
            found.unknown.append(error.message)
        return
    found.calls += len(healthy.calls)
    commands = [(call, command) for call in healthy.calls if (command := read(call, hooked)) is not None]
    others = sorted({name for call in healthy.calls if (name := runner(call))})
    if others and not step.objection:
        found.unknown.append(f"{step.place} calls {others[0]}, and what that starts is not seen here.")
    if healthy.code != 0 and not step.objection:
        found.unknown.append(f"{step.place} is not followed to its end: {healthy.said[:120]}.")
    for call, command in commands[:_MOST_TRIED]:
        objection = step.objection
        if trying and not objection and healthy.code == 0:
            broken = stage.run(step, failing=call)
            if not broken.failed:
                found.unknown.append(f"{step.place} starts `{command.shown}` not every time.")
                continue
            objection = "" if broken.code else "the step ends well although the command fails"
        elif trying and not objection:
            continue  # it fails whatever the scanner says
        found.uses.append(Use(step, command, objection))


def _note_action(step: Step, found: Found) -> None:
    for scanner in (BANDIT, GITLEAKS):
        if scanner in step.action:
            found.actions.setdefault(scanner, []).append(step)
    if step.action.startswith("./") and not step.objection:
        found.unknown.append(f"{step.place} uses {step.action}, which is not followed.")


def missing_place(root: Path) -> str:
    """Where a finding about an absent step belongs."""
    return FOLDER if (root / FOLDER).is_dir() else f"{FOLDER}/verification.yml"


__all__ = ["EVENT", "Found", "Use", "find", "missing_place"]
