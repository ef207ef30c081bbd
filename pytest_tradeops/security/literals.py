"""Literal credentials in a folder, by trading rule T103 alone and in this process: a scan by bandit takes seconds."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..exceptions import Inconclusive
from ..model import Finding
from .folder import list_folder

REASON = "literal: api-key in the source"
UNREAD = "literal: file not read"
_LONGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Literals:
    """What was found.

    Attributes:
        lines: How many lines were read.
    """

    lines: int
    findings: tuple[Finding, ...]


def search(folder: Path, name: str) -> Literals:
    """Every literal credential in the Python files of the folder, also where a `# nosec` would hide it.

    Args:
        name: What the folder is called in a finding.

    Raises:
        Inconclusive: bandit, which the rule is written for, is not installed.
    """
    listing = list_folder(folder)
    lines, findings = 0, []
    for relative in listing.python:
        try:
            text = (folder / relative).read_bytes()[:_LONGEST].decode("utf-8")
            found = [
                Finding(REASON, said, f"{name}/{relative}:{line}", "Take it from the environment, and revoke this one.")
                for line, said in _said(ast.parse(text))
            ]
        except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
            why = f"{type(error).__name__} while it was read"
            found = [Finding(UNREAD, f"The file could not be searched: {why}.", f"{name}/{relative}", "Make it valid.")]
            text = ""
        lines += len(text.splitlines())
        findings += found
    findings += [
        Finding(UNREAD, f"The file could not be searched: {why}.", f"{name}/{relative}", "Put a Python file there.")
        for relative, why in (*listing.refused, *((one, "it leads nowhere") for one in listing.dangling))
    ]
    findings += [
        Finding(
            UNREAD, "The folder could not be searched: it cannot be read.", f"{name}/{folder}", "Correct its rights."
        )
        for folder in listing.closed
    ]
    if not lines:
        findings.append(
            Finding(UNREAD, "There is no line of Python in the folder.", name, "Name the strategies' folder.")
        )
    return Literals(lines, tuple(findings))


def _said(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and message of each call that the rule objects to."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # bandit's own imports, on a new Python
            from .rules.credentials import literal_credential
    except ModuleNotFoundError:
        raise Inconclusive(
            "bandit is not installed.", remedy="Run `pip install 'pytest-tradeops[security]'`."
        ) from None
    judge = literal_credential.__wrapped__  # type: ignore[attr-defined]  # the rule below bandit's plugin
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            child._bandit_parent = parent  # type: ignore[attr-defined]  # as bandit links them
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (said := judge(node)):
            yield node.lineno, str(said)
