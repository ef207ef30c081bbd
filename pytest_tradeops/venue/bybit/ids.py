"""The ids that clients see: made from the engine's own, and read back without a table.

Linear orders have UUIDs, spot orders have 19 digits, as on the exchange.
"""

from hashlib import blake2b
from uuid import NAMESPACE_OID, UUID, uuid5

from ..engine.model import Kind

_LOW = 1 << 62
#: Odd, so that it has an inverse: neighbours get ids that look unrelated.
_FACTOR = 0x1D8E4E27C47D124F
_INVERSE = pow(_FACTOR, -1, _LOW)
_SPOT_ORDERS = 1_660_000_000_000_000_000
_SPOT_TRADES = 2_200_000_000_000_000_000
_TRADES_PER_MARKET = 10**12


def _high(number: int) -> int:
    digest = blake2b(number.to_bytes(16, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big") & ~0xF000 | 0x4000


def order_id(kind: Kind, number: int) -> str:
    """What the exchange calls the engine's order `number`."""
    if kind is Kind.SPOT:
        return str(_SPOT_ORDERS + number)
    low = number * _FACTOR % _LOW | 1 << 63
    return str(UUID(int=_high(number) << 64 | low))


def order_number(kind: Kind, text: str) -> int | None:
    """The engine's id behind an order id; None if we never gave out such an id."""
    if kind is Kind.SPOT:
        number = int(text) - _SPOT_ORDERS if text.isascii() and text.isdigit() and len(text) < 20 else 0
        return number if number > 0 else None
    try:
        value = UUID(text)
    except ValueError:
        return None
    number = (value.int & (_LOW - 1)) * _INVERSE % _LOW
    return number if order_id(kind, number) == text.lower() else None


def trade_id(market: str, kind: Kind, number: int) -> str:
    """The same for both sides of a trade and in the public stream."""
    if kind is Kind.LINEAR:
        return str(uuid5(NAMESPACE_OID, f"trade/{market}/{number}"))
    place = int.from_bytes(blake2b(market.encode(), digest_size=2).digest(), "big")
    return str(_SPOT_TRADES + place * _TRADES_PER_MARKET + number)


def user_id(account: str) -> int:
    """The UID of an account."""
    return 10_000_000 + int.from_bytes(blake2b(account.encode(), digest_size=4).digest(), "big") % 90_000_000


def connection_id(number: int) -> str:
    digest = blake2b(number.to_bytes(8, "big"), digest_size=10).hexdigest()
    return f"{digest}-{number:x}"
