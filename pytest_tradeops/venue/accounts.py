"""The accounts and keys that every exchange starts with, and where a state directory keeps the keys."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import TradeopsError
from .kit.keys import READ, TRADE, ApiKey, KeyType, new_key

if TYPE_CHECKING:
    from .kit.exchange import Exchange

_COINS = {"USDT": Decimal(1_000_000), "BTC": Decimal(10), "ETH": Decimal(100), "SOL": Decimal(1_000)}
#: What a new account of each exchange holds unless told otherwise.
BALANCES: Mapping[str, Mapping[str, Decimal]] = {
    "binance-spot": _COINS,
    "binance-futures": {"USDT": Decimal(1_000_000)},
    "bybit": _COINS,
}
#: Characters of an API key and of an HMAC secret, as the exchanges hand them out.
_LENGTHS = {"bybit": (18, 36)}


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """A key that exists from the beginning."""

    name: str
    account: str
    key_type: KeyType
    permissions: tuple[str, ...] = (READ, TRADE)


#: Binance Spot lets only Ed25519 keys log on to its WebSocket API, so the trader's first key there is one.
PLANS: Mapping[str, tuple[KeyPlan, ...]] = {
    "binance-spot": (
        KeyPlan("trader", "trader", "ed25519"),
        KeyPlan("trader-hmac", "trader", "hmac"),
        KeyPlan("reader", "trader", "hmac", (READ,)),
        KeyPlan("other", "other", "ed25519"),
    ),
    "binance-futures": (
        KeyPlan("trader", "trader", "hmac"),
        KeyPlan("trader-ed25519", "trader", "ed25519"),
        KeyPlan("reader", "trader", "hmac", (READ,)),
        KeyPlan("other", "other", "hmac"),
    ),
    "bybit": (
        KeyPlan("trader", "trader", "hmac"),
        KeyPlan("reader", "trader", "hmac", (READ,)),
        KeyPlan("other", "other", "hmac"),
    ),
}


def default_keys(face: str) -> list[ApiKey]:
    """Fresh random keys for an exchange's first accounts."""
    return [make_key(face, one.name, one.account, one.key_type, one.permissions) for one in PLANS[face]]


def make_key(face: str, name: str, account: str, key_type: KeyType, permissions: Iterable[str]) -> ApiKey:
    """A random key as that exchange would hand it out."""
    length, secret_length = _LENGTHS.get(face, (64, 64))
    return new_key(name, account, key_type, permissions, length=length, secret_length=secret_length)


def default_key_type(face: str) -> KeyType:
    """What the trader of that exchange uses."""
    return PLANS[face][0].key_type


def open_default_accounts(exchange: "Exchange") -> None:
    """Opens, in the engine, the accounts that the keys speak of."""
    there = set(exchange.engine.accounts())
    for account in dict.fromkeys(key.account for key in exchange.keys.all()):
        if account not in there:
            exchange.call("open_account", account, dict(BALANCES[exchange.name]))


class KeyFile:
    """The keys of a state directory, readable by their owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, list[ApiKey]]:
        """Keys per exchange; none if there is no file yet. Raises TradeopsError if it is not one of ours."""
        if not self._path.exists():
            return {}
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            return {face: [_key(one) for one in keys] for face, keys in data.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise TradeopsError(
                f"{self._path} holds no keys that can be read ({type(error).__name__}).",
                remedy="Choose another --state directory, or remove this one.",
            ) from error

    def save(self, keys: Mapping[str, Sequence[ApiKey]]) -> None:
        """Replaces the file in one step."""
        data = {face: [key_json(one) for one in ring] for face, ring in keys.items()}
        half = self._path.with_suffix(".tmp")
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(self._path)


def key_json(key: ApiKey) -> dict[str, Any]:
    """The key with its secret, for its file and for whoever is to use it."""
    return {
        "name": key.name,
        "account": key.account,
        "api_key": key.api_key,
        "api_secret": key.api_secret,
        "key_type": key.key_type,
        "permissions": sorted(key.permissions),
    }


def _key(data: Mapping[str, Any]) -> ApiKey:
    return ApiKey(**{**data, "permissions": frozenset(data["permissions"])})
