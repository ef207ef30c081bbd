"""What the candidate is compared with: a git ref, a wheel or a directory, and never a stored number."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...exceptions import Inconclusive
from ...gitrepo import GitRepo
from ..settings import BenchSettings

_WHOLE = "Fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout."


class NoBaseline(Inconclusive):
    """There is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class Base:
    """A code tree to compare with.

    Attributes:
        revision: The commit, if it is one.
        path: The wheel or directory, else the top of the repository.
        name: For a person: `1a2b3c4d5e6f (merge base with origin/main)`.
    """

    kind: Literal["commit", "wheel", "directory"]
    path: Path
    name: str
    revision: str = ""


def find_base(root: Path, given: str, settings: BenchSettings, default_branch: str) -> Base:
    """The base that an option or the settings name, else the merge base with the default branch.

    It may be what is compared with it: `is_itself` says so.

    Args:
        root: Of the project, anywhere in its repository.
        given: A name of `baselines`, `promoted`, a path or a git ref; empty for what the settings say.

    Raises:
        NoBaseline: it does not exist here.
    """
    wanted = given or settings.base
    wanted = settings.baselines.get(wanted, wanted)
    path = root / wanted
    if wanted.endswith(".whl"):
        if not path.is_file():
            raise NoBaseline(f"There is no wheel {wanted}.", remedy="Build it, or name a git ref.")
        return Base("wheel", path, path.name)
    git = GitRepo(root)
    top = git.top()
    if wanted == "promoted":
        return _commit(git, top, settings.promoted, f"{settings.promoted}, promoted last")
    if wanted and path.is_dir() and not (top and git.resolve(wanted)):
        return Base("directory", path.resolve(), wanted)
    return _commit(git, top, wanted, wanted) if wanted else _merge_base(git, top, default_branch)


def is_itself(base: Base, root: Path) -> bool:
    """Whether the base is the work tree, so that nothing would be compared."""
    if base.kind == "directory":
        return base.path == root.resolve()
    git = GitRepo(root)
    return base.kind == "commit" and base.revision == git.head() and not git.is_dirty()


def _commit(git: GitRepo, top: Path | None, ref: str, name: str) -> Base:
    if top is None:
        raise NoBaseline(f"{git.root} is in no git repository, so there is no {ref}.", remedy="Name a directory.")
    revision = git.resolve(ref) or git.resolve(f"refs/remotes/origin/{ref}")
    if revision is None:
        where = "is not known in this shallow clone" if git.is_shallow() else "is no git ref, wheel or directory here"
        remedy = _WHOLE if git.is_shallow() else f"Fetch it: `git fetch origin {ref}`, or name another one."
        raise NoBaseline(f"The base {ref!r} {where}.", remedy=remedy)
    return Base("commit", top, f"{revision[:12]} ({name})", revision)


def _merge_base(git: GitRepo, top: Path | None, default_branch: str) -> Base:
    branch = git.origin_branch() or default_branch
    head = git.head() if top else None
    if top is None or head is None:
        raise NoBaseline(
            f"{git.root} is in no git repository with a commit, so there is nothing to compare with.",
            remedy="Name a directory or a wheel with --bench-base.",
        )
    names = (f"origin/{branch}", branch)
    upstream, name = next(((found, name) for name in names if (found := git.resolve(name))), (None, branch))
    revision = git.merge_base(head, upstream) if upstream else None
    if revision is None:
        lacks = (
            f"the branch {branch!r} is not known here" if upstream is None else f"there is no common commit with {name}"
        )
        shallow = " in this shallow clone" if git.is_shallow() else ""
        remedy = _WHOLE if shallow else f"Fetch it: `git fetch origin {branch}`, or name a ref with --bench-base."
        raise NoBaseline(f"There is no base to compare with: {lacks}{shallow}.", remedy=remedy)
    if revision == head and not git.is_dirty():
        # The default branch itself: what its last commit brought is what there is to compare.
        revision = git.resolve(f"{head}^1")
        if revision is None:
            where, remedy = "here", "Name a base with --bench-base."
            if git.is_shallow():
                where, remedy = "in this shallow clone", _WHOLE
            raise NoBaseline(f"The checked-out commit has no parent {where} to compare with.", remedy=remedy)
        return Base("commit", top, f"{revision[:12]} (the commit before)", revision)
    return Base("commit", top, f"{revision[:12]} (merge base with {name})", revision)
