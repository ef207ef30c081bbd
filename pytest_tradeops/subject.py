"""The project under verification, as checks see it; for a planted fault, a copy of it that may be broken."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .exceptions import DeclarationError
from .gitrepo import GitRepo
from .settings import Settings

#: Never copied when git does not say what belongs to the project; virtual environments are known by `pyvenv.cfg`.
_NOT_SOURCE = frozenset(
    {".git", "node_modules", "__pycache__", ".tox", ".nox", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
)


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
        """A copy of the project's own files (tracked, and untracked but not ignored) under `target`."""
        names = self.git.files() if self.git.is_repository() else None
        if names is None:
            shutil.copytree(self.root, target, ignore=_not_source(target.resolve()), symlinks=True)
        else:
            target.mkdir(parents=True)
            for name in names:
                source = self.root / name
                if source.is_file():  # a tracked file may be deleted in the work tree
                    (target / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source, target / name)
        return replace(self, root=target, is_copy=True)


def _not_source(target: Path) -> Callable[[str, list[str]], set[str]]:
    """What `copytree` leaves out; the target itself may lie inside the subject, with `--basetemp` for one."""

    def ignore(folder: str, names: list[str]) -> set[str]:
        return {
            name
            for name in names
            if name in _NOT_SOURCE
            or Path(folder, name, "pyvenv.cfg").exists()
            or target.is_relative_to(Path(folder, name).resolve())
        }

    return ignore


def open_subject(root: Path, settings: Settings) -> Subject:
    """The subject at `root`."""
    own = root / ".venv" / "bin" / "python"
    return Subject(root, settings, GitRepo(root), own if own.exists() else Path(sys.executable))
