"""A place on Grafana: made, read back and taken away. The same tests run on the stand-in and, where one is named, on a real one."""

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from grafana_shared import everything
from grafana_support import configured

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.model import Grade, ServiceHandle
from pytest_tradeops.services.grafana import policies, shape
from pytest_tradeops.services.grafana.api import Grafana, GrafanaError
from pytest_tradeops.services.grafana.place import GrafanaPlace
from pytest_tradeops.services.grafana.remote import RemoteProvider
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.standins.grafana import GrafanaStandin

RULE = {
    "uid": "drawdown",
    "title": "Drawdown",
    "condition": "C",
    "for": "60s",
    "noDataState": "OK",
    "execErrState": "Error",
    "labels": {"severity": "critical", "shown": "$$labels"},
    "annotations": {"summary": "at {{ $values.B }}"},
    "data": [
        {
            "refId": "A",
            "relativeTimeRange": {"from": 600, "to": 0},
            "datasourceUid": "questdb",
            "model": {"refId": "A", "rawSql": "select 1.5 as value", "format": "table", "rawQuery": True},
        },
        {
            "refId": "C",
            "datasourceUid": "__expr__",
            "model": {
                "refId": "C",
                "type": "threshold",
                "expression": "A",
                "conditions": [{"evaluator": {"type": "gt", "params": [1]}}],
            },
        },
    ],
}
GROUP = {"name": "risk", "folder": "Bot", "interval": "10s", "rules": [RULE]}
BOARD: dict[str, Any] = {
    "uid": "board",
    "title": "Board",
    "schemaVersion": 36,
    "panels": [
        {
            "id": 1,
            "title": "One",
            "type": "timeseries",
            "datasource": {"type": "postgres", "uid": "questdb"},
            "targets": [{"refId": "A", "format": "table", "rawQuery": True, "rawSql": "select 1.5 as value"}],
        },
        {
            "id": 2,
            "title": "Gone",
            "type": "timeseries",
            "datasource": {"type": "postgres", "uid": "questbd"},
            "targets": [{"refId": "A", "format": "table", "rawQuery": True, "rawSql": "select 2 as value"}],
        },
    ],
}


def from_standin(standin: GrafanaStandin) -> ServiceHandle:
    return ServiceHandle("grafana", "remote", Grade.EMBEDDED, "9.4.0-pre", standin.endpoints)


def one_row(model: Any, *_: object) -> list[dict[str, Any]]:
    """Frames of a query that gives one number."""
    schema = {"refId": "A", "fields": [{"name": "value", "type": "number"}]}
    return [{"schema": schema, "data": {"values": [[1.5]]}}]


@pytest.fixture(params=["standin", pytest.param("real", marks=pytest.mark.grafana)])
def handle(request: pytest.FixtureRequest, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceHandle]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if request.param == "standin":
        with GrafanaStandin(one_row) as standin:
            yield from_standin(standin)
        return
    yield RemoteProvider().start(configured()).handle


@pytest.fixture
def place(handle: ServiceHandle, client: QuestDbClient) -> Iterator[GrafanaPlace]:
    made = GrafanaPlace(handle)
    yield made
    made.close()


@pytest.fixture
def source(place: GrafanaPlace, client: QuestDbClient) -> str:
    return place.datasource(client.handle.endpoints["pg_readonly"])


def test_a_data_source_answers_and_runs_queries(place: GrafanaPlace, source: str) -> None:
    assert place.health() == ""
    assert place.health("nobody") != ""
    answer = place.query({"rawSql": "select 1.5 as value", "datasource": {"uid": "questdb"}})
    assert (answer.error, answer.rows, answer.frames[0].fields[0].values) == ("", 1, (1.5,))
    astray = place.query({"rawSql": "select 1", "datasource": {"uid": "questbd"}})
    assert astray.no_datasource
    assert "not found" in astray.error.lower()


def test_a_dashboard_runs_on_the_data_source_of_the_place(place: GrafanaPlace, source: str) -> None:
    uid = place.dashboard(BOARD, sql=lambda text: text.replace("1.5", "1.5 + 0"))
    shown = {title: answer for title, _, answer in place.panels(uid)}
    assert shown["One"].rows == 1
    assert shown["Gone"].no_datasource
    stored = place.api.call("GET", f"/api/dashboards/uid/{uid}")["dashboard"]
    assert stored["panels"][0]["targets"][0]["rawSql"] == "select 1.5 + 0 as value"


def test_a_sound_rule_is_kept_as_it_was_sent(place: GrafanaPlace, source: str) -> None:
    assert place.rules([GROUP]) == []
    got = place.api.call("GET", f"/api/v1/provisioning/alert-rules/{shape.uid_for(place.run, 'drawdown')}")
    assert got["labels"] == {"severity": "critical", "shown": "$labels", policies.LABEL: place.run}
    assert got["data"][0]["datasourceUid"] == source
    assert place.rules([GROUP]) == []  # again: changed, not doubled
    assert [state.name for state in place.states()] == ["Drawdown"]


