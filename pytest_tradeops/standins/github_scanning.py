"""Code scanning's analyses of one repository, and the SARIF of each.

Sources: the schema `code-scanning-analysis` and the operations `code-scanning/list-recent-analyses` and
`code-scanning/get-analysis` of GitHub's OpenAPI description (@octokit/openapi-types 29.0.1); for the 404 without any
analysis NickLiffen/ghas-enablement#83, for the 403 where it is not enabled jfrog/frogbot#201.
"""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ..loopback.server import Request, Response
from .github_access import refused

SARIF = "application/sarif+json"
_KNOWN = ("ref", "tool_name", "tool_guid", "sarif_id", "pr", "page", "per_page", "direction", "sort")


class Analyses:
    """What there is, newest first.

    Attributes:
        enabled: Whether code scanning is available to the repository.
    """

    def __init__(self) -> None:
        self.enabled = True
        self.known: list[dict[str, Any]] = []
        self._sarif: dict[int, dict[str, Any]] = {}

    def add(self, at: datetime, *, category: str = "/language:python", **changes: Any) -> dict[str, Any]:
        """One more; `changes` are fields of the schema."""
        number = 1000 + len(self.known)
        rules, results = changes.get("rules_count", 50), changes.get("results_count", 1)
        found = {
            "ref": "refs/heads/main",
            "commit_sha": secrets.token_hex(20),
            "analysis_key": ".github/workflows/codeql.yml:analyse",
            "environment": "{}",
            "category": category,
            "error": "",
            "warning": "",
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "results_count": results,
            "rules_count": rules,
            "id": number,
            "sarif_id": secrets.token_hex(16),
            "tool": {"name": "CodeQL", "guid": None, "version": "2.23.1"},
            "deletable": True,
            **changes,
        }
        self.known.append(found)
        self.known.sort(key=lambda one: str(one["created_at"]), reverse=True)
        self._sarif[number] = sarif(rules, results)
        return found

    def listed(self, request: Request) -> Response:
        """One page, newest first.

        Raises:
            Refused: code scanning is off, there is no analysis, or a parameter is unknown.
        """
        self._require_enabled()
        query = dict(request.query)
        for name in query:
            if name not in _KNOWN:
                raise refused(422, f'Invalid request.\n\n"{name[:40]}" is not a permitted key.')
        if not self.known:
            raise refused(404, "no analysis found")
        ref, tool = query.get("ref", ""), query.get("tool_name", "")
        refs = (ref, f"refs/heads/{ref}")
        found = [one for one in self.known if (not ref or one["ref"] in refs) and tool in ("", one["tool"]["name"])]
        size, page = _number(query.get("per_page", "30"), 100), _number(query.get("page", "1"), 10_000)
        shown = found[(page - 1) * size : page * size]
        links = {}
        if page * size < len(found):
            following = {**query, "page": str(page + 1)}
            links["Link"] = f'<{_url(request, following)}>; rel="next"'
        return Response.json(shown, headers=links)

    def one(self, request: Request, number: str) -> Response:
        """A single one, as JSON or as SARIF.

        Raises:
            Refused: there is none of this number.
        """
        self._require_enabled()
        found = next((one for one in self.known if str(one["id"]) == number), None)
        if found is None:
            raise refused(404, "No analysis found for analysis ID")
        if SARIF in request.headers.get("accept", ""):
            return Response.json(self._sarif[found["id"]], headers={"Content-Type": SARIF})
        return Response.json(found)

    def replace_sarif(self, number: int, document: Any) -> None:
        """Lets an analysis have another SARIF than its own."""
        self._sarif[number] = document

    def _require_enabled(self) -> None:
        if not self.enabled:
            raise refused(403, "Code Security must be enabled for this repository to use code scanning.")


def sarif(rules: int, results: int) -> dict[str, Any]:
    """A log as CodeQL writes it: its rules are those of extensions, its driver has none."""
    named = [{"id": f"py/rule-{number}", "name": f"py/rule-{number}"} for number in range(rules)]
    run = {
        "tool": {
            "driver": {"name": "CodeQL", "organization": "GitHub", "semanticVersion": "2.23.1", "rules": []},
            "extensions": [{"name": "codeql/python-queries", "semanticVersion": "1.6.5", "rules": named}],
        },
        "results": [
            {"ruleId": "py/rule-0", "message": {"text": "Something is wrong."}, "locations": []} for _ in range(results)
        ],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= most):
        raise refused(422, f"Invalid request.\n\n{text[:20]} must be a number from 1 to {most}.")
    return int(text)


def _url(request: Request, query: dict[str, str]) -> str:
    return f"http://{request.headers.get('host', '')}{request.path}?{urlencode(query)}"
