"""Who may ask GitHub's REST API what, and with which headers; every refusal in GitHub's own words.

Sources: https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api (user agent, media types),
https://docs.github.com/rest/about-the-rest-api/api-versions , `x-accepted-github-permissions` of
https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api , and answers quoted in public issues:
expipiplus1/update-nix-fetchgit#79 (version), maxlath/backup-github-repo#10 (401), gastton/brot74-web#113 (403).
"""

import hmac
import re
import secrets
import string
from dataclasses import dataclass, field

from ..loopback.server import Refused, Request, Response

VERSIONS = ("2022-11-28", "2026-03-10")
_DOCS = "https://docs.github.com/rest"
#: With the names of versions and previews of old, which clients still send.
_MEDIA = re.compile(r"application/(?:vnd\.github(?:\.[\w-]+)*\+)?json|\*/\*")
_ALPHABET = string.ascii_letters + string.digits
#: What a fine-grained token must have been granted, and the scopes of a classic one of which one will do.
_SCOPES = {
    "metadata": ("repo", "public_repo"),
    "administration": ("repo",),
    "vulnerability_alerts": ("repo", "security_events"),
    "security_events": ("repo", "security_events"),
}


@dataclass
class Token:
    """A token that GitHub has issued: fine-grained by default, classic if it has scopes.

    Attributes:
        permissions: Of a fine-grained token or an installation: what it may read.
        scopes: Of a classic token; `permissions` then says nothing.
        admin: Whether its user administers the repository, which only counts for a classic token.
    """

    permissions: set[str] = field(default_factory=lambda: set(_SCOPES))
    scopes: tuple[str, ...] = ()
    admin: bool = True
    revoked: bool = False
    text: str = ""

    def __post_init__(self) -> None:
        if not self.text:
            self.text = f"ghp_{_random(36)}" if self.scopes else f"github_pat_{_random(22)}_{_random(59)}"

    def may(self, permission: str) -> bool:
        if self.scopes:
            allowed = any(one in self.scopes for one in _SCOPES[permission])
            return allowed and (self.admin or permission != "administration")
        return permission in self.permissions


def require_headers(request: Request, *, media: tuple[str, ...] = ()) -> None:
    """Refuses what GitHub refuses before it looks at anything else.

    Raises:
        Refused: no user agent, an unknown version, or a media type that the endpoint does not speak.
    """
    if not request.headers.get("user-agent", "").strip():
        told = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
        raise Refused(Response(403, f"\r\n{told}\r\n".encode(), {"Content-Type": "text/html"}))
    version = request.headers.get("x-github-api-version", VERSIONS[0])
    if version not in VERSIONS:
        known = ", ".join(f'"{one}"' for one in VERSIONS)
        raise refused(
            400,
            f'The version you specified in the "X-GitHub-API-Version" request header, "{version[:40]}", is not a '
            f"supported version. The following versions are currently supported: {known}.",
        )
    wanted = [one.partition(";")[0].strip() for one in request.headers.get("accept", "*/*").split(",")]
    if not any(one in media or _MEDIA.fullmatch(one) for one in wanted):
        raise refused(415, f"Unsupported 'Accept' header: '{wanted[0][:60]}'. Must accept 'application/json'.")


def require_token(request: Request, token: Token) -> None:
    """Refuses everybody but the bearer of `token`.

    Raises:
        Refused: 404 for nobody, as GitHub hides what is private; 401 for another token or another way to show it.
    """
    given = request.headers.get("authorization", "")
    if not given:
        raise refused(404, "Not Found")
    scheme, _, text = given.partition(" ")
    known = hmac.compare_digest(text.strip().encode(), token.text.encode())
    if scheme.lower() not in ("bearer", "token") or not known or token.revoked:
        raise refused(401, "Bad credentials")


def require_permission(token: Token, permission: str) -> None:
    """Refuses a token without it, as GitHub does: a fine-grained one with 403, a classic one as if there was nothing.

    Raises:
        Refused: 403, or 404 for a classic token.
    """
    if token.may(permission):
        return
    if token.scopes:
        raise refused(404, "Not Found", {"X-Accepted-OAuth-Scopes": ", ".join(_SCOPES[permission])})
    said = "Resource not accessible by personal access token"
    raise refused(403, said, {"X-Accepted-GitHub-Permissions": f"{permission}=read"})


def refused(status: int, message: str, headers: dict[str, str] | None = None) -> Refused:
    """A refusal in GitHub's shape."""
    body = {"message": message, "documentation_url": _DOCS, "status": str(status)}
    return Refused(Response.json(body, status, headers))


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
