"""The project's own files of a work tree, laid out apart so that gitleaks reads exactly these."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...gitrepo import GitRepo
from . import IGNORE
from .running import Untrusted

#: Bytes; no text that a person wrote is that long, and a secret in it would be read by nobody here.
LARGEST = 50_000_000
_NOT_SOURCE = frozenset({".git", "node_modules", "__pycache__", ".tox", ".nox"})


@dataclass(frozen=True, slots=True)
class Tree:
    """What belongs to the project: what git tracks or would, or every file where git does not say.

    Attributes:
        files: Regular files, relative to the root.
        links: Symbolic links, which are not followed: what they lead to is here itself, or is not the project's.
        repositories: Submodules and nested repositories, which have a history and a scan of their own.
        size: Bytes of the files.
    """

    root: Path
    files: tuple[str, ...]
    links: int
    repositories: tuple[str, ...]
    size: int


def read_tree(root: Path) -> Tree:
    """Lists the files below `root`, or `root` alone where it is a file; opens none.

    Raises:
        Untrusted: a file or folder that cannot be read, a file that is larger than `LARGEST`, or has a name that is
            not UTF-8.
    """
    if root.is_file():
        root, names = root.parent, [root.name]
    else:
        git = GitRepo(root)
        names = git.files() or []
        for folder in git.closed_folders() if names else ():
            raise _unreadable(folder)
        names = names or sorted(_walk(root))
    files, repositories, links, size = [], [], 0, 0
    for name in names:
        path = root / name
        try:
            status = path.lstat()
        except OSError as error:
            if "\N{REPLACEMENT CHARACTER}" in name:
                raise Untrusted(
                    f"{name} was not scanned: its name is not UTF-8.", remedy="Rename it, or have git ignore it."
                ) from None
            if isinstance(error, PermissionError):
                raise _unreadable(name) from None
            continue  # deleted, and still tracked
        if stat.S_ISLNK(status.st_mode):
            links += 1
        elif stat.S_ISDIR(status.st_mode):
            repositories.append(name.rstrip("/"))
        elif stat.S_ISREG(status.st_mode):
            _require_readable(path, name, status.st_size)
            files.append(name)
            size += status.st_size
    return Tree(root, tuple(files), links, tuple(repositories), size)


def tree_of(root: Path, names: Iterable[str], links: int, repositories: tuple[str, ...]) -> Tree:
    """A tree of chosen files, all of them regular.

    Raises:
        Untrusted: one is larger than `LARGEST`.
    """
    files, size = tuple(names), 0
    for name in files:
        status = (root / name).stat()
        _require_readable(root / name, name, status.st_size)
        size += status.st_size
    return Tree(root, files, links, repositories, size)


def lay_out(tree: Tree, target: Path) -> None:
    """Copies the files under `target`; its own list of ignored findings stays behind, as gitleaks would find it."""
    for name in tree.files:
        if name == IGNORE:
            continue
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(tree.root / name, copy, follow_symlinks=False)
        except FileNotFoundError:
            continue  # deleted a moment ago


def _require_readable(path: Path, name: str, size: int) -> None:
    if size > LARGEST:
        raise Untrusted(
            f"{name} is larger than {LARGEST // 1_000_000} MB and was not scanned.",
            remedy="Have git ignore it, or keep it elsewhere.",
        )
    if not os.access(path, os.R_OK):
        raise _unreadable(name)


def _unreadable(name: str) -> Untrusted:
    return Untrusted(f"{name} cannot be read.", remedy="Correct its rights.")


def _walk(root: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise _unreadable(os.path.relpath(error.filename, root))

    for place, folders, files in os.walk(root, onerror=refuse):
        here = Path(place)
        folders[:] = [
            name
            for name in folders
            if name not in _NOT_SOURCE
            and not (here / name).is_symlink()
            and not os.path.exists(here / name / "pyvenv.cfg")  # noqa: PTH110 - False for a closed folder, too
        ]
        for name in files:
            yield (here / name).relative_to(root).as_posix()
