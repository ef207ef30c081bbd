"""GitHub's API on loopback answers what api.github.com answers, refusals included."""

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.standins.github_access import Token

BASE = "/repos/octo-org/bot"
ALERTS = f"{BASE}/dependabot/alerts"


def ask(standin: GitHubStandin, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON; header names are written with `_`."""
    sent = {"authorization": f"Bearer {standin.token}", "user_agent": "test", **headers}
    parts = urlsplit(standin.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): value for name, value in sent.items() if value}
        )
        answer = connection.getresponse()
        body = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, json.loads(body) if body and "json" in found.get("content-type", "") else body
    finally:
        connection.close()


def test_the_repository_and_its_settings(github: GitHubStandin) -> None:
    status, headers, found = ask(github, BASE)
    assert (status, found["full_name"], found["allow_auto_merge"]) == (200, "octo-org/bot", True)
    assert headers["x-ratelimit-limit"] == "5000"
    assert int(headers["x-ratelimit-remaining"]) == 4999
    assert ask(github, f"{BASE}/vulnerability-alerts")[0::2] == (204, b"")
    assert ask(github, f"{BASE}/automated-security-fixes")[2] == {"enabled": True, "paused": False}
    github.alerts_enabled, github.updates = False, None
    assert ask(github, f"{BASE}/vulnerability-alerts")[2]["message"] == "Vulnerability alerts are disabled."
    assert ask(github, f"{BASE}/automated-security-fixes")[0] == 404
    assert ask(github, ALERTS)[0::2][1]["message"] == "Dependabot alerts are disabled for this repository."


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "token"])
def test_ways_to_show_a_token(github: GitHubStandin, scheme: str) -> None:
    assert ask(github, BASE, authorization=f"{scheme} {github.token}")[0] == 200


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/vnd.github+json",
        "application/vnd.github.v3+json; charset=utf-8",
        "application/vnd.github.vixen-preview+json",
        "text/html, */*",
    ],
)
def test_media_types_that_github_speaks(github: GitHubStandin, accept: str) -> None:
    assert ask(github, f"{BASE}/vulnerability-alerts", accept=accept)[0] == 204


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"authorization": "Bearer ghp_x"}, 401, "Bad credentials"),
        ({"authorization": "Basic eDp5"}, 401, "Bad credentials"),
        ({"authorization": ""}, 404, "Not Found"),
        ({"accept": "text/plain"}, 415, "Unsupported 'Accept' header: 'text/plain'. Must accept 'application/json'."),
        ({"accept": "application/vnd.gitlab+json"}, 415, "Unsupported 'Accept' header"),
        ({"accept": "application/sarif+json"}, 415, "Unsupported 'Accept' header: 'application/sarif+json'. Must accept 'application/json'."),
        ({"x_github_api_version": "v3"}, 400, 'The version you specified in the "X-GitHub-API-Version" request header, "v3"'),
    ],
)  # fmt: skip
def test_what_is_refused_before_anything_is_looked_at(
    github: GitHubStandin, headers: dict[str, str], status: int, message: str
) -> None:
    answer = ask(github, BASE, **headers)
    assert (answer[0], answer[2]["message"].startswith(message)) == (status, True)


def test_without_a_user_agent_it_is_a_page(github: GitHubStandin) -> None:
    status, headers, body = ask(github, BASE, user_agent="")
    assert (status, headers["content-type"]) == (403, "text/html")
    assert b"User-Agent header" in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(github: GitHubStandin, method: str) -> None:
    assert ask(github, f"{BASE}/vulnerability-alerts", method)[0] == 404


@pytest.mark.parametrize("path", ["/", "/repos/octo-org/other", "/repos/octo-org", f"{BASE}ish", f"{BASE}/branches"])
def test_what_is_not_there(github: GitHubStandin, path: str) -> None:
    assert ask(github, path)[0] == 404


@pytest.mark.parametrize(
    ("permission", "path"),
    [
        ("metadata", BASE),
        ("administration", f"{BASE}/vulnerability-alerts"),
        ("administration", f"{BASE}/automated-security-fixes"),
        ("administration", f"{BASE}/branches/main/protection/required_status_checks"),
        ("vulnerability_alerts", ALERTS),
        ("security_events", f"{BASE}/code-scanning/analyses"),
        ("security_events", f"{BASE}/code-scanning/analyses/1000"),
    ],
)
def test_a_fine_grained_token_reads_what_it_was_granted(github: GitHubStandin, permission: str, path: str) -> None:
    github.bearer.permissions.remove(permission)
    status, headers, found = ask(github, path)
    assert (status, found["message"]) == (403, "Resource not accessible by personal access token")
    assert headers["x-accepted-github-permissions"] == f"{permission}=read"


def test_a_classic_token_has_scopes(github: GitHubStandin) -> None:
    github.bearer = Token(scopes=("security_events",))
    assert ask(github, BASE)[0] == 404
    github.bearer = Token(scopes=("repo",), admin=False)
    status, headers, found = ask(github, BASE)
    assert (status, headers["x-oauth-scopes"], "allow_auto_merge" in found) == (200, "repo", False)
    assert ask(github, f"{BASE}/vulnerability-alerts")[0] == 404
    assert github.token.startswith("ghp_")


def test_alerts_are_paged_by_cursor_and_newest_first(github: GitHubStandin) -> None:
    for _ in range(7):
        github.alerts.add("low")
    seen: list[int] = []
    path = f"{ALERTS}?severity=low&state=open&per_page=3"
    while path:
        _, headers, found = ask(github, path)
        seen += [one["number"] for one in found]
        links = dict(reversed(one.split("; rel=")) for one in headers.get("link", "").split(", ") if one)
        path = links.get('"next"', "").strip("<>").removeprefix(github.url)
    assert seen == [11, 10, 9, 8, 7, 6, 5, 2]
    before = links['"prev"'].strip("<>").removeprefix(github.url)
    assert [one["number"] for one in ask(github, before)[2]] == [8, 7, 6]


def test_filters_take_lists(github: GitHubStandin) -> None:
    found = ask(github, f"{ALERTS}?state=fixed,dismissed&severity=critical,high")[2]
    assert [one["state"] for one in found] == ["dismissed", "fixed"]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("page=1", 400, "Pagination using the `page` parameter is not supported."),
        ("first=10", 400, "Pagination using the `first` parameter is not supported."),
        ("state=opened", 422, "Invalid request."),
        ("severity=CRITICAL", 422, "Invalid request."),
        ("per_page=101", 422, "Invalid request."),
        ("per_page=0", 422, "Invalid request."),
        ("per_page=%C2%B2", 422, "Invalid request."),
        ("direction=up", 422, "Invalid request."),
        ("q=1", 422, "Invalid request."),
        ("after=x", 400, "The cursor is invalid."),
        ("after=eA%3D%3D&before=eA%3D%3D", 422, "The `before` and `after`"),
    ],
)
def test_what_alerts_refuse(github: GitHubStandin, query: str, status: int, message: str) -> None:
    answer = ask(github, f"{ALERTS}?{query}")
    assert (answer[0], answer[2]["message"].startswith(message)) == (status, True)


def test_analyses_and_their_sarif(github: GitHubStandin) -> None:
    path = f"{BASE}/code-scanning/analyses"
    listed = ask(github, f"{path}?ref=main&tool_name=CodeQL&per_page=2")
    assert [one["rules_count"] for one in listed[2]] == [50, 17]
    assert 'rel="next"' in listed[1]["link"]
    assert len(ask(github, f"{path}?ref=main&per_page=2&page=2")[2]) == 1
    assert ask(github, f"{path}?ref=refs/heads/other")[2] == []
    number = listed[2][0]["id"]
    assert ask(github, f"{path}/{number}")[2]["id"] == number
    status, headers, sarif = ask(github, f"{path}/{number}", accept="application/sarif+json")
    assert (status, headers["content-type"], sarif["version"]) == (200, "application/sarif+json", "2.1.0")
    assert ask(github, f"{path}/7")[0] == 404
    assert ask(github, f"{path}?state=open")[0] == 422
    github.analyses.known.clear()
    assert ask(github, path)[0::2][1]["message"] == "no analysis found"
    github.analyses.enabled = False
    assert ask(github, path)[0] == 403


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        (lambda one: None, 404, "Required status checks not enabled"),
        (lambda one: setattr(one, "protected", False), 404, "Branch not protected"),
        (lambda one: setattr(one, "plan_has_protection", False), 403, "Upgrade to GitHub Pro"),
    ],
)
def test_a_branch_without_required_checks(
    github: GitHubStandin, change: Callable[[GitHubStandin], object], status: int, message: str
) -> None:
    change(github)
    answer = ask(github, f"{BASE}/branches/main/protection/required_status_checks")
    assert (answer[0], answer[2]["message"].startswith(message)) == (status, True)


def test_a_branch_with_required_checks(github: GitHubStandin) -> None:
    assert [one["type"] for one in ask(github, f"{BASE}/rules/branches/main")[2]] == [
        "deletion",
        "required_status_checks",
    ]
    github.required = {"ruleset": [], "protection": ["gate"]}
    assert [one["type"] for one in ask(github, f"{BASE}/rules/branches/main")[2]] == ["deletion"]
    assert ask(github, f"{BASE}/branches/main/protection/required_status_checks")[2]["contexts"] == ["gate"]


def test_both_rate_limits(github: GitHubStandin) -> None:
    github.faults.rate_limit_next(2.0)
    status, headers, found = ask(github, BASE)
    assert (status, headers["retry-after"], "secondary rate limit" in found["message"]) == (403, "2", True)
    github.used_up = True
    status, headers, found = ask(github, BASE)
    assert (status, headers["x-ratelimit-remaining"], found["message"]) == (
        403,
        "0",
        "API rate limit exceeded for user ID 1.",
    )
