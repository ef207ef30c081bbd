"""The way of a request to its handler: key, signature, parameters, weight; the same over HTTP and the WebSocket API."""

from typing import Any

from ..engine.model import Rejected
from ..kit.exchange import Exchange
from ..kit.keys import ApiKey
from ..kit.limits import REQUEST_WEIGHT, Limited
from .common import errors, signing
from .common.endpoint import Call, Endpoint, Security
from .common.errors import BinanceError
from .common.numbers import MICRO, MILLI
from .common.request import Sent
from .spot_desk import refusal

_PERMISSION = {Security.USER_DATA: signing.READ, Security.TRADE: signing.TRADE}
_MS = 1_000_000


class Gate:
    """Admits requests to the handlers of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def answer(
        self,
        endpoint: Endpoint,
        sent: Sent,
        *,
        api_key: str | None,
        address: str,
        unit: int = MILLI,
        session: ApiKey | None = None,
    ) -> tuple[Any, Call]:
        """What the handler says.

        Args:
            api_key: As it was sent; None if it was not.
            session: The key that a WebSocket has logged on with; it stands in for one that was not sent.

        Raises:
            BinanceError: refused; its weight is charged all the same.
        """
        call = Call(now_ns=self._exchange.clock.now_ns(), unit=unit, address=address)
        try:
            read = self._identify(endpoint, sent, call, api_key, session)
            call.params = endpoint.table.parse(sent.params, read)
        except BinanceError:
            self.charge(address, endpoint.weight if isinstance(endpoint.weight, int) else 1, call.now_ns)
            raise
        weight = endpoint.cost(call.params)
        if not endpoint.free:
            self.charge(address, weight, call.now_ns)
            return self._handle(endpoint, call), call
        self.charge(address, 0, call.now_ns)
        try:
            return self._handle(endpoint, call), call
        except BinanceError:
            self.charge(address, weight, call.now_ns)
            raise

    @staticmethod
    def _handle(endpoint: Endpoint, call: Call) -> Any:
        try:
            return endpoint.handler(call)
        except Rejected as error:  # of a read: a key whose account was never opened
            raise refusal(error) from None

    def charge(self, address: str, weight: int, now_ns: int) -> int:
        """Counts request weight; how much the address has used.

        Raises:
            BinanceError: 429, or 418 for an address that is banned.
        """
        limiter = self._exchange.limiter
        try:
            usage = limiter.spend(REQUEST_WEIGHT, address, weight, now_ns // _MS)
        except Limited as error:
            if error.banned:
                raise errors.banned(now_ns // _MS + error.retry_after_s * 1000, error.retry_after_s) from None
            raise errors.too_much_weight(next(iter(error.usage.limits.values())), error.retry_after_s) from None
        return next(iter(usage.used.values()))

    def used(self, address: str) -> int:
        """How much weight the address has used in this minute."""
        now_ms = self._exchange.clock.now_ms()
        return next(iter(self._exchange.limiter.usage(REQUEST_WEIGHT, address, now_ms).used.values()))

    def _identify(self, endpoint: Endpoint, sent: Sent, call: Call, api_key: str | None, session: ApiKey | None) -> int:
        """Finds out whose request it is; how many parameters were read for that."""
        if endpoint.security is Security.NONE:
            return 0
        signed = session is None or api_key is not None or sent.signature is not None
        key = signing.find_key(self._exchange.keys, api_key) if signed or session is None else session
        call.key, call.account = key, key.account
        if not endpoint.security.signed:
            return 0
        permission = _PERMISSION[endpoint.security]
        return signing.signer(sent, key, permission, call.now_ns, signed=signed).read


def time_unit(name: str | None) -> int:
    """Nanoseconds of what times are told in.

    Raises:
        BinanceError: -1194 for anything but MILLISECOND and MICROSECOND.
    """
    if name is None or name in ("MILLISECOND", "millisecond"):
        return MILLI
    if name in ("MICROSECOND", "microsecond"):
        return MICRO
    raise BinanceError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
