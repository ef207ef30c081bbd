"""The paths and symbols that a Markdown text cites, and whether they are there; nothing is imported.

A code span is a citation if it can be told from an example: a path has a known suffix, ends with a slash, or begins
with a folder of the project; a symbol (`package.module:name` or `package.module.name`) begins with one of its packages.
Patterns, absolute paths and words of other projects are left alone. Inline links to files are citations, too.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ..model import Finding
from . import markdown
from .symbols import SymbolTable

_SUFFIXES = (".py", ".pyi", ".md", ".toml", ".yml", ".yaml", ".json", ".ini", ".cfg", ".sh", ".sql", ".txt", ".lock")
_PATH = re.compile(r"(?P<path>[\w.-]+(?:/[\w.-]+)*/?)(?:::(?P<symbol>\w+(?:::\w+)*)|:\d+(?:-\d+)?)?")
_SYMBOL = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)?(?:\(\))?")
#: Never searched for a bare file name.
_SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist"})


@dataclass(frozen=True, slots=True)
class Citations:
    """What was cited.

    Attributes:
        resolved: How many citations are there for certain.
        findings: One for each that is not there.
    """

    resolved: int
    findings: tuple[Finding, ...]


class CitationReader:
    """Resolves citations against one tree.

    Args:
        root: The project's folder.
        base: The folder of the texts, for relative paths.
    """

    def __init__(self, root: Path, base: Path) -> None:
        self._root, self._base = root, base
        self._symbols = SymbolTable(root)
        self._names: frozenset[str] | None = None

    def read(self, text: str, file: str) -> Citations:
        """The citations of one text."""
        resolved, findings = 0, []
        for cited, line, answer in self._answers(text):
            if answer is False:
                findings.append(
                    Finding(
                        "adr: citation dead",
                        f"{cited!r} is not in the project.",
                        f"{file}:{line}",
                        "Correct it, or write it without backticks if it is an example.",
                    )
                )
            resolved += answer is True
        return Citations(resolved, tuple(findings))

    def _answers(self, text: str) -> Iterator[tuple[str, int, bool | None]]:
        for target, line in markdown.links(text):
            if "://" not in target and not target.startswith(("#", "/", "mailto:")):
                yield target, line, self._exists(self._base / unquote(target.partition("#")[0]))
        for span, line in markdown.code_spans(text):
            yield span, line, self._answer(span)

    def _answer(self, span: str) -> bool | None:
        """True: it is there. False: it is not. None: not a citation, or not to be decided from the source."""
        symbol = self._symbols.resolve(span.removesuffix("()")) if _SYMBOL.fullmatch(span) else None
        path = _PATH.fullmatch(span)
        if symbol is True or path is None or not self._looks_like_path(path["path"]):
            return symbol
        target = self._find(path["path"])
        if target is None:
            return False
        if path["symbol"]:
            return self._symbols.in_file(target, path["symbol"].split("::"))
        return True

    def _looks_like_path(self, path: str) -> bool:
        if "..." in path or "NNN" in path:
            return False
        first = path.partition("/")[0]
        is_known = path.endswith((*_SUFFIXES, "/")) and path not in _SUFFIXES
        return is_known or ("/" in path and (first in (".", "..") or (self._root / first).is_dir()))

    def _find(self, path: str) -> Path | None:
        """From the root, then from the text's folder; a bare name may lie anywhere."""
        for folder in (self._root, self._base, self._root / "src"):
            if self._exists(folder / path) and (not path.endswith("/") or (folder / path).is_dir()):
                return folder / path
        if "/" in path.removesuffix("/"):
            return None
        if self._names is None:
            self._names = frozenset(_all_names(self._root))
        return self._root if path in self._names else None

    def _exists(self, path: Path) -> bool:
        """Whether it is there and inside the project; os.path, because any text may come and `Path.exists` raises."""
        return os.path.exists(path) and path.resolve().is_relative_to(self._root.resolve())  # noqa: PTH110


def _all_names(root: Path) -> Iterator[str]:
    """Every file's name, and every folder's with a slash, below `root`."""
    for _, names, files in root.walk():
        names[:] = [name for name in names if name not in _SKIPPED]
        yield from files
        yield from (f"{name}/" for name in names)
