"""What the guard says when it cannot prove that a node stays away from live venues."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that could not be proven.

    Attributes:
        reason: Its stable name, such as `guard: environment not explicit`.
        message: One sentence; holds no secret.
        where: Client and field, such as `exec_clients.BINANCE.environment`.
        remedy: What to write instead.
    """

    reason: str
    message: str
    where: str = ""
    remedy: str = ""


class Tripped(Exception):
    """The guard refuses to go on; nothing has been connected."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("; ".join(one.message for one in refusals))
        self.refusals = refusals

    def plain(self) -> list[dict[str, Any]]:
        """The refusals as JSON values."""
        return [asdict(one) for one in self.refusals]


def enforce(refusals: list[Refusal]) -> None:
    """Raises `Tripped` if there is anything to refuse."""
    if refusals:
        raise Tripped(refusals)
