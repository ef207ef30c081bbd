"""The steps that start one program on a pull request, and whether its failure stops it; nothing else is looked for."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ...exceptions import Inconclusive
from ..project_tree import Tree
from ..workflows import read_workflows
from .commands import runner
from .composite import every_step
from .stage import Call, Run, Stage
from .steps import COMPUTED, Step

#: What brings more of the history than the checkout did.
FETCHES = re.compile(r"\bgit\b.*\bfetch\b")


@dataclass(frozen=True, slots=True)
class Called:
    """One call of the program.

    Attributes:
        call: As it was started.
        argv: As `find_calls` was told to read it.
        fetches: Command lines of git, in front of it in the same job, that fetch.
        objection: Why its failure stops no pull request, as the end of a sentence; empty if it does.
    """

    step: Step
    call: Call
    argv: tuple[str, ...]
    fetches: tuple[tuple[str, ...], ...] = ()
    objection: str = ""

    @property
    def folder(self) -> str:
        """Where, relative to the checkout."""
        return self.call.folder

    @property
    def as_module(self) -> bool:
        """Whether it is `python -m PROGRAM`, which can import from where it is started."""
        return "-m" in self.call.argv[: len(self.call.argv) - len(self.argv) + 1]

    @property
    def arguments(self) -> list[str]:
        """What follows the program's name; the branch stands where only a run knows, as of `github.base_ref`."""
        return [word.replace(COMPUTED, self.step.branch) for word in self.argv[1:]]

    @property
    def env(self) -> dict[str, str]:
        """Variables of the step, likewise."""
        return {name: value.replace(COMPUTED, self.step.branch) for name, value in self.step.env.items()}


@dataclass(slots=True)
class Calls:
    """What the workflows do with the program.

    Attributes:
        workflows: Files that were read; `refused` those that GitHub refuses, with sentences.
        steps: How many steps were looked at.
        found: The calls, those that can stop a pull request first.
        unknown: Sentences about steps that could not be followed.
    """

    workflows: tuple[str, ...] = ()
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    steps: int = 0
    found: list[Called] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def find_calls(
    tree: Tree,
    place: Path,
    read: Callable[[Call], tuple[str, ...]],
    speaks: re.Pattern[str],
    *,
    branch: str,
    strategies: str,
) -> Calls:
    """Follows every step that speaks of the program, in its script or in one that it leads to.

    Args:
        place: An empty folder for the stage; variables such as `$GITHUB_STEP_SUMMARY` lead into it.
        read: From a call to the words that matter of it; empty for one of another program.
        branch: The default branch.
        strategies: The folder of the bot's code.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    workflows, refused = read_workflows(tree.root, tree.names)
    calls = Calls(tuple(one.file for one in workflows), refused)
    stage = Stage(tree, place, strategies)
    fetched: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for step in every_step(tree, workflows, branch, strategies):
        calls.steps += 1
        texts = [step.script, *(text for _, text in stage.led_to(step.script))]
        if any(speaks.search(text) or FETCHES.search(text) for text in texts):
            _follow(stage, step, read, tree, fetched.setdefault((step.file, step.job), []), calls)
    calls.found.sort(key=lambda one: bool(one.objection))
    return calls


def _follow(
    stage: Stage,
    step: Step,
    read: Callable[[Call], tuple[str, ...]],
    tree: Tree,
    fetched: list[tuple[str, ...]],
    calls: Calls,
) -> None:
    try:
        healthy = stage.run(step)
        for call in healthy.calls:
            if call.name == "git" and "fetch" in call.argv and not step.unreached:
                fetched.append(call.argv)
            elif argv := read(call):
                objection = step.objection or _ignored(stage, step, healthy, call)
                calls.found.append(Called(step, call, argv, tuple(fetched), objection))
        if not step.objection:
            hidden = sorted({name for call in healthy.calls if (name := runner(call, tree.text))})
            calls.unknown += [f"{step.place} calls {name}, and what that starts is not seen here." for name in hidden]
    except Inconclusive as error:
        if not step.objection:
            calls.unknown.append(error.message)


def _ignored(stage: Stage, step: Step, healthy: Run, call: Call) -> str:
    if healthy.code != 0:
        return "the step fails whatever the command says"
    broken = stage.run(step, failing=call)
    if not broken.failed:
        return "the step does not start the command every time"
    return "" if broken.code else "the step ends well although the command fails"