def test_what_the_server_drops_is_said(place: GrafanaPlace, source: str) -> None:
    """9.4 knows neither key; a newer one keeps the first."""
    lost = place.rules([{**GROUP, "rules": [{**RULE, "keepFiringFor": "30s", "executionErrorState": "OK"}]}])
    assert "Drawdown: executionErrorState is gone" in lost


def test_a_rule_that_the_server_refuses_is_its_error(place: GrafanaPlace, source: str) -> None:
    with pytest.raises(GrafanaError, match="refused POST"):
        place.rules([{**GROUP, "rules": [{**RULE, "title": ""}]}])


def test_everything_is_taken_away(handle: ServiceHandle, client: QuestDbClient) -> None:
    api = Grafana.of(handle.endpoints)
    before = everything(api)
    place = GrafanaPlace(handle)
    source = place.datasource(client.handle.endpoints["pg_readonly"])
    place.dashboard(BOARD)
    place.rules([GROUP])
    name = place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"})
    place.route(name, [{"receiver": name, "object_matchers": [["severity", "=", "critical"]]}])
    during = policies.read(api)
    assert policies.runs(during.route)[0] == place.run
    assert everything(api, place.run)["tree"] != before["tree"]
    assert during.provenance == before["provenance"]
    place.close()
    assert everything(api, place.run) == before
    with pytest.raises(GrafanaError, match="404"):  # its health would still come from a cache, for some seconds
        api.call("GET", f"/api/datasources/uid/{source}")
    with pytest.raises(GrafanaError) as caught:
        api.call("GET", f"/api/v1/provisioning/alert-rules/{shape.uid_for(place.run, 'drawdown')}")
    assert caught.value.status in (404, 500)  # 9.4 answers 500 for a rule that is not there
    place.close()  # a second time does nothing


