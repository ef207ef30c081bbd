"""T112 and T116: state that outlives its strategy, and state that outgrows its process."""

import ast
import re

from .code import Class, Code
from .flow import directly_in, outermost
from .names import ancestors, dotted, is_constant, keyword, last, on_self, words
from .rule import rule

_MUTABLE = frozenset({"dict", "list", "set", "deque", "defaultdict", "OrderedDict", "Counter"})
_CONSTANT = re.compile(r"^_?[A-Z][A-Z0-9_]*$|^__\w+__$")
_CHANGES = words("""append appendleft extend insert add update setdefault pop popleft popitem remove discard clear""")
_TRIMS = frozenset({"pop", "popleft", "popitem", "clear", "remove", "discard"})
_READS = words("len sum min max sorted list str repr mean any all")
_STREAMS = re.compile(
    r"^on_(?:bar|quote|quote_tick|trade|trade_tick|order_book|order_book_deltas|order_book_depth|book\w*|data|signal"
    r"|mark_price|index_price|event|order_\w+|position_\w+|funding_rate)$"
)
_LIFE = frozenset({"__init__", "on_start", "on_stop", "on_reset", "on_dispose", "on_resume", "on_load", "on_save"})


@rule("T112", "Assign", "AnnAssign", "Call", "Subscript", "Global", severity="MEDIUM", confidence="HIGH", cwe=1108)
def shared_state(node: ast.AST) -> str | None:
    """A mutable attribute of the class, or a variable of the module that a Strategy or Actor changes."""
    code = Code.around(node)
    strategy = code.strategy(node)
    if strategy is None:
        return None
    if isinstance(node, ast.Assign | ast.AnnAssign):
        name = _class_attribute(node, strategy)
        where = f"of {strategy.node.name} itself"
    else:
        name = _changed_variable(node, code)
        where = "of the module"
    if not name:
        return None
    return (
        f"{name} is state {where}, shared by every instance and by one backtest after another: make it an attribute"
        " of self in __init__, and clear it in on_reset."
    )


@rule("T116", "Call", severity="LOW", confidence="MEDIUM", cwe=770)
def growing_history(node: ast.Call) -> str | None:
    """A list that a handler of data or events appends to, and that nothing ever shortens."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("append", "appendleft"):
        return None
    name = on_self(node.func.value)
    code = Code.around(node)
    strategy = code.strategy(node)
    function = outermost(node)
    if not name or strategy is None or function is None or not _STREAMS.match(function.name):
        return None
    starts = strategy.bound.get(name, [])
    if not starts or not all(_grows_freely(one) for one in starts) or _is_shortened(name, strategy):
        return None
    return f"self.{name} grows with every call of {function.name}: make it a deque(maxlen=...), or drop what is old."


def _class_attribute(node: ast.Assign | ast.AnnAssign, strategy: Class) -> str:
    if directly_in(node) is not strategy.node or not _is_mutable(node.value):
        return ""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if isinstance(node, ast.AnnAssign) and "Final" in dotted(getattr(node.annotation, "value", node.annotation)):
        return ""
    name = next((one.id for one in targets if isinstance(one, ast.Name)), "")
    if not _is_changed(name, strategy) and (_CONSTANT.match(name) or not _is_empty(node.value)):
        return ""
    return "" if name in strategy.bound else name  # each instance gets its own


def _is_empty(value: ast.expr | None) -> bool:
    """Made to be filled: a table that has its entries, and that nobody changes, is a constant."""
    if isinstance(value, ast.Call):
        return (not value.args and not value.keywords) or last(value.func) in ("defaultdict", "deque")
    return not (getattr(value, "elts", None) or getattr(value, "keys", None) or hasattr(value, "generators"))


def _is_changed(name: str, strategy: Class) -> bool:
    for one in ast.walk(strategy.node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in _CHANGES:
            if last(one.func.value) == name:
                return True
        elif isinstance(one, ast.Subscript) and not isinstance(one.ctx, ast.Load) and last(one.value) == name:
            return True
    return False


def _changed_variable(node: ast.AST, code: Code) -> str:
    if not isinstance(directly_in(node), ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return ""
    if isinstance(node, ast.Global):
        return next((name for name in node.names if name in code.values), "")
    value: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
        value = node.func.value
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        value = node.value
    if not isinstance(value, ast.Name) or not _is_mutable(code.values.get(value.id)):
        return ""
    return "" if _is_local(value, node) else value.id


def _is_local(name: ast.Name, node: ast.AST) -> bool:
    """Whether a function around gives the name another meaning."""
    for above in ancestors(node):
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
            stored = any(
                isinstance(one, ast.Name) and one.id == name.id and isinstance(one.ctx, ast.Store)
                for one in ast.walk(above)
            )
            if stored or any(one.arg == name.id for one in (*above.args.args, *above.args.kwonlyargs)):
                return True
    return False


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    return isinstance(value, ast.Call) and last(value.func) in _MUTABLE


def _grows_freely(value: ast.expr) -> bool:
    if isinstance(value, ast.List):
        return True
    if not isinstance(value, ast.Call) or last(value.func) not in ("list", "deque"):
        return False
    limit = keyword(value, "maxlen") or (value.args[1] if len(value.args) > 1 else None)
    return limit is None or is_constant(limit, None)


def _is_shortened(name: str, strategy: Class) -> bool:
    for title, method in strategy.methods.items():
        for one in ast.walk(method):
            if isinstance(one, ast.Delete) and any(name in _inside(target) for target in one.targets):
                return True
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and on_self(one.func.value) == name:
                if one.func.attr in _TRIMS and title not in _LIFE:
                    return True
            elif isinstance(one, ast.Assign) and title not in _LIFE:
                if any(name in _inside(target) for target in one.targets):
                    return True
            elif _is_given_away(name, one):
                return True
    return False


def _is_given_away(name: str, node: ast.AST) -> bool:
    """Whoever gets the list may shorten it."""
    given = isinstance(node, ast.Call) and last(node.func) not in _READS
    return given and any(on_self(one) == name for one in getattr(node, "args", ()))


def _inside(target: ast.expr) -> set[str]:
    """Attributes of self that the target names, itself or under an index."""
    return {on_self(one) for one in ast.walk(target) if on_self(one)}
