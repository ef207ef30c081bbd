"""Which GitHub is asked about which repository, and whether the token may be sent there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...exceptions import Inconclusive
from ..transport import Place, is_loopback

PUBLIC = "https://api.github.com"
#: What names an address or a repository in a workflow of GitHub Actions.
ACTIONS_API, ACTIONS_REPOSITORY = "GITHUB_API_URL", "GITHUB_REPOSITORY"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>(?!/)[^:]+)")


@dataclass(frozen=True, slots=True)
class Api:
    """Where a REST API answers.

    Attributes:
        prefix: Path before every endpoint, such as `/api/v3` of GitHub Enterprise Server; empty for github.com.
    """

    scheme: str
    host: str
    port: int
    prefix: str

    @property
    def place(self) -> Place:
        return Place(self.scheme, self.host, self.port)

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def shown(self) -> str:
        """Host, with a port that is not the usual one, for messages."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"

    def is_origin_of(self, url: str) -> bool:
        """Whether an absolute URL leads to the same scheme, host and port, and names nobody to log in as."""
        try:
            parts = urlsplit(url)
            port = parts.port or _USUAL.get(parts.scheme, 0)
        except ValueError:
            return False
        there = (parts.scheme, parts.hostname, port, parts.username)
        return there == (self.scheme, self.host, self.port, None)


_USUAL = {"https": 443, "http": 80}


def parse_api(url: str) -> Api:
    """The address of an API.

    Raises:
        Inconclusive: it is none, names a user, or is neither https nor on loopback.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in _USUAL or not host or parts.username is not None or parts.query or not url.isascii():
        raise Inconclusive(
            "The address of GitHub's API cannot be read.",
            remedy="Write github_api of [tool.tradeops.security] as https://HOST/api/v3, without a user in it.",
        )
    if parts.scheme != "https" and not is_loopback(host):
        raise Inconclusive(
            f"GitHub's API at {host} is not asked, because a token would cross the network in clear text.",
            remedy="Write its address with https.",
        )
    return Api(parts.scheme, host, port or _USUAL[parts.scheme], parts.path.rstrip("/"))


def require_trusted(api: Api, environ: Mapping[str, str], origin: str, *variables: str) -> None:
    """Refuses to send a token to a host that only a file of the subject names, which a pull request can change.

    Args:
        origin: The URL of the remote `origin`, empty without one.
        variables: Names of variables of the environment that may name the host.

    Raises:
        Inconclusive: neither the environment nor `origin` names it.
    """
    named = {_host(environ.get(one, "")) for one in (*variables, ACTIONS_API)}
    remote = remote_of(origin)[0]
    if api.host in {_host(PUBLIC), *named, remote, f"api.{remote}"}:
        return
    raise Inconclusive(
        f"pyproject.toml names {api.shown} as GitHub's API, and no token is sent to a host that only a file names.",
        remedy=f"Set {variables[0]} to the address, or clone from that host.",
    )


def repository_of(configured: str, api: Api, environ: Mapping[str, str], origin: str) -> str:
    """`owner/name`: as configured, as GitHub Actions says, or as `origin` of the same GitHub says.

    Raises:
        Inconclusive: nothing names it, what does is no repository, or the configuration contradicts GitHub Actions.
    """
    running = environ.get(ACTIONS_REPOSITORY, "").strip()
    if configured and running and configured.lower() != running.lower():
        raise Inconclusive(
            f"github_repository is {configured}, and this workflow runs for {running}.",
            remedy="Correct github_repository of [tool.tradeops.security], or remove it.",
        )
    host, path = remote_of(origin)
    cloned = path if api.host in (host, f"api.{host}") else ""
    found = configured.strip() or running or cloned
    if not found:
        raise Inconclusive(
            "No repository of GitHub is known.",
            remedy='Set github_repository = "owner/name" in [tool.tradeops.security].',
        )
    if not _NAME.fullmatch(found) or found.endswith(("/.", "/..")):
        raise Inconclusive(
            "What names the repository of GitHub is no owner/name.",
            remedy='Set github_repository = "owner/name" in [tool.tradeops.security].',
        )
    return found


def remote_of(url: str) -> tuple[str, str]:
    """Host and `owner/name` of a git remote: https, ssh, or scp-like; empty where it is none."""
    scp = None if "://" in url else _SCP.fullmatch(url.strip())
    if scp is not None:
        host, path = scp["host"], scp["path"]
    else:
        host = _host(url)
        path = urlsplit(url.strip()).path if host else ""
    return host.lower(), path.strip("/").removesuffix(".git")


def _host(url: str) -> str:
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
