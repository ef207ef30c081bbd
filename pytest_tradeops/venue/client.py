"""A running venue, from the outside: its truth, its market, its faults. Stdlib only.

venue = VenueClient("http://127.0.0.1:40001")
key = venue.new_account("bybit", balances={"USDT": "5000"})
venue.faults.drop_sockets(face="bybit")
venue.wait(lambda: venue.fills("bybit", account=key.account))
"""

import http.client
import json
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..exceptions import TradeopsError
from .client_faults import FaultsClient
from .engine.model import Balance, Fill, Order, Position
from .kit.codec import decode

__all__ = [
    "AccountKey",
    "Balance",
    "Fill",
    "Market",
    "Order",
    "Position",
    "VenueClient",
    "VenueError",
    "VenueGone",
    "wait",
]

_TIMEOUT = 10.0


class VenueError(TradeopsError):
    """The venue refused it; `reason` is the engine's where the engine did."""

    def __init__(self, message: str, *, status: int, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class VenueGone(TradeopsError):
    """Nothing answers at the control endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKey:
    """A key and the account it acts for."""

    face: str
    name: str
    account: str
    api_key: str
    api_secret: str = field(repr=False)
    key_type: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """One market, for scenarios: what it does here is in the journal as a command.

    Attributes:
        symbol: The exchange's (`BTCUSDT`), or the engine's (`BTCUSDT.spot`) where an exchange has it twice.
    """

    venue: "VenueClient"
    face: str
    symbol: str

    def move(self, price: Decimal | str) -> Decimal:
        """Puts the background market around a price at once, taking out what rests in the way; the last price."""
        return self._do("move", price=str(price))

    def hold(self, held: bool = True) -> None:
        """Keeps the background from moving and trading, or lets it go on."""
        self._do("hold", held=held)

    def fill_order(self, account: str, order_id: int, quantity: Decimal | str = "") -> None:
        """Has (part of) a resting order taken at its own price."""
        self._do("fill", account=account, order_id=order_id, quantity=str(quantity))

    def last(self) -> Decimal:
        return Decimal(self.book(1)["last"])

    def book(self, depth: int = 20) -> dict[str, Any]:
        """`bids` and `asks` as (price, quantity) in strings, best first, and `last`."""
        found: dict[str, Any] = self.venue.get("/book", face=self.face, market=self.symbol, depth=depth)
        return found

    def _do(self, action: str, **more: Any) -> Decimal:
        body = {"face": self.face, "market": self.symbol, "action": action, **more}
        return Decimal(self.venue.post("/market", body)["last"])


class VenueClient:
    """The control endpoint of a venue.

    Args:
        control: Its URL, `http://127.0.0.1:PORT`.

    All methods raise `VenueError` with the venue's own sentence, and `VenueGone` if nothing answers.
    """

    def __init__(self, control: str, *, timeout: float = _TIMEOUT) -> None:
        parts = urllib.parse.urlsplit(control)
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            raise TradeopsError(f"{control!r} is no control endpoint.", remedy="It is http://127.0.0.1:PORT.")
        self.url = f"http://{parts.hostname}:{parts.port}"
        self._host, self._port, self._timeout = parts.hostname, parts.port, timeout
        self.faults = FaultsClient(self)

    def state(self) -> dict[str, Any]:
        """Faces with their urls, markets, faults and crashes; `seed`, `state` (the directory)."""
        found: dict[str, Any] = self.get("/state")
        return found

    def crashes(self) -> list[str]:
        """Tracebacks of defects of the venue itself: none, or the venue cannot be trusted."""
        return [one for face in self.state()["faces"].values() for one in face["crashes"]]

    def accounts(self, face: str = "") -> list[AccountKey]:
        """Every key, each exchange's `trader` first."""
        return [_key(one) for one in self.get("/accounts", face=face)]

    def account(self, face: str, name: str = "trader") -> AccountKey:
        """The key of that name."""
        found = [one for one in self.accounts(face) if one.name == name]
        if not found:
            raise VenueError(f"{face} has no key {name!r}.", status=404)
        return found[0]

    def new_account(
        self,
        face: str,
        *,
        name: str = "",
        balances: Mapping[str, Decimal | str] | None = None,
        permissions: Iterable[str] = ("read", "trade"),
        key_type: str = "",
    ) -> AccountKey:
        """A fresh account with a key of the same name; by default a free name, generous balances, the usual key."""
        body: dict[str, Any] = {"face": face, "name": name, "permissions": list(permissions), "key_type": key_type}
        if balances is not None:
            body["balances"] = {asset: str(amount) for asset, amount in balances.items()}
        return _key(self.post("/accounts", body))

    def orders(self, face: str, *, account: str = "", market: str = "", only_open: bool = False) -> list[Order]:
        """By time of creation."""
        found = self.get(
            "/orders", face=face, account=account, market=market, open="1" if only_open else "", limit=_ALL
        )
        return [_of(Order, one) for one in found]

    def fills(self, face: str, *, account: str = "", market: str = "") -> list[Fill]:
        """By time."""
        found = self.get("/fills", face=face, account=account, market=market, limit=_ALL)
        return [_of(Fill, one) for one in found]

    def balances(self, face: str, account: str) -> dict[str, Balance]:
        """Per asset; none for an account that there is not."""
        found = self.get("/balances", face=face, account=account)
        return decode(dict[str, Balance], found[0]["balances"]) if found else {}

    def positions(self, face: str, account: str = "") -> list[Position]:
        """Those that are not flat."""
        return [_of(Position, one) for one in self.get("/positions", face=face, account=account)]

    def position(self, face: str, account: str, market: str) -> Position | None:
        """The position in `BTCUSDT` or `BTCUSDT.linear`; None when flat."""
        wanted = (market, f"{market}.linear")
        return next((one for one in self.positions(face, account) if one.market in wanted), None)

    def market(self, face: str, symbol: str) -> Market:
        """A market, for scenarios."""
        return Market(self, face, symbol)

    def sessions(self, face: str = "") -> list[dict[str, Any]]:
        """The WebSockets that are open: `face`, `id`, `kind`, `account`, `path`, `topics`, `sent`, `received`."""
        found: list[dict[str, Any]] = self.get("/sessions", face=face)
        return found

    def requests(self, face: str = "") -> list[dict[str, Any]]:
        """The latest HTTP requests: `method`, `path`, `status`, `account`, `time_ns`, `milliseconds`."""
        found: list[dict[str, Any]] = self.get("/requests", face=face, limit=_ALL)
        return found

    def journal(self, face: str, since: int = 0) -> list[dict[str, Any]]:
        """Every line of the journal after number `since`: `number`, `kind`, `time`, and what the kind has."""
        lines: list[dict[str, Any]] = []
        while True:
            found = self.get("/journal", face=face, since=since)
            lines += found["lines"]
            if found["next"] == since or not found["lines"]:
                return lines
            since = found["next"]

    def shutdown(self) -> None:
        """Ends the venue."""
        self.post("/shutdown", {})

    def wait[T](self, predicate: Callable[[], T], timeout: float = 10.0, what: str = "") -> T:
        """As the function `wait`."""
        return wait(predicate, timeout, what)

    def get(self, path: str, **query: Any) -> Any:
        """JSON of one of its pages; empty parameters are left out."""
        given = {name: value for name, value in query.items() if value != ""}
        return self._ask("GET", f"{path}?{urllib.parse.urlencode(given)}" if given else path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._ask("POST", path, json.dumps(body).encode())

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path, None)

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        # Not urllib: that would send what is for this machine to a proxy of the environment.
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            status, data = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise VenueGone(
                f"No venue answers at {self.url} ({type(error).__name__}).",
                remedy="Start one with `tradeops venue serve`.",
            ) from error
        finally:
            connection.close()
        return _parsed(status, data)


def wait[T](predicate: Callable[[], T], timeout: float = 10.0, what: str = "") -> T:
    """Asks `predicate` until what it returns is true; that.

    Raises:
        TimeoutError: it was not, within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    pause = 0.002
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what or 'It'} did not come true within {timeout:g} s.")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return value


_ALL = 100_000


def _parsed(status: int, data: bytes) -> Any:
    try:
        answer = json.loads(data)
    except ValueError:
        answer = {"error": f"The venue answered with status {status} and no JSON."}
        status = max(status, 400)
    if status >= 400:
        raise VenueError(answer["error"], status=status, reason=answer.get("reason", ""))
    return answer


def _of[T](kind: type[T], data: Mapping[str, Any]) -> T:
    return decode(kind, {name: value for name, value in data.items() if name != "face"})


def _key(data: Mapping[str, Any]) -> AccountKey:
    permissions: Sequence[str] = data["permissions"]
    return AccountKey(**{**data, "permissions": tuple(permissions)})
