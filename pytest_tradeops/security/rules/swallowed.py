"""T105: an order command whose failure nobody sees leaves the strategy with a position that it does not know."""

import ast
from collections.abc import Iterator

from .code import Code
from .flow import FUNCTIONS
from .names import last, words
from .rule import rule

COMMANDS = words(
    """submit_order submit_order_list modify_order cancel_order cancel_orders cancel_all_orders close_position
    close_all_positions market_exit"""
)
_BROAD = frozenset({"Exception", "BaseException"})
#: Calls that tell somebody, and change nothing.
_TELLS = words(
    """print pprint debug info warning warn error critical exception log str repr format format_exc print_exc
    print_exception capture_exception capture_message type len sleep join getattr"""
)


@rule("T105", "Try", "TryStar", severity="HIGH", confidence="HIGH", cwe=391)
def swallowed_order_error(node: ast.Try | ast.TryStar) -> str | None:
    """A broad `except` around an order command that only logs, or not even that."""
    commands = [name for statement in node.body for name in _commands(statement)]
    if not commands or not any(_is_broad(one) and _swallows(one.body) for one in node.handlers):
        return None
    return _message(commands[0])


@rule("T105", "With", "AsyncWith", severity="HIGH", confidence="HIGH", cwe=391)
def suppressed_order_error(node: ast.With | ast.AsyncWith) -> str | None:
    """`contextlib.suppress(Exception)` around an order command."""
    imports = Code.around(node).imports
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and imports.full(call.func) == "contextlib.suppress":
            commands = [name for statement in node.body for name in _commands(statement)]
            if commands and any(last(one) in _BROAD for one in call.args):
                return _message(commands[0])
    return None


def _message(command: str) -> str:
    return (
        f"A broad except hides the failure of {command}: catch the error that you expect, raise the rest again, or"
        " stop the strategy, and let OrderRejected and OrderDenied be handled by their events."
    )


def _commands(statement: ast.stmt) -> Iterator[str]:
    """Order commands that run with the statement; those of nested functions run later, outside of the `try`."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(one, ast.Call) and last(one.func) in COMMANDS:
            yield last(one.func)
        waiting += ast.iter_child_nodes(one)


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(last(one) in _BROAD for one in kinds)


def _swallows(body: list[ast.stmt]) -> bool:
    """Nothing in the handler raises, answers the caller, calls on anything but a log, or remembers the failure."""
    for statement in body:
        for one in ast.walk(statement):
            if isinstance(one, ast.Raise) or (isinstance(one, ast.Call) and last(one.func) not in _TELLS):
                return False
            if isinstance(one, ast.Return) and not (one.value is None or _is_none(one.value)):
                return False
            if isinstance(one, ast.Assign) and any(isinstance(target, ast.Attribute) for target in one.targets):
                return False
    return True


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
