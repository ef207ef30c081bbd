"""The names of the project's own files, and their texts; nothing is read that is not asked for."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..exceptions import Inconclusive
from ..gitrepo import GitRepo
from .yaml_files import LARGEST

#: What others wrote, or a tool made; their manifests are not the project's, even where they are committed.
_FOREIGN = frozenset({".git", "node_modules", "__pycache__", ".tox", ".nox", ".venv", "venv", "site-packages"})


@dataclass(frozen=True, slots=True)
class Tree:
    """The files below one folder.

    Attributes:
        names: Regular files, relative to `root` with `/`, sorted; neither links nor what they lead to.
        coming: Name to text of files that are about to be written.
    """

    root: Path
    names: tuple[str, ...]
    coming: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """The text of a file; None if it cannot be read, is no UTF-8 or is larger than a manifest ever is."""
        if name in self.coming:
            return self.coming[name]
        try:
            if (self.root / name).stat().st_size > LARGEST:
                return None
            return (self.root / name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None


def read_tree(root: Path, coming: Mapping[str, str] | None = None) -> Tree:
    """What git tracks or would track below `root`; every file but those of tools where git does not say.

    Raises:
        Inconclusive: a folder cannot be read, so that what is in it would be taken not to be there.
    """
    git = GitRepo(root)
    names = git.files() if git.is_repository() else None
    for folder in git.closed_folders() if names is not None else ():
        raise _unreadable(folder)
    found = {name for name in (_walk(root) if names is None else names) if _is_own(root, name)}
    return Tree(root, tuple(sorted(found | set(coming or {}))), dict(coming or {}))


def _is_own(root: Path, name: str) -> bool:
    if not _FOREIGN.isdisjoint(name.split("/")):
        return False
    try:
        return stat.S_ISREG((root / name).lstat().st_mode)
    except PermissionError:
        raise _unreadable(name) from None
    except OSError:  # deleted, and still tracked
        return False


def _unreadable(name: str) -> Inconclusive:
    return Inconclusive(f"{name} cannot be read.", remedy="Correct its rights.")


def _is_environment(folder: Path) -> bool:
    return os.path.exists(folder / "pyvenv.cfg")  # noqa: PTH110 - False for a folder that cannot be read, too


def _walk(root: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise _unreadable(os.path.relpath(error.filename, root))

    for place, folders, files in os.walk(root, onerror=refuse):
        here = Path(place)
        folders[:] = [name for name in folders if name not in _FOREIGN and not _is_environment(here / name)]
        for name in files:
            yield (here / name).relative_to(root).as_posix()
