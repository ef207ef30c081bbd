"""One exchange, served in this process: `with running("binance-spot") as venue: ...`.

The server lives in a thread of its own with its own loop. What touches the exchange from the test's thread goes
through `venue.do(...)`, which runs it in that loop.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pytest_tradeops.venue import faces
from pytest_tradeops.venue.accounts import default_keys, open_default_accounts
from pytest_tradeops.venue.engine.model import Instrument
from pytest_tradeops.venue.kit.clock import ManualClock, VenueClock
from pytest_tradeops.venue.kit.exchange import Exchange, Recorder
from pytest_tradeops.venue.kit.http import Face
from pytest_tradeops.venue.kit.keys import ApiKey, Keyring
from pytest_tradeops.venue.kit.serve import FaceServer

#: 2026-01-05 00:00:00 UTC, where manual clocks begin.
START_NS = 1_767_571_200_000_000_000


class Running:
    """A served exchange.

    Attributes:
        keys: By name: `trader`, `reader`, `other`, and what `accounts.PLANS` has more.
    """

    def __init__(self, exchange: Exchange, server: FaceServer, loop: asyncio.AbstractEventLoop) -> None:
        self.exchange = exchange
        self.server = server
        self.clock = exchange.clock
        self.keys: dict[str, ApiKey] = {key.name: key for key in exchange.keys.all()}
        self._loop = loop

    @property
    def urls(self) -> dict[str, str]:
        return self.server.urls

    @property
    def http(self) -> str:
        return self.urls["http"]

    def do[T](self, action: Callable[[], T]) -> T:
        """Runs it in the server's loop; its result or exception."""

        async def run() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def call(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """`exchange.call` in the server's loop."""
        return self.do(lambda: self.exchange.call(command, *args, **kwargs))

    def advance(self, seconds: float) -> None:
        """Moves a manual clock, and lets everything due happen."""
        clock = self.clock
        assert isinstance(clock, ManualClock)

        async def run() -> None:
            # In one step of the loop: the face's own beat must not meet the new time before the engine does.
            clock.advance(seconds)
            await self.server.tick()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """The server answers nothing meanwhile, as one that is a long way off."""
        begun, over = threading.Event(), threading.Event()

        def hold() -> None:
            begun.set()
            over.wait(10)

        self._loop.call_soon_threadsafe(hold)
        assert begun.wait(10)
        try:
            yield
        finally:
            over.set()

    def tick(self) -> None:
        asyncio.run_coroutine_threadsafe(self.server.tick(), self._loop).result(10)

    def wait(self, predicate: Callable[[], Any], timeout: float = 5.0) -> Any:
        """Waits until `predicate()`, called in the server's loop, is true; its value."""
        deadline = time.monotonic() + timeout
        while not (value := self.do(predicate)):
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.005)
        return value


@contextlib.contextmanager
def running(
    face: str,
    *,
    make: Callable[[Exchange], Face] | None = None,
    engine: Any = None,
    instruments: Sequence[Instrument] | None = None,
    seed: int = 1,
    clock: VenueClock | None = None,
    manual: bool = False,
    background: bool = True,
    enforce_limits: bool = True,
    recorder: Recorder | None = None,
    accounts: bool = True,
    allow_crashes: bool = False,
) -> Iterator[Running]:
    """Serves one face on a free port; at the end no handler may have crashed.

    Args:
        face: `binance-spot`, `binance-futures`, `bybit`.
        make: The face's class; default the one of that name.
        engine: Instead of a fresh one of `instruments` (default: the face's own), `seed` and `background`.
        manual: With a clock that only `advance` moves.
        enforce_limits: Whether rate limits refuse anything.
        accounts: Open `trader` and `other` with the balances of `accounts.BALANCES`.
        allow_crashes: For tests of what happens then.
    """
    clock = clock or (ManualClock(START_NS) if manual else VenueClock())
    if engine is None:
        listed = faces.instruments(face) if instruments is None else instruments
        engine = faces.make_engine(listed, seed=seed, start_ns=clock.true_ns(), background=background)
    keys = Keyring(default_keys(face))
    exchange = Exchange(face, engine, clock=clock, keys=keys, recorder=recorder, enforce_limits=enforce_limits)
    if accounts:
        open_default_accounts(exchange)
    made = (make or faces.face_class(face))(exchange)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=f"venue-{face}", daemon=True)
    thread.start()
    server = FaceServer(made, exchange)
    ticker: Any = None
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        ticker = asyncio.run_coroutine_threadsafe(_tick(server), loop)
        yield Running(exchange, server, loop)
    finally:
        if ticker is not None:
            ticker.cancel()
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
    assert allow_crashes or not exchange.crashes, exchange.crashes[0]


async def _tick(server: FaceServer) -> None:
    while True:
        await server.tick()
        await asyncio.sleep(0.01)
