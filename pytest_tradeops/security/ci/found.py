"""Finds the steps that run the scanners, and asks the stage whether their failure would fail the step."""

import contextlib
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ..precommit.config import hooked_scanners
from ..project_tree import Tree
from ..workflows import FOLDER, read_workflows
from .commands import BANDIT, GITLEAKS, Command, read, runner
from .composite import ACTION_FILES, every_step
from .probes import SOURCES, planted_high, probe_name
from .stage import Call, Run, Stage, is_followed
from .steps import EVENT, Step

_MOST_KEPT = 8
#: More calls of one scanner are not tried one by one; nor of other programs beside it.
_MOST_TRIED = 12
#: Actions that run whatever linters their settings name.
_MANY = ("super-linter/super-linter", "github/super-linter", "oxsecurity/megalinter", "trunk-io/trunk-action")
#: What a step that may run a scanner speaks of.
_SPEAKS = re.compile(rf"\b(?:{BANDIT}|{GITLEAKS}|tradeops|pre[-_]commit)\b")


@dataclass(frozen=True, slots=True)
class Use:
    """One command of one step that runs scanners.

    Attributes:
        objection: Why its failure stops no pull request, as the end of a sentence; empty if it does.
        shown: Whether what it says comes to the log, the summary or a file.
    """

    step: Step
    command: Command
    objection: str
    shown: bool = True


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


_KEPT: dict[tuple[str, str, str], Found] = {}


def find(tree: Tree, *, branch: str, strategies: str) -> Found:
    """Follows every step of every workflow; what was found is kept for trees that are the same, and not to be changed.

    Args:
        branch: The default branch.
        strategies: The folder of the bot's code.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    key = (_digest(tree), branch, strategies)
    if key not in _KEPT:
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = _find(tree, branch, strategies)
    return _KEPT[key]


def _find(tree: Tree, branch: str, strategies: str) -> Found:
    workflows, refused = read_workflows(tree.root, tree.names)
    found = Found(tuple(one.file for one in workflows), refused)
    coming = [probe_name(strategies, severity) for severity in SOURCES]  # for scripts that name files by patterns
    coming += planted_high(tree.names, strategies)
    with processes.scratch("tradeops-stage-") as place:
        stage = Stage(tree, place, strategies, coming)
        waiting = []
        for one in every_step(tree, workflows, branch, strategies):
            found.steps += 1
            if one.objection:
                waiting.append(one)
            else:
                _look(stage, one, tree, found)
        # What stops no pull request is looked into only for what would be missing otherwise.
        if not all(any(not use.objection for use in found.of(scanner)) for scanner in (BANDIT, GITLEAKS)):
            for one in waiting:
                _look(stage, one, tree, found)
    return found


def _digest(tree: Tree) -> str:
    """Of all that a step can lead to: names, and the texts that count on the stage."""
    digest = hashlib.sha256("\0".join(tree.names).encode("utf-8", "surrogateescape"))
    for name in tree.names:
        is_yaml = name.startswith(f"{FOLDER}/") or name.rpartition("/")[2] in ACTION_FILES
        if is_yaml or is_followed(tree.root / name, name):
            with contextlib.suppress(OSError):
                mode = (tree.root / name).stat().st_mode
                digest.update(f"\0{name}\0{mode}\0".encode("utf-8", "surrogateescape"))
                digest.update((tree.root / name).read_bytes())
    return digest.hexdigest()


def _look(stage: Stage, step: Step, tree: Tree, found: Found) -> None:
    if step.script:
        _follow(stage, step, lambda: hooked_scanners(tree.root), tree, found)
    elif step.action:
        _note_action(step, found)


def _follow(stage: Stage, step: Step, hooked: Callable[[], frozenset[str]], tree: Tree, found: Found) -> None:
    try:
        healthy = stage.run(step)
        commands = [(call, command) for call in healthy.calls if (command := read(call, hooked)) is not None]
        others = sorted({name for call in healthy.calls if (name := runner(call, tree.text))})
        found.calls += len(healthy.calls)
        if others and not step.objection:
            found.unknown.append(f"{step.place} calls {others[0]}, and what that starts is not seen here.")
        if healthy.code != 0 and not step.objection:
            found.unknown.append(f"{step.place} is not followed to its end: {healthy.said[:120]}.")
        if not commands and not step.objection and any(map(_SPEAKS.search, (step.script, *_texts(stage, step)))):
            _note_hidden(stage, step, healthy, hooked, found)
        for call, command in commands[:_MOST_TRIED]:
            objection, shown = step.objection, True
            mark = f"tradeops-{secrets.token_hex(8)}"
            telling = f"echo {mark}; echo {mark} >&2; exit 1"
            if healthy.code == 0 and objection and not step.unreached:
                shown = stage.shows(stage.run(step, failing=call, doing=telling), mark)
            elif not objection and healthy.code == 0:
                broken = stage.run(step, failing=call, doing=telling)
                shown = stage.shows(broken, mark)
                objection = "" if broken.code else "the step ends well although the command fails"
                unsure = "" if objection else _unsure(stage, step, healthy, call, tree)
                if not broken.failed or unsure:
                    found.unknown.append(f"{step.place} starts `{command.shown}` {unsure or 'not every time'}.")
                    continue
            elif not objection:
                continue  # it fails whatever the scanner says
            found.uses.append(Use(step, command, objection, shown))
    except Inconclusive as error:
        if not step.objection:
            found.unknown.append(error.message)


def _texts(stage: Stage, step: Step) -> list[str]:
    return [text for _, text in stage.led_to(step.script)]


def _others(healthy: Run, before: Call | None) -> list[Call]:
    """The first call of every other program, up to one that is looked at."""
    end = len(healthy.calls) if before is None else healthy.calls.index(before)
    return list({call.name: call for call in reversed(healthy.calls[:end])}.values())[:_MOST_TRIED]


def _unsure(stage: Stage, step: Step, healthy: Run, call: Call, tree: Tree) -> str:
    """Why a scanner's call may be left out, or be another program; empty if neither."""
    if step.altered and any(name.rpartition("/")[2] == call.name for name in tree.names):
        return f"as a step before it may have replaced {call.name}"
    for other in _others(healthy, call):
        without = stage.run(step, failing=other)
        if without.code == 0 and without.failed and not any(one.argv == call.argv for one in without.calls):
            return f"only where {other.name} ends well"
    return ""


def _note_hidden(stage: Stage, step: Step, healthy: Run, hooked: Callable[[], frozenset[str]], found: Found) -> None:
    """A scanner that is started only where another program fails, such as `git diff --quiet`."""
    for other in _others(healthy, None):
        without = stage.run(step, failing=other)
        if any(read(call, hooked) is not None for call in without.calls):
            found.unknown.append(f"{step.place} starts a scanner only where {other.name} fails.")
            return


def _note_action(step: Step, found: Found) -> None:
    for scanner in (BANDIT, GITLEAKS):
        if scanner in step.action:
            found.actions.setdefault(scanner, []).append(step)
    unseen = step.action.startswith(("./", *_MANY)) or not step.number
    if unseen and not step.objection:
        found.unknown.append(f"{step.place} uses {step.action}, which is not followed.")


def missing_place(root: Path) -> str:
    """Where a finding about an absent step belongs."""
    return FOLDER if (root / FOLDER).is_dir() else f"{FOLDER}/verification.yml"


__all__ = ["EVENT", "Found", "Use", "find", "missing_place"]
