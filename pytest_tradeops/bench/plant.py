"""What the planted faults of BEN-001 and BEN-002 do to a copied subject's files, as text to text."""

import ast
import json
import re
from collections.abc import Sequence
from pathlib import Path

from ..exceptions import DeclarationError

_DEPENDENT = (
    'assert not __import__("os").environ.get("PYTEST_XDIST_WORKER"), "planted: the result depends on the worker"'
)
#: The rerun option as list items of TOML, as command line text, and as a key of pytest-rerunfailures' own.
_RERUNS = (
    re.compile(r"""["']--(?:force-)?(?:reruns|retries)(?:=\d+["']|["']\s*,\s*["']?\d+["']?)\s*,?"""),
    re.compile(r"--(?:force-)?(?:reruns|retries)(?:=|\s+)\d+"),
    re.compile(r"""^[ \t]*(?:reruns|retries)[ \t]*=[ \t]*["']?\d+["']?[ \t]*$""", re.MULTILINE),
)


def depend_on_worker(source: str, names: Sequence[str] = ()) -> str:
    """`source` with one test that fails wherever a worker runs it.

    Args:
        names: The node id's parts behind the file, without parameters; empty for the first test of the file.

    Raises:
        DeclarationError: there is no such test.
    """
    body: list[ast.stmt] = ast.parse(source).body
    for name in names[:-1]:
        body = next((one.body for one in body if isinstance(one, ast.ClassDef) and one.name == name), [])
    test = _test(body, names[-1] if names else None)
    if test is None:
        raise DeclarationError(f"There is no test {'::'.join(names) or 'function'}.", remedy="Correct `smoke_tests`.")
    first = test.body[0]
    lines = source.splitlines(keepends=True)
    head = min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", []))]) - 1
    before = lines[head].encode()[: first.col_offset].decode()
    if before.strip():  # `def test_x(): assert ...` on one line: simple statements only, so `;` will do
        rest = lines[head].encode()[first.col_offset :].decode()
        lines[head] = f"{before}{_DEPENDENT}; {rest}"
    else:
        lines.insert(head, f"{before}{_DEPENDENT}\n")
    return "".join(lines)


def _test(body: Sequence[ast.stmt], name: str | None) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            if one.name == name or (name is None and one.name.startswith("test")):
                return one
        elif isinstance(one, ast.ClassDef) and name is None and (found := _test(one.body, None)):
            return found
    return None


def smoke_test(root: Path, nodeid: str) -> tuple[str, str]:
    """The file, relative to `root`, and its broken text for a node id: `(path, text)`.

    Raises:
        DeclarationError: the node id names no Python test.
    """
    place, *names = nodeid.split("[", 1)[0].split("::")
    path = root / place
    found = sorted([*path.rglob("test_*.py"), *path.rglob("*_test.py")]) if path.is_dir() else [path]
    for one in found:
        try:
            return one.relative_to(root).as_posix(), depend_on_worker(one.read_text(encoding="utf-8"), names)
        except (OSError, SyntaxError, ValueError):
            continue
        except DeclarationError:
            if names:
                raise
    raise DeclarationError(f"{nodeid!r} in `smoke_tests` names no Python test.", remedy="Name a test function.")


def append_option(text: str, command: str, option: str) -> str | None:
    """`text` with `option` behind each `command`, also where quotes are escaped; None if it does not stand there."""
    pattern = "|".join(
        r"\s+".join(re.escape(word) for word in form.split()) for form in {command, json.dumps(command)[1:-1]}
    )
    changed, count = re.subn(pattern, lambda found: f"{found[0]} {option}", text)
    return changed if count else None


def without_reruns(text: str) -> str | None:
    """`text` without any rerun option; None if there is none."""
    changed = text
    for pattern in _RERUNS:
        changed = pattern.sub("", changed)
    return None if changed == text else changed
