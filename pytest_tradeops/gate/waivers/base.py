"""Reads waivers from the base revision, so that a change cannot waive itself."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from ... import config
from ...exceptions import PolicyError
from ...gitrepo import GitRepo
from .book import WaiverBook
from .file import parse

#: What `[tool.tradeops]` says where it says nothing of the two keys that decide which waivers count.
DEFAULTS = {"waivers": "tradeops-waivers.toml", "default_branch": "main"}
#: Where origin/HEAD is not known, these are asked, too: a change could name any branch of its own.
_USUAL = ("main", "master")


@dataclass(frozen=True, slots=True)
class _Base:
    """The base revision.

    Attributes:
        revision: None where there is none; `why` then says so.
        table: Its `[tool.tradeops]`; None where that cannot be read.
        untrusted: Why it decides nothing although it is there; empty if it does.
        remark: A sentence about how it was found; empty if there is nothing to say.
    """

    revision: str | None
    why: str = ""
    table: Mapping[str, Any] | None = None
    untrusted: str = ""
    remark: str = ""


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
    base = _base(git, default_branch)
    text, note = _base_text(git, base, path, mine)
    waivers, wrong = parse(text or "", known_ids, today, name=path)
    if wrong:
        reason = wrong[0].message.rstrip(".")
        note = f"{path} of the base is invalid ({reason}), so no waiver counts until this is merged."
        waivers = []
    remarks = (note, base.remark if text is not None or mine is not None else "", *_changed(git, base))
    return WaiverBook(tuple(waivers), tuple(remark for remark in remarks if remark))


def base_waivers(git: GitRepo, path: str, default_branch: str) -> tuple[str | None, str]:
    """The waiver file's text at the base revision, and a sentence about it for the report.

    The base is the merge base with `origin/<default_branch>`, else with the local one; on the default branch itself
    the first parent. Where `origin/HEAD` is known, its branch is taken for the default one. The text is None where
    there is no base, no file in it, or where its own `[tool.tradeops]` names another file or default branch than the
    work tree's; the sentence is empty where there is nothing to say.
    """
    return _base_text(git, _base(git, default_branch), path, _work_tree(git.root, path))


def _base_text(git: GitRepo, base: _Base, path: str, mine: str | None) -> tuple[str | None, str]:
    if base.revision is None:
        return None, f"Waivers are ignored: {base.why}." if mine is not None else ""
    if base.untrusted:
        return None, f"Waivers are ignored: {base.untrusted}."
    text = git.show(base.revision, PurePosixPath(os.path.normpath(path)).as_posix())
    if mine == text:
        return text, ""
    what = "is new" if text is None else "is removed" if mine is None else "differs from the base's"
    return text, f"{path} {what}: the change takes effect once merged."


def _base(git: GitRepo, configured: str) -> _Base:
    if not git.is_repository():
        return _Base(None, "there is no git repository to read their base revision from")
    if git.is_shallow():
        return _Base(None, "the clone is shallow, so their base revision cannot be told (fetch the whole history)")
    head = git.head()
    if head is None:
        return _Base(None, "the repository has no commit yet")
    known = git.origin_branch()
    branch = known or configured
    upstream = _tip(git, branch)
    if upstream is None:
        return _Base(None, f"the branch {branch!r} is not known here (fetch it, or set default_branch)")
    revision = git.merge_base(head, upstream)
    if revision is None:
        return _Base(None, f"there is no common ancestor with {branch!r}")
    if revision == head and git.branch() in (branch, None):
        # On the default branch, or detached on it as CI does: what HEAD itself brought must not count for HEAD.
        revision = git.resolve(f"{head}^1")
        if revision is None:
            return _Base(None, "the first commit has no base revision")
    table = _table(git, revision)
    remark = f"origin/HEAD names {branch!r}, not default_branch = {configured!r}: the base is taken from {branch!r}."
    return _Base(
        revision,
        table=table,
        untrusted=_differs(git, table) or ("" if known else _disowned(git, branch)),
        remark=remark if branch != configured else "",
    )


def _tip(git: GitRepo, branch: str) -> str | None:
    return git.resolve(f"refs/remotes/origin/{branch}") or git.resolve(f"refs/heads/{branch}")


def _differs(git: GitRepo, table: Mapping[str, Any] | None) -> str:
    """Why a change to the settings takes the waivers away; empty if it does not."""
    if table is None:
        return "pyproject.toml of the base is invalid, so none counts until this is merged"
    mine = config.read_table(git.root)
    for key, default in DEFAULTS.items():
        if mine.get(key, default) != table.get(key, default):
            return f"{key!r} in [tool.tradeops] differs from the base's; the change takes effect once merged"
    return ""


def _disowned(git: GitRepo, branch: str) -> str:
    """Why `branch` is not believed to be the default one; empty if nothing speaks against it.

    The base of a branch that the change itself named agrees with the change, so another one is asked.
    """
    for usual in _USUAL:
        tip = _tip(git, usual) if usual != branch else None
        named = (_table(git, tip) or {}).get("default_branch", DEFAULTS["default_branch"]) if tip else branch
        if named != branch:
            remedy = "`git remote set-head origin --auto` settles it"
            return f"{usual!r} names {named!r} as default branch, and the work tree {branch!r} ({remedy})"
    return ""


def _changed(git: GitRepo, base: _Base) -> Iterator[str]:
    """One sentence for each thing of the adopter's own that the change brings or alters and the run goes by."""
    if base.revision is None:
        return
    mine = config.read_table(git.root)
    if mine.get("checks", []) != (base.table or {}).get("checks", []):
        yield "`checks` in [tool.tradeops] differs from the base's: read the change."
    before = _profiles(base.table or {})
    for name, table in _profiles(mine).items():
        if name not in before:
            yield f"profile {name!r} is not in the base: read the change."
        elif table != before[name]:
            yield f"profile {name!r} differs from the base's: read the change."


def _profiles(table: Mapping[str, Any]) -> Mapping[str, Any]:
    profiles = table.get("profiles", {})
    return profiles if isinstance(profiles, Mapping) else {}


def _table(git: GitRepo, revision: str) -> Mapping[str, Any] | None:
    """`[tool.tradeops]` as it was at a revision; None where the file was not valid."""
    try:
        table: Any = tomllib.loads(git.show(revision, "pyproject.toml") or "")
    except (ValueError, RecursionError):
        return None
    for key in ("tool", "tradeops"):
        table = table.get(key, {}) if isinstance(table, Mapping) else None
    return table if isinstance(table, Mapping) else None


def _work_tree(root: Path, path: str) -> str | None:
    try:
        return (root / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
