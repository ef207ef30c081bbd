"""Who a request comes from: API key, timestamp, receive window, signature, permission; in the order Binance asks."""

import re
from dataclasses import dataclass
from decimal import Decimal

from ...kit.keys import ApiKey, Keyring
from . import errors
from .numbers import decimals, to_ns
from .params import INTEGER, NUMBER
from .request import Sent

READ, TRADE = "read", "trade"
_KEY = re.compile(r"[A-Za-z0-9]{64}", re.ASCII)
_SECOND_NS = 1_000_000_000
_DEFAULT_WINDOW_NS = 5 * _SECOND_NS
_SIGNED = ("timestamp", "recvWindow")
_number = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose request it is, and how many of its parameters were read to know."""

    key: ApiKey
    read: int


def find_key(keys: Keyring, api_key: str | None) -> ApiKey:
    """The key of that text.

    Raises:
        BinanceError: -2014 for a text that is none, -2015 for a key that nobody has.
    """
    if api_key is None or not _KEY.fullmatch(api_key):
        raise errors.bad_key_format()
    key = keys.get(api_key)
    if key is None:
        raise errors.rejected_key()
    return key


def signer(sent: Sent, key: ApiKey, permission: str, now_ns: int, *, signed: bool = True) -> Signer:
    """Checks a signed request and takes what only signing needs out of its parameters.

    Args:
        signed: False in a session that has logged on: it needs a timestamp, and no signature.

    Raises:
        BinanceError: -1102, -1131, -1021, -1022 or -2015.
    """
    if "timestamp" not in sent.params:
        raise errors.mandatory("timestamp")
    if signed and not sent.signature:
        raise errors.mandatory("signature")
    check_time(sent.params["timestamp"], sent.params.get("recvWindow"), now_ns)
    if signed and not key.verify(sent.payload, sent.signature or ""):
        raise errors.bad_signature()
    if permission not in key.permissions:
        raise errors.rejected_key()
    read = int(sent.signature is not None) + sum(sent.params.pop(name, None) is not None for name in _SIGNED)
    return Signer(key, read)


def check_time(timestamp: str, recv_window: str | None, now_ns: int) -> None:
    """Refuses a request that is too old, or too far ahead; both may be given to the microsecond.

    Raises:
        BinanceError: -1105, -1100, -1111, -1131 or -1021.
    """
    window = _DEFAULT_WINDOW_NS if recv_window is None else _window(recv_window)
    if not timestamp:
        raise errors.empty("timestamp")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 20):
        raise errors.illegal("timestamp", INTEGER)
    sent_ns = to_ns(int(timestamp))
    if sent_ns >= now_ns + _SECOND_NS:
        raise errors.bad_timestamp(ahead=True)
    if now_ns - sent_ns > window:
        raise errors.bad_timestamp(ahead=False)


def _window(text: str) -> int:
    if not text:
        raise errors.empty("recvWindow")
    if not _number.fullmatch(text):
        raise errors.illegal("recvWindow", NUMBER)
    value = Decimal(text)
    if decimals(value) > 3:
        raise errors.bad_precision("recvWindow")
    if value > 60_000:
        raise errors.bad_recv_window()
    return int(value * 1_000_000)
