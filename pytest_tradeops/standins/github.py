"""GitHub's REST API on loopback, as far as a run reads it, with one repository behind a token.

As strict as api.github.com: headers, tokens and what each may read, cursors, both rate limits, and 404 for whoever may
not see it. Nothing taken from it is evidence on a repository: it shows that a check could fail.

Sources beside those of the modules that it is put together from: operations `repos/get`,
`repos/check-vulnerability-alerts`, `repos/check-automated-security-fixes`, `repos/get-branch-rules` and
`repos/get-status-checks-protection` of GitHub's OpenAPI description (@octokit/openapi-types 29.0.1); for
what a repository shows without administrative read devantler-tech/.github#144. PyGithub 2.10.0 and @octokit/rest 22,
which others wrote, read it to the last page.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ..loopback.server import LoopbackServer, Refused, Request, Response, Served
from .anything import Anything
from .faults import Faults, Refusing
from .github_access import Token, refused, require_headers, require_permission, require_token
from .github_alerts import Alerts
from .github_scanning import SARIF, Analyses

LIMIT = 5000
_DISABLED = "Dependabot alerts are disabled for this repository."


class GitHubStandin(Served):
    """One repository, which is well. A context manager.

    Attributes:
        server: The HTTP server below, with every exchange.
        faults: What may go wrong on the way: `rate_limit_next`, `refuse_next`, `hang_next`, `hang_up_next`.
        bearer: The one token that GitHub knows.
        alerts: Dependabot's alerts; `alerts_enabled` says whether there are any.
        updates: Answer of the security updates; None if they are off.
        analyses: Code scanning's.
        required: Contexts that must be green on the default branch: by a ruleset, or by the branch's protection.
        tells_role: Whether it says what the bearer may do there; an installation of an App is told that it may nothing.
        used_up: Whether the hourly limit is used up.
    """

    def __init__(self) -> None:
        self.server = LoopbackServer([Anything(one, self._answer) for one in ("GET", "POST", "PUT", "DELETE")])
        self.faults = Faults(self.server)
        self.bearer = Token()
        self.repository = "octo-org/bot"
        self.branch = "main"
        self.allow_auto_merge = True
        self.archived = False
        self.alerts_enabled = True
        self.updates: dict[str, bool] | None = {"enabled": True, "paused": False}
        self.required: dict[str, list[str]] = {"ruleset": ["gate"], "protection": []}
        self.protected = True
        self.plan_has_protection = True
        self.tells_role = True
        self.used_up = False
        self.alerts, self.analyses = Alerts(), Analyses()
        for severity, state in (("high", "open"), ("low", "open"), ("critical", "fixed"), ("critical", "dismissed")):
            self.alerts.add(severity, state)
        self._used = 0
        self._lock = threading.Lock()
        now = datetime.now(UTC)
        self.analyses.add(now - timedelta(hours=5))
        self.analyses.add(now - timedelta(hours=5), category="/language:actions", rules_count=17)
        self.analyses.add(now - timedelta(days=7))

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def token(self) -> str:
        return self.bearer.text

    def _answer(self, request: Request) -> Response:
        fault = self.faults.take()
        if fault is not None:
            return _fault(fault)
        try:
            require_headers(request, media=(SARIF,) if "/code-scanning/analyses/" in request.path else ())
            self._count()
            answer = self._routed(request)
        except Refused as error:
            answer = error.response
        return Response(answer.status, answer.body, {**self._limits(), **answer.headers})

    def _routed(self, request: Request) -> Response:
        base = f"/repos/{self.repository}".lower()
        path = request.path.lower()
        if request.method != "GET":
            raise refused(404, "Not Found")  # nothing that a run does may change a repository
        if path != base and not path.startswith(f"{base}/"):
            raise refused(404, "Not Found")
        require_token(request, self.bearer)
        require_permission(self.bearer, "metadata")
        rest = request.path[len(base) + 1 :]
        routes: dict[str, Callable[[Request], Response]] = {
            "": self._repository,
            "vulnerability-alerts": self._vulnerability_alerts,
            "automated-security-fixes": self._security_updates,
            "dependabot/alerts": self._list_alerts,
            "code-scanning/analyses": self._list_analyses,
            f"rules/branches/{self.branch}": self._rules,
            f"branches/{self.branch}/protection/required_status_checks": self._protection,
        }
        if rest in routes:
            return routes[rest](request)
        if rest.startswith("code-scanning/analyses/"):
            require_permission(self.bearer, "security_events")
            return self.analyses.one(request, rest.rpartition("/")[2])
        raise refused(404, "Not Found")

    def _repository(self, _: Request) -> Response:
        owner, name = self.repository.split("/")
        found: dict[str, Any] = {
            "id": 1296269,
            "name": name,
            "full_name": self.repository,
            "owner": {"login": owner, "type": "Organization"},
            "private": True,
            "archived": self.archived,
            "default_branch": self.branch,
            "permissions": {
                "admin": self.tells_role and self.bearer.may("administration"),
                "push": self.tells_role,
                "pull": self.tells_role,
            },
        }
        if self.bearer.may("administration"):  # GitHub shows it to those who may change it
            found["allow_auto_merge"] = self.allow_auto_merge
        return Response.json(found)

    def _vulnerability_alerts(self, _: Request) -> Response:
        require_permission(self.bearer, "administration")
        if not self.alerts_enabled or self.archived:
            raise refused(404, "Vulnerability alerts are disabled.")
        return Response(204)

    def _security_updates(self, _: Request) -> Response:
        require_permission(self.bearer, "administration")
        if self.updates is None:
            raise refused(404, "Not Found")
        return Response.json(self.updates)

    def _list_alerts(self, request: Request) -> Response:
        require_permission(self.bearer, "vulnerability_alerts")
        if self.archived:
            raise refused(403, "Dependabot alerts are not available for archived repositories.")
        if not self.alerts_enabled:
            raise refused(403, _DISABLED)
        return self.alerts.listed(request, f"{self.url}{request.path}")

    def _list_analyses(self, request: Request) -> Response:
        require_permission(self.bearer, "security_events")
        return self.analyses.listed(request)

    def _rules(self, _: Request) -> Response:
        if not self.plan_has_protection:
            raise refused(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.")
        checks = [{"context": one} for one in self.required["ruleset"]]
        rule = {
            "type": "required_status_checks",
            "ruleset_source_type": "Repository",
            "ruleset_source": self.repository,
            "ruleset_id": 42,
            "parameters": {"required_status_checks": checks, "strict_required_status_checks_policy": False},
        }
        deletion = {"type": "deletion", "ruleset_source_type": "Repository", "ruleset_id": 42}
        return Response.json([deletion, rule] if checks else [deletion])

    def _protection(self, _: Request) -> Response:
        require_permission(self.bearer, "administration")
        if not self.plan_has_protection:
            raise refused(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.")
        if not self.protected:
            raise refused(404, "Branch not protected")
        contexts = self.required["protection"]
        if not contexts:
            raise refused(404, "Required status checks not enabled")
        checks = [{"context": one, "app_id": None} for one in contexts]
        return Response.json({"strict": False, "contexts": contexts, "checks": checks})

    def _count(self) -> None:
        with self._lock:
            self._used += 1
            used_up = self.used_up or self._used > LIMIT
        if used_up:
            self.used_up = True
            raise refused(403, "API rate limit exceeded for user ID 1.")

    def _limits(self) -> dict[str, str]:
        left = 0 if self.used_up else LIMIT - self._used
        found = {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Used": str(LIMIT - left),
            "X-RateLimit-Reset": str(int(time.time()) + 1800),
            "X-RateLimit-Resource": "core",
            "X-GitHub-Media-Type": "github.v3; format=json",
        }
        return {**found, **({"X-OAuth-Scopes": ", ".join(self.bearer.scopes)} if self.bearer.scopes else {})}


def _fault(fault: Refusing) -> Response:
    if fault.status == 0:
        return Response.hang_up()
    if fault.status == 429:
        told = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        after = str(max(1, round(fault.retry_after)))
        return Response.json({"message": told, "documentation_url": ""}, 403, {"Retry-After": after})
    if fault.status >= 500:
        return Response(fault.status, b"<html><body>Unicorn!</body></html>", {"Content-Type": "text/html"})
    return refused(fault.status, "refused on purpose").response
