"""A small client of Grafana's HTTP API: JSON in, JSON out, with a deadline on every call. Stdlib only."""

import base64
import http.client
import json
import ssl
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any, Self

from ...exceptions import ServiceUnavailable, TradeopsError

DEFAULT_TIMEOUT = 10.0
_SECRETS = ("token", "user", "password")


class GrafanaError(TradeopsError):
    """A call failed.

    Attributes:
        kind: `rejected` (the server's own words follow), `missing` (404), `unauthorized`, `timeout`, `unreachable`, or
            `foreign` (what answers is no Grafana).
        status: Of the answer; 0 without one.
        answer: The answer's JSON, None without one.
    """

    def __init__(self, message: str, *, kind: str, status: int = 0, answer: Any = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind
        self.status = status
        self.answer = answer


class GrafanaUnavailable(GrafanaError, ServiceUnavailable):
    """It refuses the credentials or does not answer: nothing is known of the subject, so a check is inconclusive."""


class Grafana:
    """Calls to one server, each on a connection of its own. Thread-safe.

    Args:
        url: `http://host:3000`, or with the path that the server is mounted at; no credentials in it.
        token: Of a service account; wins over user and password.
        timeout: Seconds that one call may take in all, unless it says otherwise.
    """

    def __init__(
        self, url: str, *, token: str = "", user: str = "", password: str = "", timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError("a Grafana address looks like http://host:3000")
        self.url = url.rstrip("/")
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._https else 80)
        self._path = parts.path.rstrip("/")
        self._headers = {"User-Agent": "pytest-tradeops", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        elif user:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {pair}"
        self._timeout = timeout

    @classmethod
    def of(cls, endpoints: Mapping[str, str], *, timeout: float = DEFAULT_TIMEOUT) -> Self:
        """A client for a service handle's endpoints: `http`, and `token` or `user` and `password`."""
        known = {name: endpoints[name] for name in _SECRETS if name in endpoints}
        return cls(endpoints["http"], timeout=timeout, **known)

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self._host}:{self._port}"

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """One call; the answer's JSON, None where it has none.

        Args:
            path: From `/api/` on, quoted.
            body: JSON; None for none.

        Raises:
            GrafanaError: the server refused, could not be reached, or did not answer in time.
        """
        status, text = self.exchange(method, path, body, headers=headers, timeout=timeout)
        try:
            answer = json.loads(text) if text else None
        except ValueError:
            raise GrafanaError(
                f"Grafana at {self.place} answered {method} {_shown(path)} with HTTP {status} and no JSON.",
                kind="foreign",
                status=status,
            ) from None
        if status < 400:
            return answer
        kind = {401: "unauthorized", 403: "unauthorized", 404: "missing"}.get(status, "rejected")
        error = GrafanaUnavailable if kind == "unauthorized" else GrafanaError
        raise error(
            f"Grafana at {self.place} refused {method} {_shown(path)} with HTTP {status}: {words(answer)}.",
            kind=kind,
            status=status,
            answer=answer,
        )

    def exchange(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> tuple[int, bytes]:
        """As `call`, but status and body as they came, whatever they are.

        Raises:
            GrafanaUnavailable: `timeout` or `unreachable`.
        """
        limit = self._timeout if timeout is None else timeout
        deadline = time.monotonic() + limit
        payload = None if body is None else json.dumps(body).encode()
        sent = {**self._headers, **({"Content-Type": "application/json"} if payload else {}), **(headers or {})}
        connection = self._connection(limit)
        try:
            connection.request(method, self._path + path, payload, sent)
            return _read(connection, deadline)
        except TimeoutError:
            raise GrafanaUnavailable(
                f"Grafana at {self.place} did not answer {method} {_shown(path)} within {limit:g} s.", kind="timeout"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise GrafanaUnavailable(
                f"Grafana at {self.place} is not reachable ({reason}).", kind="unreachable"
            ) from None
        finally:
            connection.close()

    def _connection(self, limit: float) -> http.client.HTTPConnection:
        if self._https:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=limit, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=limit)


def words(answer: Any) -> str:
    """What an answer says for itself; Grafana's parts do not agree on the key."""
    if isinstance(answer, Mapping):
        for key in ("message", "error", "msg"):
            if answer.get(key):
                return str(answer[key]).strip().rstrip(".")
    return json.dumps(answer)[:200] if answer else "no reason given"


def quoted(part: str) -> str:
    """One part of a path."""
    return urllib.parse.quote(part, safe="")


def _read(connection: http.client.HTTPConnection, deadline: float) -> tuple[int, bytes]:
    sock = connection.sock
    sock.settimeout(_left(deadline))
    response = connection.getresponse()
    parts = []
    while not response.isclosed():
        # A socket's time limit counts from the last byte: renewed here, so that a trickle cannot outlast it.
        sock.settimeout(_left(deadline))
        part = response.read1(1 << 16)
        if not part:
            break
        parts.append(part)
    response.close()
    return response.status, b"".join(parts)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _shown(path: str) -> str:
    return path.partition("?")[0]
