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


def check_out(
    project: Path,
    change: Mapping[str, str],
    place: Path,
    *,
    branch: str,
    depth: int,
    fetches: Sequence[Sequence[str]] = (),
) -> Path:
    """A clone in which a pull request is checked out; the base is the project as it is.

    Source: https://github.com/actions/checkout/blob/v7/src/git-source-provider.ts .

    Args:
        project: A copy of the subject, which becomes the repository that is cloned.
        change: Name to text of the files of the pull request.
        place: An empty folder.
        branch: The default branch, which it is for.
        depth: How many commits are fetched; 0 for all, with every branch.
        fetches: Command lines of git that CI runs behind the checkout, its own name first.

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
    clone = place / "clone"
    clone.mkdir()
    new_repository(clone)
    git(clone, "remote", "add", "origin", project.resolve().as_uri())  # a path would ignore the depth
    wanted = [f"+refs/pull/7/merge:{_REF}"]
    if depth:
        git(clone, "fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", *wanted)
    else:
        git(clone, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*", *wanted)
    git(clone, "checkout", "--quiet", "--force", "--detach", _REF)
    for fetch in fetches:
        with contextlib.suppress(DeclarationError):  # what it did not bring is missed by who needs it
            git(clone, *(word.replace(COMPUTED, branch) for word in fetch[1:]))
    return clone


def _commit(root: Path, message: str) -> None:
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
