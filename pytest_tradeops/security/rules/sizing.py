"""T109, the first half: an order as large as the account ends the account."""

import ast
import re

from .code import Code
from .flow import locals_of, outermost
from .limits import CONVERTS, LIMITS, REMEDY, is_a_limit, mentions, number
from .names import dotted, keyword, last, words
from .rule import rule

_WHOLE = words(
    """balance_total balance_free balances_total balances_free free_balance total_balance equity buying_power
    available_balance net_liquidation get_balance fetch_balance"""
)
_SIZES = frozenset({"make_qty", "Quantity"})
_MAKES_A_SIZE = frozenset({"from_str", "from_int", "from_decimal"})
_LEVERAGE = re.compile(r"leverage|multiplier|gearing", re.IGNORECASE)
_NEARLY_ALL = 0.9
_DEEPEST = 64


@rule("T109", "Call", severity="MEDIUM", confidence="MEDIUM", cwe=770)
def unbounded_size(node: ast.Call) -> str | None:
    """A quantity made of the whole balance, or of a power of the number of losses, with no limit in sight."""
    code = Code.around(node)
    value = _size(node)
    if value is None or code.strategy(node) is None:
        return None
    function = outermost(node)
    if function is None or _is_checked(value, function):
        return None
    sizes = _Expression(value, locals_of(function))
    if sizes.takes_the_whole:
        return (
            "The quantity is the whole balance: take a fraction of it, and the smaller of that and a limit,"
            " min(quantity, self.config.max_position)."
        )
    if sizes.is_a_power:
        return f"The quantity doubles with every loss: {REMEDY}"
    return None


def _size(node: ast.Call) -> ast.expr | None:
    """What becomes the quantity of an order here, if the call makes one."""
    name = last(node.func)
    if name in _SIZES or (name in _MAKES_A_SIZE and dotted(node.func).split(".")[-2:-1] == ["Quantity"]):
        return node.args[0] if node.args else keyword(node, "value")
    if isinstance(node.func, ast.Attribute) and last(node.func.value) == "order_factory":
        given = keyword(node, "quantity")
        return None if isinstance(given, ast.Call) and last(given.func) in _SIZES | _MAKES_A_SIZE else given
    return None


class _Expression:
    """A quantity, taken apart: its factors, with names replaced by what they were given."""

    def __init__(self, value: ast.expr, names: dict[str, list[ast.expr]]) -> None:
        self.takes_the_whole = False
        self.takes_a_part = False
        self.is_a_power = False
        bounded = False
        waiting, seen, steps = [value], set[str](), 0
        while waiting and steps < _DEEPEST:
            steps += 1
            one = waiting.pop()
            if isinstance(one, ast.Name):
                given = names.get(one.id, [])
                bounded = bounded or bool(LIMITS.search(one.id)) or len(given) > 1
                if one.id not in seen:
                    seen.add(one.id)
                    waiting += given
            elif isinstance(one, ast.Call):
                bounded = self._call(one, waiting) or bounded
            elif isinstance(one, ast.BinOp):
                bounded = self._operation(one, waiting) or bounded
            elif isinstance(one, ast.Attribute):
                bounded = bounded or bool(LIMITS.search(one.attr))
                if one.attr in ("free", "total"):
                    waiting.append(one.value)
            elif isinstance(one, ast.Subscript):
                waiting.append(one.value)
            elif not isinstance(one, ast.Constant):
                bounded = True  # a choice, a comparison: not for certain the whole
        self.takes_the_whole = self.takes_the_whole and not (self.takes_a_part or bounded)
        self.is_a_power = self.is_a_power and not bounded

    def _call(self, call: ast.Call, waiting: list[ast.expr]) -> bool:
        name = last(call.func)
        if name in _WHOLE:
            self.takes_the_whole = True
        elif name in CONVERTS:
            waiting += call.args[:1]
            if isinstance(call.func, ast.Attribute) and name.startswith(("as_", "quantize", "to_")):
                waiting.append(call.func.value)
        else:
            return name not in ("balance", "account", "account_for_venue")
        return False

    def _operation(self, one: ast.BinOp, waiting: list[ast.expr]) -> bool:
        if isinstance(one.op, ast.Pow):
            self.is_a_power = not isinstance(one.right, ast.Constant)
            return False
        if isinstance(one.op, ast.Div | ast.FloorDiv):
            waiting.append(one.left)  # by a price: the quantity of that much money
            divisor = number(one.right)
            self.takes_a_part = self.takes_a_part or (divisor is not None and divisor > 1 / _NEARLY_ALL)
            return False
        if isinstance(one.op, ast.Mult):
            waiting += [one.left, one.right]
            self.takes_a_part = self.takes_a_part or any(_is_a_fraction(side) for side in (one.left, one.right))
            return False
        return True


def _is_a_fraction(side: ast.expr) -> bool:
    amount = number(side)
    if amount is not None:
        return amount < _NEARLY_ALL
    if isinstance(side, ast.Name | ast.Attribute):
        return (
            not _LEVERAGE.search(last(side)) and last(side) not in ("free", "total") and isinstance(side, ast.Attribute)
        )
    return False


def _is_checked(value: ast.expr, function: ast.AST) -> bool:
    """Some name of the quantity is compared with a limit."""
    names = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)}
    return any(
        isinstance(one, ast.Compare) and is_a_limit(one) and any(mentions(one, name) for name in names)
        for one in ast.walk(function)
    )
