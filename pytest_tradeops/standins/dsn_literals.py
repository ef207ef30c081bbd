"""Finds Sentry DSNs that stand in a project's sources instead of its environment."""

import ast
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".py", ".pyi", ".toml", ".yaml", ".yml")
_SKIPPED = frozenset({".git", ".venv", "venv", "env", "node_modules", "__pycache__", ".tox", ".nox", "build", "dist"})
_LARGEST = 2 << 20
#: Nobody cuts a DSN into more parts, and generated code may add thousands of literals.
_DEEPEST = 8

#: Scheme, public key, perhaps the old secret key, host, perhaps a port and a path, project number.
_DSN = re.compile(
    r"https?://(?P<key>[0-9A-Za-z_-]{3,64})(?::[0-9A-Za-z_-]*)?@(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)"
    r"(?::\d{1,5})?(?:/[\w.-]+){0,6}?/(?P<project>\d{1,20})(?![\w-])"
)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|\[::1\]|.*\.localhost")
#: Hosts that exist for examples (RFC 2606, RFC 6761) lead nowhere.
_EXAMPLE = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|invalid|test)")
_WORDS = re.compile(r"example|public|placeholder|dummy|fake|sample|your|xxx|changeme", re.IGNORECASE)
_SHORTEST_KEY = 16


def find_dsns(text: str, *, python: bool = False) -> list[int]:
    """Line numbers of DSN literals.

    Not findings, in whatever file: loopback hosts, hosts reserved for examples, and keys that nobody was given
    (words such as `examplePublicKey`, or a short pattern repeated). Everything else is, in tests and documents, too.

    Args:
        python: Also joins literals that stand next to each other or are added, so that a DSN cut in two is found.
    """
    lines = {text.count("\n", 0, match.start()) + 1 for match in _DSN.finditer(text) if _is_real(match)}
    if python and "://" in text:
        lines |= {line for line, joined in _constants(text) if any(_is_real(one) for one in _DSN.finditer(joined))}
    return sorted(lines)


def scan(root: Path, names: list[str] | None = None) -> tuple[int, list[str]]:
    """How many sources were read, and `file:line` of every DSN in them.

    Args:
        names: Files relative to `root`; default all below it except environments and build output.
    """
    read, found = 0, []
    for name in sorted(_walk(root) if names is None else names):
        path = root / name
        if path.suffix not in SUFFIXES or not path.is_file() or path.stat().st_size > _LARGEST:
            continue
        read += 1
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{name}:{line}" for line in find_dsns(text, python=path.suffix == ".py")]
    return read, found


def _is_real(match: re.Match[str]) -> bool:
    key, host = match["key"], match["host"].lower().rstrip(".")
    if _LOOPBACK.fullmatch(host) or _EXAMPLE.fullmatch(host):
        return False
    if len(key) < _SHORTEST_KEY or _WORDS.search(key) or re.fullmatch(r"(.{1,16})\1+", key):
        return False
    # Elsewhere than at sentry.io, only the shape of the key tells a DSN from a URL with a user's name in it.
    return host == "sentry.io" or host.endswith(".sentry.io") or re.fullmatch(r"[0-9a-fA-F]+", key) is not None


def _constants(text: str) -> Iterator[tuple[int, str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a subject's invalid escape is not our business
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.BinOp):
            value = _folded(node)
            if value is not None:
                yield node.lineno, value


def _folded(node: ast.expr, depth: int = 0) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < _DEEPEST:
        left, right = _folded(node.left, depth + 1), _folded(node.right, depth + 1)
        return None if left is None or right is None else left + right
    return None


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [one for one in folders if one not in _SKIPPED]
        for name in files:
            yield (Path(folder) / name).relative_to(root).as_posix()
