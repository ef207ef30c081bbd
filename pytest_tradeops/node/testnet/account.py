"""The accounts whose keys are in the environment, or a stand-in on the strict venue, and where they are led."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from ...exceptions import Inconclusive
from ...model import Grade
from ...venue.client import AccountKey
from ..settings import NodeSettings
from .binance import Binance
from .bybit import Bybit
from .exchange import Exchange
from .transport import Place

#: The exchanges' own test hosts for REST, per face of the venue.
ORIGINS = {
    "binance-spot": "https://testnet.binance.vision",
    "binance-futures": "https://testnet.binancefuture.com",
    "bybit": "https://api-testnet.bybit.com",
}
_SETTINGS = {
    "binance-spot": "binance_testnet_api",
    "binance-futures": "binance_futures_testnet_api",
    "bybit": "bybit_testnet_api",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account's key and where its exchange answers."""

    face: str
    origin: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    timeout: float = 30.0

    @property
    def grade(self) -> Grade:
        """What evidence from it counts as."""
        return Grade.TESTNET if self.origin == ORIGINS.get(self.face) else Grade.EMBEDDED

    @property
    def host(self) -> str:
        """Where it is, without the venue's port, which is another one in each run."""
        return Place(self.origin).host

    def exchange(self) -> Exchange:
        """The exchange, for this account."""
        place = Place(self.origin, (self.api_secret, self.api_key), self.timeout)
        if self.face == "bybit":
            return Bybit(place, self.api_key, self.api_secret)
        return Binance(place, self.api_key, self.api_secret, futures=self.face == "binance-futures")


def on_venue(key: AccountKey, urls: Mapping[str, Mapping[str, str]], secret: str = "") -> Account:
    """An account of the strict venue.

    Args:
        urls: Face name to its addresses.
        secret: In place of the key's own.
    """
    return Account(key.face, urls[key.face]["http"], key.api_key, secret or key.api_secret)


class Testnet:
    """The accounts that a check examines; a planted fault puts another one in their place."""

    __test__ = False  # pytest's own naming rule

    def __init__(self, settings: NodeSettings) -> None:
        self._settings = settings
        self._instead: tuple[Account, ...] = ()

    def instead(self, *accounts: Account) -> None:
        """Has these examined, whatever keys there are."""
        self._instead = accounts

    def accounts(self, *faces: str) -> tuple[Account, ...]:
        """The accounts at these exchanges.

        Raises:
            Inconclusive: there are none, or a key is there without its secret.
        """
        if self._instead:
            return self._instead
        found = []
        for face in faces:
            prefix = _SETTINGS[face]
            key, secret = (str(getattr(self._settings, f"{prefix}_{half}")) for half in ("key", "secret"))
            if bool(key) != bool(secret):
                lacking = _variable(f"{prefix}_{'secret' if key else 'key'}")
                raise Inconclusive(f"{lacking} is not set, and the other half of it is.", remedy=f"Set {lacking}.")
            if key:
                found.append(Account(face, ORIGINS[face], key, secret))
        if not found:
            raise Inconclusive("There are no testnet keys in the environment.", remedy=_how(faces))
        return tuple(found)


def _how(faces: Iterable[str]) -> str:
    first = [_variable(f"{_SETTINGS[face]}_{half}") for face in faces for half in ("key", "secret")][:2]
    return f"Make a key at the exchange's testnet, and set {' and '.join(first)}."


def _variable(name: str) -> str:
    return str(next(one.metadata["env"] for one in fields(NodeSettings) if one.name == name))
