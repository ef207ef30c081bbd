"""SEC-007, as far as GitHub says it: auto-merge is allowed, and something must be green before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model import Finding
from ..github.asking import Asked, default_branch
from ..github.refusals import GitHubError
from . import REASON_SETTING, REASON_UNCHECKED


@dataclass(frozen=True, slots=True)
class Guarded:
    """What GitHub says of the default branch.

    Attributes:
        required: Names of the checks that must be green, by rulesets and by the branch's protection, sorted.
    """

    name: str
    branch: str
    allowed: bool
    required: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """JSON values."""
        return {"auto-merge allowed": self.allowed, "required checks": list(self.required), "branch": self.branch}

    def findings(self) -> list[Finding]:
        found = []
        if not self.allowed:
            told = "the repository does not allow auto-merge, so that nothing is ever merged."
            found.append(Finding(REASON_SETTING, told, self.name, "Settings, General: Allow auto-merge."))
        if not self.required:
            told = f"no check is required on {self.branch}, so that an update is merged before any test has run."
            remedy = "Settings, Rules: require status checks to pass, and name them."
            found.append(Finding(REASON_UNCHECKED, told, f"{self.name}, {self.branch}", remedy))
        return found


def examine(asked: Asked) -> Guarded:
    """Reads the repository's setting, the rules of its default branch, and that branch's protection.

    Raises:
        GitHubError: the token may not see them, or GitHub does not answer.
    """
    repository = asked.repository()
    branch = default_branch(repository)
    allowed = repository.get("allow_auto_merge")
    if not isinstance(allowed, bool):
        raise GitHubError(
            "GitHub does not show this token whether auto-merge is allowed.",
            kind="forbidden",
            status=200,
            remedy="Grant it Administration: read; see docs/github.md.",
        )
    return Guarded(
        asked.name, branch, allowed, tuple(sorted(_by_rules(asked, branch) or _by_protection(asked, branch)))
    )


def _by_rules(asked: Asked, branch: str) -> set[str]:
    """Of every active ruleset, the organization's too; none where the plan has no rulesets."""
    found: set[str] = set()
    try:
        for rule in asked.client.pages(asked.path("rules", "branches", branch)):
            parameters = rule.get("parameters")
            if rule.get("type") == "required_status_checks" and isinstance(parameters, dict):
                found |= _contexts(parameters.get("required_status_checks"))
    except GitHubError as error:
        if error.kind != "disabled":
            raise
    return found


def _by_protection(asked: Asked, branch: str) -> set[str]:
    """Of the branch itself; none where GitHub says that it has none."""
    try:
        answer = asked.client.get(asked.path("branches", branch, "protection", "required_status_checks"))
    except GitHubError as error:
        if error.kind == "disabled" or error.said == "Branch not protected":
            return set()
        raise
    if not isinstance(answer, dict):
        raise GitHubError("GitHub's answer about required checks cannot be read.", kind="foreign", status=200)
    contexts = answer.get("contexts")
    old = {one for one in contexts if isinstance(one, str)} if isinstance(contexts, list) else set()
    return old | _contexts(answer.get("checks"))


def _contexts(checks: Any) -> set[str]:
    listed: list[Any] = checks if isinstance(checks, list) else []
    named = [one.get("context") for one in listed if isinstance(one, Mapping)]
    return {one for one in named if isinstance(one, str) and one}
