"""Known weaknesses of what the lock pins: the list of components, the question, and the step that asks it in CI."""

import re
from pathlib import Path

from ..starters import for_branch

#: Where records are asked for without a database of one's own; OSV's public service.
SERVICE = "https://api.osv.dev/"
FILE = ".github/workflows/advisories.yml"

#: What asks for advisories, in a CI file.
ASKS = re.compile(r"\b(?:pytest_)?tradeops advisories\b|\buv audit\b|\bpip[-_]audit\b|\bosv-scanner")

REASON_MISSING = "osv: no step asks for advisories"
REASON_INVALID = "osv: workflow invalid"
REASON_NEVER_RUNS = "osv: step never runs"
REASON_NO_COMPONENTS = "osv: zero components"
REASON_UNSCANNED = "osv: components not scanned"
REASON_NOT_VISIBLE = "osv: finding not visible"
REASON_BLOCKS = "osv: finding blocks"
REASON_ERROR_HIDDEN = "osv: tool error not told apart"


def starter(branch: str) -> str:
    """The workflow that `tradeops init advisories` writes, for a default branch."""
    return for_branch(Path(__file__).with_name("advisories.yml"), branch)
