"""Declarations of checks and planted faults in one Python file, read with `ast`; nothing is imported."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..config import suggestion
from ..exceptions import DeclarationError
from ..model import CheckSpec, FaultSpec, Finding

type _Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One declared check.

    Attributes:
        faults: Its planted faults, in source order.
        file: Posix path relative to the tree that was read.
        function: Its name; `TestClass::test_name` inside a class.
        line: Of the function's `def`.
        doc: The docstring, dedented; empty without one.
        marker: The marker's arguments as they are written.
    """

    spec: CheckSpec
    faults: tuple[FaultSpec, ...]
    file: str
    function: str
    line: int
    doc: str
    marker: Mapping[str, object] = field(compare=False)

    @property
    def place(self) -> str:
        """`file:line`, for a message."""
        return f"{self.file}:{self.line}"

    @property
    def nodeid(self) -> str:
        """`file::function`, relative to the tree that was read."""
        return f"{self.file}::{self.function}"


def read_declarations(path: Path, root: Path) -> tuple[list[CatalogueEntry], list[Finding]]:
    """The checks of one file in source order, and what is wrong with the file as a whole.

    Args:
        root: What `CatalogueEntry.file` is relative to.

    Raises:
        DeclarationError: naming file and line: not Python, a non-literal or malformed argument.
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    try:
        text = path.read_text(encoding="utf-8")
        # Most files of an adopter's tree declare nothing, and parsing is what costs.
        if "verification" not in text and "planted_fault" not in text:
            return [], []
        entries, strays = _read(text, name)
    except (SyntaxError, ValueError) as error:  # ValueError: not UTF-8, or a null byte
        line, why = getattr(error, "lineno", None) or 1, error.msg if isinstance(error, SyntaxError) else error
        raise DeclarationError(f"{name}:{line} cannot be read: {why}.", remedy="Correct the file.") from None
    return list(entries), list(strays)


@lru_cache(maxsize=512)
def _read(text: str, name: str) -> tuple[tuple[CatalogueEntry, ...], tuple[Finding, ...]]:
    """By its text, so that what was changed meanwhile is read again; a gated run asks for each file twice."""
    tree = ast.parse(text, name)
    functions = list(_functions(tree.body))
    _refuse_elsewhere(tree, [function for function, _ in functions], name)
    specs: list[tuple[CheckSpec, Mapping[str, object], str, _Function]] = []
    faults: list[tuple[FaultSpec, int]] = []
    strays: list[Finding] = []
    seen: dict[str, int] = {}
    for function, qualified in functions:
        declared = list(_declarations(function, name))
        checks = [(one, given) for one, given in declared if isinstance(one, CheckSpec)]
        if len(checks) > 1:
            raise DeclarationError(
                f"{name}:{function.lineno}: {qualified} is marked twice.", remedy="Keep one verification marker."
            )
        specs += [(spec, given, qualified, function) for spec, given in checks]
        faults += [(one, function.lineno) for one, _ in declared if isinstance(one, FaultSpec)]
        if declared and qualified in seen:
            strays.append(_shadow(name, function.lineno, qualified, seen[qualified]))
        seen[qualified] = function.lineno
    known = {spec.id for spec, *_ in specs}
    strays += [_orphan(fault, f"{name}:{line}", known) for fault, line in faults if fault.check not in known]
    entries = [
        CatalogueEntry(
            spec=spec,
            faults=tuple(fault for fault, _ in faults if fault.check == spec.id),
            file=name,
            function=qualified,
            line=function.lineno,
            doc=ast.get_docstring(function) or "",
            marker=given,
        )
        for spec, given, qualified, function in specs
    ]
    return tuple(entries), tuple(strays)


def _functions(body: Sequence[ast.stmt], prefix: str = "") -> Iterator[tuple[_Function, str]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, prefix + node.name
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}::")


def _refuse_elsewhere(tree: ast.Module, functions: Sequence[_Function], file: str) -> None:
    """Refuses a marker that pytest would apply and that this reader would not see, such as on a class or a variable.

    Raises:
        DeclarationError: the marker stands anywhere but directly above a function of the module or of a class.
    """
    above = [
        one.func if isinstance(one, ast.Call) else one for function in functions for one in function.decorator_list
    ]
    read = {id(node) for node in above if _kind(node) == "verification"}
    nodes = list(ast.walk(tree))
    suspects = [
        node
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr == "verification" and id(node) not in read
    ]
    if not suspects:
        return
    marks = {"mark", *(name for node in nodes for name in _names_of_mark(node))}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in suspects:
        if id(node) in called or ast.unparse(node.value).rpartition(".")[2] in marks:
            raise DeclarationError(
                f"{file}:{node.lineno}: {ast.unparse(node)} is not a decorator of a function that can be read.",
                remedy="Write @pytest.mark.verification(...), in these words, above one function per check: "
                "not on a class, under an `if`, in pytestmark, in a variable or in another call.",
            )


def _names_of_mark(node: ast.AST) -> Iterator[str]:
    """The other names under which a statement makes `pytest.mark` known."""
    if isinstance(node, ast.ImportFrom) and node.module == "pytest":
        yield from (one.asname for one in node.names if one.name == "mark" and one.asname)
    elif isinstance(node, ast.Assign) and ast.unparse(node.value) in ("pytest.mark", "mark"):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _declarations(function: _Function, file: str) -> Iterator[tuple[CheckSpec | FaultSpec, Mapping[str, object]]]:
    """What is declared above a function, each with the arguments as they are written."""
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        kind = _kind(call.func if call else decorator)
        if not kind:
            continue
        where = f"{file}:{decorator.lineno}"
        if call is None:
            raise DeclarationError(f"{where}: @{kind} has no arguments.", remedy="See docs/writing-a-check.md.")
        given = {word.arg or "**": _literal(word.value if word.arg else None, where) for word in call.keywords}
        positional = tuple(_literal(value, where) for value in call.args)
        try:
            if kind == "verification":
                yield CheckSpec.parse(given, positional), given
            else:
                yield _fault(given, positional, function.name), given
        except DeclarationError as error:
            raise DeclarationError(f"{where}: {error.message}", remedy=error.remedy) from None


def _kind(node: ast.expr) -> str:
    """`verification`, `planted_fault`, or nothing, for a decorator's name however it was imported."""
    name = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
    if name in ("pytest.mark.verification", "mark.verification"):
        return "verification"
    return "planted_fault" if name.rpartition(".")[2] == "planted_fault" else ""


