"""A pull request as `actions/checkout` leaves it: the merge of a change, and as much history as was asked for."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...exceptions import DeclarationError
from ..gitleaks.planting import git, new_repository
from .steps import COMPUTED

#: As of the pull request in `runner.of_a_run`.
_REF = "refs/remotes/pull/7/merge"
_CHANGE = "a-branch"


def make_origin(project: Path, change: Mapping[str, str], branch: str) -> str:
    """Makes a repository with a pull request of a folder, whose files as they are become the base; returns its URL.

    Args:
        project: A copy of the subject.
        change: Name to text of the files of the pull request.
        branch: The default branch, which it is for.

    Raises:
        DeclarationError: git failed.
    """
    new_repository(project)
    git(project, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
    _commit(project, "Begin")
    git(project, "checkout", "--quiet", "-b", _CHANGE)
    for name, text in change.items():
        (project / name).write_text(text, encoding="utf-8")
    _commit(project, "Change")
    git(project, "checkout", "--quiet", "--detach", branch)
    git(project, "merge", "--quiet", "--no-ff", "--message", "Merge", _CHANGE)
    git(project, "update-ref", "refs/pull/7/merge", "HEAD")
    git(project, "checkout", "--quiet", branch)
    return project.resolve().as_uri()  # of a path, the depth would be ignored


def check_out(origin: str, clone: Path, *, branch: str, depth: int, fetches: Sequence[Sequence[str]] = ()) -> None:
    """Clones a repository that `make_origin` made, with its pull request checked out.

    Source: https://github.com/actions/checkout/blob/v7/src/git-source-provider.ts .

    Args:
        clone: The folder to make.
        branch: The default branch.
        depth: How many commits are fetched; 0 for all, with every branch.
        fetches: Command lines of git that CI runs behind the checkout, its own name first.

    Raises:
        DeclarationError: git failed.
    """
    clone.mkdir()
    new_repository(clone)
    git(clone, "remote", "add", "origin", origin)
    wanted = [f"+refs/pull/7/merge:{_REF}"]
    if depth:
        git(clone, "fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", *wanted)
    else:
        git(clone, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*", *wanted)
    git(clone, "checkout", "--quiet", "--force", "--detach", _REF)
    for fetch in fetches:
        with contextlib.suppress(DeclarationError):  # what it did not bring is missed by who needs it
            git(clone, *(word.replace(COMPUTED, branch) for word in fetch[1:]))


def _commit(root: Path, message: str) -> None:
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
