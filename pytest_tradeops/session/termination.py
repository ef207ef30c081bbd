"""SIGTERM, with which CI systems cancel a job: the run ends as after Ctrl-C, and its report is written."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from types import FrameType

#: As a shell shows a process that SIGTERM ended; 2 stays for Ctrl-C.
EXIT = 128 + signal.SIGTERM
#: Seconds between two looks at the parent, and how long a worker without one may unwind.
_LOOK, _UNWIND = 0.5, 5.0
#: A second one within these seconds is the same cancellation: sent to the whole group, and handed on by a parent.
_SAME = 1.0


class Terminated(KeyboardInterrupt):
    """Raised in the main thread where SIGTERM met it; pytest treats it as Ctrl-C."""


class Termination:
    """Listens for SIGTERM in this process, unless somebody else does or it is not the main thread."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._listening = False

    def listen(self) -> None:
        """From now on SIGTERM raises `Terminated`."""
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._raise)
            self._listening = True

    def stop(self) -> None:
        """From now on SIGTERM ends the process at once, as before."""
        if self._listening:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._listening = False

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """Nothing interrupts the block: half a report would be worse than a late end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _raise(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last < _SAME:
            return
        self._last = now
        raise Terminated("SIGTERM")


def end_with(parent: int) -> None:
    """Ends this process when it has another parent: a worker whose controller was killed would go on testing.

    It unwinds as after SIGTERM, for five seconds; whatever its tests started ends with it.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_UNWIND)
        os._exit(EXIT)

    threading.Thread(target=watch, daemon=True, name="tradeops-controller").start()


def hand_on(processes: Iterable[int]) -> None:
    """Sends SIGTERM to the run's own workers: they unwind, and what their tests started ends with them."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
