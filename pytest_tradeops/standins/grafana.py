"""Grafana's HTTP API on loopback, as far as a run uses it: what is put there, read back and taken away.

It answers as Grafana 9.4 does, refusals included: the same tests run against both. It evaluates no rule and notifies
nobody; a query's data source is found as in Grafana, and `run_query` answers it. Nothing taken from it is evidence on
a Grafana: it shows that a check could fail, and how a killed run is undone.
"""

import base64
import hmac
import json
import secrets
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..loopback.server import LoopbackServer, Refused, Request, Response, Route, Served
from .grafana_alerting import Alerting, Rules

VERSION = "9.4.0-pre"
_EXPRESSION = "__expr__"

#: Query model, milliseconds since the epoch from and to, data source: the frames, in the API's shape.
type RunQuery = Callable[[Mapping[str, Any], int, int, Mapping[str, Any]], list[dict[str, Any]]]
#: Asked before every request: an answer takes the place of the real one.
type Fault = Callable[[Request], Response | None]


class QueryFailed(Exception):
    """Raised by `run_query`: the data source refuses the statement."""


class GrafanaStandin(Served):
    """One server with an administrator. A context manager.

    Args:
        run_query: Answers `/api/ds/query`; default no frames.
        user: Of the administrator; the password is new for every server.

    Attributes:
        server: The HTTP server below, with every exchange.
        alerting: Contact points and policies, as they are.
        fault: Asked before every request that carries the right credentials.
    """

    def __init__(self, run_query: RunQuery | None = None, *, user: str = "admin") -> None:
        self.user, self.password = user, secrets.token_urlsafe(18)
        self.token = f"glsa_{secrets.token_hex(16)}"
        self.fault: Fault | None = None
        self.alerting = Alerting()
        self.rules = Rules()
        self.folders: dict[str, str] = {}
        self.datasources: dict[str, dict[str, Any]] = {}
        self.dashboards: dict[str, dict[str, Any]] = {}
        self._run_query: RunQuery = run_query or (lambda *_: [])
        self._lock = threading.RLock()
        self._numbers = 0
        listed: list[tuple[str, str, Callable[..., Response]]] = [
            ("GET", "/api/org", lambda _: Response.json({"id": 1, "name": "Main Org.", "address": {}})),
            ("GET", "/api/plugins", lambda _: Response.json([{"id": "postgres", "type": "datasource"}])),
            ("GET", "/api/folders", self._list_folders),
            ("POST", "/api/folders", self._add_folder),
            ("DELETE", "/api/folders/{uid}", self._delete_folder),
            ("POST", "/api/datasources", self._add_datasource),
            ("GET", "/api/datasources/uid/{uid}", self._datasource),
            ("DELETE", "/api/datasources/uid/{uid}", self._delete_datasource),
            ("GET", "/api/datasources/uid/{uid}/health", self._health),
            ("POST", "/api/ds/query", self._query),
            ("POST", "/api/dashboards/db", self._save_dashboard),
            ("GET", "/api/dashboards/uid/{uid}", self._dashboard),
            ("GET", "/api/prometheus/grafana/api/v1/rules", lambda _: Response.json(self.rules.states(self.folders))),
            *self.rules.routes(self.folders),
            *self.alerting.routes(),
        ]
        routes = [Route(method, path, self._guarded(handler)) for method, path, handler in listed]
        self.server = LoopbackServer([Route("GET", "/api/health", _alive), *routes], max_body=4 << 20)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def endpoints(self) -> dict[str, str]:
        """As a service handle has them."""
        return {"http": self.url, "user": self.user, "password": self.password}

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        """Asks `fault` before every request in the block."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    def state(self) -> dict[str, Any]:
        """Everything that somebody could have changed, as plain data: equal before and after a run that cleans up."""
        with self._lock:
            return json.loads(  # type: ignore[no-any-return]  # a deep copy
                json.dumps(
                    {
                        "folders": self.folders,
                        "datasources": self.datasources,
                        "dashboards": self.dashboards,
                        "rules": self.rules.stored,
                        **self.alerting.state(),
                    }
                )
            )

    def _guarded(self, handler: Callable[..., Response]) -> Callable[..., Response]:
        def answer(request: Request, **names: str) -> Response:
            self._authorize(request)
            if self.fault is not None and (given := self.fault(request)) is not None:
                return given
            with self._lock:
                return handler(request, **{name: urllib.parse.unquote(value) for name, value in names.items()})

        return answer

    def _authorize(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if any(hmac.compare_digest(given, one) for one in (f"Bearer {self.token}", f"Basic {pair}")):
            return
        basic = given.startswith("Basic ")
        message = "Invalid username or password" if basic else "Invalid API key" if given else "Unauthorized"
        raise Refused(Response.json({"message": message}, 401))

    def _list_folders(self, _: Request) -> Response:
        return Response.json([{"uid": uid, "title": title} for uid, title in self.folders.items()])

    def _add_folder(self, request: Request) -> Response:
        body = body_of(request)
        uid, title = str(body.get("uid") or secrets.token_hex(5)), str(body.get("title") or "")
        if not title:
            return failed(400, "folder title cannot be empty")
        if title in self.folders.values():
            return failed(409, "a folder or dashboard in the general folder with the same name already exists")
        if uid in self.folders or uid in self.dashboards:
            return failed(409, "a folder/dashboard with the same uid already exists")
        self.folders[uid] = title
        return Response.json({"id": self._number(), "uid": uid, "title": title})

    def _delete_folder(self, request: Request, uid: str) -> Response:
        if uid not in self.folders:
            return failed(404, "folder not found")
        if self.rules.in_folder(uid) and request.query.get("forceDeleteRules") != "true":
            return failed(400, "folder contains alert rules")
        self.rules.drop(uid)
        del self.folders[uid]
        self.dashboards = {key: one for key, one in self.dashboards.items() if one["folder"] != uid}
        return Response.json("")

    def _add_datasource(self, request: Request) -> Response:
        body = body_of(request)
        if not body.get("name") or not body.get("type") or not body.get("access"):
            return failed(400, "bad request data")
        uid = str(body.get("uid") or secrets.token_hex(5))
        if body["name"] in (one["name"] for one in self.datasources.values()) or uid in self.datasources:
            return failed(409, "data source with the same name already exists")
        self.datasources[uid] = {**body, "uid": uid}
        shown = {key: value for key, value in self.datasources[uid].items() if key != "secureJsonData"}
        return Response.json({"id": self._number(), "message": "Datasource added", "datasource": shown})

    def _datasource(self, _: Request, uid: str) -> Response:
        if uid not in self.datasources:
            return failed(404, "Data source not found")
        return Response.json({key: one for key, one in self.datasources[uid].items() if key != "secureJsonData"})

    def _delete_datasource(self, _: Request, uid: str) -> Response:
        if self.datasources.pop(uid, None) is None:
            return failed(404, "Data source not found")
        return Response.json({"message": "Data source deleted"})

    def _health(self, _: Request, uid: str) -> Response:
        if uid not in self.datasources:
            return failed(500, "Unable to load datasource metadata")
        try:
            self._run_query({"rawSql": "select 1", "format": "table"}, 0, 0, self.datasources[uid])
        except QueryFailed as error:
            return Response.json({"message": str(error), "status": "ERROR"}, 400)
        return Response.json({"message": "Database Connection OK", "status": "OK"})

    def _query(self, request: Request) -> Response:
        body = body_of(request)
        if not body.get("queries"):
            return failed(400, "no queries found")
        results: dict[str, Any] = {}
        for one in body["queries"]:
            uid = str((one.get("datasource") or {}).get("uid", ""))
            if uid not in self.datasources and uid != _EXPRESSION:
                return failed(404, "Data source not found")
            try:
                span = int(body.get("from") or 0), int(body.get("to") or 0)
            except ValueError:
                span = 0, 0  # Grafana's own words; who answers the queries gets no range then
            try:
                frames = self._run_query(one, *span, self.datasources.get(uid, {}))
                results[one["refId"]] = {"status": 200, "frames": frames}
            except QueryFailed as error:
                results[one["refId"]] = {"status": 500, "error": str(error), "frames": []}
        return Response.json({"results": results}, 400 if any("error" in one for one in results.values()) else 200)

    def _save_dashboard(self, request: Request) -> Response:
        body = body_of(request)
        model, folder = body.get("dashboard"), str(body.get("folderUid") or "")
        if not isinstance(model, dict):
            return failed(400, "bad request data")
        if not model.get("title"):
            return failed(400, "Dashboard title cannot be empty")
        uid = str(model.get("uid") or secrets.token_hex(5))
        if len(uid) > 40:
            return failed(400, "uid too long, max 40 characters")
        if folder and folder not in self.folders:
            return failed(400, "folder not found")
        if uid in self.dashboards and not body.get("overwrite"):
            return failed(412, "The dashboard has been changed by someone else")
        self.dashboards[uid] = {"folder": folder, "model": {**model, "uid": uid, "version": 1}}
        return Response.json({"id": self._number(), "uid": uid, "status": "success", "version": 1})

    def _dashboard(self, _: Request, uid: str) -> Response:
        if uid not in self.dashboards:
            return failed(404, "Dashboard not found")
        found = self.dashboards[uid]
        return Response.json({"meta": {"folderUid": found["folder"]}, "dashboard": found["model"]})

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers


def _alive(_: Request) -> Response:
    return Response.json({"commit": "", "database": "ok", "version": VERSION})


def failed(status: int, message: str) -> Response:
    """A refusal as Grafana words it."""
    return Response.json({"message": message}, status)


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        Refused: it is none.
    """
    try:
        found = request.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(failed(400, "bad request data"))
    return found
