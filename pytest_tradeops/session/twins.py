"""Runs the planted faults of a check, each through the check's own body and fixtures, before the check itself.

Before, not after: a twin after its check would restart session services when the check is last on its worker, and its
result would come too late for the check's reports.
"""

import functools
import inspect
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ..exceptions import DeclarationError
from ..gate.faults import declared_faults
from ..model import FaultSpec, Phase, TwinResult
from ..subject import Subject
from .copies import snapshot
from .keys import SPEC, TWIN
from .transport import ATTRIBUTE, phase_from

#: On a check's item: why it is not run, because the set-up of a planted fault, which is the check's own, hung.
HUNG = pytest.StashKey[str]()


class FaultNotPlanted(Exception):
    """The planted fault itself broke, so its twin says nothing about the check."""


class UndoFailed(Exception):
    """What the fault broke is still broken after its undo."""


def run_twins(item: pytest.Function) -> list[TwinResult]:
    """The results of every planted fault of `item`'s check, in source order."""
    spec = item.stash[SPEC]
    return [
        TwinResult(fault, caught=False, why="it was not planted: the set-up of an earlier one hung", duration=0.0)
        if HUNG in item.stash
        else _run(item, fault, plant)
        for fault, plant in declared_faults(vars(item.module), spec.id)
    ]


def _run(item: pytest.Function, fault: FaultSpec, plant: Callable[..., Any]) -> TwinResult:
    started = time.perf_counter()
    twin = type(item).from_parent(
        item.parent,
        name=f"{item.name}<{fault.name}>",
        callobj=_with_fault(item.obj, plant, fault),
        callspec=getattr(item, "callspec", None),
        fixtureinfo=item._fixtureinfo,
        originalname=item.originalname,
    )
    twin.stash[TWIN] = fault
    twin.stash[SPEC] = item.stash[SPEC]
    from _pytest.runner import runtestprotocol

    with _process_state() as left_behind:
        reports = runtestprotocol(twin, log=False, nextitem=item)
    phases = [phase_from(getattr(report, ATTRIBUTE)["phase"]) for report in reports]
    hung = [phase.message for phase in phases if phase.when == "setup" and phase.status == "over_budget"]
    if hung:  # every further set-up would hang as long
        item.stash[HUNG] = hung[0]
    why = _why_not_caught(fault, phases)
    if not why and left_behind:
        why = f"it left {' and '.join(left_behind)} changed, which the check itself would meet"
    return TwinResult(fault, caught=not why, why=why, duration=time.perf_counter() - started)


def _why_not_caught(fault: FaultSpec, phases: list[Phase]) -> str:
    """Empty when the twin failed in its body for the expected reason, and everything around it went well."""
    by_when = {phase.when: phase for phase in phases}
    call = by_when.get("call")
    if call is None:
        return f"its set-up ended as {by_when['setup'].status}: {by_when['setup'].message}"
    teardown = by_when.get("teardown")
    if teardown is not None and teardown.status != "passed":
        return f"its tear-down ended as {teardown.status}: {teardown.message}"
    if call.status == "passed":
        return "the check passed although the fault was planted"
    if call.status not in ("failed", "guard"):  # here a guard that trips is what was to be shown
        return f"a crash is not a detection: it ended as {call.status}: {call.message}"
    if fault.expects not in {finding.reason for finding in call.findings}:
        return f"it failed for another reason than {fault.expects!r}: {call.message}"
    return ""


def _with_fault(body: Callable[..., Any], plant: Callable[..., Any], fault: FaultSpec) -> Callable[..., Any]:
    """The check's body, run while the fault is planted."""

    @functools.wraps(body)
    def broken(**arguments: Any) -> Any:
        __tracebackhide__ = True
        with _planted(plant, fault, arguments):
            return body(**arguments)

    return broken


@contextmanager
def _planted(plant: Callable[..., Any], fault: FaultSpec, arguments: Mapping[str, Any]) -> Iterator[None]:
    given = {name: _argument(name, arguments, fault) for name in inspect.signature(plant).parameters}
    undo = None
    copies = [value for value in given.values() if isinstance(value, Subject)]
    before = [snapshot(copy.root) for copy in copies]
    try:
        outcome = plant(**given)
        if inspect.isgenerator(outcome):
            undo = outcome
            next(undo)
    except Exception as error:
        raise FaultNotPlanted(f"{fault.name} could not be planted: {type(error).__name__}: {error}") from error
    if len(copies) == len(given) and [snapshot(copy.root) for copy in copies] == before:
        # Else a check that fails on every copy, for lack of a .git or a link, would look as if it had caught it.
        raise FaultNotPlanted(f"{fault.name} could not be planted: it changed nothing in the copy")
    try:
        yield
    finally:
        if undo is not None:
            _undo(undo, fault)
            _assert_healthy(given, fault)


@contextmanager
def _process_state() -> Iterator[list[str]]:
    """Puts environment, working directory and import path back, and names what a fault had left changed."""
    environ, folder, imports = dict(os.environ), _here(), list(sys.path)
    changed: list[str] = []
    yield changed
    now = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    if now != {name: value for name, value in environ.items() if name != "PYTEST_CURRENT_TEST"}:
        changed.append("the environment")
        os.environ.clear()
        os.environ.update(environ)
    if folder is not None and _here() != folder:
        changed.append("the working directory")
        os.chdir(folder)
    if sys.path != imports:
        changed.append("the import path")
        sys.path[:] = imports


def _here() -> Path | None:
    """The working directory; None where it is gone, as a copy is once its twin has ended."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def _argument(name: str, arguments: Mapping[str, Any], fault: FaultSpec) -> Any:
    """The twin's value of the fixture `name`; packaged checks use private names, `_subject` for `subject`."""
    for known in (name, f"_{name}"):
        if known in arguments:
            return arguments[known]
    raise DeclarationError(
        f"{fault.name}: {name!r} is not a fixture of {fault.check}.",
        remedy=f"Use one of {', '.join(sorted(arguments))}.",
    )


def _undo(undo: Iterator[Any], fault: FaultSpec) -> None:
    try:
        next(undo)
    except StopIteration:
        return
    except Exception as error:
        raise UndoFailed(f"{fault.name} could not be undone: {type(error).__name__}: {error}") from error
    raise UndoFailed(f"{fault.name} yields more than once.")


def _assert_healthy(given: Mapping[str, Any], fault: FaultSpec) -> None:
    """A fault on a service must leave it as it found it; whatever it was given may say so itself."""
    for name, value in given.items():
        check = getattr(value, "assert_healthy", None)
        if callable(check):
            try:
                check()
            except Exception as error:
                raise UndoFailed(f"{name} is not healthy after {fault.name} was undone: {error}") from error
