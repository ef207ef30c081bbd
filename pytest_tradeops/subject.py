"""The project under verification, as checks see it; for a planted fault, a copy of it that may be broken."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .exceptions import DeclarationError
from .gitrepo import GitRepo
from .settings import Settings

#: Never copied when git does not say what belongs to the project; virtual environments are known by `pyvenv.cfg`.
_NOT_SOURCE = frozenset(
    {".git", "node_modules", "__pycache__", ".tox", ".nox", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
)
#: A folder outside of the subject, or ignored by it, that a link leads to is copied up to this many files and bytes.
LINKED_FILES = 5000
LINKED_BYTES = 64_000_000
_DEEPEST = 20
#: Regular files by name only: reading there may never end.
_NO_FILES = tuple(Path(place) for place in ("/proc", "/sys"))


@dataclass(frozen=True, slots=True)
class Subject:
    """The project under verification.

    Attributes:
        root: Its folder. For a planted fault this is a copy; write to it freely.
        settings: Its `[tool.tradeops]`.
        git: The repository it came from, also for a copy (a copy carries no `.git`).
        python: The interpreter that its code runs on: its own `.venv`, else this one.
        is_copy: Whether `root` is a copy that may be changed.
    """

    root: Path
    settings: Settings
    git: GitRepo
    python: Path
    is_copy: bool = False

    def path(self, relative: str) -> Path:
        """A path inside the subject; absolute paths and `..` out of it are refused."""
        target = (self.root / relative).resolve()
        if not target.is_relative_to(self.root.resolve()):
            raise DeclarationError(f"{relative!r} leads out of the subject.", remedy="Name a path inside of it.")
        return target

    def write(self, relative: str, text: str) -> Path:
        """Writes a file of the *copy*; parent folders are made.

        Raises:
            DeclarationError: this is the subject itself, not a copy.
        """
        if not self.is_copy:
            raise DeclarationError(
                "A planted fault wrote to the subject itself.", remedy="Take `subject` as parameter."
            )
        target = self.path(relative)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def edit(self, relative: str, old: str, new: str) -> Path:
        """Replaces the first `old` by `new` in a file of the *copy*.

        Raises:
            DeclarationError: `old` does not occur, so the fault would plant nothing.
        """
        text = self.path(relative).read_text(encoding="utf-8")
        if old not in text:
            raise DeclarationError(f"{relative} does not contain {old!r}.", remedy="Plant the fault otherwise.")
        return self.write(relative, text.replace(old, new, 1))

    def copy_to(self, target: Path) -> "Subject":
        """A copy of the project's own files (tracked, and untracked but not ignored) under `target`.

        No link in it leads out of it: one to a copied file or folder leads to the copy of that, and what other links
        lead to is copied in their place, but not a folder above `LINKED_FILES` or `LINKED_BYTES`, which is left out.
        """
        target.mkdir(parents=True)
        _Copy(self.root.resolve(), target.resolve()).fill(self._names())
        return self.as_copy(target)

    def size(self) -> int | None:
        """Bytes that `copy_to` copies, without those behind links; None when git does not say what belongs to it."""
        names = self._names()
        if names is None:
            return None
        found = 0
        for name in names:
            with contextlib.suppress(OSError):  # tracked, but deleted
                found += (self.root / name).lstat().st_size
        return found

    def _names(self) -> list[str] | None:
        return self.git.files() if self.git.is_repository() else None

    def as_copy(self, root: Path) -> "Subject":
        """The subject as it lies in a copy that was made under `root`."""
        return replace(self, root=root, is_copy=True)


class _Copy:
    """Fills one copy; `root` and `target` are resolved."""

    def __init__(self, root: Path, target: Path) -> None:
        self._root = root
        self._target = target
        # The target may lie inside the subject, with `TMPDIR` for one; other workers write beside it meanwhile.
        inside = target.is_relative_to(root)
        self._left_out = root / target.relative_to(root).parts[0] if inside else None

    def fill(self, names: Iterable[str] | None) -> None:
        """Copies these names, relative to the root, or all that looks like source."""
        links: list[str] = []
        for name in self._walk() if names is None else filter(self._is_own, names):
            if (self._root / name).is_symlink():
                links.append(name)
            else:
                _copy_file(self._root / name, self._target / name)
        # Last: whether what a link leads to was copied is known only now.
        missing = [name for name in links if not self._relink(self._root / name, self._target / name)]
        for name in missing:
            self._copy_linked(self._root / name, self._target / name)

    def _walk(self) -> Iterator[str]:
        for place, folders, files in os.walk(self._root):
            here = Path(place)
            linked = [name for name in folders if (here / name).is_symlink()]
            folders[:] = [
                name
                for name in folders
                if name not in linked and not _is_foreign(here / name) and here / name != self._left_out
            ]
            for name in folders:
                (self._target / here.relative_to(self._root) / name).mkdir(parents=True, exist_ok=True)
            for name in (*linked, *files):
                if name not in _NOT_SOURCE:
                    yield (here / name).relative_to(self._root).as_posix()

    def _is_own(self, name: str) -> bool:
        """Whether it lies where git says; not so behind a folder that was replaced by a link."""
        parent = (self._root / name).parent
        return parent.resolve() == parent

    def _relink(self, link: Path, copy: Path) -> bool:
        """Makes a link to the copy of what `link` leads to; False if there is no such copy."""
        goal = link.resolve()
        if not goal.is_relative_to(self._root) or not (self._target / goal.relative_to(self._root)).exists():
            return False
        if not os.path.lexists(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(os.path.relpath(self._target / goal.relative_to(self._root), copy.parent))
        return True

    def _copy_linked(self, link: Path, copy: Path) -> None:
        goal = link.resolve()
        if self._left_out is not None and goal.is_relative_to(self._left_out):
            return
        if not goal.is_dir():
            _copy_file(goal, copy)
            return
        found = self._below(goal, Path(), (goal,)) if not _is_foreign(link) and not _is_foreign(goal) else None
        for relative in found or ():
            # What belongs to the subject stays one thing, however many ways lead to it.
            if not self._relink(goal / relative, copy / relative):
                _copy_file((goal / relative).resolve(), copy / relative)

    def _below(self, goal: Path, relative: Path, above: tuple[Path, ...]) -> list[Path] | None:
        """The files below a folder that was reached by a link, relative to `goal`; None if they are too many."""
        found: list[Path] = []
        size = 0
        if self._root.is_relative_to(goal):  # the way back up: it would hold the whole subject once more
            return None
        waiting = [(relative, above)]
        while waiting:
            place, above = waiting.pop()
            for entry in sorted((goal / place).iterdir()):
                one = place / entry.name
                if entry.is_dir():
                    real = entry.resolve()
                    if not _is_foreign(entry) and real not in above and not self._root.is_relative_to(real):
                        waiting.append((one, (*above, real)))
                elif entry.is_file():
                    found.append(one)
                    size += entry.stat().st_size
                if len(found) > LINKED_FILES or size > LINKED_BYTES or len(above) > _DEEPEST:
                    return None
        return found


def _copy_file(source: Path, copy: Path) -> None:
    """Copies a regular file; everything else, such as a pipe, a device or a deleted file, has no content to copy."""
    if source.is_file() and not any(source.is_relative_to(place) for place in _NO_FILES) and not os.path.lexists(copy):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy, follow_symlinks=False)


def _is_foreign(folder: Path) -> bool:
    return folder.name in _NOT_SOURCE or (folder / "pyvenv.cfg").exists()


def open_subject(root: Path, settings: Settings) -> Subject:
    """The subject at `root`."""
    own = root / ".venv" / "bin" / "python"
    return Subject(root, settings, GitRepo(root), own if own.exists() else Path(sys.executable))
