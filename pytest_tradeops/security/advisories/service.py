"""OSV's API over a database of one's own, on loopback: what it was asked is what was truly scanned.

Shapes and errors as https://google.github.io/osv.dev/api/ has them: `POST /v1/query`, `POST /v1/querybatch` of at most
1,000 questions, `GET /v1/vulns/{id}`; errors carry gRPC's code and a message.
"""

import threading
from collections.abc import Mapping
from typing import Any

from ...locks import normalised
from ...loopback.server import LoopbackServer, Refused, Request, Response, Route, Served
from .database import ECOSYSTEM, Database

MOST = 1_000
_INDEX = "simple"
_INVALID, _NOT_FOUND, _UNAVAILABLE = 3, 5, 14


class Service(Served):
    """Answers from a database. A context manager.

    Args:
        broken: Refuse every question, as a service that is out of order.

    Attributes:
        url: What to hand to a scanner as the service's address, with a trailing slash.
    """

    def __init__(self, database: Database, *, broken: bool = False) -> None:
        self._database = database
        self._broken = broken
        self._lock = threading.Lock()
        self._asked: set[tuple[str, str]] = set()
        self.server = LoopbackServer(
            [
                Route("POST", "/v1/query", self._query),
                Route("POST", "/v1/querybatch", self._batch),
                Route("GET", "/v1/vulns/{identity}", self._record),
                Route("GET", f"/{_INDEX}/{{name}}", _project),
            ],
            max_body=16 << 20,
        )

    @property
    def url(self) -> str:
        return f"{self.server.url}/"

    @property
    def asked(self) -> frozenset[tuple[str, str]]:
        """Normalised name and version of every component that was asked for."""
        with self._lock:
            return frozenset(self._asked)

    def _query(self, request: Request) -> Response:
        found = self._answer(_body(request))
        return Response.json({"vulns": list(found)} if found else {})

    def _batch(self, request: Request) -> Response:
        queries = _body(request).get("queries")
        if not isinstance(queries, list) or len(queries) > MOST:
            raise _refused(_INVALID, "Too many queries." if isinstance(queries, list) else "queries is no list.")
        results = []
        for query in queries:
            found = self._answer(query if isinstance(query, dict) else {})
            short = [{"id": one["id"], "modified": one.get("modified", "1970-01-01T00:00:00Z")} for one in found]
            results.append({"vulns": short} if short else {})
        return Response.json({"results": results})

    def _record(self, request: Request, identity: str) -> Response:
        del request
        self._require_order()
        record = self._database.records.get(identity)
        if record is None:
            raise _refused(_NOT_FOUND, "Bug not found.", 404)
        return Response.json(dict(record))

    def _answer(self, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        self._require_order()
        package, version = query.get("package"), query.get("version")
        if not isinstance(package, dict) or not isinstance(package.get("name"), str) or not isinstance(version, str):
            raise _refused(_INVALID, "Invalid query.")
        if package.get("ecosystem") != ECOSYSTEM:
            raise _refused(_INVALID, "Invalid ecosystem.")
        with self._lock:
            self._asked.add((normalised(package["name"]), version))
        return self._database.concerning(package["name"], version)

    def _require_order(self) -> None:
        if self._broken:  # no 5xx: clients ask those again for a while
            raise _refused(_UNAVAILABLE, "The service is out of order.", 400)


def index_of(service: str) -> str:
    """The index beside a service, which knows every project and no file: uv asks one what became of a project."""
    return f"{service.rstrip('/')}/{_INDEX}"


def _project(request: Request, name: str) -> Response:
    del request
    return Response.json(
        {"meta": {"api-version": "1.1"}, "name": name, "files": [], "versions": []},
        headers={"Content-Type": "application/vnd.pypi.simple.v1+json"},
    )


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _refused(_INVALID, "Invalid JSON.")
    return body


def _refused(code: int, message: str, status: int = 400) -> Refused:
    return Refused(Response.json({"code": code, "message": message}, status))
