"""Dependabot's alerts of one repository, listed as GitHub lists them: by cursor, newest first.

Sources: the schema `dependabot-alert` and the operation `dependabot/list-alerts-for-repo` of GitHub's OpenAPI
description (read as @octokit/openapi-types 29.0.1); for the refusal of page numbers github/github-mcp-server#2648 and
https://github.blog/changelog/2025-10-14-dependabot-alerts-api-pagination-parameters-deprecated . A `per_page` above
100 is refused here, where GitHub may only shorten it: who asks for more has not read that 100 is the most.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ..loopback.server import Request, Response
from .github_access import refused

STATES = ("auto_dismissed", "dismissed", "fixed", "open")
SEVERITIES = ("low", "medium", "high", "critical")
_KNOWN = ("state", "severity", "sort", "direction", "per_page", "before", "after")
_CHOICES = {"sort": ("created", "updated"), "direction": ("asc", "desc")}
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class Alerts:
    """What there is; the number of an alert counts from 1, and later ones are newer."""

    def __init__(self) -> None:
        self._alerts: list[dict[str, Any]] = []

    def add(self, severity: str = "medium", state: str = "open", *, package: str = "requests") -> dict[str, Any]:
        """One more, found after all others."""
        number = len(self._alerts) + 1
        day = (_FIRST + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        named = {"ecosystem": "pip", "name": package}
        dismissed = state == "dismissed"
        found = {
            "number": number,
            "state": state,
            "dependency": {"package": named, "manifest_path": "uv.lock", "scope": "runtime"},
            "security_advisory": {
                "ghsa_id": f"GHSA-xxxx-xxxx-{number:04d}",
                "cve_id": None,
                "summary": "Something is wrong with it",
                "severity": severity,
            },
            "security_vulnerability": {
                "package": named,
                "severity": severity,
                "vulnerable_version_range": "< 2.0",
                "first_patched_version": {"identifier": "2.0"},
            },
            "html_url": f"https://github.com/octo-org/bot/security/dependabot/{number}",
            "created_at": day,
            "updated_at": day,
            "dismissed_at": day if dismissed else None,
            "dismissed_by": {"login": "octocat", "id": 1, "type": "User"} if dismissed else None,
            "dismissed_reason": "tolerable_risk" if dismissed else None,
            "dismissed_comment": None,
            "fixed_at": day if state == "fixed" else None,
            "auto_dismissed_at": day if state == "auto_dismissed" else None,
        }
        self._alerts.append(found)
        return found

    def listed(self, request: Request, url: str) -> Response:
        """One page.

        Args:
            url: Of this list, without a query, for the `Link` header.

        Raises:
            Refused: 400 or 422 for a parameter that GitHub does not know.
        """
        query = dict(request.query)
        for name in ("page", "first", "last"):
            if name in query:
                raise refused(400, f"Pagination using the `{name}` parameter is not supported.")
        _require_known(query)
        if "before" in query and "after" in query:
            raise refused(422, "The `before` and `after` parameters are mutually exclusive.")
        size = _size(query.get("per_page", "30"))
        states, severities = _split(query, "state", STATES), _split(query, "severity", SEVERITIES)
        found = [
            one
            for one in self._alerts
            if one["state"] in states and one["security_vulnerability"]["severity"] in severities
        ]
        if query.get("direction", "desc") == "desc":
            found.reverse()
        start = _position(query["after"], found) if "after" in query else 0
        if "before" in query:
            start = max(_position(query["before"], found) - 1 - size, 0)
        page = found[start : start + size]
        links = []
        kept = {name: value for name, value in query.items() if name not in ("after", "before")}
        if start + size < len(found):
            links.append(_link(url, kept, "after", page[-1], "next"))
        if start:
            links.append(_link(url, kept, "before", page[0] if page else found[-1], "prev"))
        return Response.json(page, headers={"Link": ", ".join(links)} if links else None)


def _require_known(query: Mapping[str, str]) -> None:
    for name, value in query.items():
        if name not in _KNOWN:
            raise refused(422, f'Invalid request.\n\n"{name[:40]}" is not a permitted key.')
        if name in _CHOICES and value not in _CHOICES[name]:
            raise refused(422, f"Invalid request.\n\n{value[:40]} is not a member of {list(_CHOICES[name])}.")


def _split(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    given = tuple(query[name].split(",")) if name in query else known
    for one in given:
        if one not in known:
            raise refused(422, f"Invalid request.\n\n{one[:40]} is not a member of {list(known)}.")
    return given


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 100):
        raise refused(422, f"Invalid request.\n\n{text[:20]} must be a number from 1 to 100.")
    return int(text)


def _link(url: str, kept: Mapping[str, str], name: str, alert: Mapping[str, Any], rel: str) -> str:
    cursor = base64.b64encode(f"cursor:{alert['number']}".encode()).decode()
    return f'<{url}?{urlencode({**kept, name: cursor})}>; rel="{rel}"'


def _position(cursor: str, found: list[dict[str, Any]]) -> int:
    """How many alerts of the list come up to and with the one that a cursor names."""
    try:
        number = int(base64.b64decode(cursor, validate=True).decode().removeprefix("cursor:"))
    except (binascii.Error, ValueError):
        raise refused(400, "The cursor is invalid.") from None
    return next((at + 1 for at, one in enumerate(found) if one["number"] == number), len(found))
