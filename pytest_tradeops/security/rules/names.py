"""Names as the code means them: behind aliases, and only if they were imported."""

import ast
from collections.abc import Iterator

#: Parts of a dotted name; longer ones are chains of calls, which no rule knows.
_LONGEST = 12


def ancestors(node: ast.AST) -> Iterator[ast.AST]:
    """From the parent up to the module; bandit links each node to its parent before it shows it to a rule."""
    above = getattr(node, "_bandit_parent", None)
    while above is not None:
        yield above
        above = getattr(above, "_bandit_parent", None)


def dotted(node: ast.AST) -> str:
    """`a.b.c` as written, `a.b().c` for what a call returns; empty if it starts with anything else, or is very long."""
    parts: list[str] = []
    while len(parts) < _LONGEST:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            parts.append("()")
            node = node.func
        elif isinstance(node, ast.Name):
            parts.append(node.id)
            return ".".join(reversed(parts)).replace(".()", "()")
        else:
            break
    return ""


def words(text: str) -> frozenset[str]:
    """A list of names that one can read and sort in an editor."""
    return frozenset(text.split())


def last(node: ast.AST) -> str:
    """The last part of a dotted name, whatever it hangs on: `submit_order` of `self.bots[0].submit_order`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value given by the first of these keywords that is there."""
    for name in names:
        for one in call.keywords:
            if one.arg == name:
                return one.value
    return None


def is_constant(node: ast.AST | None, value: object) -> bool:
    """Whether the node is this very constant; `0` is not `False`."""
    return isinstance(node, ast.Constant) and node.value is value


def on_self(node: ast.AST) -> str:
    """`name` of `self.name`, else empty."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return node.attr
    return ""


class Imports:
    """What names of a file mean, from all of its imports, wherever they stand."""

    def __init__(self, tree: ast.AST) -> None:
        self.meaning: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    self.meaning[alias.asname or root] = alias.name if alias.asname else root
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                for alias in node.names:
                    self.meaning[alias.asname or alias.name] = f"{module}.{alias.name}"

    @property
    def of_nautilus(self) -> bool:
        """Whether anything comes from NautilusTrader."""
        return any(name.split(".")[0] == "nautilus_trader" for name in self.meaning.values())

    def full(self, node: ast.AST) -> str:
        """The full name, such as `datetime.datetime.now`; empty if its first part was not imported.

        A dictionary that somebody called `requests` is therefore no HTTP client.
        """
        name = dotted(node)
        root, dot, rest = name.partition(".")
        called = root.endswith("()")
        meaning = self.meaning.get(root.removesuffix("()"), "")
        return f"{meaning}{'()' if called else ''}{dot}{rest}" if meaning else ""

    def from_nautilus(self, node: ast.AST, names: frozenset[str]) -> str:
        """Which of `names` the node is, if it comes from NautilusTrader; else empty."""
        full = self.full(node)
        name = full.rpartition(".")[2]
        return name if full.startswith("nautilus_trader.") and name in names else ""
