"""Runs the configured bandit commands on a probe of each severity: HIGH must block, the others be reported only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ...model import Finding
from .. import bandit
from ..precommit.config import hooked_commands
from ..project_tree import Tree, read_tree
from . import REASON_HIGH, REASON_LESS, REASON_MISSING, REASON_UNREPORTED
from .commands import BANDIT, Command, read
from .found import find, missing_place
from .gate_run import run_checks
from .probes import CLEAN, SOURCES, Project, probe_name
from .stage import Call

LESS = ("LOW", "MEDIUM")


@dataclass(frozen=True, slots=True)
class Configured:
    """A command that runs bandit, where it stands, and whether what it says is shown."""

    command: Command
    place: str
    env: Mapping[str, str] = field(default_factory=dict)
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one command did with the probes.

    Attributes:
        blocked: Severities for which it ended badly.
        reported: Severities whose probe its output names.
    """

    blocked: frozenset[str]
    reported: frozenset[str]


@dataclass(slots=True)
class Examination:
    """What was run, and what came of it; `lacking` are sentences about what could not be."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree."""
        return {
            "blocking": {shown: sorted(one.blocked) for shown, one in sorted(self.outcomes.items())},
            "reported": sorted(set[str]().union(*(one.reported for one in self.outcomes.values()))),
        }


def examine(root: Path, *, branch: str, strategies: str, gitleaks: str) -> Examination:
    """Runs every command about bandit that CI has, or, where it has none, that pre-commit has.

    Raises:
        Inconclusive: check-jsonschema or a tool is not installed.
    """
    tree = read_tree(root)
    probes = {severity: probe_name(strategies, severity) for severity in SOURCES}
    done = Examination()
    commands = _configured(tree, branch, strategies, tuple(probes.values()), done)
    places: dict[str, str] = {}
    for one in commands:
        if one.command.shown in done.outcomes:
            continue
        try:
            outcome = _run(tree, one, probes, strategies, gitleaks)
        except Inconclusive as error:
            done.lacking.append(str(error))
            continue
        done.outcomes[one.command.shown] = outcome if one.shown else replace(outcome, reported=frozenset())
        places[one.command.shown] = one.place
    if done.outcomes:
        done.findings += _judged(done.outcomes, places, complete=not done.lacking)
    return done


def _configured(tree: Tree, branch: str, strategies: str, probes: Sequence[str], done: Examination) -> list[Configured]:
    found = find(tree, branch=branch, strategies=strategies)
    every = found.of(BANDIT)
    uses = [one for one in every if not one.step.unreached] or every  # a pull request must not wait for a push
    if uses:
        return [Configured(one.command, one.step.place, one.step.env, one.shown) for one in uses]
    hooks = [
        Configured(command, place)
        for argv, place in hooked_commands(tree.root, BANDIT, probes)
        if (command := read(Call(argv, ".", 1), frozenset)) is not None
    ]
    unseen = [
        f"{one.place} leaves it to {one.action}, which cannot be run here." for one in found.actions.get(BANDIT, [])
    ]
    unseen += found.unknown
    if not hooks and unseen:
        done.lacking.append(f"No command was seen that runs bandit. {unseen[0]}")
    elif not hooks:
        said = "neither a workflow nor a hook of pre-commit runs bandit."
        remedy = "Run `tradeops init ci pre-commit`."
        done.findings.append(Finding(REASON_MISSING, said, missing_place(tree.root), remedy))
    return hooks


def _run(tree: Tree, one: Configured, probes: Mapping[str, str], strategies: str, gitleaks: str) -> Outcome:
    with processes.scratch("tradeops-bandit-") as place:
        project = Project.made(tree, place, one.command.arguments)
        project.write(probe_name(strategies, "clean"), CLEAN)
        for severity, name in probes.items():
            project.write(name, SOURCES[severity])
        project.commit("Plant")
        if one.command.is_gate:
            return _of_gate(project, one, probes, strategies, gitleaks)
        whole = project.run(one.command, one.env, gitleaks)
        if whole.code == 0:
            return Outcome(frozenset(), _named(probes, whole.output))
        blocked = {"HIGH"} if Path(probes["HIGH"]).name in whole.output else set[str]()
        project.write(probes["HIGH"], CLEAN)  # not removed: it may be named on the command line
        less = project.run(one.command, one.env, gitleaks)
        if less.code != 0:
            for severity in LESS:
                project.write(probes[severity], CLEAN)
            clean = project.run(one.command, one.env, gitleaks)
            if clean.code != 0:
                raise Inconclusive(
                    f"`{one.command.shown}` ends with {clean.code} here where nothing is planted, so that its failure "
                    f"shows nothing: {clean.tail}"
                )
            blocked |= set(LESS)
        return Outcome(frozenset(blocked), _named(probes, f"{whole.output}\n{less.output}"))


def _of_gate(project: Project, one: Configured, probes: Mapping[str, str], strategies: str, gitleaks: str) -> Outcome:
    """Of the gate: what its check fails for, and what it counts in its evidence, which the report shows."""
    said = run_checks(project, (BANDIT,), one.env, gitleaks)[BANDIT]
    blocked = _named(probes, said.output) if said.code else frozenset[str]()
    counted = bandit.scan(project.root / strategies).facts()["issues"]
    return Outcome(blocked, frozenset(severity for severity in SOURCES if counted.get(severity)))


def _named(probes: Mapping[str, str], output: str) -> frozenset[str]:
    return frozenset(severity for severity, name in probes.items() if Path(name).name in output)


def _judged(outcomes: Mapping[str, Outcome], places: Mapping[str, str], *, complete: bool) -> list[Finding]:
    """What is wrong; that something is missing altogether only if every command could be run."""
    found = [
        Finding(
            REASON_LESS,
            f"`{shown}` ends badly for {' and '.join(sorted(one.blocked & set(LESS)))}, too.",
            places[shown],
            "Let only HIGH block: `tradeops bandit`, or `-lll` beside a run with `--exit-zero` that reports the rest.",
        )
        for shown, one in sorted(outcomes.items())
        if one.blocked & set(LESS)
    ]
    shown, place = " and ".join(f"`{one}`" for one in sorted(outcomes)), next(iter(places.values()))
    if complete and not any("HIGH" in one.blocked for one in outcomes.values()):
        said = f"{shown} did not end badly, naming the file, where a HIGH issue was planted."
        remedy = "Take `--exit-zero` and the like away: `tradeops bandit`, or `bandit -r ... -lll`."
        found.append(Finding(REASON_HIGH, said, place, remedy))
    unreported = _without(LESS, *(one.reported for one in outcomes.values()))
    if complete and unreported:
        said = f"nothing that {shown} shows names the file with an issue of {' or '.join(unreported)}."
        remedy = "Run `tradeops bandit`, or `bandit -r ... --exit-zero` before the run with `-lll`."
        found.append(Finding(REASON_UNREPORTED, said, place, remedy))
    return found


def _without(severities: Sequence[str], *reported: Collection[str]) -> list[str]:
    return [one for one in severities if not any(one in each for each in reported)]
