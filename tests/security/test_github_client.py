"""The client of GitHub: what it sends and to whom, every page, every refusal in one sentence, and hostile servers."""

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from github_support import client_of, response, serving
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.security.github.address import parse_api
from pytest_tradeops.security.github.client import MOST_PAGES, SARIF, GitHub, next_of
from pytest_tradeops.security.github.refusals import GitHubError, refusal, words_of
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.standins.github_access import Token

REPOSITORY = "/repos/octo-org/bot"
ALERTS = f"{REPOSITORY}/dependabot/alerts"


def refused(call: Callable[[], object]) -> GitHubError:
    with pytest.raises(GitHubError) as caught:
        call()
    assert str(caught.value).count("\n") == 0
    assert len(str(caught.value)) < 500
    return caught.value


def asking(url: str, **options: Any) -> GitHubError:
    """What comes of asking a hostile server; the token is in nothing that is said."""
    client = GitHub(parse_api(url), "not-to-be-seen", **options)
    error = refused(lambda: client.get(REPOSITORY))
    assert "not-to-be-seen" not in f"{error}{error.said}{client!r}"
    assert client.answers == 0
    return error


def test_what_it_sends(github: GitHubStandin) -> None:
    client = client_of(github)
    assert client.get(REPOSITORY)["full_name"] == "octo-org/bot"
    (exchange,) = github.server.exchanges
    sent = exchange.request.headers
    assert sent["authorization"] == f"Bearer {github.token}"
    assert (sent["accept"], sent["x-github-api-version"]) == ("application/vnd.github+json", "2022-11-28")
    assert (client.answers, exchange.request.method) == (1, "GET")
    assert github.token not in repr(client)


def test_all_pages_by_their_cursors(github: GitHubStandin) -> None:
    for _ in range(250):
        github.alerts.add("medium")
    client = client_of(github)
    numbers = [one["number"] for one in client.pages(ALERTS, state="open")]
    assert len(numbers) == len(set(numbers)) == 252
    assert client.answers == 3
    queries = [exchange.request.query for exchange in github.server.exchanges]
    assert all("page" not in one and one["per_page"] == "100" and one["state"] == "open" for one in queries)
    assert [("after" in one) for one in queries] == [False, True, True]


def test_an_empty_list_is_a_list(github: GitHubStandin) -> None:
    assert list(client_of(github).pages(ALERTS, state="fixed", severity="low")) == []


def test_nothing_and_sarif(github: GitHubStandin) -> None:
    client = client_of(github)
    assert client.get(f"{REPOSITORY}/vulnerability-alerts") is None
    number = github.analyses.known[0]["id"]
    assert client.get(f"{REPOSITORY}/code-scanning/analyses/{number}", accept=SARIF)["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("breaking", "path", "kind", "words"),
    [
        (lambda one: setattr(one.bearer, "revoked", True), REPOSITORY, "unauthorized", "does not accept the token: Bad credentials"),
        (lambda one: setattr(one, "used_up", True), REPOSITORY, "limited", "the hourly rate limit is used up until "),
        (lambda one: one.faults.rate_limit_next(60), REPOSITORY, "limited", "its secondary rate limit was met and asks for 60 s"),
        (lambda one: one.bearer.permissions.remove("vulnerability_alerts"), ALERTS, "forbidden", "Grant it vulnerability_alerts=read"),
        (lambda one: setattr(one, "alerts_enabled", False), ALERTS, "disabled", "Dependabot alerts are disabled for this repository"),
        (lambda one: setattr(one, "archived", True), ALERTS, "disabled", "not available for archived repositories"),
        (lambda one: None, "/repos/octo-org/other", "missing", "GitHub knows no /repos/octo-org/other, or does not show it"),
        (lambda one: one.faults.refuse_next(502), REPOSITORY, "server", "HTTP 502"),
        (lambda one: one.faults.refuse_next(410), REPOSITORY, "refused", "HTTP 410: refused on purpose"),
        (lambda one: one.faults.hang_up_next(), REPOSITORY, "unanswered", "broke off its answer"),
    ],
)  # fmt: skip
def test_each_refusal_is_one_sentence(
    github: GitHubStandin, breaking: Callable[[GitHubStandin], object], path: str, kind: str, words: str
) -> None:
    breaking(github)
    error = refused(lambda: client_of(github).get(path))
    assert (error.kind, words in str(error)) == (kind, True), str(error)
    assert github.token not in str(error)


def test_a_classic_token_without_the_scope_gets_nothing(github: GitHubStandin) -> None:
    github.bearer = Token(scopes=("public_repo",))
    assert refused(lambda: client_of(github).get(ALERTS)).kind == "missing"
    github.bearer = Token(scopes=("repo",))
    assert client_of(github).get(ALERTS, per_page=1)


