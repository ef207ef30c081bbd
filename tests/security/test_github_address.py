"""Which GitHub is asked about what, and that no file of a subject leads a token to a host of its own."""

import subprocess
from pathlib import Path

import pytest
from github_support import without_token

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gitrepo import GitRepo
from pytest_tradeops.model import Grade
from pytest_tradeops.security.github.address import parse_api, remote_of, repository_of, require_trusted
from pytest_tradeops.security.github.asking import connect
from pytest_tradeops.security.settings import SecuritySettings
from pytest_tradeops.standins.github import GitHubStandin

PUBLIC = "https://github.com/octo-org/bot.git"


@pytest.mark.parametrize(
    ("url", "shown", "prefix"),
    [
        ("https://api.github.com", "api.github.com", ""),
        ("https://ghe.acme.example/api/v3/", "ghe.acme.example", "/api/v3"),
        ("https://ghe.acme.example:8443/api/v3", "ghe.acme.example:8443", "/api/v3"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", ""),
        ("http://localhost:8080", "localhost:8080", ""),
        ("http://[::1]:8080", "::1:8080", ""),
    ],
)
def test_an_address(url: str, shown: str, prefix: str) -> None:
    api = parse_api(url)
    assert (api.shown, api.prefix) == (shown, prefix)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com", "http://10.0.0.1", "ftp://api.github.com", "api.github.com", "https://", "", "https://[",
        "https://user:secret-word@api.github.com", "https://api.github.com:99999", "https://api.github.com/?a=b", "https://gïthub.com",
        "http://127.0.0.1.evil.example", "http://localhost.evil.example",
    ],
)  # fmt: skip
def test_no_address(url: str) -> None:
    with pytest.raises(Inconclusive) as caught:
        parse_api(url)
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://github.com/octo-org/bot.git", "github.com", "octo-org/bot"),
        ("https://x-access-token:secret@github.com/octo-org/bot", "github.com", "octo-org/bot"),
        ("git@github.com:octo-org/bot.git", "github.com", "octo-org/bot"),
        ("github.com:octo-org/bot", "github.com", "octo-org/bot"),
        ("ssh://git@GitHub.com:22/octo-org/bot.git/", "github.com", "octo-org/bot"),
        ("/srv/git/bot.git", "", ""),
        ("C:\\git\\bot", "c", "\\git\\bot"),
        ("https://[", "", ""),
        ("", "", ""),
    ],
)
def test_a_remote(url: str, host: str, path: str) -> None:
    assert remote_of(url) == (host, path)


def test_where_the_repository_comes_from() -> None:
    api = parse_api("https://api.github.com")
    running = {"GITHUB_REPOSITORY": "octo-org/bot"}
    assert repository_of("", api, {}, PUBLIC) == "octo-org/bot"
    assert repository_of("", api, running, "https://github.com/other/fork") == "octo-org/bot"
    assert repository_of("Octo-Org/Bot", api, running, "") == "Octo-Org/Bot"
    assert repository_of("octo-org/bot", api, {}, "https://github.com/my/fork") == "octo-org/bot"
    enterprise = parse_api("https://ghe.acme.example/api/v3")
    assert repository_of("", enterprise, {}, "git@ghe.acme.example:a/b.git") == "a/b"


@pytest.mark.parametrize(
    ("configured", "environ", "origin", "words"),
    [
        ("octo-org/clean", {"GITHUB_REPOSITORY": "octo-org/bot"}, PUBLIC, "this workflow runs for octo-org/bot"),
        ("", {}, "", "No repository of GitHub is known"),
        ("", {}, "git@gitlab.com:octo-org/bot.git", "No repository of GitHub is known"),
        ("bot", {}, PUBLIC, "no owner/name"),
        ("o/n/../..", {}, PUBLIC, "no owner/name"),
        ("o/..", {}, PUBLIC, "no owner/name"),
        ("o/n?x=y", {}, PUBLIC, "no owner/name"),
    ],
)
def test_no_repository(configured: str, environ: dict[str, str], origin: str, words: str) -> None:
    with pytest.raises(Inconclusive, match=words):
        repository_of(configured, parse_api("https://api.github.com"), environ, origin)


def test_a_token_goes_to_no_host_that_only_a_file_names() -> None:
    evil = parse_api("https://evil.example")
    for origin in ("", PUBLIC, "https://evil.example.acme.example/a/b", "https://notevil.example/a/b"):
        with pytest.raises(Inconclusive, match="no token is sent to a host that only a file names"):
            require_trusted(evil, {"GITHUB_API_URL": "https://api.github.com"}, origin, "TRADEOPS_GITHUB_API")
    enterprise = parse_api("https://ghe.acme.example/api/v3")
    require_trusted(enterprise, {}, "git@ghe.acme.example:a/b.git", "TRADEOPS_GITHUB_API")
    require_trusted(enterprise, {"TRADEOPS_GITHUB_API": "https://ghe.acme.example/api/v3"}, "", "TRADEOPS_GITHUB_API")
    require_trusted(enterprise, {"GITHUB_API_URL": "https://ghe.acme.example/api/v3"}, "", "TRADEOPS_GITHUB_API")
    require_trusted(parse_api("https://api.acme.ghe.com"), {}, "https://acme.ghe.com/a/b", "TRADEOPS_GITHUB_API")
    require_trusted(parse_api("https://api.github.com"), {}, "", "TRADEOPS_GITHUB_API")


def test_a_repository_of_git_is_asked_for_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, github: GitHubStandin
) -> None:
    without_token(monkeypatch)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    git = GitRepo(tmp_path)
    assert git.remote("origin") is None
    subprocess.run(
        ["git", "-C", str(tmp_path), "remote", "add", "origin", "git@github.com:octo-org/bot.git"], check=True
    )
    token = github.token
    asked = connect(SecuritySettings(), git, {"GITHUB_TOKEN": token}, github, live=True)
    assert (asked.name, asked.client.api.shown, asked.grade) == ("octo-org/bot", "api.github.com", Grade.REAL)
    assert token not in repr(asked)
    assert asked.path("a b", "c/d") == "/repos/octo-org/bot/a%20b/c%2Fd"
    copy = connect(SecuritySettings(), git, {"GITHUB_TOKEN": token}, github, live=False)
    assert (copy.client.api.is_loopback, copy.grade) == (True, Grade.EMBEDDED)


def test_an_api_on_loopback_is_never_real(tmp_path: Path, github: GitHubStandin) -> None:
    settings = SecuritySettings(github_api=github.url, github_repository="octo-org/bot")
    environ = {"TRADEOPS_GITHUB_TOKEN": github.token, "TRADEOPS_GITHUB_API": github.url}
    asked = connect(settings, GitRepo(tmp_path), environ, github, live=True)
    assert (asked.is_real, asked.repository()["default_branch"]) == (False, "main")
