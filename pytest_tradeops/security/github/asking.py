"""The real repository where there is a token for it, the stand-in where there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from ...gitrepo import GitRepo
from ...model import Grade
from ..settings import SecuritySettings
from .address import ACTIONS_API, PUBLIC, parse_api, repository_of, require_trusted
from .client import GitHub
from .refusals import GitHubError, one_line

API = "TRADEOPS_GITHUB_API"
#: Where a token may be, the first one first.
TOKENS = ("TRADEOPS_GITHUB_TOKEN", "GITHUB_TOKEN")
LACKING = "No real repository was asked, only a stand-in."
REMEDY = f"Set {TOKENS[0]} to a token that may read it; docs/github.md says which."


class Place(Protocol):
    """An API with a repository and a token of its own."""

    @property
    def url(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def repository(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One repository, and how it is asked.

    Attributes:
        name: `owner/name`.
    """

    client: GitHub
    name: str
    grade: Grade

    @property
    def is_real(self) -> bool:
        return self.grade is Grade.REAL

    def path(self, *parts: str) -> str:
        """The path of an endpoint of this repository; parts are quoted."""
        return "/".join(("/repos", self.name, *(quote(part, safe="") for part in parts)))

    def repository(self) -> Mapping[str, Any]:
        """What GitHub says about the repository itself: the proof that the token has access to it.

        Raises:
            GitHubError: it has none, or what answers is no repository of this name.
        """
        found = self.client.get(self.path())
        if not isinstance(found, dict) or not isinstance(found.get("full_name"), str):
            raise GitHubError(f"What GitHub answers for {self.name} is no repository.", kind="foreign", status=200)
        if found["full_name"].lower() != self.name.lower() and not self.client.moved:
            told = f"GitHub answers for {self.name} with {one_line(found['full_name'], 100)}, which is another one."
            raise GitHubError(told, kind="foreign", status=200, remedy="Correct whatever is in between.")
        return found


def connect(
    settings: SecuritySettings, git: GitRepo, environ: Mapping[str, str], standin: Place, *, live: bool
) -> Asked:
    """Where to ask.

    Args:
        environ: Of the process: where the token is, if there is one.
        standin: Is asked where there is none, or where `live` is not set.

    Raises:
        Inconclusive: there is a token, but no repository or address that it may be sent to.
    """
    if live and token(environ):
        return connect_real(settings, git, environ)
    return Asked(GitHub(parse_api(standin.url), standin.token), standin.repository, Grade.EMBEDDED)


def token(environ: Mapping[str, str]) -> str:
    """The token to ask with; empty if there is none."""
    return next((text for one in TOKENS if (text := environ.get(one, "").strip())), "")


def connect_real(settings: SecuritySettings, git: GitRepo, environ: Mapping[str, str]) -> Asked:
    """The configured repository, asked with the token of the environment.

    Raises:
        Inconclusive: there is no repository, or no address that the token may be sent to.
    """
    origin = git.remote("origin") or ""
    api = parse_api(settings.github_api or environ.get(ACTIONS_API) or PUBLIC)
    require_trusted(api, environ, origin, API)
    name = repository_of(settings.github_repository, api, environ, origin)
    return Asked(GitHub(api, token(environ)), name, Grade.EMBEDDED if api.is_loopback else Grade.REAL)


def default_branch(repository: Mapping[str, Any]) -> str:
    """The default branch as GitHub has it.

    Raises:
        GitHubError: it does not say.
    """
    found = repository.get("default_branch")
    if not isinstance(found, str) or not found:
        raise GitHubError("GitHub does not say which branch is the default one.", kind="foreign", status=200)
    return found
