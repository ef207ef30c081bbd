"""Ends a phase of a check that hangs, so that one hung mount or fixture cannot hold the whole run.

The budget itself is judged later, from the measured time of the body; this is only the emergency stop well beyond it.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

from _pytest.outcomes import OutcomeException


class Limit(NamedTuple):
    """A phase is stopped after `factor` budgets, and never before `shortest` seconds."""

    factor: float
    shortest: float
    name: str


#: Set-up is generous, because services may have to be downloaded first; `end` is the end of the session.
LIMITS = {
    "setup": Limit(1.0, 300.0, "set-up"),
    "call": Limit(3.0, 30.0, "body"),
    "teardown": Limit(1.0, 120.0, "tear-down"),
    "end": Limit(0.0, 120.0, "end of the session"),
}
#: Seconds until what goes on hanging, such as the tear-down of a second fixture, is stopped again.
AGAIN = 30.0


class DeadlinePassed(OutcomeException):
    """Raised inside a phase that hangs.

    Not an `Exception`: a broad handler in the check must not swallow it. But an outcome that pytest knows: it remembers
    it of a session's fixture, and goes on with the other fixtures' tear-down.
    """


@contextlib.contextmanager
def deadline(budget: float, name: str, when: str = "call") -> Iterator[None]:
    """Raises `DeadlinePassed` in the phase `when` long after `budget` seconds.

    Does nothing outside of the main thread, or where somebody else already uses the alarm signal.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL
    ):
        yield
        return
    factor, shortest, phase = LIMITS[when]
    limit = max(factor * budget, shortest)

    def stop(_number: int, frame: FrameType | None) -> None:
        if when == "call":
            raise DeadlinePassed(f"{name} was stopped after {limit:.0f} s, far beyond its budget of {budget:.0f} s.")
        # Not the check's name: pytest raises it again for every check that uses the fixture.
        fixture = _fixture(frame)
        culprit = f"the fixture {fixture!r} hangs" if fixture else "it hangs"
        raise DeadlinePassed(f"the {phase} was stopped after {limit:.0f} s: {culprit}.")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _fixture(frame: FrameType | None) -> str:
    """The name of the fixture that is being set up or torn down in `frame`; empty where none is."""
    while frame is not None:
        known = "fixturedef" if frame.f_code.co_name == "pytest_fixture_setup" else "self"
        if frame.f_code.co_name in ("pytest_fixture_setup", "finish"):
            definition: Any = frame.f_locals.get(known)
            if hasattr(definition, "argname"):
                return str(definition.argname)
        frame = frame.f_back
    return ""
