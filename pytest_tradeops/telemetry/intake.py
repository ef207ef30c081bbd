"""What stands between the trading loop and everything that takes time: a bounded queue and one thread behind it.

The loop appends a reference and goes on. The thread looks every few milliseconds instead of being woken: a wake-up
would make it ask for the interpreter while the loop still works on the very event.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

#: Seconds between two looks at an empty queue; what is killed in between is lost.
LOOK = 0.01


class Intake:
    """Hands what it hears to `convert`, in order, in a thread of its own.

    Args:
        convert: Called with each thing; what it raises is counted, and told to `failed`.
        limit: Things that may wait; more are dropped and counted.
        wait: Whether a full queue holds up who speaks instead: for a backtest, whose clock does not run on meanwhile.
        failed: Told of what `convert` raises; may raise itself.
    """

    def __init__(
        self,
        convert: Callable[[Any], None],
        *,
        limit: int = 65_536,
        wait: bool = False,
        failed: Callable[[Exception], None] = lambda _error: None,
    ) -> None:
        self._convert = convert
        self._limit = limit
        self._wait = wait
        self._failed = failed
        self._waiting: deque[Any] = deque()
        self._busy = False
        self._closing = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        #: Things that were dropped, and things that could not be converted.
        self.dropped = 0
        self.failures = 0

    def hear(self, thing: Any) -> None:
        """Takes it; never raises, and never waits unless it was made to."""
        waiting = self._waiting
        if len(waiting) < self._limit:
            waiting.append(thing)
        else:
            self._overflow(thing)

    def __len__(self) -> int:
        return len(self._waiting) + self._busy

    def start(self) -> None:
        """Starts the thread; a second call does nothing."""
        if self._thread is None:
            self._closing = False
            self._thread = threading.Thread(target=self._work, name="tradeops-collector", daemon=True)
            self._thread.start()

    def drain(self, seconds: float) -> bool:
        """Whether everything heard so far is converted in time."""
        until = time.monotonic() + seconds
        while len(self):
            if self._thread is None or not self._thread.is_alive() or time.monotonic() > until:
                return False
            self._wake.set()
            time.sleep(0.0005)
        return True

    def close(self, seconds: float) -> bool:
        """Converts what waits, as far as time allows, and ends the thread; whether nothing was left."""
        done = self.drain(seconds)
        thread, self._thread = self._thread, None
        self._closing = True
        self._wake.set()
        if thread is not None:
            thread.join(max(seconds, 0.1))
        return done

    def _overflow(self, thing: Any) -> None:
        thread = self._thread
        while self._wait and thread is not None and thread.is_alive() and len(self._waiting) >= self._limit:
            self._wake.set()
            time.sleep(0.0005)
        if len(self._waiting) < self._limit:
            self._waiting.append(thing)
        else:
            self.dropped += 1

    def _work(self) -> None:
        waiting = self._waiting
        while True:
            self._busy = True  # before it is taken, so that nobody sees an empty queue in between
            try:
                thing = waiting.popleft()
            except IndexError:
                self._busy = False
                if self._closing:
                    return
                self._wake.wait(LOOK)
                self._wake.clear()
                continue
            try:
                self._convert(thing)
            except Exception as error:
                self.failures += 1
                with contextlib.suppress(Exception):
                    self._failed(error)
            self._busy = False
            time.sleep(0)  # lets the loop have the interpreter between any two
