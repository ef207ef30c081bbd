"""What runs with what: functions within functions, what they give to an executor, and the values of their names."""

import ast
from collections.abc import Callable, Iterator

from .names import ancestors, last

type Function = ast.FunctionDef | ast.AsyncFunctionDef

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: What takes a function and runs it off the event loop.
_OFF_THE_LOOP = frozenset({"queue_for_executor", "run_in_executor", "to_thread", "Thread", "Process", "submit", "map"})


def outermost(node: ast.AST) -> Function | None:
    """The method or the function of the module that the node is in, through whatever is nested there.

    Nothing for code that is handed to a thread or an executor: it does not run on the event loop.
    """
    return remembered(node, "outermost", lambda: _outermost(node))


def _outermost(node: ast.AST) -> Function | None:
    inner: ast.AST = node
    found: Function | None = None
    for above in ancestors(node):
        if isinstance(above, ast.Call) and inner is not above.func and _leaves_the_loop(above, inner):
            return None
        if isinstance(above, ast.ClassDef):
            break
        if isinstance(above, FUNCTIONS):
            if found is not None and found.name in handed_over(above):
                return None
            found = above
        inner = above
    return found


def directly_in(node: ast.AST) -> ast.AST | None:
    """The innermost function, lambda or class that the node runs in; nothing at the level of the module."""
    for above in ancestors(node):
        if isinstance(above, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            return above
    return None


def runs(function: Function, *, deferred: bool = True) -> Iterator[ast.AST]:
    """Every node that runs with the function; `deferred`: nested functions too, unless they leave the event loop."""
    away = handed_over(function)
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*FUNCTIONS, ast.Lambda)) and (not deferred or getattr(node, "name", "") in away):
            continue
        yield node
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.Call) and child is not node.func and _leaves_the_loop(node, child):
                continue
            waiting.append(child)


def remembered[Value](node: ast.AST, name: str, make: Callable[[], Value]) -> Value:
    """What was made for the node before, so that a long function is not walked through for each of its calls."""
    store: dict[str, Value] = node.__dict__.setdefault("_tradeops", {})
    if name not in store:
        store[name] = make()
    return store[name]


def handed_over(function: ast.AST) -> set[str]:
    """Names that the function gives to an executor or a thread."""
    return remembered(function, "handed over", lambda: _handed_over(function))


def _handed_over(function: ast.AST) -> set[str]:
    return {
        one.id
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and last(call.func) in _OFF_THE_LOOP
        for one in (*call.args, *(given.value for given in call.keywords))
        if isinstance(one, ast.Name)
    }


def _leaves_the_loop(call: ast.Call, argument: ast.AST) -> bool:
    value = argument.value if isinstance(argument, ast.keyword) else argument
    return last(call.func) in _OFF_THE_LOOP and isinstance(value, ast.Lambda)


def assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Plain names and the values that this statement gives them."""
    if isinstance(node, ast.Assign):
        yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
        yield node.optional_vars.id, node.context_expr


def locals_of(function: ast.AST | None) -> dict[str, list[ast.expr]]:
    """Names of a function to every value that it gives them."""
    return remembered(function, "locals", lambda: _locals_of(function)) if function is not None else {}


def _locals_of(function: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        for name, value in assigned(node):
            found.setdefault(name, []).append(value)
    return found
