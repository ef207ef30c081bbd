"""What the `grafana` fixture hands to a test: a folder of its own on the run's Grafana, and everything through the API.

Data sources, dashboards, rules, contact points and routes that are made here are named by the place, and taken away by
`close`; on a server that is not this run's own also after the run was killed (`undo`).
"""

import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ...exceptions import Inconclusive
from ...model import Grade, ServiceHandle
from . import answers, policies, shape
from .answers import Answer, RuleState
from .api import Grafana, GrafanaError, quoted
from .undo import Undo, new_run
from .version import datasource_type

QUESTDB_DSN = "TRADEOPS_GRAFANA_QUESTDB_DSN"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Contact points of a server that nobody configured; its one address is a placeholder.
_UNTOUCHED = "example@email.com"
_READY = 30.0
#: Queries under way together, as a browser has them.
_AT_ONCE = 6


class GrafanaPlace:
    """A place on one Grafana. Everything is made at its first use.

    Args:
        allow_shared: Also change the notification policies of a server that has contact points of others.
        questdb_dsn: How this Grafana reaches QuestDB, if that is not as it is reached from here.

    Attributes:
        api: For calls that are not here.
        run: The beginning of every name and uid of this place, and the value of its label on rules.
        datasources: The uids that dashboards and rules of the subject name, to those here.
    """

    def __init__(
        self, handle: ServiceHandle, *, allow_shared: bool = False, questdb_dsn: str = "", run: str = ""
    ) -> None:
        self.handle = handle
        self.api = Grafana.of(handle.endpoints)
        self.run = run or new_run()
        self.datasources: dict[str, str] = {}
        self._allow_shared = allow_shared
        self._questdb_dsn = questdb_dsn
        self._undo = Undo(self.api.url, self.run, durable=handle.provider == "remote")
        self._folder = ""
        self._rules: set[str] = set()

    @property
    def grade(self) -> Grade:
        """Of the server; a place can be given to `evidence.examined(source=...)`."""
        return self.handle.grade

    @property
    def folder(self) -> str:
        """Uid of our folder, which is also its title."""
        if not self._folder:
            self._undo.changes.folders.append(self.run)
            self._undo.save()
            self.api.call("POST", "/api/folders", {"uid": self.run, "title": self.run})
            self._folder = self.run
        return self._folder

    def connect(self, endpoints: Mapping[str, str], uid: str = "questdb") -> str:
        """As `datasource`, for the endpoints of a QuestDB's handle; as its reader where there is one.

        Raises:
            Inconclusive: its PG side is not known, or out of this Grafana's reach.
        """
        dsn = self._questdb_dsn or endpoints.get("pg_readonly") or endpoints.get("pg")
        if not dsn:
            raise Inconclusive(
                "The PG address of QuestDB is not known.", remedy=f"Set TRADEOPS_QUESTDB_PG_DSN or {QUESTDB_DSN}."
            )
        if not self._questdb_dsn and _on_loopback(dsn) and not _on_loopback(self.api.url):
            raise Inconclusive(
                f"The Grafana at {self.api.place} cannot reach a QuestDB on this machine's loopback.",
                remedy=f"Name in {QUESTDB_DSN} where it reaches it.",
            )
        return self.datasource(dsn, uid)

    def datasource(self, dsn: str, uid: str = "questdb") -> str:
        """A data source for the PG side of a QuestDB, in place of the subject's one; the uid here.

        Args:
            dsn: `postgresql://user:password@host:port/qdb`, as Grafana reaches it.
            uid: What dashboards and rules call it.
        """
        parts = urllib.parse.urlsplit(dsn)
        made = shape.uid_for(self.run, uid)
        self._undo.changes.datasources.append(made)
        self._undo.save()
        database = parts.path.lstrip("/") or "qdb"
        body = {
            "uid": made,
            "name": made,
            "type": datasource_type(self.api, self.handle.version),
            "access": "proxy",
            "url": f"{parts.hostname}:{parts.port or 8812}",
            "user": urllib.parse.unquote(parts.username or ""),
            "database": database,  # where versions before 10 look for it
            "jsonData": {"database": database, "sslmode": "disable", "postgresVersion": 1200, "maxOpenConns": 8},
            "secureJsonData": {"password": urllib.parse.unquote(parts.password or "")},
        }
        self.api.call("POST", "/api/datasources", body)
        self.datasources[uid] = made
        return made

    def health(self, uid: str = "questdb") -> str:
        """Empty when the data source answers, else Grafana's words."""
        return answers.health(self.api, self.datasources.get(uid, uid))

    def query(self, model: Mapping[str, Any], *, start: int | str = "now-1h", end: int | str = "now") -> Answer:
        """Runs one query model of a panel or a rule on our data sources.

        Args:
            start, end: Milliseconds since the epoch, or Grafana's words.
        """
        given = {"refId": "A", "format": "table", **shape.target(model, self.datasources)}
        found = answers.query(self.api, [given], start=start, end=end)
        return found.get(str(given["refId"])) or Answer(str(given["refId"]), error="Grafana left the query out")

    def dashboard(self, given: Mapping[str, Any], *, sql: shape.Sql = str) -> str:
        """Puts a dashboard of the subject into our folder; its uid here.

        Args:
            sql: Applied to each statement, such as `metrics.rename`.
        """
        model = shape.dashboard(given, run=self.run, datasources=self.datasources, sql=sql)
        body = {"dashboard": model, "folderUid": self.folder, "overwrite": True}
        return str(self.api.call("POST", "/api/dashboards/db", body)["uid"])

    def panels(
        self, uid: str, *, start: int | str = "now-1h", end: int | str = "now", sql: shape.Sql = str
    ) -> list[tuple[str, str, Answer]]:
        """Runs every SQL query of a dashboard as Grafana stores it: title of the panel, stored statement, answer.

        Args:
            uid: As `dashboard` returned it, or of any dashboard here.
            sql: What a browser would do to a statement: put the dashboard's variables in.
        """
        stored = self.api.call("GET", f"/api/dashboards/uid/{quoted(uid)}")["dashboard"]
        asked = [
            (str(panel.get("title", "")), one)
            for panel, one in shape.targets(stored.get("panels") or [])
            if str(one.get("rawSql") or "").strip()
        ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(
                lambda one: self.query({**one, "rawSql": sql(one["rawSql"])}, start=start, end=end),
                [one for _, one in asked],
            )
            return [(title, one["rawSql"], answer) for (title, one), answer in zip(asked, found, strict=True)]

    def rules(
        self,
        groups: Sequence[Mapping[str, Any]],
        *,
        sql: shape.Sql = str,
        environ: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Puts rule groups of a provisioning file into our folder, and reads them back.

        Args:
            groups: The file's `groups`.
            environ: For `$NAME` in labels and titles.

        Returns:
            What Grafana did not keep: one phrase for each place, none for a sound file.
        """
        lost = []
        for group in groups:
            name = str(group["name"])
            rules = [
                shape.rule(
                    one,
                    run=self.run,
                    folder=self.folder,
                    group=name,
                    labels={policies.LABEL: self.run},
                    datasources=self.datasources,
                    sql=sql,
                    environ=environ,
                )
                for one in group["rules"]
            ]
            for rule in rules:
                again = rule["uid"] in self._rules
                path = f"/{quoted(rule['uid'])}" if again else ""
                self.api.call("PUT" if again else "POST", f"/api/v1/provisioning/alert-rules{path}", rule)
                self._rules.add(rule["uid"])
            # Without a list of rules it sets the interval alone; with one, 9.x refuses new rules that have a uid.
            body = {"title": name, "folderUid": self.folder, "interval": shape.seconds(group["interval"])}
            self.api.call("PUT", f"/api/v1/provisioning/folder/{quoted(self.folder)}/rule-groups/{quoted(name)}", body)
            for rule in rules:
                got = self.api.call("GET", f"/api/v1/provisioning/alert-rules/{quoted(rule['uid'])}")
                lost += [f"{rule['title']}: {phrase}" for phrase in shape.differences(rule, got)]
        return lost

    def rule_queries(
        self, groups: Sequence[Mapping[str, Any]], *, sql: shape.Sql = str
    ) -> list[tuple[str, str, Answer]]:
        """Runs every SQL query of the rules of a provisioning file: uid of the rule, refId, answer.

        Each over its own time range up to now; expressions are left to `rules` and `states`.
        """
        now = time.time_ns() // 10**6
        found = []
        for rule in (rule for group in groups for rule in group["rules"]):
            for one in rule.get("data") or []:
                model = one.get("model") or {}
                if "rawSql" not in model:
                    continue
                span = one.get("relativeTimeRange") or {}
                start, end = (now - 1000 * int(span.get(name) or 0) for name in ("from", "to"))
                uid = str(one.get("datasourceUid", ""))
                source = {"uid": self.datasources.get(uid, uid)}
                asked = {**model, "refId": one["refId"], "datasource": source, "rawSql": sql(model["rawSql"])}
                found.append((str(rule["uid"]), str(one["refId"]), self.query(asked, start=start, end=end)))
        return found

    def states(self) -> tuple[RuleState, ...]:
        """Our rules as the server evaluates them."""
        return answers.rules(self.api, self.folder)

    def await_states(
        self, ready: Callable[[tuple[RuleState, ...]], object], *, within: float = _READY
    ) -> tuple[RuleState, ...]:
        """Our rules as soon as `ready(rules)` is true, else as they are after `within` seconds."""
        return answers.await_rules(self.api, self.folder, ready, within=within)

    def contact_point(self, name: str, kind: str, settings: Mapping[str, Any]) -> str:
        """A contact point; its name here. A second one of that name is a further receiver of it.

        Args:
            kind: `telegram`, `discord`, `webhook`, ...

        Raises:
            Inconclusive: the server has contact points of others, and changing it was not allowed.
        """
        self._require_unshared()
        ours = shape.uid_for(self.run, name)
        uid = shape.uid_for(self.run, f"{len(self._undo.changes.contacts)}-{kind}")
        self._undo.changes.contacts.append(uid)
        self._undo.save()
        body = {"uid": uid, "name": ours, "type": kind, "settings": dict(settings), "disableResolveMessage": False}
        self.api.call("POST", "/api/v1/provisioning/contact-points", body)
        return ours

    def route(self, receiver: str, routes: Sequence[Mapping[str, Any]] = ()) -> None:
        """Sends what our rules raise to contact points of ours, and changes nothing for anybody else's alerts.

        Args:
            receiver: Name as `contact_point` returned it, for what fits none of `routes`.
            routes: As in a provisioning file: `receiver`, `object_matchers`, `group_by`, `group_wait`, ...

        Raises:
            Inconclusive: the server has contact points of others, or its policies come from files.
        """
        self._require_unshared()
        if self._undo.changes.tree is None:
            self._undo.changes.tree = policies.read(self.api).route
        self._undo.save()
        policies.add(self.api, policies.ours(self.run, receiver, routes))

    def send_test(self, kind: str, settings: Mapping[str, Any], *, timeout: float = 20.0) -> str:
        """Sends a test message through a receiver that is not stored; empty if it was delivered, else Grafana's words.

        Works on every server, shared or not: nothing is changed there.
        """
        receiver = {"name": self.run, "type": kind, "settings": dict(settings), "secureSettings": {}}
        body = {"receivers": [{"name": self.run, "grafana_managed_receiver_configs": [receiver]}]}
        try:
            found = self.api.call(
                "POST", "/api/alertmanager/grafana/config/api/v1/receivers/test", body, timeout=timeout
            )
        except GrafanaError as error:
            if not isinstance(error.answer, Mapping) or "receivers" not in error.answer:
                raise
            found = error.answer
        configs = [one for receiver in found["receivers"] for one in receiver["grafana_managed_receiver_configs"]]
        return "; ".join(str(one.get("error", one["status"])) for one in configs if one["status"] != "ok")

    def alerts(self) -> list[dict[str, Any]]:
        """What of ours is at the server's Alertmanager now."""
        matcher = urllib.parse.quote(f'{policies.LABEL}="{self.run}"')
        found: list[dict[str, Any]] = self.api.call("GET", f"/api/alertmanager/grafana/api/v2/alerts?filter={matcher}")
        return found

    def assert_healthy(self) -> None:
        """Raises unless the server answers: asked after a planted fault was undone."""
        answers.about(self.api)

    def close(self) -> None:
        """Takes everything away again.

        Raises:
            ExceptionGroup: something could not be; on a server that is not this run's own it will be tried again.
        """
        self._undo.take_back(self.api)
        self._folder = ""
        self._rules.clear()
        self.datasources.clear()

    def _require_unshared(self) -> None:
        if self._allow_shared or self.handle.provider != "remote":
            return
        others = sorted(
            {
                str(one["name"])
                for one in self.api.call("GET", "/api/v1/provisioning/contact-points")
                if not str(one.get("uid", "")).startswith("tradeops-") and _UNTOUCHED not in str(one.get("settings"))
            }
        )
        if others:
            raise Inconclusive(
                f"The Grafana at {self.api.place} has contact points of others ({', '.join(others[:3])}): "
                "its notification policies are not touched.",
                remedy="Set TRADEOPS_GRAFANA_ALLOW_SHARED=1 if a route of our own may be added while this runs.",
            )


def _on_loopback(url: str) -> bool:
    return urllib.parse.urlsplit(url).hostname in _LOOPBACK
