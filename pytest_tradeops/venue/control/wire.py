"""What goes over the control endpoint's wire, and how it is read: JSON out, checked parameters in."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..kit.codec import dumps, encode
from ..kit.exchange import Exchange
from ..kit.faults import Fault

if TYPE_CHECKING:
    from ..server import VenueServer

#: The page loads nothing from elsewhere, runs no inline script and is in nobody's frame.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LIMIT = 1_000


def answer(data: Any, status: int = 200) -> web.Response:
    """JSON."""
    return web.Response(text=dumps(data), status=status, content_type="application/json", headers=HEADERS)


def pick(server: "VenueServer", face: str) -> Exchange:
    """The exchange of that name; the only one for an empty name. Raises ValueError."""
    exchanges = server.exchanges
    if not face and len(exchanges) == 1:
        return next(iter(exchanges.values()))
    if face not in exchanges:
        problem = f"No face {face!r} is served" if face else "`face` is missing"
        raise ValueError(f"{problem}; there are {', '.join(exchanges)}.")
    return exchanges[face]


def market_of(exchange: Exchange, name: Any) -> str:
    """The market of that key, or of that symbol if only one has it. Raises ValueError."""
    listed = exchange.engine.instruments
    if isinstance(name, str) and name in listed:
        return name
    of_symbol = [key for key, instrument in listed.items() if instrument.symbol == name]
    if len(of_symbol) != 1:
        problem = f"{name!r} is both" if of_symbol else f"{exchange.name} has no market {name!r}; there are"
        raise ValueError(f"{problem} {', '.join(of_symbol or listed)}.")
    return of_symbol[0]


def fault_json(exchange: Exchange, fault: Fault) -> dict[str, Any]:
    """A fault, with what is left of its time in seconds."""
    left = None if fault.until_ns is None else max(0.0, (fault.until_ns - exchange.clock.true_ns()) / 1e9)
    shown: dict[str, Any] = {"face": exchange.name, **encode(fault), "seconds_left": left}
    return shown


def limit(request: web.Request) -> int:
    """How many entries are asked for at most."""
    return number(request, "limit", _LIMIT, 100_000)


def number(request: web.Request, name: str, default: int, most: int) -> int:
    """A whole number of the query. Raises ValueError."""
    given = request.query.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 20 and int(given) <= most):
        raise ValueError(f"`{name}` is a whole number up to {most}, not {given[:40]!r}.")
    return int(given)


class Body:
    """The JSON object of a POST; each field is taken once, and what is left over at the end is a mistake."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    @classmethod
    async def of(cls, request: web.Request) -> "Body":
        """Raises ValueError if there is none."""
        try:
            fields = await request.json()
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise ValueError("The body is not a JSON object.")
        return cls(fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str, default: str | None = None) -> str:
        value = self._fields.pop(name, default)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise ValueError(f"`{name}` is {'missing' if value is None else 'not text'}.")
        return value

    def whole(self, name: str) -> int:
        value = self._fields.pop(name, None)
        if type(value) is not int:
            raise ValueError(f"`{name}` is {'missing' if value is None else 'not a whole number'}.")
        return value

    def count(self, name: str) -> int | None:
        """A whole number above zero, or None."""
        if self._fields.get(name) is None:
            self._fields.pop(name, None)
            return None
        value = self.whole(name)
        if value < 1:
            raise ValueError(f"`{name}` is at least 1.")
        return value

    def seconds(self, name: str) -> float | None:
        """Above zero, or None."""
        value = self._fields.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or value <= 0:
            raise ValueError(f"`{name}` is a number above zero.")
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._fields.pop(name, default)
        if not isinstance(value, bool):
            raise ValueError(f"`{name}` is true or false.")
        return value

    def any(self, name: str, default: Any) -> Any:
        return self._fields.pop(name, default)

    def rest(self) -> Mapping[str, Any]:
        """What has not been taken."""
        return dict(self._fields)

    def end(self) -> None:
        """Raises ValueError if something is left over."""
        if self._fields:
            raise ValueError(f"Unknown: {', '.join(sorted(self._fields))}.")
