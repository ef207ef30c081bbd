"""Finds modules and their names in a tree by reading the source; nothing is imported."""

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .imports import SOURCE_FOLDERS


class SymbolTable:
    """The modules of a project and what they define.

    Every answer is True (it is there), False (it is not) or None (not ours, or not to be told from the source: a
    module with `__getattr__` or a star import, a member of a class whose bases are elsewhere).
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trees: dict[Path, ast.Module | None] = {}

    def resolve(self, dotted: str) -> bool | None:
        """Whether `package.module:name` or `package.module.name` is there; None for bare words and foreign packages."""
        module, colon, inner = dotted.partition(":")
        names = module.split(".")
        base = self._home(names[0])
        if base is None or (not colon and len(names) < 2):
            return None
        place, rest = base / names[0], names[1:]
        while rest and ((place / rest[0]).is_dir() or (place / f"{rest[0]}.py").is_file()):
            place, rest = place / rest[0], rest[1:]
        if colon and rest:
            return False  # the part before the colon must be a module
        wanted = [*rest, *(inner.split(".") if colon else [])]
        if not wanted:
            return True
        file = place.with_suffix(".py") if not place.is_dir() else place / "__init__.py"
        return self.in_file(file, wanted)

    def in_file(self, file: Path, names: Sequence[str]) -> bool | None:
        """Whether a file defines `names[0]`, with member `names[1]` if given."""
        if file not in self._trees:
            try:
                self._trees[file] = ast.parse(file.read_bytes(), os.path.relpath(file, self._root))
            except (SyntaxError, ValueError, RecursionError, OSError):
                self._trees[file] = None
        tree = self._trees[file]
        return False if tree is None else _defines(tree.body, tree.body, names)

    def _home(self, package: str) -> Path | None:
        """The folder in which a package or module of that name lies; None for a foreign one."""
        for folder in SOURCE_FOLDERS:
            base = self._root / folder
            if (base / f"{package}.py").is_file() or any((base / package).glob("*.py")):
                return base
        return None


def _defines(body: Iterable[ast.stmt], module: list[ast.stmt], names: Sequence[str]) -> bool | None:
    open_ended = False
    for statement in _flat(body):
        bound = set(_bound(statement))
        if names[0] in bound:
            if len(names) == 1:
                return True
            return _member(statement, module, names[1:]) if isinstance(statement, ast.ClassDef) else None
        open_ended = open_ended or bool(bound & {"*", "__getattr__"})
    return None if open_ended else False


def _member(
    owner: ast.ClassDef, module: list[ast.stmt], names: Sequence[str], seen: frozenset[str] = frozenset()
) -> bool | None:
    """Whether a class, or a base of it in the same module, has the member."""
    if len(names) == 1 and names[0] in _attributes(owner):
        return True
    own = _defines(owner.body, module, names)
    if own is not False:
        return own
    classes = {one.name: one for one in _flat(module) if isinstance(one, ast.ClassDef)}
    for base in owner.bases:
        name = getattr(base, "id", "")
        if name in seen:
            continue
        inherited = _member(classes[name], module, names, seen | {owner.name, name}) if name in classes else None
        if inherited is not False:
            return inherited
    return False


def _attributes(owner: ast.ClassDef) -> frozenset[str]:
    """What the methods assign to `self`."""
    return frozenset(
        node.attr
        for node in ast.walk(owner)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and getattr(node.value, "id", "") == "self"
    )


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a body with those inside `if`, `try`, `with` and loops, which bind in the same scope."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.TryStar | ast.With | ast.For | ast.While):
            for name in ("body", "orelse", "finalbody"):
                yield from _flat(getattr(statement, name, []))
            for handler in getattr(statement, "handlers", []):
                yield from _flat(handler.body)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds; `*` for a star import."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
    elif isinstance(statement, ast.TypeAlias):
        yield statement.name.id
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
