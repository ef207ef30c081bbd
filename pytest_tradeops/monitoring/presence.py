"""Whether a subject has monitoring at all: tables that nobody reads prove nothing about it."""

from pathlib import Path

from ..exceptions import CheckFailed
from ..model import Finding

_PATTERNS = ("dashboards/**/*.json", "provisioning/**/*.yaml", "provisioning/**/*.yml")


def require(root: Path, folder: str) -> None:
    """Goes on if the subject at `root` keeps dashboards or alert rules in `folder`.

    Raises:
        CheckFailed: `monitoring: missing`.
    """
    place = root / folder
    if not any(one.is_file() for pattern in _PATTERNS for one in place.glob(pattern)):
        told = "The subject has no dashboards and no alert rules, so nothing reads these tables."
        remedy = "Run `tradeops init monitoring`, or set `path` in [tool.tradeops.monitoring]."
        raise CheckFailed([Finding("monitoring: missing", told, folder, remedy)])
