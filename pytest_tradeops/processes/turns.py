"""Whose turn it is on this machine: one run that measures has it alone, or any number that do not share it.

Two locks, one behind the other: who wants the machine alone waits in the doorway with the door shut, so that others
who go on coming do not keep it waiting for ever. A lock is gone with the process that holds it.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from typing import TextIO

from .registry import runtime_folder

#: In the environment of whatever a holder starts: that is part of its turn, and would wait for its own end.
HELD = "TRADEOPS_TURN"


@contextlib.contextmanager
def alone(waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Has this user's machine to itself, but for what takes no turns.

    Args:
        waits: Called once if somebody has a turn just now, before that is waited for.
    """
    if HELD in os.environ:
        yield
        return
    with _open("doorway") as doorway, _open("room") as room:
        waited = False
        for file in (doorway, room):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not waited:
                    waits()
                waited = True
                fcntl.flock(file, fcntl.LOCK_EX)
        with _held():
            yield


@contextlib.contextmanager
def beside() -> Iterator[None]:
    """Works while nobody measures; any number of runs do so at once."""
    if HELD in os.environ:
        yield
        return
    with _open("room") as room:
        with _open("doorway") as doorway:
            fcntl.flock(doorway, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_SH)
        with _held():
            yield


def _open(name: str) -> TextIO:
    return (runtime_folder() / f"turns-{name}.lock").open("w")


@contextlib.contextmanager
def _held() -> Iterator[None]:
    os.environ[HELD] = str(os.getpid())
    try:
        yield
    finally:
        os.environ.pop(HELD, None)
