"""T102: a binary fraction is not the price that was meant, and rounding it later hides by how much."""

import ast

from .code import Code
from .flow import locals_of, outermost
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
    if not _Floats(code, node).is_float(value, computed=not name):
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

    def is_float(self, value: ast.expr, *, computed: bool) -> bool:
        """Follows names to what they were given, `_DEEPEST` steps at most.

        Args:
            computed: A conversion by `float` is one already; else only what is computed from it. A constructor that
                is given a precision rounds a converted text back to what it was.
        """
        waiting, steps, seen = [(value, computed)], 0, set[tuple[str, bool]]()
        while waiting and steps < _DEEPEST:
            steps += 1
            one, computed = waiting.pop()
            if isinstance(one, ast.Constant) and isinstance(one.value, float):
                if computed or not one.value.is_integer():
                    return True
            elif isinstance(one, ast.Call):
                if self._gives_a_float(one, computed):
                    return True
                waiting += [(inner, computed) for inner in _passed_on(one)]
            elif isinstance(one, ast.Attribute):
                if self._is_an_indicator(one):
                    return True
                if self.strategy is not None and (on_self(one), computed) not in seen:
                    seen.add((on_self(one), computed))
                    waiting += [(given, computed) for given in self.strategy.bound.get(on_self(one), [])]
            elif isinstance(one, ast.BinOp):
                waiting += [(one.left, True), (one.right, True)]
            elif isinstance(one, ast.UnaryOp):
                waiting.append((one.operand, computed))
            elif isinstance(one, ast.IfExp):
                waiting += [(one.body, computed), (one.orelse, computed)]
            elif isinstance(one, ast.Name) and (one.id, computed) not in seen:
                seen.add((one.id, computed))
                waiting += [(given, computed) for given in self._given(one.id)]
        return False

    def _given(self, name: str) -> list[ast.expr]:
        """What a name of the function, or else of the module, was given."""
        known = self.names.get(name)
        return known if known is not None else [one for one in (self.code.values.get(name),) if one is not None]

    def _gives_a_float(self, call: ast.Call, computed: bool) -> bool:
        full = self.code.imports.full(call.func)
        if full.startswith("math."):
            return full.rpartition(".")[2] not in _WHOLE
        return computed and (dotted(call.func) == "float" or last(call.func) == "as_double")

    def _is_an_indicator(self, node: ast.Attribute) -> bool:
        """`self.atr.value`, where `self.atr` was given an indicator of NautilusTrader."""
        if node.attr != "value" or self.strategy is None:
            return False
        made = self.strategy.bound.get(on_self(node.value), [])
        return any(
            isinstance(one, ast.Call) and self.code.imports.full(one.func).startswith("nautilus_trader.indicators")
            for one in made
        )


def _passed_on(call: ast.Call) -> list[ast.expr]:
    """Arguments of which the call gives back one, or their sum."""
    name = dotted(call.func)
    if name not in ("round", "abs", "min", "max", "sum"):
        return []
    return [one for one in call.args[: 1 if name == "round" else None] if not isinstance(one, ast.Starred)]
