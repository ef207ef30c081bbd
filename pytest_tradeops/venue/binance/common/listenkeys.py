"""Listen keys of user data streams: valid for sixty minutes from their last sign of life, one for each account."""

import secrets
import string
from collections.abc import Callable

from .errors import BinanceError

LIFE_NS = 60 * 60 * 1_000_000_000
_ALPHABET = string.ascii_letters + string.digits


def unknown_key() -> BinanceError:
    return BinanceError(-1125, "This listenKey does not exist.")


class ListenKeys:
    """The listen keys of one exchange.

    Args:
        expired: Called once with the key and its account when it runs out, by `sweep` or by whoever asks first.
    """

    def __init__(self, expired: Callable[[str, str], None] | None = None) -> None:
        self._keys: dict[str, tuple[str, int]] = {}  # key: (account, expires_ns)
        self._tell = expired

    def open(self, account: str, now_ns: int) -> str:
        """A key for the account: the one that it has, prolonged, or a new one."""
        self.sweep(now_ns)
        key = next((key for key, (owner, _) in self._keys.items() if owner == account), None)
        key = key or "".join(secrets.choice(_ALPHABET) for _ in range(64))
        self._keys[key] = (account, now_ns + LIFE_NS)
        return key

    def prolong(self, key: str, account: str, now_ns: int) -> None:
        """Raises BinanceError -1125 if it is not the account's, or has run out."""
        if self.account(key, now_ns) != account:
            raise unknown_key()
        self._keys[key] = (account, now_ns + LIFE_NS)

    def close(self, key: str, account: str, now_ns: int) -> None:
        """Raises BinanceError -1125 if it is not the account's, or has run out."""
        if self.account(key, now_ns) != account:
            raise unknown_key()
        del self._keys[key]

    def account(self, key: str, now_ns: int) -> str | None:
        """Whose it is; None if it never was, or has run out."""
        self.sweep(now_ns)
        return self._keys.get(key, (None, 0))[0]

    def of(self, account: str, now_ns: int) -> str | None:
        """The account's key, if it has one."""
        self.sweep(now_ns)
        return next((key for key, (owner, _) in self._keys.items() if owner == account), None)

    def expire(self, account: str | None = None) -> None:
        """Ends the keys of an account, or all, as if their time were over."""
        for key, (owner, _) in list(self._keys.items()):
            if account in (None, owner):
                self._end(key, owner)

    def sweep(self, now_ns: int) -> None:
        """Drops what has run out."""
        for key, (account, until) in list(self._keys.items()):
            if now_ns >= until:
                self._end(key, account)

    def _end(self, key: str, account: str) -> None:
        del self._keys[key]
        if self._tell is not None:
            self._tell(key, account)
