"""The import graph of a project's own packages, read from the source; nothing is imported."""

import ast
import os
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

#: Where packages lie: beside `pyproject.toml`, or in its `src` folder.
SOURCE_FOLDERS = ("", "src")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name.

    Attributes:
        importer: The module with the statement.
        imported: A module of the project, or for foreign packages the dotted name as far as it is written.
        line: From 1.
        lazy: The statement stands in a function, so that it runs at a call and not at import.
    """

    importer: str
    imported: str
    line: int
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class ImportGraph:
    """What the packages of a project import.

    Attributes:
        modules: Module name to its file, relative to the root.
        imports: In the order of files and lines. Imports for type checkers only are left out.
        unread: File to the reason why it cannot be parsed.
    """

    modules: Mapping[str, Path] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


def read_imports(root: Path, packages: Iterable[str]) -> ImportGraph:
    """The import graph of the named top-level packages or modules under `root` or `root/src`, as far as they exist."""
    modules: dict[str, Path] = {}
    for package in packages:
        for folder in SOURCE_FOLDERS:
            modules.update(_modules(root, root / folder, package))
    imports: list[Import] = []
    unread: dict[str, str] = {}
    own = {name.partition(".")[0] for name in modules}
    for name, path in modules.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        try:
            statements = _statements((root / path).read_bytes(), path.as_posix(), package)
        except (SyntaxError, ValueError, RecursionError, OSError) as error:
            unread[path.as_posix()] = str(error)
            continue
        imports += [Import(name, _known(one.name, modules, own), one.line, one.lazy) for one in statements]
    return ImportGraph(modules, tuple(imports), unread)


def is_within(module: str, ancestor: str) -> bool:
    """Whether `module` is `ancestor` or lies below it."""
    return module == ancestor or module.startswith(f"{ancestor}.")


def _modules(root: Path, base: Path, package: str) -> Iterator[tuple[str, Path]]:
    """Names and files, in a stable order; a folder counts as a package with or without `__init__.py`."""
    single = base / f"{package}.py"
    if single.is_file():
        yield package, single.relative_to(root)
    for folder, names, files in os.walk(base / package):
        names[:] = sorted(name for name in names if name.isidentifier() and name != "__pycache__")
        parts = Path(folder).relative_to(base).parts
        for file in sorted(files):
            stem = file.removesuffix(".py")
            if stem != file and (stem.isidentifier() or stem == "__init__"):
                name = ".".join(parts if stem == "__init__" else (*parts, stem))
                yield name, (Path(folder) / file).relative_to(root)


@dataclass(frozen=True, slots=True)
class _Statement:
    """One imported name as it is written."""

    name: str
    line: int
    lazy: bool


@lru_cache(maxsize=8192)
def _statements(source: bytes, file: str, package: str) -> tuple[_Statement, ...]:
    """Remembered: a check and its planted faults read nearly the same sources, one after the other."""
    visitor = _Visitor(package)
    visitor.visit(ast.parse(source, file))
    return tuple(visitor.found)


def _known(name: str, modules: Mapping[str, Path], own: Set[str]) -> str:
    """Of an own name, the longest part that is a module."""
    if name.partition(".")[0] not in own:
        return name
    known = name
    while known and known not in modules:
        known = known.rpartition(".")[0]
    return known or name


class _Visitor(ast.NodeVisitor):
    """Collects the imports of one module that lies in `package`."""

    def __init__(self, package: str) -> None:
        self.found: list[_Statement] = []
        self._package = package
        self._depth = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parts = self._package.split(".")
            kept = parts[: len(parts) - node.level + 1]
            if not kept or not kept[0]:
                return  # leads out of the package: Python refuses it, too
            base = ".".join((*kept, *([base] if base else [])))
        for alias in node.names:
            self._add(base if alias.name == "*" else f"{base}.{alias.name}", node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        first = node.args[0] if node.args else None
        if name in ("import_module", "__import__") and isinstance(first, ast.Constant) and isinstance(first.value, str):
            self._add(first.value, node.lineno)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        test = node.test
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        if isinstance(test, ast.UnaryOp) and negated:
            test = test.operand
        if getattr(test, "id", getattr(test, "attr", "")) != "TYPE_CHECKING":
            self.generic_visit(node)
            return
        for statement in node.body if negated else node.orelse:
            self.visit(statement)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function  # noqa: N815

    def _add(self, name: str, line: int) -> None:
        if name and not name.startswith("."):
            self.found.append(_Statement(name, line, self._depth > 0))
