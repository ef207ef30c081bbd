"""One request that a face answers, whichever way it comes: over HTTP, or as a frame of the WebSocket API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ...kit.keys import ApiKey
from .numbers import MILLI
from .params import Table

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Security(StrEnum):
    """What a key must be allowed to. NONE needs no key; KEY needs one and no signature."""

    NONE = ""
    KEY = "key"
    USER_DATA = "read"
    TRADE = "trade"

    @property
    def signed(self) -> bool:
        return self in (Security.USER_DATA, Security.TRADE)


@dataclass(slots=True)
class Call:
    """One request, checked and parsed, on its way to its handler.

    Attributes:
        account: Whose request it is; empty where no key is needed.
        now_ns: The exchange's time when it came.
        unit: Nanoseconds of what times are told in: milliseconds, or microseconds if the client asked for them.
        address: Where it came from; request weight is counted for it.
    """

    params: Mapping[str, Any] = _NOTHING
    account: str = ""
    key: ApiKey | None = None
    now_ns: int = 0
    unit: int = MILLI
    address: str = ""

    def get(self, name: str, default: Any = None) -> Any:
        return self.params.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.params[name]

    def time(self, ns: int) -> int:
        """A time as it is told to this client."""
        return ns // self.unit

    @property
    def now(self) -> int:
        return self.now_ns // self.unit


type Handler = Callable[[Call], Any]
NO_PARAMS = Table()

type Weight = int | Callable[[Mapping[str, Any]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A request and what it costs.

    Attributes:
        route: `GET /api/v3/order`; empty if there is none over HTTP.
        frame: Method name of the WebSocket API; empty if there is none.
        free: Its weight is charged only if it fails.
        orders: How many orders it adds to the unfilled order count.
    """

    handler: Handler
    route: str = ""
    frame: str = ""
    table: Table = NO_PARAMS
    security: Security = Security.NONE
    weight: Weight = 1
    free: bool = False
    orders: int = 0

    def cost(self, params: Mapping[str, Any]) -> int:
        """Its weight with these parameters."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)
