"""How fast the venue answers: signed REST orders over loopback, from another process, on keep-alive connections.

The venue runs as it does for a test: its own process, background market on, journal on, signatures checked. Only its
rate limits are off: the real one takes ten orders a second. Each connection has one request under way at a time.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any, cast

from ..exceptions import TradeopsError
from ..processes import run
from .process import start_venue

CONNECTIONS = 8
_WARM_UP = 0.1  # share of the requests that are not counted
_FACE = "binance-spot"


def rest(orders: int, *, key: str = "trader-hmac", connections: int = CONNECTIONS) -> dict[str, Any]:
    """Of four requests one rests, one cancels it, two trade at market: three are orders.

    Args:
        key: `trader-hmac`, or `trader` for Ed25519 signatures.
    """
    with tempfile.TemporaryDirectory(prefix="tradeops-bench-") as folder:
        with start_venue(Path(folder) / "state", [_FACE], seed=1, limits=False) as venue:
            chosen = venue.client.account(_FACE, key)
            work = {
                "url": venue.urls[_FACE]["http"],
                "name": chosen.name,
                "account": chosen.account,
                "api_key": chosen.api_key,
                "api_secret": chosen.api_secret,
                "key_type": chosen.key_type,
                "orders": orders,
                "connections": connections,
            }
            before = _cpu_seconds(venue.pid)
            # Through its standard input: a command line is everybody's to read.
            done = run(
                [sys.executable, "-m", __name__], cwd=Path.cwd(), timeout=60 + orders / 50, stdin=json.dumps(work)
            )
            if done.code:
                raise TradeopsError(f"The client ended with {done.code}: {done.tail}")
            spent = _cpu_seconds(venue.pid) - before
            crashes = venue.client.crashes()
        found: dict[str, Any] = json.loads(done.stdout)
        # What the venue's own process worked for a request: unlike the rest it hardly depends on who else is busy.
        found["cpu_ms_per_request"] = round(1000 * spent / found.pop("all_requests"), 3)
        return {"bench": "rest", **found, "signature": work["key_type"], "crashes": len(crashes)}


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Client(asyncio.Protocol):
    """One connection: sends the next request when the last is answered."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._sent = 0.0
        self._resting = 0
        self._turn = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, separator, body = self._data.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._data = b""
        self._answered(head, body)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the venue ended the connection"))

    def _answered(self, head: bytes, body: bytes) -> None:
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(f"{head[:30]!r} {body[:200]!r}"))
            return
        if self._turn == 0:
            self._resting = int(json.loads(body)["orderId"])
        self._load.count(order=self._turn != 1, started=self._sent, ended=now)
        self._turn = (self._turn + 1) % 4
        if self._load.over:
            self.done.set_result(None)
        else:
            self._next()

    def _next(self) -> None:
        market = {"symbol": "BTCUSDT", "type": "MARKET", "quantity": "0.0002"}
        if self._turn == 0:
            method, params = "POST", {**market, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "55000"}
        elif self._turn == 1:
            method, params = "DELETE", {"symbol": "BTCUSDT", "orderId": str(self._resting)}
        else:
            method, params = "POST", {**market, "side": "BUY" if self._turn == 2 else "SELL"}
        request = self._load.request(method, params)
        self._sent = time.perf_counter()
        if self._transport is not None:
            self._transport.write(request)


class _Load:
    """What all connections share."""

    def __init__(self, work: dict[str, Any]) -> None:
        from .kit.keys import ApiKey

        names = ("name", "account", "api_key", "api_secret", "key_type")
        self._key = ApiKey(**{name: work[name] for name in names})
        self.host, _, port = work["url"].removeprefix("http://").partition(":")
        self.port = int(port)
        self._warm_up = int(work["orders"] * _WARM_UP)
        self._left: int = work["orders"] + self._warm_up
        self.orders = self.requests = self._all = 0
        self.started = self.ended = 0.0
        self.times: list[float] = []

    @property
    def over(self) -> bool:
        return self._left <= 0

    def count(self, *, order: bool, started: float, ended: float) -> None:
        self._left -= order
        self._all += 1
        if self._warm_up > 0:
            self._warm_up -= order
            self.started = ended
            return
        self.requests += 1
        self.ended = ended
        if order:
            self.orders += 1
            self.times.append(ended - started)

    def request(self, method: str, params: dict[str, str]) -> bytes:
        query = urllib.parse.urlencode({**params, "timestamp": time.time_ns() // 1_000_000})
        signature = urllib.parse.quote(self._key.sign(query.encode()), safe="")
        return (
            f"{method} /api/v3/order?{query}&signature={signature} HTTP/1.1\r\nHost: {self.host}\r\n"
            f"X-MBX-APIKEY: {self._key.api_key}\r\n\r\n"
        ).encode()

    def result(self, connections: int) -> dict[str, Any]:
        seconds, times = self.ended - self.started, sorted(self.times)

        def at(share: float) -> float:
            return round(times[min(len(times) - 1, int(len(times) * share))] * 1000, 2)

        return {
            "orders": self.orders,
            "seconds": round(seconds, 3),
            "orders_per_s": round(self.orders / seconds),
            "requests_per_s": round(self.requests / seconds),
            "p50_ms": at(0.5),
            "p99_ms": at(0.99),
            "worst_ms": round(times[-1] * 1000, 2),
            "connections": connections,
            "all_requests": self._all,
        }


async def _client(work: dict[str, Any]) -> dict[str, Any]:
    load, loop = _Load(work), asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Client(load), load.host, load.port) for _ in range(work["connections"])
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    for transport, _ in made:
        transport.close()
    return load.result(work["connections"])


def main() -> int:
    """The client's process."""
    from .server import fast_loop

    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        sys.stdout.write(json.dumps(runner.run(_client(json.load(sys.stdin)))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
