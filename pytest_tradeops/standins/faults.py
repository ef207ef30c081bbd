"""What may go wrong with a messenger, beyond what a sender does wrong."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal

from ..loopback.server import LoopbackServer


@dataclass(frozen=True, slots=True)
class Refusing:
    """One answer that is not the usual one.

    Attributes:
        status: Of HTTP; 0 closes the connection without an answer.
        retry_after: Seconds, with a 429.
    """

    status: int
    retry_after: float = 0.0


class Faults:
    """The next answers of a stand-in, and what it does with what it accepts. Each method says how long it lasts."""

    def __init__(self, server: LoopbackServer) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._next: deque[Refusing | None] = deque()
        self._released = threading.Event()
        #: Whether what is accepted is kept, kept but cannot be read back, or lost.
        self.keeping: Literal["kept", "unreadable", "lost"] = "kept"
        self.revoked = False
        #: Requests that are left without an answer at this moment.
        self.hanging = 0

    def refuse_next(self, status: int = 500, times: int = 1) -> None:
        """Answers the next requests with that status."""
        self._plan(Refusing(status), times)

    def rate_limit_next(self, retry_after: float = 1.0, times: int = 1) -> None:
        """Answers the next requests with 429 and asks for so many seconds of patience."""
        self._plan(Refusing(429, retry_after), times)

    def hang_up_next(self, times: int = 1) -> None:
        """Closes the next connections without an answer."""
        self._plan(Refusing(0), times)

    def hang_next(self, times: int = 1) -> None:
        """Leaves the next requests without an answer until `recover`, or until the server ends."""
        with self._lock:
            self._released.clear()
            self._next.extend([None] * times)

    def revoke(self) -> None:
        """From now on the credential is refused, as after somebody has renewed or deleted it."""
        self.revoked = True

    def lose(self) -> None:
        """Accepts everything and shows nothing: the answer says that it was delivered."""
        self.keeping = "lost"

    def forget(self) -> None:
        """Accepts and shows everything, but knows no message by its id any more."""
        self.keeping = "unreadable"

    def recover(self) -> None:
        """Ends every fault."""
        with self._lock:
            self._next.clear()
            self.keeping = "kept"
            self.revoked = False
            self._released.set()

    def take(self) -> Refusing | None:
        """Called by the stand-in for every request: what to answer instead, if anything; a hanging one waits here."""
        with self._lock:
            if not self._next:
                return None
            fault = self._next.popleft()
        if fault is not None:
            return fault
        self._hang(1)
        while not self._released.wait(0.05):
            if self._server.stopping.is_set():
                break
        self._hang(-1)
        return Refusing(0)

    def _hang(self, change: int) -> None:
        with self._server.changed:
            self.hanging += change
            self._server.changed.notify_all()

    def _plan(self, fault: Refusing, times: int) -> None:
        with self._lock:
            self._next.extend([fault] * times)
