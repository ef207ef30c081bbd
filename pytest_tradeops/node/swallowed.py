"""An order that is refused as it is submitted: whether that is heard of, and not just tried again."""

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exceptions import DeclarationError, Inconclusive
from ..model import Finding
from .raised import Backtest, ask_backtest
from .server import NodeHost

SWALLOWED = "error-handling: reject swallowed"
RESUBMITTED = "error-handling: blind resubmission"
_SUBMITS = frozenset({"submit_order", "submit_order_list"})
_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)
_REMEDY = "Let the exception go on, or log it as a warning or an error; do not catch all of them around submit_order."


@dataclass(frozen=True, slots=True)
class Refused:
    """What one strategy did about it.

    Attributes:
        place: The line whose orders were refused, `file:line`; empty where all of the strategy's were.
        attempts: Orders that it submitted, each refused: `ts`, `instrument`, `side`, `quantity`.
        escaped: Whether the exception went on until NautilusTrader had it.
        told: Warnings and errors of the strategy's that name it.
    """

    strategy: str
    attempts: tuple[Mapping[str, Any], ...]
    escaped: bool
    told: tuple[str, ...]
    place: str = ""

    @property
    def where(self) -> str:
        return f"{self.strategy} at {self.place}" if self.place else self.strategy


def refuse(given: Backtest, host: NodeHost, nonce: str) -> tuple[Refused, ...]:
    """Refuses the orders of each strategy in the subject's backtest; raises as `ask_backtest` does."""
    rows = ask_backtest(given, host, probe="refuse", said=nonce).get("refused", [])
    return tuple(
        Refused(one["strategy"], tuple(one["attempts"]), one["escaped"], tuple(one["told"]), one["place"])
        for one in rows
    )


def judge(refused: Sequence[Refused]) -> list[Finding]:
    """What is wrong with what the strategies did.

    Raises:
        Inconclusive: a strategy submits nothing in its backtest.
    """
    silent = [one.where for one in refused if not one.attempts]
    if silent or not refused:
        raise Inconclusive(
            f"{silent[0]} submits no order in its backtest." if silent else "The backtest has no strategy.",
            remedy="Let [tool.tradeops.backtest] entry build an engine in which every strategy trades.",
        )
    findings = []
    for one in refused:
        if not one.escaped and not one.told:
            message = (
                f"{one.where} was refused {len(one.attempts)} orders as it submitted them, and nobody hears of it."
            )
            findings.append(Finding(SWALLOWED, message, one.strategy, _REMEDY))
        same = Counter((row["ts"], row["instrument"], row["side"], row["quantity"]) for row in one.attempts)
        times = max(same.values())
        if times > 1:
            message = f"{one.where} submitted the same order {times} times in one instant, each refused."
            findings.append(Finding(RESUBMITTED, message, one.strategy, "Wait for the next decision."))
    return findings


def swallowing_tree(root: Path, folder: str) -> dict[str, str]:
    """Relative path to text with a broad `except` around every submission, for each module under `folder` that has one.

    Raises:
        DeclarationError: nothing is submitted there, so the fault would plant nothing.
    """
    changed: dict[str, str] = {}
    for path in sorted((root / folder).rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError):
            continue  # a template or a fixture of broken code; it trades nothing
        wrapper = _Swallower()
        tree = wrapper.visit(tree)
        if wrapper.count:
            changed[path.relative_to(root).as_posix()] = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    if not changed:
        raise DeclarationError(
            f"No code under {folder!r} calls submit_order.",
            remedy="Name the strategies' folder in [tool.tradeops] strategies.",
        )
    return changed


class _Swallower(ast.NodeTransformer):
    count = 0

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, _SIMPLE) and any(map(_submits, ast.walk(node))):
            self.count += 1
            swallow = ast.ExceptHandler(type=ast.Name("Exception", ast.Load()), name=None, body=[ast.Pass()])
            return ast.Try(body=[node], handlers=[swallow], orelse=[], finalbody=[])
        return self.generic_visit(node)


def _submits(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SUBMITS
