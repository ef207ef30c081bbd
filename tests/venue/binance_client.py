"""A small client of Binance's protocols, with nothing between the test and the wire."""

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from support import Running

from pytest_tradeops.venue.kit.keys import ApiKey

FORM = "application/x-www-form-urlencoded"


class Reply:
    """Status, JSON (or text, if it is none) and headers."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.text = body.decode()
        try:
            self.json: Any = json.loads(self.text)
        except ValueError:
            self.json = None

    @property
    def code(self) -> int:
        """Binance's error code, 0 for none."""
        return self.json.get("code", 0) if isinstance(self.json, dict) else 0

    @property
    def error(self) -> tuple[int, int, str]:
        """Status, code and message."""
        return self.status, self.code, self.json.get("msg", "")

    def ok(self) -> Any:
        """What was answered; it must not be an error."""
        assert self.status == 200, (self.status, self.text)
        return self.json


class RestClient:
    """REST with a key; orders are of BTCUSDT.

    Attributes:
        orders: Where they go.
    """

    orders: ClassVar[str]

    def __init__(self, venue: Running, key: str = "trader") -> None:
        self.venue = venue
        self.key: ApiKey = venue.keys[key]
        self._host = urlsplit(venue.http).netloc

    def now(self) -> int:
        return self.venue.do(self.venue.clock.now_ms)

    def raw(
        self, method: str, target: str, *, body: str | bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Exactly this request."""
        connection = http.client.HTTPConnection(self._host, timeout=10)
        try:
            connection.request(method, target, body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def public(self, path: str, **params: Any) -> Reply:
        return self.raw("GET", path + ("?" + urlencode(params) if params else ""))

    def keyed(self, method: str, path: str, **params: Any) -> Reply:
        """With the key and without a signature."""
        target = path + ("?" + urlencode(params) if params else "")
        return self.raw(method, target, headers={"X-MBX-APIKEY": self.key.api_key})

    def signed(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        stamp: int | None = None,
    ) -> Reply:
        """Signed over the query and the body; `stamp` in milliseconds, default now."""
        query = urlencode({**(params or {}), "timestamp": self.now() if stamp is None else stamp})
        form = urlencode(body or {})
        signature = quote(self.key.sign((query + form).encode()), safe="")
        headers = {"X-MBX-APIKEY": self.key.api_key, **({"Content-Type": FORM} if form else {})}
        return self.raw(method, f"{path}?{query}&signature={signature}", body=form or None, headers=headers)

    def get(self, path: str, **params: Any) -> Reply:
        return self.signed("GET", path, params)

    def post(self, path: str, **params: Any) -> Reply:
        return self.signed("POST", path, params)

    def put(self, path: str, **params: Any) -> Reply:
        return self.signed("PUT", path, params)

    def delete(self, path: str, **params: Any) -> Reply:
        return self.signed("DELETE", path, params)

    def order(self, **params: Any) -> Reply:
        """A new order."""
        return self.post(self.orders, **{"symbol": "BTCUSDT", **params})


def sign_frame(key: ApiKey, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with API key and signature, as the WebSocket API wants them."""
    full = {**params, "apiKey": key.api_key}
    payload = "&".join(f"{name}={full[name]}" for name in sorted(full))
    return {**full, "signature": key.sign(payload.encode())}


class Wire:
    """A WebSocket that remembers what it was sent; to be used from a test's thread."""

    def __init__(self, url: str) -> None:
        self.received: list[Any] = []
        self._arrived = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.closed_with: int | None = None
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._ws: aiohttp.ClientWebSocketResponse = self._run(self._open(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def send(self, message: Any) -> None:
        """Text as it is, anything else as JSON."""
        self._run(self._ws.send_str(message if isinstance(message, str) else json.dumps(message)))

    def call(self, method: str, params: Any = None, request_id: Any = 1) -> Any:
        """Sends a request and waits for the answer with its id."""
        seen = len(self.received)
        self.send({"id": request_id, "method": method, **({} if params is None else {"params": params})})
        return self.wait(lambda one: isinstance(one, dict) and one.get("id", self) == request_id, since=seen)

    def wait(self, wanted: Callable[[Any], Any], *, since: int = 0, timeout: float = 5.0) -> Any:
        """The first message from there on that is wanted."""

        def found() -> Any:
            return next((one for one in self.received[since:] if wanted(one)), None)

        with self._arrived:
            result = self._arrived.wait_for(found, timeout)
        assert result is not None, f"not received; last: {self.received[-3:]}"
        return result

    def wait_closed(self, timeout: float = 5.0) -> int | None:
        """The code that the server closed with."""
        assert self._task is not None
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(asyncio.shield(self._task), timeout), self._loop).result()
        return self.closed_with

    def _run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self, url: str) -> aiohttp.ClientWebSocketResponse:
        self._session = aiohttp.ClientSession()
        ws = await self._session.ws_connect(url)
        self._task = asyncio.create_task(self._read(ws))
        return ws

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                with self._arrived:
                    self.received.append(json.loads(message.data))
                    self._arrived.notify_all()
        self.closed_with = ws.close_code

    async def _close(self) -> None:
        await self._ws.close()
        if self._task is not None:
            await self._task
        if self._session is not None:
            await self._session.close()


class ApiWire(Wire):
    """The WebSocket API with a key."""

    def __init__(self, venue: Running, key: str = "trader", query: str = "") -> None:
        super().__init__(venue.urls["ws_api"] + query)
        self.venue = venue
        self.key = venue.keys[key]

    def now(self) -> int:
        return self.venue.do(self.venue.clock.now_ms)

    def signed(self, method: str, params: Mapping[str, Any] | None = None, request_id: Any = 1) -> Any:
        return self.call(method, sign_frame(self.key, {"timestamp": self.now(), **(params or {})}), request_id)

    def stamped(self, method: str, params: Mapping[str, Any] | None = None, request_id: Any = 1) -> Any:
        """For a session that has logged on."""
        return self.call(method, {"timestamp": self.now(), **(params or {})}, request_id)
