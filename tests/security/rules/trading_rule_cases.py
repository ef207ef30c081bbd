"""Cases of the corpus: a snippet in the idioms of real strategies, and the rules that must speak about it."""

import textwrap
from dataclasses import dataclass

IMPORTS = """\
from decimal import Decimal

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy
"""


@dataclass(frozen=True)
class Case:
    title: str
    wanted: frozenset[str]
    source: str

    def __str__(self) -> str:
        return self.title.replace(" ", "-")


def whole(wanted: str, title: str, source: str) -> Case:
    """A file of its own; `wanted` names rules, with spaces between, and none for a clean twin."""
    return Case(title, frozenset(wanted.split()), textwrap.dedent(source))


def body(wanted: str, title: str, statements: str, imports: str = "", method: str = "on_bar(self, bar)") -> Case:
    """Statements of one method of a strategy that is otherwise clean."""
    inside = textwrap.indent(textwrap.dedent(statements).strip("\n"), " " * 8)
    return Case(
        title,
        frozenset(wanted.split()),
        f"{imports}\n{IMPORTS}\n\nclass Bot(Strategy):\n"
        "    def __init__(self, config: StrategyConfig) -> None:\n"
        "        super().__init__(config)\n"
        "        self.instrument = None\n\n"
        f"    def {method}:\n{inside}\n",
    )


def members(wanted: str, title: str, definitions: str, imports: str = "", base: str = "Strategy") -> Case:
    """Attributes and methods of one strategy."""
    inside = textwrap.indent(textwrap.dedent(definitions).strip("\n"), " " * 4)
    return Case(title, frozenset(wanted.split()), f"{imports}\n{IMPORTS}\n\nclass Bot({base}):\n{inside}\n")
