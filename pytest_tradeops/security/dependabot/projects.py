"""Project files of Python, Rust and JavaScript: whether they declare dependencies, and who belongs to a workspace."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..globs import matches
from ..project_tree import Tree


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of project file.

    Attributes:
        locks: Lockfile beside it to the ecosystem that then updates both; the first that is there counts.
        ecosystems: What can update it without any lockfile.
        dependencies: Paths of keys, any of which declares something if it is not empty; `*` is any key.
        members: The path of keys to the patterns of a workspace's members; `excluded` to those that are none.
    """

    manifest: str
    load: Callable[[str], Any]
    locks: Mapping[str, str]
    ecosystems: tuple[str, ...]
    dependencies: tuple[str, ...]
    members: tuple[str, ...]
    excluded: tuple[str, ...] = ()


PYTHON = Kind(
    "pyproject.toml",
    tomllib.loads,
    {"uv.lock": "uv", "poetry.lock": "pip"},
    ("pip", "uv"),
    (
        "project dependencies", "project optional-dependencies *", "dependency-groups *", "build-system requires",
        "tool poetry dependencies", "tool poetry group * dependencies", "tool poetry dev-dependencies",
        "tool uv dev-dependencies", "tool uv workspace", "tool pdm dev-dependencies *",
    ),
    ("tool uv workspace members",),
    ("tool uv workspace exclude",),
)  # fmt: skip
CARGO = Kind(
    "Cargo.toml",
    tomllib.loads,
    {"Cargo.lock": "cargo"},
    ("cargo",),
    (
        "dependencies", "dev-dependencies", "build-dependencies", "workspace", "target * dependencies",
        "target * dev-dependencies", "target * build-dependencies",
    ),
    ("workspace members",),
    ("workspace exclude",),
)  # fmt: skip
NPM = Kind(
    "package.json",
    json.loads,
    {"bun.lock": "bun", "bun.lockb": "bun"},
    ("npm",),
    ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "workspaces"),
    ("workspaces", "workspaces packages"),
)


class Project:
    """One project file of a tree; read when first asked."""

    def __init__(self, kind: Kind, name: str, tree: Tree) -> None:
        self.kind = kind
        self._folder = PurePosixPath(name).parent
        text = tree.text(name)
        try:
            self._document = None if text is None else kind.load(text)
        except (ValueError, RecursionError):
            self._document = None

    def declares(self) -> bool:
        """Whether there is something to update; a file that cannot be read is taken for one, not passed over."""
        if not isinstance(self._document, dict):
            return True
        return any(value for path in self.kind.dependencies for value in _at(self._document, path.split()))

    def has_member(self, folder: str) -> bool:
        """Whether the project is the root of a workspace to which another folder, such as `/libs/a`, belongs."""
        try:
            relative = PurePosixPath(folder.strip("/") or ".").relative_to(self._folder).as_posix()
        except ValueError:
            return False
        if relative == "." or not isinstance(self._document, dict):
            return False
        return self._named(relative, self.kind.members) and not self._named(relative, self.kind.excluded)

    def _named(self, relative: str, paths: tuple[str, ...]) -> bool:
        found = [value for path in paths for value in _at(self._document, path.split()) if isinstance(value, list)]
        return any(isinstance(one, str) and matches(relative, one) for patterns in found for one in patterns)


def _at(document: Any, path: list[str]) -> list[Any]:
    if not path:
        return [document]
    if not isinstance(document, dict):
        return []
    found = list(document.values()) if path[0] == "*" else [document[path[0]]] if path[0] in document else []
    return [value for one in found for value in _at(one, path[1:])]
