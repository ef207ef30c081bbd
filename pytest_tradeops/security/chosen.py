"""Lays chosen files out apart, for scanners: what is staged, as the index has it, or named files of the work tree."""

import os
import shutil
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..exceptions import Inconclusive, TradeopsError
from ..gitrepo import GitRepo

_LINK, _SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files as they lie below `root`.

    Attributes:
        files: Relative to `root` and to the project alike.
        links: Symbolic links, which are not laid out; `repositories` submodules, likewise.
        size: Bytes of the files.
    """

    root: Path
    files: tuple[str, ...]
    links: int
    repositories: tuple[str, ...]
    size: int


def lay_out_staged(project: Path, target: Path, suffixes: Collection[str] = ()) -> Chosen:
    """What the next commit adds or changes, from the index: a file may look otherwise in the work tree by now.

    Args:
        project: The top of a work tree.
        target: An empty folder.
        suffixes: Only files that end so; all of them without any.

    Raises:
        Inconclusive: this is no repository, or its index or objects cannot be read.
    """
    git = GitRepo(project)
    staged = git.staged() if git.is_repository() else None
    if staged is None:
        raise Inconclusive(f"{git.objection() or f'The index of {project} cannot be read'}, so nothing is staged.")
    regular = [one for one in staged if one.mode not in (_LINK, _SUBMODULE) and _suits(one.name, suffixes)]
    contents = git.blobs([one.blob for one in regular])
    if contents is None:
        raise Inconclusive("What is staged cannot be read.", remedy="Run `git fsck`, and stage it again.")
    for one, content in zip(regular, contents, strict=True):
        copy = target / one.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    return Chosen(
        target,
        tuple(one.name for one in regular),
        sum(one.mode == _LINK for one in staged),
        tuple(one.name for one in staged if one.mode == _SUBMODULE),
        sum(map(len, contents)),
    )


def lay_out_named(
    project: Path, names: Iterable[Path], target: Path, largest: int, suffixes: Collection[str]
) -> Chosen:
    """Files of the work tree by their names, which are relative to the current folder.

    Raises:
        TradeopsError: one lies outside of the project, is no regular file of these suffixes, or larger than `largest`
            bytes. It is refused and not passed over: whoever names a file believes that it is scanned.
    """
    found: dict[str, int] = {}
    for name in names:
        path = Path(os.path.abspath(name))  # noqa: PTH100 - links stay links: what is named is what is scanned
        if not path.is_relative_to(project):
            raise TradeopsError(f"{name} lies outside of {project}.", remedy="Name files of the project.")
        try:
            status = path.stat()
        except OSError as error:
            raise TradeopsError(f"{name} cannot be read: {error.strerror}.", remedy="Name files.") from None
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            raise TradeopsError(
                f"{name} is no regular file of at most {largest} bytes.", remedy="Name files that a person wrote."
            )
        if not _suits(path.name, suffixes):
            known = " or ".join(sorted(suffixes))
            raise TradeopsError(f"{name} is not scanned, since it does not end with {known}.", remedy="Leave it out.")
        relative = path.relative_to(project).as_posix()
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / relative)
        found[relative] = status.st_size
    return Chosen(target, tuple(sorted(found)), 0, (), sum(found.values()))


def _suits(name: str, suffixes: Collection[str]) -> bool:
    return not suffixes or Path(name).suffix in suffixes
