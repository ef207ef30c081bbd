"""Who sent a request: the X-BAPI headers, and the signed `auth` of a socket.

Signed is timestamp + key + receive window + query string or body, byte for byte as sent.
"""

from collections.abc import Mapping

from ..kit.keys import ApiKey, Keyring
from .errors import Refusal

DEFAULT_WINDOW_MS = 5_000
#: A client's clock may run ahead by less than this.
AHEAD_MS = 1_000
_MAX_WINDOW_MS = 600_000


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def check_time(sent_ms: int, window_ms: int, now_ms: int) -> None:
    """Raise 10002 unless `server_time - recv_window <= timestamp < server_time + 1000`."""
    if not now_ms - window_ms <= sent_ms < now_ms + AHEAD_MS:
        raise Refusal(
            10002,
            "invalid request, please check your server timestamp or recv_window param. "
            f"req_timestamp[{sent_ms}],server_timestamp[{now_ms}],recv_window[{window_ms}]",
        )


def authenticate(headers: Mapping[str, str], payload: bytes, keys: Keyring, now_ms: int) -> ApiKey:
    """The key that signed this request.

    Args:
        headers: Case-insensitive, as aiohttp gives them.
        payload: The raw query string of a GET, the raw body of a POST.
    """
    key_text = headers.get("X-BAPI-API-KEY", "")
    stamp = headers.get("X-BAPI-TIMESTAMP", "")
    signature = headers.get("X-BAPI-SIGN", "")
    window = headers.get("X-BAPI-RECV-WINDOW", "")
    if not (key_text and stamp and signature):
        said = f"apiTimestamp[{stamp}] apiKey[{key_text}] apiSignature[{signature}]"
        raise Refusal(10001, f"empty value: {said}: openapi sign params error!", status=401)
    key = keys.get(key_text)
    if key is None:
        raise Refusal(10003, "API key is invalid.")
    sent_ms = _integer(stamp)
    window_ms = _integer(window) if window else DEFAULT_WINDOW_MS
    if sent_ms is None or window_ms is None:
        raise Refusal(10001, "Request parameter error.")
    check_time(sent_ms, min(window_ms, _MAX_WINDOW_MS), now_ms)
    origin = f"{stamp}{key_text}{window}".encode() + payload
    if not key.verify(origin, signature):
        raise Refusal(10004, f"error sign! origin_string[{origin.decode(errors='replace')}]")
    return key


def authenticate_socket(args: object, keys: Keyring, now_ms: int) -> ApiKey:
    """The key of `{"op": "auth", "args": [key, expires, signature]}`.

    Raises:
        Refusal: 10001 for parameters, an expiry in the past included; 10003 for the key; 10004 for the signature.
    """
    if not isinstance(args, list) or len(args) != 3:
        raise Refusal(10001, "Params Error")
    key_text, expires, signature = args
    expires_ms = expires if isinstance(expires, int) and not isinstance(expires, bool) else _integer(str(expires))
    if not isinstance(key_text, str) or not isinstance(signature, str) or expires_ms is None or expires_ms <= now_ms:
        raise Refusal(10001, "Params Error")
    key = keys.get(key_text)
    if key is None:
        raise Refusal(10003, "API key is invalid.")
    if not key.verify(f"GET/realtime{expires}".encode(), signature):
        raise Refusal(10004, "error sign! please check your signature generation algorithm.")
    return key
