"""What passes through a loopback server: requests, responses and routes, as plain data."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came over the wire; the body is still encoded as the client sent it.

    Attributes:
        path: Without the query.
        query: Name to the first value of that name.
        headers: Lower-case name to value.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is not UTF-8 or not JSON.
        """
        try:
            return json.loads(self.body.decode("utf-8"))
        except RecursionError:
            raise ValueError("JSON is nested too deeply") from None


@dataclass(frozen=True, slots=True)
class Response:
    """One answer.

    Attributes:
        status: 0 closes the connection without an answer.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        """An answer with a JSON body."""
        body = json.dumps(value).encode()
        return cls(status, body, {"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def hang_up(cls) -> Self:
        """No answer at all: the connection is closed, as by a server that dies."""
        return cls(0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the answer it got."""

    request: Request
    response: Response


class Refused(Exception):
    """Raised by a handler to answer with something else than its return value."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"HTTP {response.status}")
        self.response = response


type Handler = Callable[..., Response]


class Route:
    """Which handler answers which requests.

    Args:
        method: Such as `POST`.
        template: The whole path; `{name}` stands for one or more characters other than `/`. A trailing slash is
            optional: clients disagree on it.
        handler: Called as `handler(request, **names)` on the connection's own thread; it may raise `Refused`.
    """

    def __init__(self, method: str, template: str, handler: Handler) -> None:
        self.method = method
        self.handler = handler
        parts = re.split(r"\{(\w+)\}", template.rstrip("/"))
        pattern = "".join(f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
        self._pattern = re.compile(f"{pattern}/?")

    def match(self, path: str) -> dict[str, str] | None:
        """The names in the path; None if this route is not for it."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None


def dispatch(routes: tuple[Route, ...], request: Request) -> Response:
    """The answer of the first route that fits; 404 or 405 in JSON without one."""
    allowed = []
    for route in routes:
        names = route.match(request.path)
        if names is None:
            continue
        if route.method == request.method:
            try:
                return route.handler(request, **names)
            except Refused as refused:
                return refused.response
        allowed.append(route.method)
    if allowed:
        return Response.json({"detail": "method not allowed"}, 405, {"Allow": ", ".join(allowed)})
    return Response.json({"detail": f"no such path: {request.path}"}, 404)
