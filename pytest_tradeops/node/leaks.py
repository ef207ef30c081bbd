"""Finds a secret in texts, also in part, encoded, escaped, reversed or in another case; pure."""

import base64
import contextlib
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

#: So many characters in a row of a secret are a leak: a mask may leave a few at either end.
WINDOW = 12
#: A shorter secret cannot be told from ordinary text.
SHORTEST = 8
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----(.*?)-----END [A-Z ]+-----", re.DOTALL)
#: Before the 32 bytes of an Ed25519 key in PKCS#8 stand bytes that every such key has, in base64 and in hex.
_ED25519_BYTES = 16
_UNESCAPED = re.compile(r"\\u00([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})")
_SEPARATORS = re.compile(r"[\s:,\"'\\\[\]]+")


@dataclass(frozen=True)
class Secret:
    """One secret that must not be found.

    Attributes:
        name: What it is called in a finding; never the secret itself.
    """

    name: str
    text: str

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    @property
    def searchable(self) -> bool:
        """Whether it is long enough to be told from other text."""
        return all(len(one) >= SHORTEST for one in self._cores)

    @cached_property
    def _cores(self) -> tuple[str, ...]:
        """What of it is secret, as text."""
        found = _PEM.search(self.text)
        if found is None:
            return (self.text,)
        body = "".join(found[1].replace("\\n", "\n").split())
        return (body[-(-_ED25519_BYTES * 4 // 3) :],) if len(body) > WINDOW * 4 else (body,)

    @cached_property
    def _datas(self) -> tuple[bytes, ...]:
        """What of it is secret, as bytes: of the text, and of the key that the text stands for."""
        texts = tuple(one.encode() for one in self._cores)
        if _PEM.search(self.text) is None:
            return texts
        body = self._cores[0]
        with contextlib.suppress(ValueError):
            return (*texts, base64.b64decode(body[-(len(body) // 4 * 4) :])[2:])
        return texts

    @cached_property
    def needles(self) -> Mapping[str, frozenset[str]]:
        """Form to what is looked for, lower case: any of them is a leak."""
        plain = frozenset(piece for core in self._cores for piece in _windows(core.casefold(), WINDOW))
        return {
            "as it is": plain,
            "reversed": frozenset(one[::-1] for one in plain),
            "in hex": frozenset(piece for one in self._datas for piece in _windows(one.hex(), 2 * WINDOW)),
            "in base64": frozenset(
                piece for data in self._datas for one in _base64(data) for piece in _windows(one, WINDOW + 4)
            ),
        }


@dataclass(frozen=True)
class Text:
    """One text to be searched, in the ways in which a secret may stand in it."""

    raw: str

    @cached_property
    def forms(self) -> Mapping[str, tuple[str, ...]]:
        """Form of a secret to the readings of the text in which it is looked for."""
        unquoted = urllib.parse.unquote(self.raw)
        escaped = _UNESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), self.raw)
        narrow = self.raw.replace("\0", "")  # of UTF-16
        readings = tuple({one.casefold(): None for one in (self.raw, unquoted, escaped, narrow)})
        joined = _SEPARATORS.sub("", self.raw)  # hex in groups, base64 in lines
        plain = (*readings, joined.casefold())
        safe = tuple(one.replace("-", "+").replace("_", "/") for one in (self.raw, unquoted, joined))
        return {"as it is": plain, "reversed": plain, "in hex": plain, "in base64": safe}


def find(secrets: Mapping[str, str], text: str) -> list[str]:
    """`name, form` for each secret that the text holds, once per secret.

    Args:
        secrets: Name to secret.
    """
    read = Text(text)
    found = []
    for name, secret in secrets.items():
        form = next((one for one, needles in Secret(name, secret).needles.items() if _has(read, one, needles)), None)
        if form is not None:
            found.append(f"{name}, {form}")
    return found


def too_short(secrets: Mapping[str, str]) -> list[str]:
    """The names of secrets that cannot be looked for."""
    return [name for name, secret in secrets.items() if not Secret(name, secret).searchable]


def _has(text: Text, form: str, needles: frozenset[str]) -> bool:
    return any(needle in reading for reading in text.forms[form] for needle in needles)


def _windows(text: str, length: int) -> Iterator[str]:
    if len(text) <= length:
        yield text
        return
    for at in range(len(text) - length + 1):
        yield text[at : at + length]


def _base64(data: bytes) -> Iterator[str]:
    """Base64 as it looks wherever the bytes begin in what is encoded; what depends on the neighbours is left out."""
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + data).decode()
        first = 0 if offset == 0 else 4
        yield whole[first : (offset + len(data)) // 3 * 4]
