"""Reads waivers from the base revision, so that a change cannot waive itself."""

import os
from datetime import date
from pathlib import Path, PurePosixPath

from ...exceptions import PolicyError
from ...gitrepo import GitRepo
from .book import WaiverBook
from .file import parse


def load_waivers(git: GitRepo, path: str, default_branch: str, known_ids: frozenset[str], today: date) -> WaiverBook:
    """The waivers that count for the work tree at `git.root`.

    A base file that is invalid stops the gate, unless the work tree corrects it: then no waiver counts, because
    otherwise the correction itself could never pass.

    Raises:
        PolicyError: the base's file is invalid and still is, or the work tree makes it so.
    """
    mine = _work_tree(git.root, path)
    _, wrong = parse(mine or "", known_ids, today, name=path)
    if wrong:
        more = f" ({len(wrong) - 1} more: `tradeops waivers lint`)" if len(wrong) > 1 else ""
        raise PolicyError(f"{wrong[0].where}: {wrong[0].message}{more}", remedy=wrong[0].remedy)
    text, note = base_waivers(git, path, default_branch)
    waivers, wrong = parse(text or "", known_ids, today, name=path)
    if wrong:
        reason = wrong[0].message.rstrip(".")
        note = f"{path} of the base is invalid ({reason}), so no waiver counts until this is merged."
        waivers = []
    return WaiverBook(tuple(waivers), (note,) if note else ())


def base_waivers(git: GitRepo, path: str, default_branch: str) -> tuple[str | None, str]:
    """The waiver file's text at the base revision, and a sentence about it for the report.

    The base is the merge base with `origin/<default_branch>`, else with the local one; on the default branch itself
    the first parent. The text is None where there is no base or no file in it; the sentence is empty where there is
    nothing to say.
    """
    mine = _work_tree(git.root, path)
    base, why = _base(git, default_branch)
    if base is None:
        return None, f"Waivers are ignored: {why}." if mine is not None else ""
    relative = PurePosixPath(os.path.normpath(path)).as_posix()
    text = git.show(base, relative)
    if mine == text:
        return text, ""
    what = "is new" if text is None else "is removed" if mine is None else "differs from the base's"
    return text, f"{path} {what}: the change takes effect once merged."


def _base(git: GitRepo, default_branch: str) -> tuple[str | None, str]:
    if not git.is_repository():
        return None, "there is no git repository to read their base revision from"
    if git.is_shallow():
        return None, "the clone is shallow, so their base revision cannot be told (fetch the whole history)"
    head = git.head()
    if head is None:
        return None, "the repository has no commit yet"
    upstream = git.resolve(f"refs/remotes/origin/{default_branch}") or git.resolve(f"refs/heads/{default_branch}")
    if upstream is None:
        return None, f"the branch {default_branch!r} is not known here (fetch it, or set default_branch)"
    base = git.merge_base(head, upstream)
    if base == head and git.branch() in (default_branch, None):
        # On the default branch, or detached on it as CI does: what HEAD itself brought must not count for HEAD.
        base = git.resolve(f"{head}^1")
        return base, "" if base else "the first commit has no base revision"
    return base, "" if base else f"there is no common ancestor with {default_branch!r}"


def _work_tree(root: Path, path: str) -> str | None:
    try:
        return (root / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
