"""A client's WebSocket: a bounded queue out, frames in, heartbeats, and the faults that act on sockets."""

import asyncio
import contextlib
import inspect
import itertools
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, Self

from aiohttp import WSCloseCode, WSMsgType, web

from .exchange import InFlight, in_flight

if TYPE_CHECKING:
    from .exchange import Exchange

type SessionKind = Literal["market", "user", "api"]
type OnMessage = Callable[["Session", str], Awaitable[None] | None]

#: Messages that may wait; a client that reads too slowly is cut off, as exchanges do it.
QUEUE = 5_000
#: Seconds: how often the exchange pings, and how long the pong may take. Binance: 20 s and 60 s (Spot).
PING, PONG = 20.0, 60.0
MAX_FRAME = 1 << 20

_ids = itertools.count(1)


class Session:
    """A WebSocket. Make it with `accept`, then `await run(...)` in the handler.

    Attributes:
        kind: `market` (public data), `user` (an account's events), `api` (requests and answers).
        account: Set by the face once the client has proven who it is.
        topics: Free for the face: what it is subscribed to; shown to people.
    """

    def __init__(
        self,
        exchange: "Exchange",
        ws: web.WebSocketResponse,
        *,
        kind: SessionKind,
        ping: float = PING,
        pong: float = PONG,
        queue: int = QUEUE,
    ) -> None:
        self.id = next(_ids)
        self.exchange = exchange
        self.kind = kind
        self.account = ""
        self.topics: set[str] = set()
        self.opened_ns = exchange.clock.true_ns()
        self.sent = 0
        self.received = 0
        self.closed = False
        under_way = in_flight.get()
        self._request = under_way.request if under_way else None
        self.remote = (self._request.remote if self._request else "") or ""
        self.path = self._request.path if self._request else ""
        self._ws = ws
        self._ping, self._pong, self._limit = ping, pong, queue
        self._last_pong = asyncio.get_running_loop().time()
        self._queue: deque[tuple[float, str]] = deque()
        self._held: deque[str] = deque()
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    @classmethod
    async def accept(cls, exchange: "Exchange", request: web.Request, *, kind: SessionKind, **limits: Any) -> Self:
        """Upgrades the request; raises what aiohttp raises if it is no WebSocket's."""
        # Pings are ours: only so can a missing pong be noticed.
        ws = web.WebSocketResponse(autoping=False, max_msg_size=MAX_FRAME, compress=False)
        await ws.prepare(request)
        return cls(exchange, ws, kind=kind, **limits)

    @property
    def response(self) -> web.WebSocketResponse:
        """What the handler returns."""
        return self._ws

    def carries(self, kind: str) -> bool:
        """Whether it is of that kind. A socket for requests may carry an account's events, too: topic `user:...`."""
        return kind == self.kind or (kind == "user" and any(str(one).startswith("user:") for one in self.topics))

    def send(self, payload: str | dict[str, Any], *, topic: str = "", after: float = 0.0) -> None:
        """Queues a message; never blocks. A full queue cuts the client off.

        Args:
            topic: What the message is about; empty for an answer to a request, which no stall holds back.
            after: Seconds from now until it leaves at the earliest.
        """
        if self.closed or self._closing:
            return
        message = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
        faults = self.exchange.faults
        if topic and (self._held or self._stalled()):
            if self.kind != "market":
                self._held.append(message)
            faults.take("stall", self._pushes, self.account)
        else:
            late = faults.find("latency", "push", self.account) if topic else None
            delay = max(after, late.params["delay"] if late else 0.0)
            due = asyncio.get_running_loop().time() + delay if delay else 0.0
            self._queue.append((due, message))
            self._wake.set()
        if len(self._queue) + len(self._held) > self._limit:
            self.exchange.note("session_overflow", session=self.id, kind=self.kind, account=self.account)
            self.abort()

    def release(self) -> None:
        """Queues what a stall held back, once it is over."""
        if self._held and not self._stalled():
            self._queue.extend((0.0, message) for message in self._held)
            self._held.clear()
            self._wake.set()

    def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Says goodbye after what is queued."""
        self._closing = self._closing or (code, reason)
        self._wake.set()

    def abort(self) -> None:
        """Cuts the connection off."""
        self.closed = True
        self._wake.set()
        transport = self._request.transport if self._request else None
        if transport is not None:
            transport.abort()

    async def run(self, on_message: OnMessage) -> None:
        """Reads and writes until the socket is closed. What `on_message` gets may be any text."""
        self.exchange.sessions[self.id] = self
        self.exchange.note("session_opened", session=self.id, kind=self.kind, path=self.path)
        writer = asyncio.create_task(self._write())
        heart = asyncio.create_task(self._beat())
        try:
            await self._read(on_message)
        finally:
            self.closed = True
            self._wake.set()
            heart.cancel()
            writer.cancel()
            await asyncio.gather(heart, writer, return_exceptions=True)
            self.exchange.sessions.pop(self.id, None)
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self._ws.close()
            self.exchange.note(
                "session_closed", session=self.id, kind=self.kind, account=self.account, code=self._ws.close_code
            )

    async def _read(self, on_message: OnMessage) -> None:
        async for message in self._ws:
            if message.type is WSMsgType.PONG:
                self._last_pong = asyncio.get_running_loop().time()
            elif message.type is WSMsgType.PING:
                with contextlib.suppress(ConnectionError, RuntimeError):
                    await self._ws.pong(message.data)
            elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                data = message.data if isinstance(message.data, str) else message.data.decode(errors="replace")
                await self._hand_over(on_message, data)
            if self.closed:
                return

    async def _hand_over(self, on_message: OnMessage, data: str) -> None:
        self.received += 1
        late = self.exchange.faults.take("latency", f"WS {self.path}", self.account)
        if late is not None:
            await asyncio.sleep(late.params["delay"])
        # Each message is a request of its own; what it commands is not the upgrade's.
        token = in_flight.set(InFlight(self._request) if self._request is not None else None)
        try:
            done = on_message(self, data)
            if inspect.isawaitable(done):
                await done
        except Exception as error:
            self.exchange.crashed(f"WebSocket {self.path}", error)
            self.close(WSCloseCode.INTERNAL_ERROR)
        finally:
            in_flight.reset(token)

    async def _write(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while not self.closed:
                while self._queue:
                    due, message = self._queue.popleft()
                    if due > clock():
                        await asyncio.sleep(due - clock())
                    await self._ws.send_str(message)
                    self.sent += 1
                if self._closing:
                    code, reason = self._closing
                    await self._ws.close(code=code, message=reason.encode()[:123])
                    return
                self._wake.clear()
                if not self._queue and not self._closing and not self.closed:
                    await self._wake.wait()
        except (ConnectionError, RuntimeError):
            self.abort()  # the client has gone: the reader ends, too

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        with contextlib.suppress(ConnectionError, RuntimeError):
            while not self.closed:
                await asyncio.sleep(min(self._ping, self._pong))
                if clock() - self._last_pong > self._pong:
                    self.exchange.note("pong_overdue", session=self.id, account=self.account)
                    self.abort()
                    return
                await self._ws.ping(str(self.exchange.clock.now_ms()).encode())

    def _stalled(self) -> bool:
        return self.exchange.faults.find("stall", self._pushes, self.account) is not None

    @property
    def _pushes(self) -> str:
        """Whose what is pushed here is: on a socket for requests it can only be an account's events."""
        return "market" if self.kind == "market" else "user"
