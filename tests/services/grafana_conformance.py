"""Runs the recorded cases of alert rules on a real Grafana, all at once, and gives back what it did in their form."""

import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_tradeops.loopback.server import LoopbackServer, Request, Response, Route
from pytest_tradeops.monitoring.evaluator.replay import AFTER, BEFORE, RECORDED_AT, rule_of
from pytest_tradeops.questdb_sql import QuestDb, identifier, literal
from pytest_tradeops.services.grafana.answers import Instance, RuleState
from pytest_tradeops.services.grafana.place import GrafanaPlace

TICK = 10
_TABLE = re.compile(r"\bFROM (sig(?:err_\w_)?)")
#: Seconds for making the rules and their rows on a loaded machine.
_MAKING = 60
#: Labels that Grafana or the place adds.
_ADDED = ("alertname", "grafana_folder", "rulename", "tradeops_run")
#: A duplicate is two rows of one series; their value would fire if it were looked at.
_DOUBLED = 500


class Recorder:
    """Plays cases on a place of a real Grafana.

    Args:
        database: The QuestDB that the place's data source reads.
    """

    def __init__(self, place: GrafanaPlace, database: QuestDb, prefix: str) -> None:
        self._place, self._database, self._prefix = place, database, prefix
        self._tables: set[str] = set()
        self._seen: dict[tuple[str, int], RuleState] = {}
        self._arrived: list[tuple[float, dict[str, Any]]] = []

    def run(self, cases: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Name to `{"trace": [...], "notifications": [...]}` as the recordings have them."""
        with LoopbackServer([Route("POST", "/", self._arrive)]) as hook:
            self._place.route(self._place.contact_point("hook", "webhook", {"url": f"{hook.url}/"}))
            # Rules are evaluated as soon as they are made: their first input is there by then, and until second 0.
            early = int(time.time()) // TICK * TICK
            origin = early + _MAKING + BEFORE * TICK
            self._write(cases, early - TICK, origin)
            self._place.rules([self._group(name, case) for name, case in cases.items()])
            assert time.time() < origin - BEFORE * TICK, "making the rules took too long"
            last = max(row[0] for case in cases.values() for row in case["trace"])
            while time.time() < origin + last + TICK + AFTER:
                for state in self._place.states():
                    if state.last_evaluation is not None:
                        self._seen[state.name, round(state.last_evaluation) - origin] = state
                time.sleep(0.4)  # a poll is no condition to wait for: every tick's state is looked at
            self._arrived = [one for one in self._arrived if 0 <= one[0] - origin <= last + AFTER]
            return {name: self._result(name, case, origin) for name, case in cases.items()}

    def close(self) -> None:
        for table in sorted(self._tables):
            self._database.sql(f"drop table if exists {identifier(table)}")

    def _arrive(self, request: Request) -> Response:
        self._arrived.append((time.time(), request.json()))
        return Response.json({})

    def _group(self, name: str, case: Mapping[str, Any]) -> dict[str, Any]:
        rule = rule_of(case, name).rules[0]
        data = []
        for query in rule.data:
            model = {"refId": query.ref_id, **query.model}
            if "rawSql" in model:
                model["rawSql"] = _TABLE.sub(rf"FROM {self._prefix}\1", str(model["rawSql"]))
            span = {"from": int(query.span[0]), "to": int(query.span[1])}
            data.append(
                {
                    "refId": query.ref_id,
                    "datasourceUid": query.datasource,
                    "relativeTimeRange": span,
                    "model": {"intervalMs": 1000, "maxDataPoints": 43200, **model},
                }
            )
        shape = {
            "uid": rule.uid[:20],
            "title": name,
            "condition": rule.condition,
            "for": case["rule"]["for"],
            "noDataState": rule.no_data,
            "execErrState": rule.error,
            "data": data,
        }
        return {"name": name, "interval": "10s", "rules": [shape]}

    def _write(self, cases: Mapping[str, Mapping[str, Any]], early: int, origin: int) -> None:
        """Every row at once: no query looks further than its own tick. The last input stays, as no clock can be stopped."""
        tables: dict[str, list[str]] = {}
        for name, case in cases.items():
            named = _TABLE.search(case["rule"]["sql"])
            assert named is not None, name
            (first, last) = case["trace"][0][1], case["trace"][-1]
            inputs = [(second, first) for second in range(early - origin, 0, TICK)]
            inputs += [(row[0], row[1]) for row in case["trace"]]
            inputs += [(last[0] + TICK * step, last[1]) for step in (1, 2, 3)]
            for second, given in inputs:
                if given == "error":
                    continue  # the table of this tick is the one that does not exist
                at = origin + second
                dated = named[1] != "sig"
                table = self._prefix + (f"{named[1]}{at}" if dated else named[1])
                rows = tables.setdefault(table, [])
                if dated and rows:
                    continue  # several cases share them
                rows += [f"({at * 10**6}, {literal(name)}, {series}, {value})" for series, value in _values(given)]
        for table, rows in tables.items():
            self._tables.add(table)
            self._database.sql(
                f"create table {identifier(table)} (ts timestamp, c symbol, s symbol, v double) "
                "timestamp(ts) partition by day bypass wal"
            )
            for start in range(0, len(rows), 100):
                values = ", ".join(rows[start : start + 100])
                self._database.sql(f"insert into {identifier(table)} values {values}")  # noqa: S608 - of the cases

    def _result(self, name: str, case: Mapping[str, Any], origin: int) -> dict[str, Any]:
        trace = [self._row(name, row[0], row[1], origin) for row in case["trace"]]
        return {"trace": trace, "notifications": sorted(self._notifications(name, origin), key=lambda one: one[0])}

    def _row(self, name: str, second: int, given: object, origin: int) -> list[Any]:
        state = self._seen.get((name, second))
        if state is None:
            return [second, given, "not seen", "", [], None]
        alerts = [self._alert(one, origin) for one in state.instances]
        alerts.sort(key=lambda one: json.dumps(one["labels"], sort_keys=True))
        return [second, given, state.state, state.health, alerts, self._plain(state.last_error, origin) or None]

    def _alert(self, one: Instance, origin: int) -> dict[str, Any]:
        at = None if one.active_at is None else round(one.active_at - origin, 2)
        return {"labels": self._labels(one.labels), "state": one.state, "activeAt_s": at, "value": one.value}

    def _labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        ours = {here: theirs for theirs, here in self._place.datasources.items()}
        return {key: ours.get(value, value) for key, value in labels.items() if key not in _ADDED}

    def _plain(self, text: str, origin: int) -> str:
        """With the names and the times of the recording."""
        for theirs, here in self._place.datasources.items():
            text = text.replace(here, theirs)
        text = text.replace(self._prefix, "")
        return re.sub(r"(sigerr_\w_)(\d+)", lambda found: f"{found[1]}{int(found[2]) - origin + RECORDED_AT}", text)

    def _notifications(self, name: str, origin: int) -> Iterable[list[Any]]:
        for at, body in self._arrived:
            alerts = [
                [one["labels"]["alertname"], self._labels(one["labels"])]
                for one in body["alerts"]
                if name in (one["labels"]["alertname"], one["labels"].get("rulename"))
            ]
            if alerts:
                yield [round(at - origin, 2), body["status"], alerts]


def _values(given: object) -> list[tuple[str, str]]:
    """Series and value, as SQL, of the rows of an input."""
    if isinstance(given, Mapping):
        return [(literal(series), text) for series, value in given.items() for _, text in _values(value)]
    if given in ("null", None):
        return [("NULL", "NULL")]
    if given == "dup":
        return [("NULL", str(_DOUBLED))] * 2
    return [] if given == "nodata" else [("NULL", repr(float(str(given))))]
