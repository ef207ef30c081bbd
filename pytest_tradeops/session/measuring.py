"""Checks that measure have the machine to themselves, and take minutes: who does not ask for them does not get them."""

from collections.abc import Iterable

import pytest

from .keys import SPEC, STATE, is_worker

#: A check that uses this fixture measures; one that uses the other takes as long, beside others.
_MEASURES, _ON_DEMAND = "_quiet_machine", "_on_demand"
#: On the config: ids of checks that take minutes, and that nobody asked for. A worker's go to the controller's.
LEFT_OUT = pytest.StashKey[set[str]]()
#: The key of a worker's output under which the controller gets them.
OUTPUT = "tradeops_measuring"


def measures(item: pytest.Item) -> bool:
    """Whether the check needs the machine to itself."""
    return _MEASURES in getattr(item, "fixturenames", ())


def _takes_minutes(item: pytest.Item) -> bool:
    return measures(item) or _ON_DEMAND in getattr(item, "fixturenames", ())


def leave_out(config: pytest.Config, items: list[pytest.Item], packaged: Iterable[pytest.Item]) -> None:
    """Deselects packaged checks that take minutes, if the profile does not list them and no argument names them.

    They would change no verdict, and the run would wait for them. Without a gate none is left out: there, `-m` and the
    arguments say what is wanted.

    Args:
        items: Of the session; changed in place.
    """
    state = config.stash[STATE]
    if not state.gate or state.selected:
        return
    checks = {item: item.stash[SPEC].id for item in packaged if SPEC in item.stash and _takes_minutes(item)}
    left = {item: check for item, check in checks.items() if check not in state.listed}
    if not left:
        return
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=list(left))
    config.stash[LEFT_OUT] = set(left.values())
    if is_worker(config):
        config.workeroutput[OUTPUT] = sorted(left.values())  # type: ignore[attr-defined]


def note(config: pytest.Config) -> list[str]:
    """What a reader of the report must know of them."""
    left: set[str] = config.stash.get(LEFT_OUT, set())
    if not left:
        return []
    ids, (take, them) = ", ".join(sorted(left)), ("take", "them") if len(left) > 1 else ("takes", "it")
    return [f"{ids} {take} minutes, and the profile does not list {them}: `tradeops verify --only` runs {them}."]
