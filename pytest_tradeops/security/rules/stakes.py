"""T109, the second half: a stake that grows after every loss ends the account."""

import ast
import re

from .code import Code
from .flow import outermost
from .limits import CONVERTS, REMEDY, is_a_limit, mentions, number
from .names import ancestors, last, on_self
from .rule import rule

_STAKE = re.compile(r"(?:^|_)(?:size|qty|quantity|stake|lots?|amount|bet|exposure|contracts)(?:$|_)", re.IGNORECASE)


@rule("T109", "AugAssign", "Assign", severity="MEDIUM", confidence="MEDIUM", cwe=770)
def growing_stake(node: ast.AugAssign | ast.Assign) -> str | None:
    """A stake that is multiplied in place, again and again, and compared with nothing."""
    code = Code.around(node)
    function = outermost(node)
    if function is None or code.strategy(node) is None or function.name == "__init__":
        return None
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    name = last(target)
    if not _STAKE.search(name) or not _grows(node, target):
        return None
    if not on_self(target) and not _is_in_a_loop(node, function):
        return None
    limited = any(
        isinstance(one, ast.Compare | ast.Call) and mentions(one, name) and is_a_limit(one)
        for one in ast.walk(function)
    )
    return None if limited else f"{name} grows by itself with every pass: {REMEDY}"


def _grows(node: ast.AugAssign | ast.Assign, target: ast.expr) -> bool:
    if isinstance(node, ast.AugAssign):
        doubles = isinstance(node.op, ast.Add) and ast.dump(node.value) == ast.dump(_loaded(target))
        return doubles or (isinstance(node.op, ast.Mult) and _is_above_one(node.value))
    value = node.value
    while isinstance(value, ast.Call) and last(value.func) in CONVERTS and value.args:
        value = value.args[0]
    if not isinstance(value, ast.BinOp):
        return False
    same = [ast.dump(side) == ast.dump(_loaded(target)) for side in (value.left, value.right)]
    if isinstance(value.op, ast.Add):
        return all(same)
    if not isinstance(value.op, ast.Mult) or not any(same):
        return False
    return _is_above_one(value.right if same[0] else value.left)


def _loaded(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Attribute):
        return ast.Attribute(value=target.value, attr=target.attr, ctx=ast.Load())
    return ast.Name(id=target.id, ctx=ast.Load()) if isinstance(target, ast.Name) else target


def _is_above_one(value: ast.expr) -> bool:
    amount = number(value)
    if amount is not None:
        return amount > 1
    return bool(re.search(r"multiplier|martingale|growth|doubling", last(value), re.IGNORECASE))


def _is_in_a_loop(node: ast.AST, function: ast.AST) -> bool:
    for above in ancestors(node):
        if above is function:
            return False
        if isinstance(above, ast.For | ast.While | ast.AsyncFor):
            return True
    return False
