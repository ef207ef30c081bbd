"""T106, T108 and T113: a strategy is constructed before it is registered; until then it has no clock and no venue."""

import ast

from .code import Class, Code
from .flow import FUNCTIONS, directly_in, outermost, runs
from .names import ancestors, dotted, is_constant, last, on_self
from .rule import Report, rule
from .swallowed import COMMANDS

#: NautilusTrader gives them to a component when a trader registers it.
_LATER = frozenset({"clock", "cache", "portfolio", "order_factory", "msgbus"})


@rule("T106", "FunctionDef", severity="MEDIUM", confidence="HIGH", cwe=665)
def super_init_missing(node: ast.FunctionDef) -> str | Report | None:
    """A Strategy or Actor whose own `__init__` does not call the one above it, or calls it without its config."""
    code = Code.around(node)
    strategy = code.strategy(node)
    if node.name != "__init__" or strategy is None or strategy.methods.get("__init__") is not node:
        return None
    for one in runs(node):
        if isinstance(one, ast.Call) and last(one.func) == "__init__":
            given = one.args or one.keywords
            if given or not _takes_config(node) or not _is_from_nautilus(strategy, code):
                return None
            return Report(
                f"super().__init__() of {strategy.node.name} gets no config: call super().__init__(config).",
                confidence="MEDIUM",
            )
    return (
        f"{strategy.node.name}.__init__ does not call the base class: begin it with super().__init__(config), or the"
        " component has neither an id, nor a log, nor its configuration."
    )


@rule("T108", "Call", severity="HIGH", confidence="HIGH", cwe=696)
def order_before_start(node: ast.Call) -> str | None:
    """An order command in `__init__` or what it calls, in the body of a class, or when the module is imported."""
    if last(node.func) not in COMMANDS:
        return None
    inside = directly_in(node)
    if isinstance(inside, ast.Lambda):
        return None
    code = Code.around(node)
    if isinstance(inside, FUNCTIONS):
        function = outermost(node)
        if function is not inside or code.in_constructors.get(id(function)) is None:
            return None
        where = "while the strategy is constructed"
    elif inside is None and _only_as_a_script(node):
        return None
    else:
        where = "when the module is imported"
    return (
        f"{last(node.func)} runs {where}, before it is registered: send orders from on_start or from a later handler."
    )


@rule("T113", "Attribute", severity="MEDIUM", confidence="HIGH", cwe=696)
def unregistered_component(node: ast.Attribute) -> str | None:
    """`self.clock`, `self.cache`, `self.portfolio`, `self.order_factory` or `self.msgbus` read in `__init__`."""
    name = on_self(node)
    if name not in _LATER or not isinstance(node.ctx, ast.Load):
        return None
    inside = directly_in(node)
    code = Code.around(node)
    strategy = code.strategy(node)
    if not isinstance(inside, FUNCTIONS) or strategy is None or strategy.methods.get("__init__") is not inside:
        return None
    if name in strategy.bound:  # an attribute of the class's own
        return None
    return f"self.{name} is read in __init__, before it exists: move this to on_start."


def _takes_config(node: ast.FunctionDef) -> bool:
    return any(one.arg == "config" for one in (*node.args.args, *node.args.kwonlyargs))


def _is_from_nautilus(strategy: Class, code: Code) -> bool:
    """Only then it is known that the constructor above takes a config."""
    return any(code.imports.full(base).startswith("nautilus_trader.") for base in strategy.node.bases)


def _only_as_a_script(node: ast.AST) -> bool:
    for above in ancestors(node):
        if isinstance(above, ast.If) and isinstance(above.test, ast.Compare):
            compared = [above.test.left, *above.test.comparators]
            if any(dotted(one) == "__name__" for one in compared):
                return any(isinstance(one, ast.Constant) and one.value == "__main__" for one in compared)
        if isinstance(above, ast.If) and is_constant(above.test, False):
            return True
    return False
