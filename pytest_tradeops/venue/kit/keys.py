"""API keys: HMAC-SHA256 secrets and Ed25519 key pairs, as Binance and Bybit hand them out."""

import base64
import binascii
import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

type KeyType = Literal["hmac", "ed25519"]
type Encoding = Literal["hex", "base64"]

READ, TRADE = "read", "trade"
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key of one account.

    Attributes:
        name: What people call it: `trader`, `reader`.
        account: The engine's account that it acts for.
        api_secret: HMAC: the shared secret. Ed25519: the private key as PKCS#8 PEM, which is what a client signs with.
        permissions: `read`, `trade`.
    """

    name: str
    account: str
    api_key: str
    api_secret: str = field(repr=False)
    key_type: KeyType
    permissions: frozenset[str] = frozenset({READ, TRADE})

    def __repr__(self) -> str:
        return f"ApiKey({self.name!r}, account={self.account!r}, {self.key_type}, {sorted(self.permissions)})"

    def sign(self, payload: bytes, *, encoding: Encoding = "hex") -> str:
        """What a client sends: hex for HMAC (or base64, if asked), always base64 for Ed25519."""
        if self.key_type == "ed25519":
            return base64.b64encode(_private(self.api_secret).sign(payload)).decode()
        digest = hmac.digest(self.api_secret.encode(), payload, hashlib.sha256)
        return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()

    def verify(self, payload: bytes, signature: str, *, encoding: Encoding = "hex") -> bool:
        """Whether the signature is this key's over the payload; never raises, and takes the same time if it is not.

        Args:
            encoding: Of an HMAC signature; hex digits may be in either case. Ed25519 is base64 always.
        """
        try:
            if self.key_type == "ed25519":
                given = base64.b64decode(signature.encode("ascii"), validate=True)
                _private(self.api_secret).public_key().verify(given, payload)
                return True
            expected = self.sign(payload, encoding=encoding).encode()
            given = (signature.lower() if encoding == "hex" else signature).encode("utf-8", "surrogatepass")
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return hmac.compare_digest(expected, given)


class Keyring:
    """The keys of one exchange."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._keys: dict[str, ApiKey] = {}
        for key in keys:
            self.add(key)

    def add(self, key: ApiKey) -> None:
        """Raises ValueError if there is one of the same API key."""
        if key.api_key in self._keys:
            raise ValueError(f"the API key of {key.name!r} is there already")
        self._keys[key.api_key] = key

    def get(self, api_key: str) -> ApiKey | None:
        return self._keys.get(api_key)

    def all(self) -> tuple[ApiKey, ...]:
        return tuple(self._keys.values())


def new_key(
    name: str,
    account: str,
    key_type: KeyType,
    permissions: Iterable[str] = (READ, TRADE),
    *,
    length: int = 64,
    secret_length: int = 64,
) -> ApiKey:
    """A random key.

    Args:
        length: Characters of the API key. `secret_length`: of an HMAC secret.
    """
    secret = _text(secret_length) if key_type == "hmac" else _new_pem()
    return ApiKey(
        name=name,
        account=account,
        api_key=_text(length),
        api_secret=secret,
        key_type=key_type,
        permissions=frozenset(permissions),
    )


def _text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _new_pem() -> str:
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


@lru_cache(maxsize=256)
def _private(pem: str) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 private key")
    return key
