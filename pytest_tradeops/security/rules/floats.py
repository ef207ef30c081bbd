"""T102: a binary fraction is not the price that was meant, and rounding it later hides by how much."""

import ast

from .code import Code, locals_of, outermost
from .names import ancestors, dotted, keyword, last, on_self
from .rule import Report, rule

_VALUES = frozenset({"Price", "Quantity", "Money"})
_WHOLE = frozenset({"floor", "ceil", "trunc", "comb", "factorial", "gcd", "isqrt", "lcm", "perm"})
_DEEPEST = 64


@rule("T102", "Call", severity="MEDIUM", confidence="HIGH", cwe=682)
def float_into_money(node: ast.Call) -> str | Report | None:
    """A float literal, or arithmetic with floats, as the value of Price, Quantity, Money, or of a Decimal for them."""
    code = Code.around(node)
    name = code.imports.from_nautilus(node.func, _VALUES)
    if not name and code.imports.full(node.func) != "decimal.Decimal":
        return None
    if not name and not _concerns_trading(node, code):
        return None
    value = node.args[0] if node.args else keyword(node, "value", "amount")
    if value is None or isinstance(value, ast.Starred):
        return None
    certain = isinstance(value, ast.Constant | ast.UnaryOp)
    if not _Floats(code, node).is_float(value):
        return None
    what = "A float literal" if certain else "Float arithmetic"
    remedy = (
        'use instrument.make_price or make_qty, Price.from_str("..."), or Decimal("...") throughout.'
        if name
        else 'write Decimal("...") with the digits in quotes.'
    )
    return Report(f"{what} goes into {name or 'Decimal'}: {remedy}", confidence="HIGH" if certain else "MEDIUM")


def _concerns_trading(node: ast.Call, code: Code) -> bool:
    if code.strategy(node) is not None:
        return True
    return any(
        isinstance(above, ast.Call)
        and (code.imports.from_nautilus(above.func, _VALUES) or last(above.func).endswith("Config"))
        for above in ancestors(node)
    )


class _Floats:
    """Whether expressions at one place are floats for certain; what is not known is none."""

    def __init__(self, code: Code, node: ast.AST) -> None:
        self.code = code
        self.strategy = code.strategy(node)
        self.names = locals_of(outermost(node))

    def is_float(self, value: ast.expr) -> bool:
        """Follows names to what they were given, `_DEEPEST` steps at most."""
        waiting, steps, seen = [value], 0, set[str]()
        while waiting and steps < _DEEPEST:
            steps += 1
            one = waiting.pop()
            if isinstance(one, ast.Constant) and isinstance(one.value, float):
                return True
            if isinstance(one, ast.Call) and self._gives_a_float(one, waiting):
                return True
            if isinstance(one, ast.Attribute) and self._is_an_indicator(one):
                return True
            if isinstance(one, ast.BinOp):
                waiting += [one.left, one.right]
            elif isinstance(one, ast.UnaryOp):
                waiting.append(one.operand)
            elif isinstance(one, ast.IfExp):
                waiting += [one.body, one.orelse]
            elif isinstance(one, ast.Name) and one.id not in seen:
                seen.add(one.id)
                waiting += self.names.get(one.id, [])
        return False

    def _gives_a_float(self, call: ast.Call, waiting: list[ast.expr]) -> bool:
        name = dotted(call.func)
        full = self.code.imports.full(call.func)
        if name == "float" or last(call.func) == "as_double":
            return True
        if full.startswith(("math.", "numpy.")):
            return full.rpartition(".")[2] not in _WHOLE and full.startswith("math.")
        if name in ("round", "abs", "min", "max", "sum"):
            waiting += [one for one in call.args[: 1 if name == "round" else None] if not isinstance(one, ast.Starred)]
        return False

    def _is_an_indicator(self, node: ast.Attribute) -> bool:
        """`self.atr.value`, where `self.atr` was given an indicator of NautilusTrader."""
        if node.attr != "value" or self.strategy is None:
            return False
        made = self.strategy.bound.get(on_self(node.value), [])
        return any(
            isinstance(one, ast.Call) and self.code.imports.full(one.func).startswith("nautilus_trader.indicators")
            for one in made
        )
