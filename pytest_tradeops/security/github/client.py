"""A client of GitHub's REST API that only reads: JSON out, every list to its last page, and no token anywhere else.

Pages are followed by the `Link` header's `rel="next"` alone, as Dependabot's alerts know no page numbers any more:
https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api and
https://github.blog/changelog/2025-10-14-dependabot-alerts-api-pagination-parameters-deprecated .
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urljoin, urlsplit

from ..transport import NoAnswer, Reply, exchange
from .address import Api
from .refusals import GitHubError, refusal, words_of

VERSION = "2022-11-28"
JSON = "application/vnd.github+json"
SARIF = "application/sarif+json"
#: Bytes of one answer; a page of a hundred alerts has about half a megabyte, SARIF several.
LONGEST = 32 << 20
#: Pages of one list; of a hundred each. More than ten thousand alerts are nothing that a person will look at.
MOST_PAGES = 100
#: A repository that was renamed is moved permanently; nothing else redirects a read.
_REDIRECTS = (301, 302, 307, 308)
_MOST_REDIRECTS = 3
_LINK = re.compile(r'<([^<>\s]{1,4000})>((?:\s*;\s*[\w*-]{1,20}="[^"]{0,200}")*)')


class GitHub:
    """Calls to one API, each on a connection of its own.

    Args:
        token: Sent to `api` and nowhere else; empty to ask as nobody.
        timeout: Seconds for one answer in all.
        longest: Bytes of one answer.

    Attributes:
        answers: How many answers the API gave that were no refusal.
        moved: Whether one of them came by a redirect, as of a repository that was renamed.
    """

    def __init__(self, api: Api, token: str = "", *, timeout: float = 20.0, longest: int = LONGEST) -> None:
        token = token.strip()
        if not re.fullmatch(r"[!-~]*", token):
            raise GitHubError(
                "The token of GitHub holds characters that no token has.",
                kind="unauthorized",
                remedy="Copy it again, without blanks, quotes or line breaks.",
            )
        self.api = api
        self.answers = 0
        self.moved = False
        self._token = token
        self._timeout = timeout
        self._longest = longest

    def __repr__(self) -> str:
        return f"GitHub({self.api.shown})"

    def get(self, path: str, *, accept: str = JSON, **query: str | int) -> Any:
        """The JSON of one answer; None for 204.

        Args:
            path: Below the API's prefix, quoted, such as `/repos/o/n`.

        Raises:
            GitHubError: anything else came back, or nothing.
        """
        return self._ask(self._target(path, query), path, accept)[0]

    def pages(self, path: str, **query: str | int) -> Iterator[Mapping[str, Any]]:
        """Every item of a list, from its first page to its last.

        Raises:
            GitHubError: a page cannot be had, is no list of objects, or the pages never end.
        """
        target = self._target(path, {"per_page": 100, **query})
        seen = {target}
        for _ in range(MOST_PAGES):
            items, following = self._ask(target, path, JSON)
            if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
                self._foreign(path, "no list")
            yield from items
            if not following:
                return
            if not self.api.is_origin_of(following):
                told = f"The next page of {path} is on another host, and was not asked for."
                raise GitHubError(told, kind="moved", remedy="Correct github_api of [tool.tradeops.security].")
            parts = urlsplit(following)
            target = f"{parts.path}?{parts.query}"
            if target in seen:
                self._foreign(path, "pages that lead back to one another")
            seen.add(target)
        self._foreign(path, f"more than {MOST_PAGES} pages")

    def _target(self, path: str, query: Mapping[str, str | int]) -> str:
        return f"{self.api.prefix}{path}{'?' if query else ''}{urlencode(query)}"

    def _ask(self, target: str, what: str, accept: str) -> tuple[Any, str]:
        """An answer's JSON and the address of the next page, empty if this is the last."""
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._reply(target, accept)
            if reply.status not in _REDIRECTS:
                break
            target = self._moved(target, what, reply)
            self.moved = True
        else:
            raise GitHubError(f"GitHub redirects {what} in a circle.", kind="moved", status=reply.status)
        if reply.status == 204:
            self.answers += 1
            return None, ""
        try:
            answer = json.loads(reply.body.decode("utf-8"))
        except (ValueError, RecursionError):
            answer = None
        if reply.status >= 400:
            raise refusal(what, reply.status, reply.headers, words_of(answer, (self._token,) if self._token else ()))
        if answer is None or reply.status != 200:
            self._foreign(what, f"HTTP {reply.status} and no JSON", reply.status)
        self.answers += 1
        return answer, next_of(reply.headers.get("link", ""))

    def _reply(self, target: str, accept: str) -> Reply:
        headers = {
            "Accept": accept,
            "Accept-Encoding": "identity",
            "User-Agent": "pytest-tradeops",
            "X-GitHub-Api-Version": VERSION,
            "Connection": "close",
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            return exchange(self.api.place, "GET", target, headers, timeout=self._timeout, longest=self._longest)
        except NoAnswer as error:
            raise GitHubError(
                f"GitHub's API at {self.api.shown} {error}.",
                kind="unanswered",
                remedy="Run again where it can be reached, or correct TRADEOPS_GITHUB_API.",
            ) from None

    def _moved(self, target: str, what: str, reply: Reply) -> str:
        """Where a redirect leads to; on the same host only, as the token goes along."""
        try:
            url = urljoin(f"{self.api.scheme}://{self._netloc}{target}", reply.headers.get("location", ""))
        except ValueError:
            url = ""
        if not self.api.is_origin_of(url) or not url.isascii():
            told = (
                f"GitHub's API at {self.api.shown} redirects {what} to another place, and the token was not sent there."
            )
            raise GitHubError(
                told,
                kind="moved",
                status=reply.status,
                remedy="Correct TRADEOPS_GITHUB_API, or whatever is in between.",
            )
        parts = urlsplit(url)
        return quote(f"{parts.path}{'?' if parts.query else ''}{parts.query}", safe="/?&=%:;,+@!$'()*~-._")

    @property
    def _netloc(self) -> str:
        host = f"[{self.api.host}]" if ":" in self.api.host else self.api.host
        return f"{host}:{self.api.port}"

    def _foreign(self, what: str, came: str, status: int = 200) -> NoReturn:
        raise GitHubError(
            f"What answers at {self.api.shown} for {what} is not GitHub's API: {came}.",
            kind="foreign",
            status=status,
            remedy="Correct TRADEOPS_GITHUB_API; GitHub Enterprise Server's ends in /api/v3.",
        )


def next_of(header: str) -> str:
    """The address with `rel="next"` of a `Link` header (RFC 8288); empty if there is none."""
    for address, parameters in _LINK.findall(header[:20_000]):
        if re.search(r';\s*rel="(?:[^"]*\s)?next(?:\s[^"]*)?"', parameters, re.IGNORECASE):
            return str(address)
    return ""
