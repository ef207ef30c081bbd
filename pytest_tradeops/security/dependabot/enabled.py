"""SEC-005: whether GitHub has Dependabot's alerts and security updates switched on for the repository."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model import Finding
from ..github.asking import Asked
from ..github.refusals import GitHubError

REASON_ALERTS = "dependabot: alerts disabled"
REASON_UPDATES = "dependabot: security updates disabled"
REASON_PAUSED = "dependabot: security updates paused"
REASON_ARCHIVED = "dependabot: repository archived"
_SETTINGS = "Settings, Advanced Security"


@dataclass(frozen=True, slots=True)
class Enabled:
    """What GitHub says of one repository.

    Attributes:
        facts: JSON values.
    """

    findings: tuple[Finding, ...]
    facts: dict[str, object] = field(default_factory=dict)


def examine(asked: Asked) -> Enabled:
    """Proves access to the repository, then reads both settings.

    Raises:
        GitHubError: GitHub does not let the token see them, or does not answer.
    """
    repository = asked.repository()
    permissions = repository.get("permissions")
    admin = isinstance(permissions, dict) and permissions.get("admin") is True
    archived = repository.get("archived") is True
    alerts = _alerts(asked, admin=admin)
    try:
        updates = _updates(asked, admin=admin)
    except GitHubError:
        if alerts:
            raise
        updates = "not shown"  # what is known speaks against it all the same
    if alerts and updates == "enabled" and _contradicted(repository):
        told = "GitHub says of its security updates both that they are enabled and that they are not."
        raise GitHubError(told, kind="foreign", status=200, remedy=f"Look at it: {_SETTINGS}; then run again.")
    found = []
    if archived:
        told = "the repository is archived, so that Dependabot does nothing."
        found.append(Finding(REASON_ARCHIVED, told, asked.name, "Unarchive it, or correct github_repository."))
    if not alerts:
        told = "Dependabot's alerts are off: a known weakness of a dependency is told to nobody."
        found.append(Finding(REASON_ALERTS, told, asked.name, f"Enable Dependabot alerts: {_SETTINGS}."))
    if updates == "disabled":
        told = "Dependabot's security updates are off: no pull request comes with the repair."
        found.append(Finding(REASON_UPDATES, told, asked.name, f"Enable Dependabot security updates: {_SETTINGS}."))
    if updates == "paused":
        told = "Dependabot's security updates are paused, as after 90 days without anybody's attention."
        found.append(Finding(REASON_PAUSED, told, asked.name, "Merge or close one of its pull requests."))
    facts: dict[str, object] = {
        "alerts": "enabled" if alerts else "disabled",
        "security updates": updates,
        "archived": archived,
    }
    return Enabled(tuple(found), facts)


def _contradicted(repository: Mapping[str, Any]) -> bool:
    """Whether the repository itself says that they are disabled; it does so to whoever may change it."""
    found: Any = repository
    for name in ("security_and_analysis", "dependabot_security_updates", "status"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return bool(found == "disabled")


def _alerts(asked: Asked, *, admin: bool) -> bool:
    """204 says enabled, and 404 disabled: but also that the token may not know."""
    try:
        answer = asked.client.get(asked.path("vulnerability-alerts"))
    except GitHubError as error:
        if _says_off(error, admin=admin):
            return False
        raise
    if answer is not None:
        raise GitHubError("GitHub's answer about its alerts cannot be read.", kind="foreign", status=200)
    return True


def _updates(asked: Asked, *, admin: bool) -> str:
    try:
        answer = asked.client.get(asked.path("automated-security-fixes"))
    except GitHubError as error:
        if _says_off(error, admin=admin):
            return "disabled"
        raise
    enabled = answer.get("enabled") if isinstance(answer, dict) else None
    if not isinstance(enabled, bool):
        raise GitHubError("GitHub's answer about its security updates cannot be read.", kind="foreign", status=200)
    if not enabled:
        return "disabled"
    return "paused" if answer.get("paused") is True else "enabled"


def _says_off(error: GitHubError, *, admin: bool) -> bool:
    """Whether a refusal is about the setting: GitHub says so, or answers 404 to somebody who may see everything."""
    return error.status == 404 and (error.kind == "disabled" or (error.kind == "missing" and admin))
