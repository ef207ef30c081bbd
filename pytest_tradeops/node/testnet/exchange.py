"""What every exchange is asked here, and what its refusals mean."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from .sizing import Terms

type Meaning = Literal["signature", "key", "permission", "funds", "busy", "gone", "other"]
type Status = Literal["open", "cancelled", "filled", "refused", "unknown"]


class Refusal(Exception):
    """The exchange said no.

    Attributes:
        code: Its own.
        said: Its message, without keys.
    """

    def __init__(self, code: int, said: str, meaning: Meaning) -> None:
        super().__init__(f"{code} {said.rstrip('.')}".strip())
        self.code = code
        self.said = said
        self.meaning = meaning


class Exchange(Protocol):
    """One account at one exchange; every method raises `Refusal`, or `Inconclusive` where nobody answers."""

    @property
    def word(self) -> str:
        """`binance` or `bybit`, as reasons begin."""

    def synchronise(self) -> None:
        """Takes the exchange's clock, so that a wrong one here is not taken for a wrong key."""

    def may_trade(self) -> bool:
        """Reads the account, signed; whether it says that this key may trade."""

    def terms(self) -> Terms:
        """A market that trades now."""

    def place(self, order: str, terms: Terms, price: Decimal, quantity: Decimal) -> None:
        """Places a limit order to buy that never takes, under this client order id."""

    def status(self, order: str, terms: Terms) -> Status:
        """How it stands."""

    def cancel(self, order: str, terms: Terms) -> None:
        """Cancels it."""


@dataclass(slots=True)
class Clock:
    """The exchange's clock, milliseconds, as of the last look at it; never ahead of it."""

    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    _ahead: int = 0

    def set(self, server_ms: int) -> None:
        """Takes over the exchange's time, as it was told just now."""
        self._ahead = server_ms - self.now_ms()

    @property
    def time_ms(self) -> int:
        return self.now_ms() + self._ahead


def meaning_of(code: int, meanings: Mapping[Meaning, tuple[int, ...]]) -> Meaning:
    """What a code stands for; `other` if it is in no list."""
    return next((meaning for meaning, codes in meanings.items() if code in codes), "other")
