"""SEC-008: no alert of the highest severity is open, on any page; and who dismissed which."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model import Finding
from ..github.asking import Asked
from ..github.refusals import GitHubError, one_line

REASON = "dependabot: open CRITICAL"
_STATES = frozenset({"open", "dismissed", "auto_dismissed", "fixed"})
_SEVERITIES = ("critical", "high", "medium", "low")
#: Alerts that are named one by one; of more, their number says enough.
NAMED = 50


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as far as it is reported.

    Attributes:
        severity: The worse of the advisory's and the one of this package's range.
        page: Its address.
        by: Who dismissed it, and `why`; empty for an open one, GitHub itself for one dismissed by a rule.
    """

    number: int
    severity: str
    package: str
    advisory: str
    manifest: str
    page: str = ""
    by: str = ""
    why: str = ""

    @property
    def shown(self) -> str:
        return f"{self.package} in {self.manifest} ({self.advisory})"


@dataclass(frozen=True, slots=True)
class Alerts:
    """Every open alert, and every dismissed CRITICAL one."""

    name: str
    open: tuple[Alert, ...]
    dismissed: tuple[Alert, ...]

    def facts(self) -> dict[str, object]:
        """JSON values."""
        counted = Counter(one.severity for one in self.open)
        return {
            "open": {severity: counted[severity] for severity in _SEVERITIES},
            "dismissed CRITICAL": [
                {"alert": one.number, "package": one.shown, "by": one.by, "reason": one.why}
                for one in self.dismissed[:NAMED]
            ],
            "dismissed CRITICAL in all": len(self.dismissed),
        }

    def findings(self) -> list[Finding]:
        critical = [one for one in self.open if one.severity == "critical"]
        remedy = "Update the package, or dismiss the alert with a reason if it cannot be reached."
        found = [
            Finding(REASON, f"alert {one.number}: {one.shown} has a CRITICAL weakness.", one.page or self.name, remedy)
            for one in critical[:NAMED]
        ]
        if len(critical) > NAMED:
            told = f"{len(critical) - NAMED} more packages have a CRITICAL weakness."
            found.append(Finding(REASON, told, self.name, remedy))
        return found


def examine(asked: Asked) -> Alerts:
    """Reads all pages of the open alerts, of every severity: what is CRITICAL is decided here, not by a filter.

    GitHub is asked for the CRITICAL ones alone as well, since a list that was cut short looks like a whole one.

    Raises:
        GitHubError: alerts are disabled, the token may not see them, or GitHub does not answer.
    """
    asked.repository()
    path = asked.path("dependabot", "alerts")
    every = [*asked.client.pages(path, state="open"), *asked.client.pages(path, state="open", severity="critical")]
    listed = {found.number: found for one in every if _state(one) == "open" and (found := _read(one))}
    gone = asked.client.pages(path, state="dismissed,auto_dismissed", severity="critical")
    dismissed = [_read(one) for one in gone if _state(one) != "open"]
    return Alerts(asked.name, tuple(listed.values()), tuple(one for one in dismissed if one.severity == "critical"))


def _state(alert: Mapping[str, Any]) -> str:
    """An alert's state; one that is not known may be an open one's.

    Raises:
        GitHubError: it is not known.
    """
    found = str(alert.get("state"))
    if found not in _STATES:
        raise GitHubError("An alert of GitHub has no state that is known.", kind="foreign", status=200)
    return found


def _read(alert: Mapping[str, Any]) -> Alert:
    """What is reported of an alert.

    Raises:
        GitHubError: it has no number, or a severity that is not known, so that it could be of any.
    """
    advisory, here = _of(alert, "security_advisory"), _of(alert, "security_vulnerability")
    named = {str(one.get("severity", "")).lower() for one in (advisory, here) if one.get("severity") is not None}
    severity = next((one for one in _SEVERITIES if one in named), "")
    if not isinstance(alert.get("number"), int) or not severity or not named <= set(_SEVERITIES):
        raise GitHubError("An alert of GitHub has no number or severity that is known.", kind="foreign", status=200)
    dependency = _of(alert, "dependency")
    package = _of(dependency, "package") or _of(here, "package")
    by, why = "", ""
    if alert.get("state") == "auto_dismissed":
        by, why = "GitHub", "a rule of Dependabot"
    elif alert.get("state") == "dismissed":
        by = str(_of(alert, "dismissed_by").get("login") or "nobody known")
        why = str(alert.get("dismissed_reason") or "no reason")
    page = str(alert.get("html_url") or "")
    return Alert(
        alert["number"],
        severity,
        one_line(package.get("name") or "an unnamed package", 120),
        one_line(advisory.get("ghsa_id") or "no advisory", 40),
        one_line(dependency.get("manifest_path") or "an unnamed manifest", 120),
        page if re.fullmatch(r"https://[!-~]{1,300}", page) else "",
        one_line(by, 60),
        one_line(why, 60),
    )


def _of(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
