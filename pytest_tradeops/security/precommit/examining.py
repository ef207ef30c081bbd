"""Commits what must be refused and what must not, through the subject's own hooks."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ...model import Finding
from ..ci.probes import CLEAN, SOURCES, probe_name
from ..gitleaks import planting
from ..gitleaks.samples import LOOK_ALIKES
from ..project_tree import Tree, read_tree
from ..yaml_files import Unreadable
from . import (
    FILE,
    REASON_HIGH,
    REASON_INVALID,
    REASON_MISSING,
    REASON_NO_BANDIT,
    REASON_NO_FILES,
    REASON_NO_SECRETS,
    REASON_REFUSED,
    REASON_SECRET,
)
from .committing import Clone, Commit
from .config import BANDIT, SECRETS, Config, Hook, read_config

_ABSENT = {BANDIT: REASON_NO_BANDIT, SECRETS: REASON_NO_SECRETS}
_WHAT = {BANDIT: "a HIGH issue", SECRETS: "a secret"}
_INIT = "Run `tradeops init pre-commit`, or take the hooks from docs/pre-commit.md."


@dataclass(slots=True)
class Examination:
    """What was looked at, and what came of it.

    Attributes:
        hooks: Ids of the scanners' hooks; `left_out` those of others, which were not installed.
        commits: How many commits were tried; `runs` how many hooks came to their turn in them.
        lacking: Sentences about what could not be looked at.
    """

    hooks: tuple[str, ...] = ()
    left_out: int = 0
    commits: int = 0
    runs: int = 0
    findings: list[Finding] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree."""
        return {"hooks": list(self.hooks), "other hooks, not installed": self.left_out}


def examine(root: Path, *, strategies: str, gitleaks: str) -> Examination:
    """Installs the scanners' hooks in a small repository and commits there.

    Args:
        strategies: The folder of the bot's code.
        gitleaks: As `provider.find` is told.
    """
    done = Examination()
    tree = read_tree(root)
    if FILE not in tree.names:
        done.findings.append(Finding(REASON_MISSING, f"there is no {FILE}.", FILE, _INIT))
        return done
    try:
        config = read_config(root)
    except Unreadable as error:
        done.findings.append(Finding(REASON_INVALID, f"the file {error}.", FILE, "Correct it: pre-commit refuses it."))
        return done
    hooks = {scanner: config.of(scanner) for scanner in (BANDIT, SECRETS)}
    done.hooks = tuple(one.id for each in hooks.values() for one in each)
    done.left_out = len(config.hooks) - len(done.hooks)
    usable: dict[str, tuple[Hook, ...]] = {}
    for scanner, found in hooks.items():
        usable[scanner] = tuple(one for one in found if not one.objection)
        if not found:
            said = f"no hook that runs at a commit looks for {_WHAT[scanner]}."
            done.findings.append(Finding(_ABSENT[scanner], said, FILE, _INIT))
        elif not usable[scanner]:
            done.lacking.append(f"The hook {found[0].id} was not run: {found[0].objection}.")
    try:
        _commit(tree, config, usable, strategies, gitleaks, done)
    except Unreadable as error:
        done.findings.append(
            Finding(REASON_INVALID, f"the file {error}.", FILE, "Correct it: nothing can be committed.")
        )
    except Inconclusive as error:
        done.lacking.append(str(error))
    return done


def _commit(
    tree: Tree, config: Config, usable: dict[str, tuple[Hook, ...]], strategies: str, gitleaks: str, done: Examination
) -> None:
    if not any(usable.values()):
        return
    high = probe_name(strategies, "HIGH")
    key = probe_name(strategies, "KEY")
    planted = {BANDIT: {high: SOURCES["HIGH"]}, SECRETS: {key: planting.key_line()}}
    planted = {scanner: files for scanner, files in planted.items() if usable[scanner]}
    with processes.scratch("tradeops-commit-") as place:
        clone = Clone(tree, place, config.reduced(), gitleaks)
        # Repaired in the work tree after it was staged: what is committed is what counts.
        both = clone.commit({name: text for files in planted.values() for name, text in files.items()}, CLEAN)
        _count(both, done)
        if not both.accepted and not both.hooks:
            raise Inconclusive(f"`git commit` failed before a hook ran: {both.said.tail}.")
        for scanner, files in planted.items():
            alone = both
            if not any(one.name in both.hooks for one in usable[scanner]) and not both.accepted:
                alone = clone.commit(files, CLEAN)  # a hook before it failed, and stopped the others
                _count(alone, done)
            _judge(scanner, usable[scanner], alone, next(iter(files)), done)
        if usable[SECRETS] and not done.findings and not done.lacking:
            setting = f"{Path(key).stem}.toml"  # keys are pasted into settings more often than into code
            alone = clone.commit({setting: planting.key_line()}, "")
            _count(alone, done)
            _judge(SECRETS, usable[SECRETS], alone, setting, done)
        if not done.findings and not done.lacking:
            _accept(clone, usable, strategies, done)


def _judge(scanner: str, hooks: tuple[Hook, ...], commit: Commit, name: str, done: Examination) -> None:
    said = [commit.hooks[one.name] for one in hooks if one.name in commit.hooks]
    failed = [one for one in said if one.end == "Failed"]
    place, own = f"{FILE}: {hooks[0].id}", Path(name).name
    if any(own in one.output or (scanner == SECRETS and "leaks found" in one.output) for one in failed):
        return
    if failed:
        lines = [line.strip() for line in failed[0].output.splitlines() if line.strip()]
        done.lacking.append(f"The hook {hooks[0].id} failed without naming {_WHAT[scanner]}: {lines[-1][:200]}.")
        return
    if scanner == SECRETS:
        where = "" if own.endswith(".py") else " in a file that is no Python"
        reason, message = REASON_SECRET, f"the hook let a staged secret of an exchange pass{where}."
    elif all(one.end == "Skipped" for one in said):
        reason, message = REASON_NO_FILES, "no hook for bandit was given a staged strategy, so nothing was looked at."
    else:
        reason, message = REASON_HIGH, "the hook let a staged shell call of HIGH severity pass."
    done.findings.append(Finding(reason, message, place, f"Correct files, types, entry and args of the hook. {_INIT}"))


def _accept(clone: Clone, usable: dict[str, tuple[Hook, ...]], strategies: str, done: Examination) -> None:
    """A clean strategy with a look-alike of a secret must be committed, and both hooks must have looked."""
    rng = random.Random()  # noqa: S311 - it is no secret, and must only look like one
    _, shape = LOOK_ALIKES["transaction"][0]
    good = clone.commit({probe_name(strategies, "CLEAN"): f"{CLEAN}\n\n{shape(rng)}"})
    _count(good, done)
    if good.accepted:
        return
    names = {one.name: one for each in usable.values() for one in each}
    failed = next((name for name, said in good.hooks.items() if said.end == "Failed"), "")
    if failed in names:
        said = "a clean strategy with the hash of a transaction was refused."
        remedy = "Let it refuse only what it is for; people switch off what refuses their work."
        done.findings.append(Finding(REASON_REFUSED, said, f"{FILE}: {names[failed].id}", remedy))
    else:
        done.lacking.append(f"`git commit` failed for another reason than a hook: {good.said.tail}.")


def _count(commit: Commit, done: Examination) -> None:
    done.commits += 1
    done.runs += sum(one.end != "Skipped" for one in commit.hooks.values())