def test_single_sign_on_is_named() -> None:
    error = refusal(
        "/repos/o/n", 403, {"x-github-sso": "required; url=https://github.com/orgs/o/sso"}, "Resource protected"
    )
    assert (error.kind, "single sign-on" in str(error), "Configure SSO" in error.remedy) == ("forbidden", True, True)


def test_a_silent_server_is_left(github: GitHubStandin) -> None:
    github.faults.hang_next()
    try:
        error = refused(lambda: client_of(github, timeout=0.3).get(REPOSITORY))
    finally:
        github.faults.recover()
    assert (error.kind, "within 0.3 s" in str(error)) == ("unanswered", True)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"])
def test_a_trickle_does_not_outlast_the_deadline(head: bytes) -> None:
    ended = threading.Event()

    def drip(near: socket.socket, _: bytes) -> None:
        near.sendall(head or b"HTTP/1.1 200 OK\r\n")
        try:
            while True:  # each byte starts a socket's own time limit anew
                near.sendall(b"x" if head else b"X-A: b\r\n"[:1])
                time.sleep(0.02)
        finally:
            ended.set()

    with serving(drip) as url:
        started = time.monotonic()
        error = asking(url, timeout=0.5)
        assert time.monotonic() - started < 5
        assert ended.wait(10)
    assert (error.kind, "within 0.5 s" in str(error)) == ("unanswered", True)


def test_a_body_without_end_is_not_kept() -> None:
    def flood(near: socket.socket, _: bytes) -> None:
        near.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"[" * 65536 + b"\r\n"
        for _ in range(1600):  # a hundred megabytes
            near.sendall(chunk)

    with serving(flood) as url:
        error = asking(url)
    assert (error.kind, "more than 32 MB" in str(error)) == ("unanswered", True)


