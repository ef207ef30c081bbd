"""Lays the two trees out beside each other, with the same benchmarks in both and nothing shared with the project."""

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from ...exceptions import Inconclusive
from ...gitrepo import GitRepo
from .base import Base, NoBaseline

#: Never part of a tree that is copied without git's help.
_NOT_SOURCE = (".git", "__pycache__", "node_modules", ".tox", ".nox", ".benchmarks", "*.pyc")
_HARNESS = re.compile(r"tests?|bench(es|marks?|marking)?|perf(ormance)?", re.IGNORECASE)
_PROJECT = "pyproject.toml"
_SETTINGS = ".tradeops-pytest.toml"
#: Compiled modules that git ignores belong to one tree only; which, nobody could tell.
_COMPILED = (".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree, ready to be run.

    Attributes:
        top: Of the copy.
        root: Where in it pytest's rootdir is.
        path: What goes first on `sys.path`.
    """

    top: Path
    root: Path
    path: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Trees:
    """Both trees; their paths have the same length.

    Attributes:
        origin: The top of what the candidate was copied from.
        ini: pytest's settings file in both, relative to the root; empty if there is none.
        harness: What measures, and was taken from the candidate for both; relative to the root.
    """

    base: Tree
    candidate: Tree
    origin: Path
    ini: str
    harness: tuple[str, ...]

    def digest(self, *more: str) -> str:
        """Of all that is in them, and of whatever else makes a run another one."""
        sums = hashlib.sha256("\0".join(more).encode())
        for tree in (self.base, self.candidate):
            for path in sorted(tree.top.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    sums.update(f"{path.relative_to(tree.top)}\0".encode())
                    sums.update(hashlib.sha256(path.read_bytes()).digest())
        return sums.hexdigest()


def lay_out(
    root: Path,
    base: Base,
    place: Path,
    files: Sequence[str],
    *,
    ini: str,
    harness: Sequence[str] = (),
    link: Sequence[str] = (),
    twice: bool = False,
) -> Trees:
    """Copies the work tree as it is now, and the base beside it, below `place`.

    Args:
        root: pytest's rootdir.
        files: The files with benchmarks, relative to it.
        ini: pytest's settings file, relative to it; empty if there is none.
        harness: Folders that both trees get from the candidate; empty for those that `files` are in by their names.
        link: What both get links to.
        twice: Whether the candidate is a copy of the base, for a comparison of it with itself.

    Raises:
        NoBaseline: the base cannot be read.
        Inconclusive: the two cannot be compared.
    """
    origin = (GitRepo(root).top() or root).resolve()
    inside = root.resolve().relative_to(origin)
    candidate, other = place / "work", place / "base"
    _copy_work_tree(origin, candidate)
    path: tuple[Path, ...] = ()
    if base.kind == "commit":
        why = GitRepo(base.path).check_out(base.revision, other)
        if why:
            raise NoBaseline(f"The base {base.name} cannot be checked out: {why}.", remedy="Run `git fsck --full`.")
        (other / inside).mkdir(parents=True, exist_ok=True)
    elif base.kind == "directory":
        _copy_work_tree(base.path, other / inside)
    else:
        path = (_unpack(base.path, place / "whee"),)
        (other / inside).mkdir(parents=True)
    if ini == _PROJECT:
        # The base keeps its own, which says what it depends on; only pytest is to read the candidate's.
        ini = _SETTINGS
        shutil.copy2(candidate / inside / _PROJECT, candidate / inside / ini)
    measures = harness_of(candidate / inside, files, ini, harness)
    for name in measures:
        _replace(candidate / inside / name, other / inside / name)
    for name in link:
        for tree in (candidate, other):
            _link(root / name, tree / inside / name)
    if twice:
        shutil.rmtree(candidate)
        shutil.copytree(other, candidate, symlinks=True)
    mine = _path(candidate, candidate / inside, origin)
    theirs = _path(other, other / inside, origin)
    mine = (*(path if twice else ()), *mine)
    compared = Tree(other, other / inside, (*path, *theirs))
    return Trees(compared, Tree(candidate, candidate / inside, mine), origin, ini, tuple(measures))


def _copy_work_tree(origin: Path, target: Path) -> None:
    names = GitRepo(origin).files() if GitRepo(origin).is_repository() else None
    if names is None:
        shutil.copytree(origin, target, symlinks=True, ignore=_without_environments)
        return
    for name in names:
        source, copy = origin / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir() and not source.is_symlink():
            shutil.copytree(source, copy, symlinks=True, ignore=_without_environments)  # a submodule
        elif os.path.lexists(source):
            shutil.copy2(source, copy, follow_symlinks=False)
    _require_no_compiled(origin, names)


def _require_no_compiled(origin: Path, names: Iterable[str]) -> None:
    folders = {(origin / name).parent for name in names if name.endswith(".py")}
    known = {origin / name for name in names}
    for folder in sorted(folders):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.suffix in _COMPILED and path not in known:
                raise Inconclusive(
                    f"{path.relative_to(origin)} is compiled and not in git, so the base has no such module.",
                    remedy="Compare wheels: --bench-base=dist/NAME.whl, with the candidate installed.",
                )


def _without_environments(folder: str, names: list[str]) -> set[str]:
    ignored = set(shutil.ignore_patterns(*_NOT_SOURCE)(folder, names))
    return ignored | {name for name in names if (Path(folder) / name / "pyvenv.cfg").is_file()}


def _unpack(wheel: Path, target: Path) -> Path:
    try:
        with ZipFile(wheel) as archive:
            archive.extractall(target)
    except (BadZipFile, OSError) as error:
        raise NoBaseline(f"The wheel {wheel.name} cannot be read: {error}.", remedy="Build it again.") from None
    return target


def harness_of(root: Path, files: Sequence[str], ini: str, named: Sequence[str]) -> list[str]:
    """What is not measured but measures: pytest's settings, conftests, the benchmarks and the folders they are in."""
    found = [ini] if ini else []
    for name in (*files, *named):
        parents = [parent.as_posix() for parent in Path(name).parents]
        found += [conftest for parent in parents if (root / (conftest := f"{parent}/conftest.py")).is_file()]
        folders = [parent for parent in reversed(parents) if _HARNESS.fullmatch(Path(parent).name)]
        found.append(folders[0] if folders and not named else name)
    return sorted({Path(name).as_posix() for name in found})


def _replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        shutil.copy2(source, target, follow_symlinks=False)


def _link(source: Path, target: Path) -> None:
    if not source.exists():
        raise Inconclusive(f"{source} does not exist.", remedy="Correct `link` in [tool.tradeops.bench].")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(target):
        target.symlink_to(source.resolve())


def _path(top: Path, root: Path, origin: Path) -> tuple[Path, ...]:
    """What of the project this interpreter can import from, in the copy; an editable install is such a place."""
    mapped = []
    for entry in map(Path, sys.path):
        if entry.is_absolute() and entry.is_relative_to(origin) and not entry.is_relative_to(sys.prefix):
            mapped.append(top / entry.relative_to(origin))
    return tuple(dict.fromkeys(one for one in (*mapped, root / "src", root) if one.is_dir()))
