"""What a rule asks about the code around a node: the strategy it belongs to, and which of its handlers reaches it."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from .flow import FUNCTIONS, Function, assigned, remembered, runs
from .names import Imports, ancestors, dotted, last, on_self, words

_KINDS = ("Strategy", "Actor", "ExecAlgorithm")
#: Frameworks whose classes are called alike and work otherwise.
_FOREIGN = words(
    """abc backtesting backtrader dramatiq freqtrade hypothesis jesse kombu lean pykka ray thespian vectorbt zipline"""
)


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
