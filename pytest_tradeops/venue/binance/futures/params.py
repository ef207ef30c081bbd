"""Parameters as the futures endpoints read them: names in any case, and what is not known is not looked at.

That is where they part from Spot, which refuses unknown names (-1104). Error messages name parameters in small letters.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..common import errors
from ..common import params as shared
from ..common.errors import BinanceError
from ..common.numbers import to_ns
from ..common.params import Param, Reader, Table
from ..common.request import Number, Sent, from_frame
from . import terms

CLIENT_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
_client_id = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}", re.ASCII)
_OWN = {"timestamp": "timestamp", "recvwindow": "recvWindow", "apikey": "apiKey", "signature": "signature"}


class Names(Table):
    """The parameters that an endpoint takes, by their names in any case."""

    def __init__(self, *params: Param) -> None:
        super().__init__(*params)
        self._by_name = {param.name.lower(): param for param in params}

    def parse(self, sent: Mapping[str, str], also_read: int = 0) -> dict[str, Any]:
        """The values of what was sent and is known.

        Raises:
            BinanceError: something is missing, empty, malformed or there twice.
        """
        del also_read
        texts: dict[str, str] = {}
        for name, text in sent.items():
            lower = name.lower()
            if lower in self._by_name:
                if lower in texts:
                    raise errors.duplicate()
                texts[lower] = text
        for lower, param in self._by_name.items():
            if param.required and not texts.get(lower):
                raise errors.mandatory(lower)
        values: dict[str, Any] = {}
        for lower, text in texts.items():
            param = self._by_name[lower]
            if text == "":
                raise param.empty(lower)
            values[param.name] = param.read(lower, text)
        return values


def canonical(sent: Sent) -> Sent:
    """The same request with the names that every endpoint has as they are documented."""
    for name in list(sent.params):
        known = _OWN.get(name.lower())
        if known is not None and known != name:
            if known in sent.params:
                raise errors.duplicate()
            sent.params[known] = sent.params.pop(name)
    return sent


def batch(name: str, text: str) -> list[Mapping[str, str]]:
    """A list of orders in JSON, each with its parameters as texts."""
    try:
        value = json.loads(text, parse_float=Number)
    except (ValueError, RecursionError):
        raise errors.invalid(name) from None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise errors.invalid(name)
    if not 0 < len(value) <= 5:
        raise BinanceError(-4082, f"Invalid number of batch place orders: {len(value)}")
    return [from_frame(one).params for one in value]


def listed(kind: type) -> Reader:
    """A JSON list of order ids (`int`) or client ids (`str`), ten at most."""

    def read(name: str, text: str) -> list[Any]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise errors.invalid(name) from None
        if not isinstance(value, list) or not value:
            raise errors.invalid(name)
        if not all(type(one) is kind for one in value):
            raise errors.invalid(name)
        if len(value) > 10:
            raise BinanceError(-4032, "Exceed maximum cancel order size.")
        return value

    return read


def client_id(name: str, text: str) -> str:
    if len(text) > 36:
        raise BinanceError(-4015, "Client order id length should not be more than 36 chars")
    if not _client_id.fullmatch(text):
        raise errors.illegal(name, CLIENT_ID)
    return text


def contract(name: str, text: str) -> str:
    """A symbol; whether there is such a one is asked later, and anything else is not one, either."""
    del name
    if len(text) > 50 or not text.isascii():
        raise errors.bad_symbol()
    return text


def margin_type(name: str, text: str) -> str:
    del name
    found = {"ISOLATED": "ISOLATED", "CROSSED": "CROSSED", "CROSS": "CROSSED"}.get(text.upper())
    if found is None:
        raise BinanceError(-1130, "Data sent for parameter 'margintype' is not valid.")
    return found


def depth_limit(name: str, text: str) -> int:
    value = shared.integer(name, text)
    if value not in terms.DEPTH_LIMITS:
        raise BinanceError(-4021, f"'{value}' is not valid depth limit.")
    return value


def date(name: str, text: str) -> int:
    """A time to the second, in nanoseconds."""
    value = shared.long(name, text)
    if not 0 <= value < 253_402_300_799_000:
        raise good_till_date()
    return to_ns(value // 1000 * 1000)


def good_till_date() -> BinanceError:
    words = (
        "The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than "
        "253402300799000"
    )
    return BinanceError(-5040, words)


def enum(values: tuple[str, ...], code: int, words: str) -> Reader:
    """One of these words; otherwise that error. `{}` in its words is what was sent."""

    def read(name: str, text: str) -> str:
        del name
        if text not in values:
            raise BinanceError(code, words.replace("{}", text[:40]))
        return text

    return read


AMOUNT = shared.amount(20)
NO_AMOUNT = Decimal(0)

SYMBOL = Param("symbol", contract, required=True)
ANY_SYMBOL = Param("symbol", contract)
PAIR = Param("pair", contract, required=True)
SIDE = Param("side", enum(("BUY", "SELL"), -1117, "Invalid side."), required=True)
POSITION_SIDE = Param("positionSide", enum(("BOTH", "LONG", "SHORT"), -4060, "Invalid position side."))
TYPE = Param("type", enum(terms.ORDER_TYPES, -1116, "Invalid orderType."), required=True)
TIF = Param("timeInForce", enum((*terms.TIMES_IN_FORCE, "RPI"), -1115, "Invalid timeInForce."))
WORKING = Param("workingType", enum(("MARK_PRICE", "CONTRACT_PRICE"), -4031, "Invalid parameter working type: `{}`"))
STP = Param("selfTradePreventionMode", enum(terms.STP_MODES, -5039, "Invalid self trade prevention mode"))
MATCH = Param("priceMatch", enum(("NONE", *terms.PRICE_MATCHES), -5037, "Invalid price match"))
RESPONSE = Param("newOrderRespType", enum(("ACK", "RESULT"), -1136, "Invalid newOrderRespType."))
INTERVAL = Param("interval", enum(tuple(terms.INTERVALS_MS), -1120, "Invalid interval."), required=True)
CONTRACT_TYPE = Param("contractType", enum(terms.CONTRACT_TYPES, -4104, "Invalid contract type"), required=True)
START, END = Param("startTime", shared.moment), Param("endTime", shared.moment)
FROM_ID = Param("fromId", shared.long)
ORDER_ID, ORIG_ID = Param("orderId", shared.long), Param("origClientOrderId", client_id)
NEW_ID = Param("newClientOrderId", client_id)


def limit(highest: int) -> Param:
    return Param("limit", shared.limit(highest))
