"""T114 and T115: settings of NautilusTrader's engines that switch off what protects the account."""

import ast

from .code import Code
from .names import ancestors, is_constant, keyword, last
from .rule import Report, rule

_RISK = frozenset({"RiskEngineConfig", "LiveRiskEngineConfig"})
_EXECUTION = frozenset({"LiveExecEngineConfig"})


@rule("T114", "Call", severity="HIGH", confidence="HIGH", cwe=693)
def risk_engine_bypassed(node: ast.Call) -> Report | str | None:
    """`bypass=True` of a risk engine; a backtest's own engine may do without."""
    name = Code.around(node).imports.from_nautilus(node.func, _RISK)
    if not name or not is_constant(keyword(node, "bypass"), True):
        return None
    if any(isinstance(above, ast.Call) and last(above.func) == "BacktestEngineConfig" for above in ancestors(node)):
        return None
    text = f"{name}(bypass=True) lets every order past the checks: leave bypass out, and set max_notional_per_order."
    return text if name.startswith("Live") else Report(text, severity="MEDIUM", confidence="MEDIUM")


@rule("T115", "Call", severity="MEDIUM", confidence="HIGH", cwe=693)
def reconciliation_off(node: ast.Call) -> str | None:
    """`reconciliation=False` of a live execution engine."""
    name = Code.around(node).imports.from_nautilus(node.func, _EXECUTION)
    if not name or not is_constant(keyword(node, "reconciliation"), False):
        return None
    return (
        "reconciliation=False starts the bot blind to the orders and positions it left at the venue: leave it on, and"
        " set generate_missing_orders=False where made-up orders would be in the way."
    )
