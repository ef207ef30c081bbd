"""One run that measures at a time: two of them would measure each other."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator

from ... import processes

_FILE = "bench.lock"


@contextlib.contextmanager
def turn(waits: Callable[[], None]) -> Iterator[None]:
    """Has this user's measuring to itself; the lock of a process that is gone is gone with it.

    Args:
        waits: Called if another run measures just now, before it is waited for.
    """
    with (processes.runtime_folder() / _FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
