"""The baseline of findings: like waivers its entries count as the base revision has them."""

import os
from pathlib import PurePosixPath

from ...gitrepo import GitRepo
from .base import _base


def base_baseline(git: GitRepo, path: str, default: str, default_branch: str) -> tuple[str | None, str]:
    """The baseline's text at the base revision, and why there is none; the same base as the waivers'.

    Args:
        path: `baseline` in `[tool.tradeops.security]` of the work tree. Where the base names another, none counts.
        default: What it is where a table does not say it.
    """
    base = _base(git, default_branch)
    if base.revision is None or base.untrusted:
        return None, base.untrusted or base.why
    table = (base.table or {}).get("security", {})
    if (table.get("baseline", default) if isinstance(table, dict) else None) != path:
        return (
            None,
            "'security.baseline' in [tool.tradeops] differs from the base's; the change takes effect once merged",
        )
    text = git.show(base.revision, PurePosixPath(os.path.normpath(path)).as_posix())
    return text, "" if text is not None else f"{path} is new: it takes effect once merged"
