"""Checks that measure: they have the machine to themselves for minutes, and every other check waits for them."""

from collections.abc import Iterable

import pytest

from .keys import SPEC, STATE, is_worker

#: A check that uses this fixture measures.
_FIXTURE = "_quiet_machine"
#: On the config: ids of checks that measure, and that nobody asked for. A worker's go to the controller's.
LEFT_OUT = pytest.StashKey[set[str]]()
#: The key of a worker's output under which the controller gets them.
OUTPUT = "tradeops_measuring"


def measures(item: pytest.Item) -> bool:
    """Whether the check needs the machine to itself."""
    return _FIXTURE in getattr(item, "fixturenames", ())


def leave_out(config: pytest.Config, items: list[pytest.Item], packaged: Iterable[pytest.Item]) -> None:
    """Deselects the measuring ones among the packaged checks, if the profile does not list them and no argument does.

    They would change no verdict, and all others would wait for them. Without a gate none is left out: there, `-m` and
    the arguments say what is wanted.

    Args:
        items: Of the session; changed in place.
    """
    state = config.stash[STATE]
    if not state.gate or state.selected:
        return
    checks = {item: item.stash[SPEC].id for item in packaged if SPEC in item.stash and measures(item)}
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
    ids = ", ".join(sorted(left))
    return [
        f"Not run, since it measures for minutes and the profile does not list it: {ids}; `tradeops verify --only`."
    ]