def _literal(node: ast.expr | None, where: str) -> Any:
    try:
        if node is None:
            raise ValueError
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        shown = "**" if node is None else ast.unparse(node)
        raise DeclarationError(
            f"{where}: {shown} is not a literal.", remedy="Write the value itself: it is read without running the file."
        ) from None


def _fault(given: dict[str, Any], positional: tuple[Any, ...], name: str) -> FaultSpec:
    known = ("check", "title", "expects", "covers")
    if positional:
        raise DeclarationError("planted_fault() takes keyword arguments only.", remedy="Write check='SEC-001', ...")
    for key, value in given.items():
        if key not in known:
            raise DeclarationError(f"planted_fault() got an unknown argument {key!r}.", remedy=suggestion(key, known))
        if not isinstance(value, str):
            raise DeclarationError(f"planted_fault() {key}= must be a text.", remedy=f"Write {key}='...'.")
    return FaultSpec(
        check=given.get("check", ""),
        title=given.get("title", ""),
        expects=given.get("expects", ""),
        covers=given.get("covers", ""),
        name=name,
    )


def _orphan(fault: FaultSpec, place: str, known: set[str]) -> Finding:
    return Finding(
        "catalogue: fault for an unknown check",
        f"{fault.name} plants a fault for {fault.check}, which this file does not declare.",
        place,
        suggestion(fault.check, known) if known else "Put it into the file of its check.",
    )


def _shadow(file: str, line: int, name: str, first: int) -> Finding:
    return Finding(
        "catalogue: name defined twice",
        f"{name} is defined again, so Python forgets the one in line {first}.",
        f"{file}:{line}",
        "Rename one of them.",
    )
