"""Ends a check's body that hangs, so that one hung mount cannot hold the whole run.

The budget itself is judged later, from the measured time; this is only the emergency stop well beyond it.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator

#: A body is stopped after this many budgets, and never before this many seconds.
FACTOR, SHORTEST = 3.0, 30.0


class DeadlinePassed(BaseException):
    """Raised inside a body that hangs. Not an `Exception`: a broad handler in the check must not swallow it."""


@contextlib.contextmanager
def deadline(budget: float, name: str) -> Iterator[None]:
    """Raises `DeadlinePassed` in the body long after `budget` seconds.

    Does nothing outside of the main thread, or where somebody else already uses the alarm signal.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL
    ):
        yield
        return
    limit = max(FACTOR * budget, SHORTEST)

    def stop(_number: int, _frame: object) -> None:
        raise DeadlinePassed(f"{name} was stopped after {limit:.0f} s, far beyond its budget of {budget:.0f} s.")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
