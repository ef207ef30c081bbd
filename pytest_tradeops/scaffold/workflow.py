"""What the workflow of `tradeops init ci` installs and which branch it is for, derived from what the subject has."""

import json
import re
import shlex
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..bench import ci
from ..config import read_table
from ..gitrepo import GitRepo

WORKFLOW = ".github/workflows/verification.yml"
PACKAGE = "pytest-tradeops"
#: Groups and extras of a project that hold what its tests need.
_FOR_TESTS = ("dev", "test", "tests")
_BRANCH = re.compile(r'^    branches: \[("(?:[^"\\]|\\.)*")\]$', re.MULTILINE)
_GATE = re.compile(r"(?<![\w.=-])tradeops\s+verify\b|--tradeops-gate\b")


def default_branch(root: Path) -> str:
    """The branch whose waivers count: as the settings say, else as the workflow was written for, else as git says.

    What is written down comes first: a check of what was written must not depend on where it is checked out.
    """
    declared = read_table(root).get("default_branch")
    if isinstance(declared, str):
        return declared
    workflow = root / WORKFLOW
    text = workflow.read_text(encoding="utf-8", errors="replace") if workflow.is_file() else ""
    if found := _BRANCH.search(text):
        return str(json.loads(found[1]))
    git = GitRepo(root)
    return git.origin_branch() or git.branch() or "main"


def gate_elsewhere(root: Path) -> list[str]:
    """CI files, other than the one that is written here, in which the gate is run already."""
    return [name for name, text in ci.files(root).items() if name != WORKFLOW and _GATE.search(text)]


def install_lines(root: Path, pyproject: str, requirements: Collection[str]) -> list[str]:
    """The arguments of each `pip install`, in their order.

    Args:
        pyproject: The text of `pyproject.toml`, as it is or is about to be; empty without one.
        requirements: Names of requirements files.
    """
    document = tomllib.loads(pyproject)
    wanted = [f"'{PACKAGE}[all]'"]
    if installable(root, document):
        extras = [name for name in _FOR_TESTS if name in document.get("project", {}).get("optional-dependencies", {})]
        wanted.append(f"'.[{','.join(extras)}]'" if extras else ".")
    wanted += [f"--group {name}" for name in _FOR_TESTS if name in document.get("dependency-groups", {})]
    # pip wants a hash for everything as soon as one requirement has one.
    hashed = [name for name in sorted(requirements) if _is_hashed(root / name)]
    wanted += [f"-r {shlex.quote(name)}" for name in sorted(requirements) if name not in hashed]
    return [*([" ".join(f"-r {shlex.quote(name)}" for name in hashed)] if hashed else []), " ".join(wanted)]


def installable(root: Path, document: dict[str, Any]) -> bool:
    """Whether the subject says how it is built; without that, pip would guess from the folders that it finds."""
    return "build-system" in document or (root / "setup.py").is_file()


def _is_hashed(path: Path) -> bool:
    return path.is_file() and "--hash=" in path.read_text(encoding="utf-8", errors="replace")
