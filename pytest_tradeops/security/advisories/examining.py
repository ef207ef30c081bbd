"""Holds CI's question for advisories against the locks: what it asks, what it shows, and what it does when it fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ...locks import Pin
from ...model import Finding
from ..ci.stage import Stage
from ..project_tree import Tree, read_tree
from ..workflows import read_workflows
from . import (
    ASKS,
    FILE,
    REASON_BLOCKS,
    REASON_ERROR_HIDDEN,
    REASON_INVALID,
    REASON_MISSING,
    REASON_NEVER_RUNS,
    REASON_NO_COMPONENTS,
    REASON_NOT_VISIBLE,
    REASON_UNSCANNED,
    asking,
    audit,
    database,
    installed,
)
from . import lock as locked
from .lock import Lock
from .service import Service

#: Of the weakness that is planted into the database.
PLANTED = "TRADEOPS-PLANTED-1"
_REMEDY = "Let a step run `tradeops advisories`, as `tradeops init advisories` writes it."
_MOST_NAMED = 40
_MOST_ASKS = 4
_UNREAD = frozenset({"Pipfile.lock", "conda-lock.yml"})


@dataclass(slots=True)
class Examination:
    """What was looked at, and what came of it.

    Attributes:
        asked: Components of the lock that the step asked about.
        outside: What is installed and not pinned.
        beside: File of another lock to what it pins that the lock does not; `unread` files of locks that are not read.
    """

    workflows: tuple[str, ...]
    asks: tuple[asking.Ask, ...] = ()
    lock: Lock | None = None
    asked: frozenset[tuple[str, str]] = frozenset()
    outside: tuple[Pin, ...] = ()
    beside: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree and environment."""
        lock = self.lock
        return {
            "workflows": list(self.workflows),
            "commands": [one.shown for one in self.asks],
            "lock": lock.name if lock else "",
            "components": len(lock.known) if lock else 0,
            "asked about": len(self.asked),
            "from no registry": [str(one) for one in lock.foreign[:_MOST_NAMED]] if lock else [],
            "without one version": list(lock.loose[:_MOST_NAMED]) if lock else [],
            "locks that are not read": list(self.unread),
            "installed outside the lock": [str(one) for one in self.outside[:_MOST_NAMED]],
        }


def examine(root: Path, *, branch: str, python: Path) -> Examination:
    """Finds the step that asks, and runs its command against a weak package and against a service out of order.

    Args:
        branch: The default branch.
        python: The interpreter that the subject's code runs on.

    Raises:
        Inconclusive: there is no lock, no uv, or only scanners that cannot be led to another service.
    """
    tree = read_tree(root)
    workflows, refused = read_workflows(root, tree.names)
    done = Examination(tuple(one.file for one in workflows))
    done.findings += [
        Finding(REASON_INVALID, f"{one}.", name, "Correct it; GitHub does not start it.")
        for name, said in refused.items()
        if ASKS.search(tree.text(name) or "")
        for one in said
    ]
    with processes.scratch("tradeops-stage-") as place:
        stage = Stage(tree, place, "")
        found, lacking = asking.find(tuple(workflows), tree, branch, stage)
        done.asks = tuple(found)
        living = [one for one in found if not one.step.unreached]
        if not living:
            done.findings += _none(found, done.findings, lacking)
            return done
        done.lock = lock = locked.find(root)
        done.outside = installed.outside(lock, python)
        done.beside = locked.beside(root, lock)
        done.unread = tuple(name for name in tree.names if name in _UNREAD)
        done.findings += _answers(living, lock, done, tree, stage)
    return done


def _none(found: list[asking.Ask], before: list[Finding], lacking: list[str]) -> Iterator[Finding]:
    if found:
        step = found[0].step
        yield Finding(REASON_NEVER_RUNS, f"`{found[0].shown}`: {step.unreached}.", step.place, _REMEDY)
    elif lacking and not before:
        raise Inconclusive(lacking[0], remedy=_REMEDY)
    elif not before:
        yield Finding(REASON_MISSING, "no workflow asks for advisories.", FILE, "Run `tradeops init advisories`.")


def _answers(asks: list[asking.Ask], lock: Lock, done: Examination, tree: Tree, stage: Stage) -> Iterator[Finding]:
    if not lock.known:
        yield Finding(REASON_NO_COMPONENTS, f"{lock.name} pins nothing of a registry.", lock.name, "Run `uv lock`.")
        return
    weak = lock.known[0]
    wanted = {(one.name, one.version) for one in lock.known}
    found = []
    for one in asks[:_MOST_ASKS]:
        with Service(database.of([_record(PLANTED, weak), _record("TRADEOPS-KNOWN-1", audit.KNOWN)])) as service:
            found.append((one, asking.execute(one, tree, stage, service.url), service.asked))
    ask, run, own = max(found, key=lambda one: len(one[2] & wanted))
    place = ask.step.place
    everything = frozenset[tuple[str, str]]().union(*(one[2] for one in found))
    done.asked = frozenset(own & wanted)
    if not done.asked:
        what = f"`{ask.shown}` asked about nothing of {lock.name}, and the step ended with {run.code}."
        yield Finding(REASON_NO_COMPONENTS, what, place, _REMEDY)
        return
    for name, pins in done.beside.items():
        unasked = sorted(pins - everything)
        if unasked:
            what = f"{len(unasked)} packages of {name} were not asked about, such as {' '.join(unasked[0])}."
            yield Finding(REASON_UNSCANNED, what, name, f"Ask about it, too: `tradeops advisories --lock {name}`.")
    left = sorted(wanted - done.asked)
    if left:
        what = f"{len(left)} of {len(wanted)} packages were not asked about, such as {left[0][0]} {left[0][1]}."
        yield Finding(REASON_UNSCANNED, what, place, "Take options that leave groups or extras out.")
    if PLANTED not in run.output and (weak.name, weak.version) in done.asked:
        yield Finding(REASON_NOT_VISIBLE, f"a weakness of {weak} was found, and is not shown.", place, _REMEDY)
    if run.code and not ask.step.tolerated:
        what = f"`{ask.shown}` fails the step for a weakness that this change did not make."
        yield Finding(REASON_BLOCKS, what, place, _REMEDY)
        return
    with Service(database.of([]), broken=True) as service:
        broken = asking.execute(ask, tree, stage, service.url)
    if not broken.code:
        yield Finding(REASON_ERROR_HIDDEN, "with the service out of order, the step ends well.", place, _REMEDY)
    elif broken.code == run.code:
        what = f"with the service out of order it ends with {broken.code}, as with a weakness."
        yield Finding(REASON_ERROR_HIDDEN, what, place, _REMEDY)


def _record(identity: str, pin: Pin) -> dict[str, object]:
    package = {"ecosystem": database.ECOSYSTEM, "name": pin.name}
    return {
        "id": identity,
        "modified": "2026-01-01T00:00:00Z",
        "summary": "planted by SEC-023",
        "affected": [{"package": package, "versions": [pin.version]}],
    }
