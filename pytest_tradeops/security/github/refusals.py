"""What GitHub says where it does not answer: each case is one sentence, and all of them are inconclusive.

Sources: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api (a token gets 404 for what it may
not see) and https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api (both limits are 403 or 429).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from ...exceptions import Inconclusive

type Kind = Literal[
    "unanswered", "foreign", "moved", "unauthorized", "limited", "forbidden", "disabled", "missing", "server", "refused"
]
_DISABLED = re.compile(r"disabled|not available|not enabled|must be enabled|upgrade to github", re.IGNORECASE)
_RENEW = "Set TRADEOPS_GITHUB_TOKEN to a token that is neither expired nor revoked; see docs/github.md."


class GitHubError(Inconclusive):
    """GitHub did not say what it was asked.

    Attributes:
        kind: What is the matter; `disabled` and `missing` may say something about the repository itself.
        status: Of the answer; 0 without one.
        said: GitHub's own words, cleaned and short.
    """

    def __init__(self, message: str, *, kind: Kind, status: int = 0, said: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.kind: Kind = kind
        self.status = status
        self.said = said


def refusal(what: str, status: int, headers: Mapping[str, str], said: str) -> GitHubError:
    """The error for an answer of 400 and above.

    Args:
        what: What was asked for, such as `/repos/o/n`.
        headers: Lower-case name to value.
        said: The message of the body, without secrets; empty if it has none.
    """
    words = f": {said}" if said else ""
    if status == 401:
        return _error(f"GitHub does not accept the token{words}.", "unauthorized", status, said, _RENEW)
    limit = _limited(status, headers, said)
    if limit:
        return _error(
            f"GitHub answers nothing more for now, {limit}.", "limited", status, said, "Run again after that."
        )
    if "required" in headers.get("x-github-sso", ""):
        told = f"GitHub keeps {what} from a token without single sign-on."
        return _error(told, "forbidden", status, said, "Authorize the token for the organization: Configure SSO.")
    if status in (403, 404, 451) and _DISABLED.search(said):
        return _error(f"GitHub says of {what}: {said}.", "disabled", status, said, "Enable it in the settings.")
    if status == 403:
        wanted = headers.get("x-accepted-github-permissions") or headers.get("x-accepted-oauth-scopes") or ""
        wanted = wanted if re.fullmatch(r"[\w=,;: -]{1,200}", wanted) else ""
        remedy = f"Grant it {wanted}; see docs/github.md." if wanted else "Grant it what docs/github.md lists."
        return _error(f"The token may not read {what}{words}.", "forbidden", status, said, remedy)
    if status == 404:
        told = f"GitHub knows no {what}, or does not show it to this token{words}."
        return _error(told, "missing", status, said, "Correct github_repository, or grant the token access to it.")
    if status >= 500:
        return _error(f"GitHub answered {what} with HTTP {status}.", "server", status, said, "Run again later.")
    return _error(f"GitHub refused {what} with HTTP {status}{words}.", "refused", status, said, "See docs/github.md.")


def words_of(answer: Any, secrets: tuple[str, ...]) -> str:
    """The message of a body in one line of at most 200 characters, without a full stop, and without secrets."""
    text = answer.get("message") if isinstance(answer, Mapping) else None
    if not isinstance(text, str):
        return ""
    for secret in secrets:
        text = text.replace(secret, "[redacted]")
    return one_line(text, 200)


def one_line(value: object, longest: int) -> str:
    """A text of somebody else for a sentence: one line, nothing that a terminal obeys, no full stop, not too long."""
    text = "".join(one if one.isprintable() else " " for one in str(value)[: 50 * longest])
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= longest else f"{text[:longest]}... (shortened)"


def _limited(status: int, headers: Mapping[str, str], said: str) -> str:
    """Which limit was met and until when; empty if none was."""
    if status not in (403, 429):
        return ""
    wait = headers.get("retry-after", "")
    if "secondary rate limit" in said.lower() or "abuse detection" in said.lower() or wait.isdigit():
        patience = f" and asks for {int(wait)} s" if wait.isdigit() and len(wait) < 7 else ""
        return f"its secondary rate limit was met{patience}"
    if headers.get("x-ratelimit-remaining") == "0" or status == 429 or "rate limit exceeded" in said.lower():
        return f"the hourly rate limit is used up{_until(headers.get('x-ratelimit-reset', ''))}"
    return ""


def _until(reset: str) -> str:
    try:
        return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return ""


def _error(message: str, kind: Kind, status: int, said: str, remedy: str) -> GitHubError:
    return GitHubError(message, kind=kind, status=status, said=said, remedy=remedy)
