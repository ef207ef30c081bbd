"""Executes CI's own scanner commands on planted projects: each must fail for what was planted, and for nothing else."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ...model import Finding
from ..gitleaks import planting
from ..project_tree import Tree, read_tree
from . import REASON_INVALID, REASON_SHALLOW, REASONS
from .commands import BANDIT, CHECKS, GITLEAKS
from .found import Found, Use, find, missing_place
from .gate_run import run_checks
from .probes import CLEAN, KINDS, SOURCES, Project, Said, planted_high, probe_name
from .steps import Step

SCANNERS = (BANDIT, GITLEAKS)
#: Commits on top of the one with a secret: what looks at the last ones only must not see it.
_BURIED = 300
#: Whether a profile of the gate requires a check today; raises `Inconclusive` for a profile that is none.
type Requires = Callable[[str, str], bool]


@dataclass(slots=True)
class Examination:
    """What was looked at, and what came of it.

    Attributes:
        executed: Scanner to the command that was executed on a planted project.
        lacking: Sentences about what could not be looked at.
    """

    found: Found
    executed: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree."""
        return {
            "workflows": list(self.found.workflows),
            "commands of scanners": sorted({one.command.shown for one in self.found.uses}),
            "executed": dict(sorted(self.executed.items())),
        }


def examine(root: Path, *, branch: str, strategies: str, gitleaks: str, requires: Requires) -> Examination:
    """Finds both scanners in the workflows and, where nothing speaks against them, executes them.

    Args:
        branch: The default branch.
        strategies: The folder of the bot's code.
        gitleaks: As `provider.find` is told.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    tree = read_tree(root)
    probe = probe_name(strategies, "HIGH")
    found = find(tree, branch=branch, strategies=strategies)
    done = Examination(found)
    done.findings += [
        Finding(REASON_INVALID, f"{one}.", name, "Correct it; GitHub does not start it.")
        for name, said in found.refused.items()
        for one in said
    ]
    chosen = {scanner: uses for scanner in SCANNERS if (uses := _chosen(scanner, tree, done, requires))}
    if done.findings:
        return done
    gate = {scanner: uses[0] for scanner, uses in chosen.items() if uses[0].command.is_gate}
    if gate:
        _gate(tree, probe, gate, gitleaks, done)
    for scanner, uses in chosen.items():
        if scanner not in gate:
            _try_each(scanner, uses, tree, probe, gitleaks, done)
    return done


def _try_each(scanner: str, uses: list[Use], tree: Tree, probe: str, gitleaks: str, done: Examination) -> None:
    """One that blocks is enough: beside it there may be another that only writes a report."""
    findings: list[Finding] = []
    lacking: list[str] = []
    for use in uses:
        try:
            finding = _EXECUTE[scanner](tree, probe, use, gitleaks)
        except Inconclusive as error:
            lacking.append(str(error))
            continue
        done.executed[scanner] = use.command.shown
        if finding is None:
            return
        findings.append(finding)
    done.lacking += lacking
    done.findings += [] if lacking else findings


def _chosen(scanner: str, tree: Tree, done: Examination, requires: Requires) -> list[Use]:
    """The commands to execute, one by the gate alone; without any, why not is a finding or something lacking."""
    missing, cannot = REASONS[scanner]
    found = done.found
    uses = found.of(scanner)
    actions = found.actions.get(scanner, [])
    remedy = "Let a step of its own run it on every pull request, without continue-on-error and `|| true`."
    living = [use for use in uses if not use.objection]
    if not living:
        refused = [(use.step, use.objection) for use in uses] + [(one, one.objection) for one in actions]
        action = next((one for one in actions if not one.objection), None)
        if action:
            done.findings += _shallow(scanner, action)
            what = f"{scanner} is run by {action.action}, which cannot be executed here ({action.place})"
            done.lacking.append(f"{what}.")
        elif judged := next((f"{use.step.place}: {use.step.judged}." for use in uses if use.step.judged), ""):
            done.lacking.append(judged)
        elif refused:
            step, objection = refused[0]
            done.findings.append(Finding(cannot, f"its failure stops nothing: {objection}.", step.place, remedy))
        elif found.unknown:
            done.lacking.append(f"No step was seen to run {scanner}. {found.unknown[0]}")
        else:
            said = f"no step of a workflow runs {scanner} on a pull request."
            done.findings.append(Finding(missing, said, missing_place(tree.root), "Run `tradeops init ci`."))
        return []
    deep = [one for one in living if scanner != GITLEAKS or not one.step.shallow]
    if not deep:
        done.findings += _shallow(scanner, living[0].step)
        return []
    own = [one for one in deep if not one.command.is_gate]
    requiring = [one for one in deep if one.command.is_gate and requires(one.command.gate, CHECKS[scanner])]
    if requiring or own:
        return requiring[:1] or own
    profile, check = deep[0].command.gate or "of the settings", CHECKS[scanner]
    said = f"the profile {profile} does not require {check} today."
    done.findings.append(Finding(cannot, said, deep[0].step.place, f"Add {check} to its `required`."))
    return []


def _shallow(scanner: str, step: Step) -> Iterator[Finding]:
    if scanner == GITLEAKS and step.shallow:
        remedy = "Check out with `fetch-depth: 0`, without filter."
        yield Finding(REASON_SHALLOW, f"{step.shallow}.", step.place, remedy)


def _gate(tree: Tree, probe: str, uses: dict[str, Use], gitleaks: str, done: Examination) -> None:
    with processes.scratch("tradeops-ci-") as place:
        project = Project.made(tree, place)
        names = _plant(project, probe, uses)
        use = next(iter(uses.values()))
        try:
            said = run_checks(project, uses, use.step.env, gitleaks)
        except Inconclusive as error:
            done.lacking.append(str(error))
            return
    for scanner, one in said.items():
        done.executed[scanner] = f"{uses[scanner].command.shown} ({CHECKS[scanner]})"
        if one.code == 0 or names[scanner] not in one.output:
            done.findings.append(_not_blocked(scanner, uses[scanner], f"{CHECKS[scanner]} did not report it"))


def _plant(project: Project, probe: str, scanners: Collection[str]) -> dict[str, str]:
    """Plants what each scanner must find; returns what its output must name."""
    key = probe.replace("_high_", "_key_")
    project.write(probe.replace("_high_", "_clean_"), CLEAN)
    if GITLEAKS in scanners:
        project.write(key, planting.key_line())
        project.commit("Try the exchange", planting.LONG_AGO)
        project.remove(key)
        project.commit("Do not", planting.LONG_AGO)
        planting.bury(project.root, _BURIED)
    if BANDIT in scanners:
        project.write(probe, SOURCES["HIGH"])
    project.commit("Go on")
    return {BANDIT: Path(probe).name, GITLEAKS: Path(key).name}


def _execute_bandit(tree: Tree, probe: str, use: Use, gitleaks: str) -> Finding | None:
    planted = planted_high(tree.names, probe.rpartition("/")[0])
    with processes.scratch("tradeops-ci-") as place:
        project = Project.made(tree, place, use.command.arguments)
        project.write(probe.replace("_high_", "_clean_"), CLEAN)
        for name, source in planted.items():
            project.write(name, source)
        project.commit("Plant")
        broken = project.run(use.command, use.step.env, gitleaks)
        if broken.code == 0:
            return _not_blocked(BANDIT, use, "the command ended with 0")
        for name in planted:
            project.write(name, CLEAN)  # not removed: it may be named on the command line
        _require_clean(project, use, gitleaks)
        unnamed = [name for name in planted if Path(name).name not in broken.output]
        if probe in unnamed:
            return _named(BANDIT, use, broken, Path(probe).name)
        folders = [name.rpartition("/")[0] for name in unnamed if planted[name] == SOURCES["HIGH"]]
        if folders:
            return _not_blocked(BANDIT, use, f"it does not name the one in {folders[0]}")
        if len(unnamed) > 1:
            kinds = len(KINDS) + 1
            why = f"of {kinds} kinds of HIGH issues it names only {kinds - len(unnamed)}"
            return _not_blocked(BANDIT, use, why)
        return None


def _execute_gitleaks(tree: Tree, probe: str, use: Use, gitleaks: str) -> Finding | None:
    with processes.scratch("tradeops-ci-") as place:
        project = Project.made(tree, place, use.command.arguments)
        _require_clean(project, use, gitleaks)
        names = _plant(project, probe, (GITLEAKS,))
        broken = project.run(use.command, use.step.env, gitleaks)
        if broken.code == 0:
            return _not_blocked(GITLEAKS, use, "the command ended with 0, as it does not see the commit")
        if "leaks found" in broken.output:  # without --verbose it names no place, and without leaks it says `no leaks`
            broken = Said(broken.code, f"{broken.output}\n{names[GITLEAKS]}" * ("no leaks found" not in broken.output))
        return _named(GITLEAKS, use, broken, names[GITLEAKS])


def _require_clean(project: Project, use: Use, gitleaks: str) -> None:
    """Raises `Inconclusive` unless the command ends well where nothing is planted."""
    healthy = project.run(use.command, use.step.env, gitleaks)
    if healthy.code != 0:
        raise Inconclusive(
            f"`{use.command.shown}` ends with {healthy.code} here where nothing is planted, so that its failure shows "
            f"nothing: {healthy.tail}",
            remedy="Let CI call the scanner so that it runs in a checkout without anything else.",
        )


def _named(scanner: str, use: Use, said: Said, name: str) -> Finding | None:
    if name in said.output:
        return None
    return _not_blocked(scanner, use, f"the command ended with {said.code} and does not name it: {said.tail}")


def _not_blocked(scanner: str, use: Use, why: str) -> Finding:
    what = {BANDIT: "a HIGH issue in the strategies", GITLEAKS: "a secret in an old commit"}[scanner]
    return Finding(
        REASONS[scanner][1],
        f"`{use.command.shown}` was run where {what} was planted, and {why}.",
        use.step.place,
        {
            BANDIT: "Let it scan the strategies, and end with 1 for HIGH: `tradeops bandit`, or `bandit -r ... -lll`.",
            GITLEAKS: "Let it scan every commit: `gitleaks git .`, or `tradeops secrets scan . --history`.",
        }[scanner],
    )


_EXECUTE: dict[str, Callable[[Tree, str, Use, str], Finding | None]] = {
    BANDIT: _execute_bandit,
    GITLEAKS: _execute_gitleaks,
}
