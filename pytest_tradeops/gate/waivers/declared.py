"""Declarations that a check does not apply: like waivers they count as the base revision has them."""

from collections.abc import Mapping

from ...gitrepo import GitRepo
from .base import _base


def base_not_applicable(
    git: GitRepo, declared: Mapping[str, str], default_branch: str
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The declarations that count for the work tree at `git.root`, and sentences about the others for the report.

    What the change adds takes effect once merged; what it removes does not count any more at once, as the check then
    is held to more and not to less. Without a base, or with one that the change itself chose, there are none.

    Args:
        declared: `[tool.tradeops.not_applicable]` of the work tree, check id to reason.
    """
    if not declared:
        return {}, ()
    base = _base(git, default_branch)
    if base.revision is None or base.untrusted:
        why = base.untrusted or base.why
        return {}, (f"The declarations in [tool.tradeops.not_applicable] are ignored: {why}.",)
    table = (base.table or {}).get("not_applicable", {})
    before = table if isinstance(table, Mapping) else {}
    notes = []
    for check, reason in declared.items():
        if check not in before:
            notes.append(f"not_applicable for {check} is new: the change takes effect once merged.")
        elif before[check] != reason:
            notes.append(f"not_applicable for {check} gives another reason than the base: read the change.")
    return {check: reason for check, reason in declared.items() if check in before}, tuple(notes)