def test_a_body_that_is_announced_too_long_is_not_read() -> None:
    with serving(lambda near, _: near.sendall(response(b"[", length=100 << 20))) as url:
        assert "more than 32 MB" in str(asking(url))


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (response(b"<html>Sign in</html>", "Content-Type: text/html"), "foreign", "HTTP 200 and no JSON"),
        (response(b"<html>no</html>", status="403 Forbidden"), "forbidden", "may not read"),
        (response(b"[1", length=400), "unanswered", "broke off its answer"),
        (response(b'{"a": 1}', length=3), "foreign", "no JSON"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,", "unanswered", "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "unanswered", "broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "unanswered", "does not speak HTTP"),
        (b"HTTP/1.1 999999999999 ?\r\n\r\n", "unanswered", "does not speak HTTP"),
        (b"", "unanswered", "broke off its answer"),
        (response(b"\xff\xfe", "Content-Type: application/json"), "foreign", "no JSON"),
        (response(b"[" * 200_000), "foreign", "no JSON"),
        (response(b"null"), "foreign", "no JSON"),
        (response(b"{}", status="202 Accepted"), "foreign", "HTTP 202"),
        (response(b"", status="304 Not Modified"), "foreign", "HTTP 304"),
        (response(b'{"message": "' + b"x" * 5000 + b'"}', status="404 Not Found"), "missing", "xxx... (shortened)"),
        (response(b'{"message": "token not-to-be-seen\\u001b[31m\\nis bad"}', status="401 No"), "unauthorized", "[redacted]"),
        (response(b'{"message": ["x"]}', status="429 Slow"), "limited", "hourly rate limit"),
        (response(b"", "Retry-After: " + "9" * 40, status="403 No"), "limited", "secondary rate limit was met."),
        (response(b"", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: " + "9" * 30, status="403 No"), "limited", "is used up."),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_github(answer: bytes, kind: str, words: str) -> None:
    with serving(lambda near, _: near.sendall(answer)) as url:
        error = asking(url)
    assert (error.kind, words in str(error)) == (kind, True), str(error)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/repos/octo-org/bot", "http://127.0.0.1:1/x", "//evil.example/x", "http://user@127.0.0.1:{port}/x",
        "https://127.0.0.1:{port}/x", "http://[", "http://127.0.0.1:99999999/x", "file:///etc/passwd", "http://127.0.0.2:{port}/",
    ],
)  # fmt: skip
def test_no_redirect_takes_the_token_elsewhere(location: str) -> None:
    asked = []

    def send(near: socket.socket, request: bytes) -> None:
        asked.append(request)
        port = near.getsockname()[1]
        near.sendall(response(b"", f"Location: {location.format(port=port)}", status="301 Moved Permanently"))

    with serving(send) as url:
        error = asking(url)
    assert (error.kind, len(asked)) == ("moved", 1)


def test_a_renamed_repository_is_followed_on_the_same_host() -> None:
    asked = []

    def send(near: socket.socket, request: bytes) -> None:
        asked.append(request.split(b" ")[1])
        moved = response(b"{}", "Location: /repositories/7?a=b c", status="301 Moved Permanently")
        near.sendall(moved if len(asked) == 1 else response(b'{"full_name": "o/new"}'))

    with serving(send) as url:
        assert GitHub(parse_api(url), "x").get(REPOSITORY) == {"full_name": "o/new"}
    assert asked == [REPOSITORY.encode(), b"/repositories/7?a=b%20c"]


def test_a_circle_of_redirects_ends() -> None:
    with serving(lambda near, _: near.sendall(response(b"", "Location: /a", status="302 Found"))) as url:
        assert "in a circle" in str(asking(url))


@pytest.mark.parametrize(
    ("link", "kind", "words", "pages"),
    [
        ('<http://127.0.0.1:{port}/r?per_page=100>; rel="next"', "foreign", "lead back to one another", 1),
        ('<http://127.0.0.1:{port}/r?after={n}>; rel="next"', "foreign", f"more than {MOST_PAGES} pages", MOST_PAGES),
        ('<https://evil.example/r?after={n}>; rel="next"', "moved", "another host", 1),
        ('<http://127.0.0.1:1/r?after={n}>; rel="next"', "moved", "another host", 1),
        ('<//evil.example/r>; rel="next"', "moved", "another host", 1),
    ],
)  # fmt: skip
def test_pages_that_never_end_or_lead_away(link: str, kind: str, words: str, pages: int) -> None:
    asked = []

    def send(near: socket.socket, request: bytes) -> None:
        asked.append(request)
        told = link.format(port=near.getsockname()[1], n=len(asked))
        near.sendall(response(b'[{"number": 1}]', f"Link: {told}"))

    with serving(send) as url:
        client = GitHub(parse_api(url), "not-to-be-seen")
        error = refused(lambda: list(client.pages("/r")))
    assert (error.kind, words in str(error), len(asked)) == (kind, True, pages), str(error)


@pytest.mark.parametrize("body", [b"{}", b'"x"', b"[1]", b'[{}, "x"]'])
def test_a_list_that_is_none(body: bytes) -> None:
    with serving(lambda near, _: near.sendall(response(body))) as url:
        client = GitHub(parse_api(url), "x")
        assert refused(lambda: list(client.pages("/r"))).kind == "foreign"


@pytest.mark.parametrize("token", ["two words", "zeile\nzwei", "naïve", "tab\tbed", "x\x00"])
def test_a_token_that_is_none_is_not_sent(token: str) -> None:
    with pytest.raises(GitHubError) as caught:
        GitHub(parse_api("https://api.github.com"), token)
    assert token not in str(caught.value)


def test_blanks_around_a_token_are_nothing(github: GitHubStandin) -> None:
    assert GitHub(parse_api(github.url), f" {github.token}\n").get(REPOSITORY)


def test_where_nothing_listens_and_where_no_tls_is_spoken(github: GitHubStandin) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "is not reachable (Connection refused)" in str(asking(f"http://127.0.0.1:{port}"))
    assert "does not speak TLS" in str(asking(github.url.replace("http:", "https:")))


def test_the_prefix_of_an_enterprise_server_is_kept() -> None:
    asked = []

    def send(near: socket.socket, request: bytes) -> None:
        asked.append(request.split(b" ")[1])
        near.sendall(response(b"{}"))

    with serving(send) as url:
        GitHub(parse_api(f"{url}/api/v3/"), "x").get("/repos/o/n")
    assert asked == [b"/api/v3/repos/o/n"]


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ('<https://a/b?after=x>; rel="next"', "https://a/b?after=x"),
        ('<https://a/1>; rel="prev", <https://a/2>; rel="next"', "https://a/2"),
        ('<https://a/2>; title="x"; rel="next last"', "https://a/2"),
        ('<https://a/2>; REL="NEXT"', "https://a/2"),
        ('<https://a/2>; rel="prev"; title="next"', ""),
        ('<https://a/2>; rel="nextish"', ""),
        ("<https://a/2>", ""),
        ("", ""),
    ],
)
def test_the_next_page_of_a_link_header(header: str, address: str) -> None:
    assert next_of(header) == address


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["<", ">", '"', ";", ",", " ", "rel=", "next", "<a>", '; rel="next"'])).map("".join)
)
def test_any_link_header_is_read(header: str) -> None:
    assert isinstance(next_of(header), str)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["message", "status", "a"]), inner, max_size=3),
)  # fmt: skip
headers = st.dictionaries(
    st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-github-sso", "x-accepted-github-permissions"]),
    st.text(max_size=30) | st.integers().map(str),
)  # fmt: skip


@given(status=st.integers(400, 599), found=headers, answer=values)
def test_any_refusal_is_a_sentence(status: int, found: dict[str, str], answer: object) -> None:
    error = refusal("/repos/o/n", status, found, words_of(answer, ("secret",)))
    assert isinstance(error, Inconclusive)
    assert "\n" not in str(error)
    assert error.status == status
    assert len(json.dumps(str(error))) < 1500
