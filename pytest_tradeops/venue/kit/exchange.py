"""One simulated exchange: an engine with a clock, keys, limits, faults, a journal, and those who listen."""

import contextvars
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Protocol

from ..engine.events import Event
from ..engine.model import Reason, Rejected
from .clock import VenueClock
from .faults import Faults, UnknownFault
from .keys import Keyring
from .limits import RULES, RateLimiter
from .pushes import Pushes

if TYPE_CHECKING:
    from aiohttp import web

    from ..engine.engine import Engine
    from .session import Session

#: Requests that are kept for people to look at.
_REQUESTS = 500
_CRASHES = 50


class Recorder(Protocol):
    """What keeps the venue's truth; see `venue.journal`."""

    def command(
        self, time_ns: int, command: str, args: Sequence[Any], kwargs: dict[str, Any], outcome: Any
    ) -> None: ...

    def events(self, events: Sequence[Event]) -> None: ...

    def note(self, time_ns: int, kind: str, facts: dict[str, Any]) -> None: ...

    def flush(self) -> None: ...


class NoRecorder:
    """Keeps nothing."""

    def command(self, time_ns: int, command: str, args: Sequence[Any], kwargs: dict[str, Any], outcome: Any) -> None:
        pass

    def events(self, events: Sequence[Event]) -> None:
        pass

    def note(self, time_ns: int, kind: str, facts: dict[str, Any]) -> None:
        pass

    def flush(self) -> None:
        pass


@dataclass(slots=True)
class InFlight:
    """The request that is being answered, and the commands that it has given."""

    request: "web.Request"
    commands: list[str] = field(default_factory=list)


#: Set by `face_app` around every handler, also those of WebSockets.
in_flight: contextvars.ContextVar[InFlight | None] = contextvars.ContextVar("tradeops_in_flight", default=None)


@dataclass(frozen=True, slots=True)
class Requested:
    """One request that was answered. No query and no body: they carry signatures."""

    time_ns: int
    method: str
    path: str
    status: int
    account: str
    milliseconds: float


class Exchange:
    """What a face is built on. Lives in one event loop; nothing here is thread-safe.

    Args:
        name: `binance-spot`, `binance-futures`, `bybit`.
        enforce_limits: If not, requests are counted and never refused for their number.
    """

    def __init__(
        self,
        name: str,
        engine: "Engine",
        *,
        clock: VenueClock | None = None,
        keys: Keyring | None = None,
        recorder: Recorder | None = None,
        enforce_limits: bool = True,
    ) -> None:
        self.name = name
        self.engine = engine
        self.clock = clock or VenueClock()
        self.keys = keys or Keyring()
        self.limiter = RateLimiter(RULES.get(name, ()), enforced=enforce_limits)
        self.recorder: Recorder = recorder or NoRecorder()
        self.faults = Faults(self)
        self.sessions: dict[int, Session] = {}
        self.requests: deque[Requested] = deque(maxlen=_REQUESTS)
        self.crashes: list[str] = []
        self._pushes = Pushes(self)
        self._taps: list[Callable[[Sequence[Event]], None]] = []

    def call(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """Gives the engine one command, at the time that it is now.

        It is in the journal, and its events are with the listeners, before this returns.

        Raises:
            Rejected: the engine refused it, or a fault did.
        """
        account = str(args[0]) if args else ""
        self.read()
        under_way = in_flight.get()
        if under_way is not None:
            under_way.commands.append(command)
        refused = self.faults.take("reject_next", command, account)
        if refused is not None:
            raise Rejected(Reason(refused.params["reason"]), "injected fault")
        now = self.engine.now_ns
        try:
            result = getattr(self.engine, command)(*args, **kwargs)
        except Rejected as error:
            self.recorder.command(now, command, args, kwargs, error)
            self._publish()
            raise
        self.recorder.command(now, command, args, kwargs, result)
        muted = account if self.faults.take("ack_without_push", command, account) else ""
        self._publish(muted=muted)
        return result

    def read(self) -> "Engine":
        """The engine, advanced to now, for reading."""
        self.engine.advance(self.clock.true_ns())
        self._publish()
        return self.engine

    @property
    def idle(self) -> bool:
        """Whether time alone brings nobody anything: no session is open, and no fault acts."""
        return not self.sessions and not self.faults.acting

    def tick(self) -> None:
        """What time alone brings: the background market, faults that end, pushes that were held back."""
        self.read()
        self.faults.expire()
        self._pushes.pump()
        for session in tuple(self.sessions.values()):
            session.release()

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hands over every event as clients are to see it; returns what ends that.

        Listeners are called synchronously and must not block.
        """
        return self._pushes.listen(listener)

    def tap(self, tap: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Hands over the events as they truly were, before any fault; returns what ends that."""
        self._taps.append(tap)
        return lambda: self._taps.remove(tap) if tap in self._taps else None

    def note(self, kind: str, /, **facts: Any) -> None:
        """A line in the journal that is not a command: a request refused, a session opened, a log-on."""
        self.recorder.note(self.clock.true_ns(), kind, facts)
        self.recorder.flush()

    def crashed(self, where: str, error: BaseException) -> None:
        """Keeps what should never happen: an exception that nobody expected. Tests assert that there is none."""
        trace = "".join(traceback.format_exception(error))
        if len(self.crashes) < _CRASHES:
            self.crashes.append(f"{where}\n{trace}")
        self.note("crash", where=where, traceback=trace)

    def drop_sessions(self, kind: str = "", account: str = "") -> int:
        """Cuts WebSockets off, without a closing frame; how many."""
        chosen = [
            one
            for one in tuple(self.sessions.values())
            if (not kind or one.carries(kind)) and (not account or one.account == account)
        ]
        for session in chosen:
            session.abort()
        return len(chosen)

    @staticmethod
    def decimal(value: str | None) -> Decimal | None:
        """A number of the control endpoint; raises UnknownFault if it is none."""
        if value is None:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise UnknownFault(f"{value!r} is not a number.")
        return number

    def _publish(self, *, muted: str = "") -> None:
        events = self.engine.drain()
        if not events:
            self.recorder.flush()
            return
        self.recorder.events(events)
        self.recorder.flush()  # before anybody hears of it
        for tap in tuple(self._taps):
            tap(events)
        self._pushes.publish(events, muted=muted)
