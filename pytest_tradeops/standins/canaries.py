"""Secrets planted around the probe's error: random in every run, of known shapes or under known names."""

import json
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .envelope import Envelope, EnvelopeError

_WORD = string.ascii_letters + string.digits
#: So many characters in a row of a secret are a leak; a mask may leave a few.
_WINDOW = 12


def _word(length: int) -> str:
    return "".join(secrets.choice(_WORD) for _ in range(length))


@dataclass(frozen=True, slots=True)
class Canaries:
    """One secret per place.

    Attributes:
        planted: Place to secret. Flat and nested values stand under the names `api_secret`, `secret_key`,
            `private_key` and `passphrase`; texts hold `token=` or `api_secret=` in front of it; the tag's value is
            shaped like a Telegram bot token and the exception's like a GitHub token.
    """

    planted: Mapping[str, str] = field(repr=False)

    @classmethod
    def new(cls) -> "Canaries":
        places = ("local", "nested local", "extra", "nested extra", "log", "breadcrumb", "crumb data", "argv")
        shaped = {
            "exception": "ghp_" + _word(36),
            "tag": f"{secrets.randbelow(9 * 10**9) + 10**9}:" + _word(35),
        }
        return cls({place: _word(40) for place in places} | shaped)

    def leaks(self, envelope: Envelope, raw: bytes) -> list[str]:
        """`place at where` for every planted secret that the envelope holds, whole or in large part."""
        text = raw.decode("utf-8", "replace")
        found = []
        for place, secret in self.planted.items():
            pieces = [secret[at : at + _WINDOW] for at in range(len(secret) - _WINDOW + 1)]
            if any(piece in text for piece in pieces):
                where = next((path for item in envelope.items for path in _paths(_payload(item), pieces)), "a payload")
                found.append(f"{place} at {where}")
        return found


def _payload(item: Any) -> Any:
    try:
        return {item.type: item.json()}
    except EnvelopeError:
        return {item.type: item.payload.decode("utf-8", "replace")}


def _paths(value: Any, pieces: Sequence[str], path: str = "") -> list[str]:
    """Where in JSON one of the pieces stands, as `event.exception.values[0].value`."""
    if isinstance(value, Mapping):
        below = [(f"{path}.{name}".lstrip("."), item) for name, item in value.items()]
        keys = [f"{path} (a key)" for name in value if any(piece in str(name) for piece in pieces)]
        return keys + [hit for inner, item in below for hit in _paths(item, pieces, inner)]
    if isinstance(value, list):
        return [hit for at, item in enumerate(value) for hit in _paths(item, pieces, f"{path}[{at}]")]
    return [path] if any(piece in json.dumps(value) for piece in pieces) else []
