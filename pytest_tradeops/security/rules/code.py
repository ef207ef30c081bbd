"""What a rule asks about the code around a node: the strategy it belongs to, and which of its handlers reaches it."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .names import Imports, ancestors, dotted, last, on_self, words

type Function = ast.FunctionDef | ast.AsyncFunctionDef

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_KINDS = ("Strategy", "Actor", "ExecAlgorithm")
#: Frameworks whose classes are called alike and work otherwise.
_FOREIGN = words(
    """abc backtesting backtrader dramatiq freqtrade hypothesis jesse kombu lean pykka ray thespian vectorbt zipline"""
)
#: What takes a function and runs it off the event loop.
_OFF_THE_LOOP = frozenset({"queue_for_executor", "run_in_executor", "to_thread", "Thread", "Process", "submit", "map"})


@dataclass(eq=False)
class Class:
    """A class of a scanned file.

    Attributes:
        bound: `name` of `self.name = value` to every value that it is given, anywhere in the class.
    """

    node: ast.ClassDef
    methods: dict[str, Function] = field(default_factory=dict)
    bound: dict[str, list[ast.expr]] = field(default_factory=dict)
    trades: bool = False


class Code:
    """One file, looked through once and kept at its module node."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.imports = Imports(tree)
        self.functions = {node.name: node for node in tree.body if isinstance(node, FUNCTIONS)}
        self.values = {name: value for node in tree.body for name, value in assigned(node)}
        self._by_node = {id(node): _read(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        self.classes = {one.node.name: one for one in self._by_node.values()}
        for one in self._by_node.values():
            one.trades = self._trades(one.node)
        self.in_handlers = self._reached(lambda name: name.startswith("on_"))
        self.in_methods = self._reached(lambda _: True)
        self.in_constructors = self._reached(lambda name: name == "__init__", deferred=False)

    @classmethod
    def around(cls, node: ast.AST) -> "Code":
        """The file that the node stands in."""
        root = node
        for above in ancestors(node):
            root = above
            if "_tradeops" in root.__dict__ and "code" in root.__dict__["_tradeops"]:
                break
        tree = root if isinstance(root, ast.Module) else ast.Module(body=[], type_ignores=[])
        code = remembered(root, "code", lambda: cls(tree))
        return remembered(node, "code", lambda: code)

    def strategy(self, node: ast.AST) -> Class | None:
        """The Strategy, Actor or execution algorithm whose body the node is in."""
        return remembered(node, "strategy", lambda: self._strategy(node))

    def _strategy(self, node: ast.AST) -> Class | None:
        for above in ancestors(node):
            if isinstance(above, ast.ClassDef):
                found = self._by_node.get(id(above))
                return found if found is not None and found.trades else None
        return None

    def _trades(self, node: ast.ClassDef) -> bool:
        waiting, seen = [node], {id(node)}
        while waiting:
            for base in waiting.pop().bases:
                base = base.value if isinstance(base, ast.Subscript) else base
                here = self.classes.get(dotted(base))
                if here is not None:
                    if id(here.node) not in seen:
                        seen.add(id(here.node))
                        waiting.append(here.node)
                elif self._names_a_strategy(base, node):
                    return True
        return False

    def _names_a_strategy(self, base: ast.expr, node: ast.ClassDef) -> bool:
        full = self.imports.full(base)
        if full.startswith("nautilus_trader.examples.strategies.") or full.split(".")[0] in _FOREIGN:
            return full.startswith("nautilus_trader.")
        if not last(base).endswith(_KINDS):
            return full.rpartition(".")[2] in _KINDS and full.startswith("nautilus_trader.")
        handles = any(isinstance(one, FUNCTIONS) and one.name.startswith("on_") for one in node.body)
        return self.imports.of_nautilus or handles

    def _reached(self, starts: Callable[[str], bool], *, deferred: bool = True) -> dict[int, str]:
        """Functions that run because a strategy's method of such a name runs: id of the node to that name."""
        reached: dict[int, str] = {}
        for one in self._by_node.values():
            waiting = [(name, method) for name, method in one.methods.items() if one.trades and starts(name)]
            while waiting:
                start, function = waiting.pop()
                if id(function) in reached:
                    continue
                reached[id(function)] = start
                for node in runs(function, deferred=deferred):
                    if isinstance(node, ast.Call):
                        called = one.methods.get(on_self(node.func)) or self.functions.get(dotted(node.func))
                        if called is not None:
                            waiting.append((start, called))
        return reached


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


def _read(node: ast.ClassDef) -> Class:
    found = Class(node)
    found.methods = {one.name: one for one in node.body if isinstance(one, FUNCTIONS)}
    for one in ast.walk(node):
        targets: list[ast.expr] = []
        if isinstance(one, ast.Assign):
            targets = one.targets
        elif isinstance(one, ast.AnnAssign) and one.value is not None:
            targets = [one.target]
        for target in targets:
            if on_self(target) and isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None:
                found.bound.setdefault(on_self(target), []).append(one.value)
    return found
