"""Provisioning files in the shape of the API: pure, so any value is tried."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.services.grafana import shape
from pytest_tradeops.services.grafana.answers import _seconds
from pytest_tradeops.services.grafana.version import FORMER, PRESENT, datasource_type, numbers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=60), st.text(max_size=60))
def test_uids_fit_and_tell_apart(one: str, other: str) -> None:
    run = "tradeops-0123abcd"
    assert len(shape.uid_for(run, one)) <= 40
    assert shape.uid_for(run, one).startswith(f"{run}-")
    assert (shape.uid_for(run, one) == shape.uid_for(run, other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "value"), [("10s", 10), ("1m30s", 90), ("2h", 7200), (15, 15), ("0s", 0), ("60000ms", 60)]
)
def test_durations(text: str | int, value: int) -> None:
    assert shape.seconds(text) == value


@pytest.mark.parametrize("text", ["", "soon", "10", "1.5s", "-1s", "500ms", "10 s", "10sx"])
def test_what_is_no_duration_is_said(text: str) -> None:
    if text == "10":
        assert shape.seconds(text) == 10
        return
    with pytest.raises(TradeopsError):
        shape.seconds(text)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("$TEAM", "ops"),
        ("${TEAM}-a", "ops-a"),
        ("$$labels.x", "$labels.x"),
        ("$GONE|", "|"),
        ("{{ $labels.s }}", "{{ .s }}"),  # the trap: Grafana does so, too
        ("5 $", "5 $"),
    ],
)
def test_variables_are_expanded_as_grafana_does(text: str, made: str) -> None:
    assert shape.expand(text, {"TEAM": "ops"}) == made
    assert shape.expanded({"a": [text, 1]}, {"TEAM": "ops"}) == {"a": [made, 1]}


@given(JSON)
def test_what_comes_back_whole_differs_nowhere(value: Any) -> None:
    assert shape.differences(value, value) == []
    assert shape.differences({"k": value}, {"k": value, "added": 1}) == []


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1), min_size=1, max_size=4), st.data())
def test_whatever_is_dropped_or_changed_is_said(sent: dict[str, int], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(sent)))
    changed = {**sent, key: sent[key] + 1}
    assert shape.differences(sent, changed) == [f"{key} is {sent[key] + 1} instead of {sent[key]}"]
    dropped = {name: value for name, value in sent.items() if name != key}
    assert shape.differences(sent, dropped) == [f"{key} is gone"]


def test_a_duration_written_otherwise_is_the_same() -> None:
    assert shape.differences({"for": "60s"}, {"for": "1m"}) == []
    assert shape.differences({"for": "60s"}, {"for": "2m"}) == ["for is '2m' instead of '60s'"]
    assert shape.differences({"for": "soon"}, {"for": "2m"}) == ["for is '2m' instead of 'soon'"]


def test_a_rule_is_moved_whole() -> None:
    model = {"datasource": {"type": "postgres", "uid": "questdb"}, "rawSql": "select 1 from t"}
    given_rule = {
        "uid": "r",
        "title": "$TEAM down",
        "keepFiringFor": "1m",
        "missing_series_evals_to_resolve": 3,
        "dashboardUid": "board",
        "panelId": 4,
        "data": [{"refId": "A", "datasourceUid": "questdb", "model": model}, {"refId": "B", "datasourceUid": "other"}],
    }
    made = shape.rule(
        given_rule,
        run="tradeops-x",
        folder="f",
        group="g",
        labels={"tradeops_run": "x"},
        datasources={"questdb": "ours"},
        sql=lambda text: text.replace(" t", " p_t"),
        environ={"TEAM": "ops"},
    )
    assert made["title"] == "ops down"
    assert (made["keep_firing_for"], made["missingSeriesEvalsToResolve"], made["for"]) == ("1m", 3, "0s")
    assert made["annotations"] == {"__dashboardUid__": "board", "__panelId__": "4"}
    assert [one["datasourceUid"] for one in made["data"]] == ["ours", "other"]
    assert made["data"][0]["model"] == {
        "datasource": {"type": "postgres", "uid": "ours"},
        "rawSql": "select 1 from p_t",
    }
    assert given_rule["data"][0]["model"]["rawSql"] == "select 1 from t"  # type: ignore[index]
    assert "dashboardUid" not in made


def test_targets_of_rows_and_panels_without_hidden_ones() -> None:
    source = {"uid": "questdb"}
    folded = {"type": "row", "panels": [{"title": "in", "datasource": source, "targets": [{"refId": "A"}]}]}
    shown = {"title": "out", "targets": [{"refId": "B", "datasource": source}, {"refId": "C", "hide": True}]}
    found = shape.targets([folded, shown, {"title": "text"}])
    assert [(panel["title"], one["refId"], one["datasource"]) for panel, one in found] == [
        ("in", "A", source),
        ("out", "B", source),
    ]


@pytest.mark.parametrize(
    ("version", "kind"),
    [("9.4.0-pre", FORMER), ("10.2.3", FORMER), ("10.3.0", PRESENT), ("13.3.0+sec", PRESENT), ("", FORMER)],
)
def test_the_data_source_type_follows_the_version_where_plugins_are_not_listed(version: str, kind: str) -> None:
    from pytest_tradeops.services.grafana.api import GrafanaError

    class Refusing:
        def call(self, *_: object) -> None:
            raise GrafanaError("no", kind="unauthorized")

    class Listing:
        def __init__(self, *ids: str) -> None:
            self._ids = ids

        def call(self, *_: object) -> list[dict[str, str]]:
            return [{"id": one} for one in self._ids]

    assert datasource_type(Refusing(), version) == kind  # type: ignore[arg-type]
    assert datasource_type(Listing(FORMER), version) == FORMER  # type: ignore[arg-type]
    assert datasource_type(Listing(FORMER, PRESENT), version) == PRESENT  # type: ignore[arg-type]
    assert numbers("9.4.0-pre") == (9, 4)


def test_times_of_go() -> None:
    assert _seconds("0001-01-01T00:00:00Z") is None
    assert _seconds("2026-11-29T11:00:00.123456789Z") == pytest.approx(1795950000.123456)
    assert _seconds("") is None
