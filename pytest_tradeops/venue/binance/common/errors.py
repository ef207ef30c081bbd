"""Binance's error codes and the words that go with them."""

from typing import Any


class BinanceError(Exception):
    """What a request is refused with: an HTTP status, and `{"code": ..., "msg": ...}`.

    Attributes:
        data: What some errors carry beside the message, such as both halves of a failed cancel-replace.
        retry_after: Seconds, for 429 and 418.
    """

    def __init__(self, code: int, msg: str, *, status: int = 400, data: Any = None, retry_after: int = 0) -> None:
        super().__init__(f"{code}: {msg}")
        self.code = code
        self.msg = msg
        self.status = status
        self.data = data
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        body: dict[str, Any] = {"code": self.code, "msg": self.msg}
        if self.data is not None:
            body["data"] = self.data
        return body


# -- who asks, and when ----------------------------------------------------------------------------------------------


def bad_timestamp(ahead: bool) -> BinanceError:
    if ahead:
        return BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    return BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")


def bad_recv_window() -> BinanceError:
    return BinanceError(-1131, "recvWindow must be less than 60000")


def bad_signature() -> BinanceError:
    return BinanceError(-1022, "Signature for this request is not valid.")


def bad_key_format() -> BinanceError:
    return BinanceError(-2014, "API-key format invalid.", status=401)


def rejected_key() -> BinanceError:
    return BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)


def hmac_not_supported() -> BinanceError:
    return BinanceError(-4056, "HMAC_SHA256 API key is not supported.")


def too_much_weight(limit: int, retry_after: int) -> BinanceError:
    msg = (
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API."
    )
    return BinanceError(-1003, msg, status=429, retry_after=retry_after)


def banned(until_ms: int, retry_after: int) -> BinanceError:
    msg = (
        f"Way too much request weight used; IP banned until {until_ms}. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )
    return BinanceError(-1003, msg, status=418, retry_after=retry_after)


def too_many_orders(limit: int, window: str, retry_after: int) -> BinanceError:
    msg = f"Too many new orders; current limit is {limit} orders per {window}."
    return BinanceError(-1015, msg, status=429, retry_after=retry_after)


# -- parameters ------------------------------------------------------------------------------------------------------


def mandatory(name: str) -> BinanceError:
    return BinanceError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def either(one: str, other: str) -> BinanceError:
    return BinanceError(-1102, f"Param '{one}' or '{other}' must be sent, but both were empty/null!")


def illegal(name: str, legal: str) -> BinanceError:
    return BinanceError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def too_many(received: int) -> BinanceError:
    return BinanceError(-1101, f"Too many parameters; expected '0' and received '{received}'.")


def duplicate() -> BinanceError:
    return BinanceError(-1101, "Duplicate values for a parameter detected.")


def unread(read: int, sent: int) -> BinanceError:
    return BinanceError(-1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.")


def empty(name: str) -> BinanceError:
    return BinanceError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> BinanceError:
    return BinanceError(-1106, f"Parameter '{name}' sent when not required.")


def overflow(name: str) -> BinanceError:
    return BinanceError(-1108, f"Parameter '{name}' overflowed.")


def bad_precision(name: str) -> BinanceError:
    return BinanceError(-1111, f"Parameter '{name}' has too much precision.")


def bad_symbol() -> BinanceError:
    return BinanceError(-1121, "Invalid symbol.")


def bad_combination() -> BinanceError:
    return BinanceError(-1128, "Combination of optional parameters invalid.")


def invalid(name: str) -> BinanceError:
    return BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")


def malformed_json(name: str = "") -> BinanceError:
    return BinanceError(-1135, f"JSON sent for parameter '{name}' is not valid" if name else "Invalid JSON Request")


# -- orders ----------------------------------------------------------------------------------------------------------


def filter_failure(name: str) -> BinanceError:
    return BinanceError(-1013, f"Filter failure: {name}")


def rejected(msg: str) -> BinanceError:
    return BinanceError(-2010, msg)


def cancel_rejected(msg: str = "Unknown order sent.") -> BinanceError:
    return BinanceError(-2011, msg)


def no_such_order() -> BinanceError:
    return BinanceError(-2013, "Order does not exist.")