def test_our_route_is_the_first_and_two_places_do_not_meet(handle: ServiceHandle) -> None:
    api = Grafana.of(handle.endpoints)
    before = everything(api)
    first, second = GrafanaPlace(handle), GrafanaPlace(handle)
    for place in (first, second):
        place.route(place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"}))
    ours = (first.run, second.run)

    def routes() -> list[str]:
        return [run for run in policies.runs(policies.read(api).route) if run in ours]

    assert routes() == [second.run, first.run]
    first.close()
    assert routes() == [second.run]
    second.close()
    assert everything(api, *ours) == before


def test_somebody_elses_edit_meanwhile_stays(handle: ServiceHandle) -> None:
    """Only our route is taken out; the tree of before is not written back over theirs."""
    api = Grafana.of(handle.endpoints)
    before = everything(api)
    place = GrafanaPlace(handle)
    place.route(place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"}))
    theirs = copy.deepcopy(policies.ours("theirs", before["tree"]["receiver"]))
    policies.add(api, theirs)
    place.close()
    left = policies.runs(policies.read(api).route)
    assert policies.remove(api, "theirs")
    assert "theirs" in left
    assert place.run not in left
    assert everything(api, place.run) == before


def test_a_server_with_contact_points_of_others_is_refused(handle: ServiceHandle) -> None:
    api = Grafana.of(handle.endpoints)
    before = everything(api)
    theirs = {"uid": "theirs", "name": "their team", "type": "webhook", "settings": {"url": "http://127.0.0.1:1/"}}
    api.call("POST", "/api/v1/provisioning/contact-points", theirs)
    try:
        place, allowed = GrafanaPlace(handle), GrafanaPlace(handle, allow_shared=True)
        with pytest.raises(Inconclusive, match="their team") as caught:
            place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"})
        assert "TRADEOPS_GRAFANA_ALLOW_SHARED" in caught.value.remedy
        with pytest.raises(Inconclusive, match="not touched"):
            place.route("their team")
        place.close()
        allowed.route(allowed.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"}))
        allowed.close()
    finally:
        api.call("DELETE", "/api/v1/provisioning/contact-points/theirs")
    assert everything(api, place.run, allowed.run) == before


def test_policies_from_files_are_never_changed() -> None:
    with GrafanaStandin() as standin:
        standin.alerting.provenance = "file"
        place = GrafanaPlace(from_standin(standin))
        name = place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"})
        with pytest.raises(Inconclusive, match="come from files"):
            place.route(name)
        place.close()
        assert standin.state() == {**standin.state(), "folders": {}, "provenance": "file"}
        assert [one["type"] for one in standin.alerting.contacts] == ["email"]


def test_policies_that_an_api_provisioned_stay_so(handle: ServiceHandle) -> None:
    if handle.endpoints["http"] == os.environ.get("TRADEOPS_GRAFANA_URL", "").rstrip("/"):
        pytest.skip("a tree's provenance cannot be given back to a real server")
    api = Grafana.of(handle.endpoints)
    api.call("PUT", "/api/v1/provisioning/policies", policies.read(api).route)
    before = everything(api)
    assert before["provenance"] == "api"
    place = GrafanaPlace(handle)
    place.route(place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"}))
    place.close()
    assert everything(api, place.run) == before


@pytest.mark.parametrize("status", [404, 405])
def test_versions_without_the_pages_own_call_use_the_provisioning_api(status: int) -> None:
    from pytest_tradeops.loopback.http import Request, Response

    def gone(request: Request) -> Response | None:
        return Response.json({"message": "gone"}, status) if "/config/api/v1/alerts" in request.path else None

    with GrafanaStandin() as standin, standin.broken(gone):
        place = GrafanaPlace(from_standin(standin))
        place.route(place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"}))
        puts = [one.request for one in standin.server.exchanges if one.request.method == "PUT"]
        assert [one.headers.get("x-disable-provenance") for one in puts] == ["true"]
        place.close()
        assert "routes" not in standin.alerting.tree or not standin.alerting.tree["routes"]


def test_what_cannot_be_taken_away_is_said_and_kept_for_another_try(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, refuse: Callable[[GrafanaStandin], Any]
) -> None:
    from pytest_tradeops.services.grafana import undo

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with GrafanaStandin() as standin:
        before = standin.state()
        place = GrafanaPlace(from_standin(standin))
        assert place.folder == place.run
        place.route(place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"}))
        with standin.broken(refuse(standin)), pytest.raises(ExceptionGroup, match="not left as it was found") as caught:
            place.close()
        assert all(isinstance(one, GrafanaError) for one in caught.value.exceptions)
        (kept,) = undo.folder().glob("*.json")
        assert standin.password not in kept.read_text()
        undo.finish(kept, place.api)
        assert standin.state() == before
        assert not list(undo.folder().glob("*.json"))


@pytest.fixture
def refuse() -> Callable[[GrafanaStandin], Any]:
    from pytest_tradeops.loopback.http import Request, Response

    def make(_: GrafanaStandin) -> Any:
        def fault(request: Request) -> Response | None:
            return Response.json({"message": "database is locked"}, 500) if request.method != "GET" else None

        return fault

    return make


def test_every_query_of_a_rule_runs_over_its_own_range(place: GrafanaPlace, source: str) -> None:
    astray = copy.deepcopy(RULE)
    astray["uid"] = "astray"
    astray["data"][0]["datasourceUid"] = "questbd"  # type: ignore[index]
    found = place.rule_queries([{**GROUP, "rules": [RULE, astray]}])
    assert [(uid, ref, answer.rows, answer.no_datasource) for uid, ref, answer in found] == [
        ("drawdown", "A", 1, False),
        ("astray", "A", 0, True),
    ]


def test_a_questdb_out_of_reach_is_said_before_anything_is_made() -> None:
    far = ServiceHandle("grafana", "remote", Grade.CONTAINER, "9.4.0", {"http": "http://grafana.example.org:3000"})
    with pytest.raises(Inconclusive, match="cannot reach a QuestDB on this machine's loopback") as caught:
        GrafanaPlace(far).connect({"pg": "postgresql://admin:quest@127.0.0.1:8812/qdb"})
    assert "TRADEOPS_GRAFANA_QUESTDB_DSN" in caught.value.remedy
    with pytest.raises(Inconclusive, match="PG address of QuestDB is not known"):
        GrafanaPlace(far).connect({"http": "http://127.0.0.1:9000"})


def test_the_data_source_is_the_reader_or_what_was_configured() -> None:
    endpoints = {
        "pg": "postgresql://admin:a@127.0.0.1:8812/qdb",
        "pg_readonly": "postgresql://reader:b%20c@127.0.0.1:8812/qdb",
    }
    with GrafanaStandin() as standin:
        place = GrafanaPlace(from_standin(standin))
        (made,) = [standin.datasources[place.connect(endpoints)]]
        assert (made["user"], made["secureJsonData"], made["url"]) == ("reader", {"password": "b c"}, "127.0.0.1:8812")
        place.close()
        elsewhere = GrafanaPlace(from_standin(standin), questdb_dsn="postgresql://viewer:x@questdb:5000/other")
        made = standin.datasources[elsewhere.connect(endpoints)]
        assert (made["user"], made["url"], made["jsonData"]["database"]) == ("viewer", "questdb:5000", "other")
        elsewhere.close()


def test_what_the_credentials_may_not_do_is_inconclusive_and_no_crash() -> None:
    from pytest_tradeops.loopback.http import Request, Response

    def viewer(request: Request) -> Response | None:
        denied = Response.json({"message": "You'll need additional permissions to perform this action."}, 403)
        return denied if request.method == "POST" else None

    with GrafanaStandin() as standin, standin.broken(viewer):
        place = GrafanaPlace(from_standin(standin))
        with pytest.raises(Inconclusive, match="additional permissions"):
            place.datasource("postgresql://reader:x@127.0.0.1:8812/qdb")
        place.close()
    with pytest.raises(Inconclusive, match="not reachable"):
        place.query({"rawSql": "select 1"})
