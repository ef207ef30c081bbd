"""What both rules on sizes ask: what a number is, what only converts one, and what limits it."""

import ast
import re

from .names import last, words

REMEDY = "keep the stake constant, or stop its growth with min(..., self.config.max_size)."
CONVERTS = words(
    """as_decimal as_double float int str Decimal round floor trunc ceil quantize to_integral_value make_qty
    calculate_quantity"""
)
#: Parts of names that speak of a limit, or of a part of the whole.
LIMITS = re.compile(
    r"max|limit|cap\b|capped|clamp|clip|bound|room|budget|allow|risk|fraction|pct|percent|share", re.IGNORECASE
)


def number(value: ast.expr) -> float | None:
    """The number that the expression is, also within `Decimal(...)`."""
    if isinstance(value, ast.Call) and last(value.func) == "Decimal" and value.args:
        value = value.args[0]
    if isinstance(value, ast.Constant) and isinstance(value.value, int | float | str):
        try:
            return float(value.value)
        except (ValueError, OverflowError):
            return None
    return None


def mentions(node: ast.AST, name: str) -> bool:
    """Whether the name, or an attribute of that name, is anywhere in it."""
    return any(last(one) == name for one in ast.walk(node))


def is_a_limit(node: ast.AST) -> bool:
    """A comparison, or a call of `min` and its like, with something that is called a limit."""
    if isinstance(node, ast.Call):
        return last(node.func) == "min" or bool(LIMITS.search(last(node.func)))
    return any(LIMITS.search(last(one)) or isinstance(one, ast.Constant) for one in ast.walk(node))
