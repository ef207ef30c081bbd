"""What a finding is known by, whatever line it has moved to."""

import ast
import hashlib
import io
import posixpath
import re
import tokenize
import warnings
from dataclasses import dataclass

#: What encloses a statement that stands in no function and no class.
MODULE = "<module>"
_LINE = re.compile(r"\r\n|\r|\n")  # as Python counts lines; `splitlines` knows more of them
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What makes two findings the same.

    Attributes:
        rule: Such as `B602`.
        file: Relative to the subject, normalised, with `/`.
        within: The functions and classes around it, such as `Bot.on_bar`; `<module>` outside of all.
        line: Digest of the statement's source, 16 hexadecimal digits. A digest, because it may be a secret's line.
    """

    rule: str
    file: str
    within: str
    line: str

    @property
    def moved(self) -> tuple[str, str, str]:
        """What stays the same when the file is renamed."""
        return self.rule, self.within, self.line


class Source:
    """One Python file, asked for what encloses its lines.

    Args:
        data: Its bytes; where they are no valid Python, every line stands by itself.
    """

    def __init__(self, data: bytes) -> None:
        self._lines = _LINE.split(_decoded(data))
        #: First and last line of what belongs to a statement itself, its depth, and the names around it.
        self._statements: list[tuple[int, int, int]] = []
        self._scopes: list[tuple[int, int, str]] = []
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an invalid escape is the subject's affair
                tree = ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        waiting: list[tuple[ast.AST, int, str]] = [(tree, 0, "")]
        while waiting:
            node, depth, names = waiting.pop()
            if isinstance(node, ast.stmt):
                self._statements.append((*_own_lines(node), depth))
            if isinstance(node, _DEFINES):
                names = f"{names}.{node.name}" if names else node.name
                self._scopes.append((node.lineno, node.end_lineno or node.lineno, names))
            waiting.extend((child, depth + 1, names) for child in ast.iter_child_nodes(node))

    def within(self, line: int) -> str:
        """The dotted names of what encloses a line, from 1."""
        around = [(last - first, name) for first, last, name in self._scopes if first <= line <= last]
        return min(around)[1] if around else MODULE

    def digest(self, line: int) -> str:
        """Digest of the whole simple statement at a line, or of a compound one's head; runs of blanks count as one."""
        own = [(-depth, first, last) for first, last, depth in self._statements if first <= line <= last]
        _, first, last = min(own, default=(0, line, line))
        text = " ".join("\n".join(self._lines[first - 1 : last]).split())
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def key_of(source: Source, rule: str, file: str, line: int) -> Key:
    """The key of what a rule found at a line of a file.

    Args:
        file: Relative to the subject.
    """
    name = posixpath.normpath(file).encode("utf-8", "backslashreplace").decode("utf-8")
    return Key(rule, name, source.within(line), source.digest(line))


def _own_lines(node: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, without those of the statements in it."""
    last = node.end_lineno or node.lineno
    inner = [child.lineno for name in ("body", "handlers", "cases") for child in _parts(node, name)]
    return node.lineno, max(node.lineno, min(inner) - 1) if inner else last


def _parts(node: ast.stmt, name: str) -> list[ast.stmt | ast.ExceptHandler | ast.pattern]:
    parts = getattr(node, name, [])
    return [part.pattern if isinstance(part, ast.match_case) else part for part in parts]


def _decoded(data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return data.decode("utf-8", "replace")
