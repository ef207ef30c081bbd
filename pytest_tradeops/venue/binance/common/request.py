"""What a client sent: its parameters, from the query, the body or a frame, and the bytes that it signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from . import errors
from .params import INTEGER

_FORM = "application/x-www-form-urlencoded"


class Number(str):
    """A number of a JSON frame with a point, kept as it was written: its text is what was signed."""

    __slots__ = ()


@dataclass(slots=True)
class Sent:
    """The parameters of one request.

    Attributes:
        params: Without the signature; of a name in both places the query's counts.
        payload: The exact bytes that the signature must cover.
    """

    params: dict[str, str]
    payload: bytes
    signature: str | None


def from_http(query: str, body: bytes, content_type: str) -> Sent:
    """Of a request; the query exactly as it stood in the request line.

    Raises:
        BinanceError: -1101 where a name comes twice in the same place, -1100 where the encoding is broken.
    """
    params, signed, signature = _split(query)
    if body and content_type.partition(";")[0].strip().lower() in (_FORM, ""):
        more, also_signed, other = _split(_ascii(body))
        params = {**more, **params}
        signed += also_signed
        signature = other if signature is None else signature
    return Sent(params, signed.encode("utf-8", "surrogateescape"), signature)


def read_frame(text: str) -> dict[str, Any]:
    """A frame of the WebSocket API as an object; raises BinanceError for anything else."""
    try:
        message = json.loads(text, parse_float=Number, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise errors.malformed_json() from None
    if not isinstance(message, dict):
        raise errors.malformed_json()
    return message


def from_frame(params: Mapping[str, Any]) -> Sent:
    """Of a frame of the WebSocket API: signed is what is left without the signature, sorted, not percent-encoded.

    Raises:
        BinanceError: -1100 or -1130 for a value that no parameter can have.
    """
    texts: dict[str, str] = {}
    for name, value in params.items():
        texts[name] = _text(name, value)
    signature = texts.pop("signature", None)
    payload = "&".join(f"{name}={texts[name]}" for name in sorted(texts))
    texts.pop("returnRateLimits", None)  # of every frame, and signed like the rest; no endpoint reads it
    return Sent(texts, payload.encode("utf-8", "surrogatepass"), signature)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _split(text: str) -> tuple[dict[str, str], str, str | None]:
    if not text:
        return {}, "", None
    params: dict[str, str] = {}
    kept: list[str] = []
    signature: str | None = None
    for part in text.split("&"):
        name, _, value = part.partition("=")
        if name == "signature":
            if signature is not None:
                raise errors.duplicate()
            # A plus is never a blank here: base64 has it, and clients forget to encode it.
            signature = _decoded(value.replace("+", "%2B"))
            continue
        kept.append(part)
        if not part:
            continue
        name = _decoded(name)
        if name in params:
            raise errors.duplicate()
        params[name] = _decoded(value)
    return params, "&".join(kept), signature


def _decoded(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text
    except UnicodeDecodeError:
        raise errors.BinanceError(-1100, "Illegal characters found in a parameter.") from None


def _ascii(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) >= 10**25:
            raise errors.illegal(name, INTEGER)
        return str(value)
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "[" + ",".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in value) + "]"
    raise errors.invalid(name)
