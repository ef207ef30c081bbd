"""Control messages of market data sockets, checked as the exchange checks them."""

import json
import re
from typing import Any

_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_id = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)


class Refused(Exception):
    """A control message that is wrong; its code and words."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg


def decoded(text: str) -> dict[str, Any]:
    """The message; raises Refused."""
    try:
        message = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(3, f"Invalid JSON: expected value at line {error.lineno} column {error.colno}") from None
    except (ValueError, RecursionError):
        raise Refused(3, "Invalid JSON: expected value at line 1 column 1") from None
    if not isinstance(message, dict):
        raise Refused(2, "Invalid request: expected an object")
    return message


def checked_id(message: dict[str, Any], least: int = 0) -> Any:
    """Its id, which is a whole number from `least` on, or a word; raises Refused."""
    request_id = message.get("id")
    whole = isinstance(request_id, int) and not isinstance(request_id, bool) and least <= request_id < 2**63
    word = isinstance(request_id, str) and _id.fullmatch(request_id)
    if "id" not in message or not (request_id is None or whole or word):
        raise Refused(2, "Invalid request: request ID must be an unsigned integer")
    return request_id


def checked_method(message: dict[str, Any]) -> str:
    """Its method; raises Refused."""
    if "method" not in message:
        raise Refused(2, "Invalid request: missing field `method` at line 1 column 1")
    method = message["method"]
    if not isinstance(method, str) or method not in _METHODS:
        listed = ", ".join(f"`{one}`" for one in _METHODS)
        shown = str(method)[:40].encode("ascii", "replace").decode()
        raise Refused(2, f"Invalid request: unknown variant `{shown}`, expected one of {listed}")
    return method
