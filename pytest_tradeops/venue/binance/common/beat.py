"""What happens by the clock alone, for as long as a face is served."""

import asyncio
import contextlib
from collections.abc import Callable

from ...kit.exchange import Exchange

_LIFE_NS = 24 * 3_600 * 1_000_000_000


class Beat:
    """Calls `tick` with the exchange's time in nanoseconds, again and again; what it raises is kept, and it goes on.

    Args:
        seconds: Between two calls, on the real clock.
    """

    def __init__(self, exchange: Exchange, seconds: float, tick: Callable[[int], None]) -> None:
        self._exchange = exchange
        self._seconds = seconds
        self._tick = tick
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                self._tick(self._exchange.clock.true_ns())
            except Exception as error:
                self._exchange.crashed(f"the beat of {self._exchange.name}", error)


def end_old_sessions(exchange: Exchange, now_ns: int) -> None:
    """Ends the connections that are a day old."""
    for session in tuple(exchange.sessions.values()):
        if session.opened_ns <= now_ns - _LIFE_NS:
            session.close()
