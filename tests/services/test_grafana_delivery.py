"""A rule on a real Grafana fires on rows of ours, its messages arrive at stand-ins, and it resolves."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_support import configured

from pytest_tradeops.loopback.server import LoopbackServer, Request, Response, Route
from pytest_tradeops.services.grafana.place import GrafanaPlace
from pytest_tradeops.services.grafana.remote import RemoteProvider
from pytest_tradeops.services.questdb.client import QuestDbClient

pytestmark = [pytest.mark.grafana, pytest.mark.slow]


@pytest.fixture
def place(client: QuestDbClient) -> Iterator[GrafanaPlace]:
    made = GrafanaPlace(RemoteProvider().start(configured()).handle)
    made.connect(client.handle.endpoints)
    yield made
    made.close()


def rule(sql: str) -> dict[str, Any]:
    threshold = {"type": "threshold", "expression": "A", "conditions": [{"evaluator": {"type": "gt", "params": [10]}}]}
    data = [
        {
            "refId": "A",
            "datasourceUid": "questdb",
            "relativeTimeRange": {"from": 600, "to": 0},
            "model": {"refId": "A", "rawSql": sql, "format": "table", "rawQuery": True},
        },
        {"refId": "B", "datasourceUid": "__expr__", "model": {"refId": "B", **threshold}},
    ]
    states = {"noDataState": "OK", "execErrState": "Error"}
    return {"uid": "r", "title": "Drawdown", "condition": "B", "for": "0s", "data": data, **states}


def test_a_row_becomes_a_message_and_another_one_ends_it(place: GrafanaPlace, client: QuestDbClient) -> None:
    table = client.table("risk", "ts timestamp", "drawdown double")

    def write(value: float) -> float:
        client.sql(f"insert into {table} values (now(), {value})")  # noqa: S608 - a name of ours
        client.wait(table)
        return time.time()

    write(1)
    arrived: list[tuple[float, dict[str, Any]]] = []

    def take(request: Request) -> Response:
        arrived.append((time.time(), request.json()))
        return Response.json({})

    newest = f"select drawdown from {table} order by ts desc limit 1"  # noqa: S608 - a name of ours
    with LoopbackServer([Route("POST", "/", take)]) as hook:
        place.route(place.contact_point("hook", "webhook", {"url": f"{hook.url}/"}))
        assert place.rules([{"name": "risk", "interval": "10s", "rules": [rule(newest)]}]) == []
        seen = place.await_states(lambda rules: rules and rules[0].last_evaluation, within=60)
        assert [(one.state, one.health, one.last_error) for one in seen] == [("inactive", "ok", "")]
        written = write(20)
        assert hook.wait_for(lambda: arrived, 60)
        at, body = arrived[0]
        assert (body["status"], body["alerts"][0]["labels"]["alertname"]) == ("firing", "Drawdown")
        assert at - written < 60  # the figure itself is in docs/grafana.md: this machine may be busy
        (state,) = place.await_states(lambda rules: rules[0].state == "firing", within=60)
        assert [one.state for one in state.instances] == ["Alerting"]
        assert [one["labels"]["alertname"] for one in place.alerts()] == ["Drawdown"]
        write(1)
        assert hook.wait_for(lambda: [one for _, one in arrived if one["status"] == "resolved"], 90)
        (state,) = place.await_states(lambda rules: rules[0].state == "inactive", within=60)
        assert state.health == "ok"
        assert len(arrived) == 2


def test_a_test_message_needs_nothing_of_the_server(place: GrafanaPlace) -> None:
    got: list[dict[str, Any]] = []

    def take(request: Request) -> Response:
        got.append(request.json())
        return Response.json({}) if len(got) == 1 else Response.json({"message": "no"}, 400)

    with LoopbackServer([Route("POST", "/", take)]) as hook:
        assert place.send_test("webhook", {"url": f"{hook.url}/"}) == ""
        assert got[0]["alerts"][0]["labels"]["alertname"] == "TestAlert"
        assert "400" in place.send_test("webhook", {"url": f"{hook.url}/"})
    assert place.send_test("discord", {}) != ""
