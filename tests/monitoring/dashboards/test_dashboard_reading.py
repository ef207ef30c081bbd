# ruff: noqa: S608 - statements that are only read
"""Reading anybody's dashboards, breaking them on purpose, and asking what they ask."""

import json
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.monitoring.asking import Resolved, ask, resolve
from pytest_tradeops.monitoring.panels import (
    DashboardError,
    DashboardView,
    VariableView,
    duration_ms,
    find,
    read_dashboard,
    view,
)
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.monitoring.planting import edited, mentions, replaced, with_queries
from pytest_tradeops.monitoring.sql import TimeRange

type Ours = Callable[[str], DashboardView]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "panels",
                    "type",
                    "targets",
                    "rawSql",
                    "datasource",
                    "fieldConfig",
                    "defaults",
                    "thresholds",
                    "steps",
                    "value",
                    "templating",
                    "list",
                    "name",
                    "query",
                    "current",
                    "time",
                    "from",
                    "refresh",
                    "rows",
                    "gridPos",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)
NAME = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)


@given(_JSON, _JSON)
def test_any_json_is_read_or_refused_in_a_sentence(panels: Any, more: Any) -> None:
    document = {**(more if isinstance(more, dict) else {}), "panels": panels}
    refusal = ""
    try:
        found = view(document, Path("fuzz.json"))
    except DashboardError as error:
        refusal = str(error)
    assert "fuzz.json" in refusal if refusal else found.refresh_ms >= 0 and found.range_ms >= 0


@given(st.text(max_size=12))
def test_a_duration_is_milliseconds_or_nothing(text: str) -> None:
    assert duration_ms(text) >= 0


@pytest.mark.parametrize(("text", "wanted"), [("5s", 5_000), (">10s", 10_000), ("1m", 60_000), ("", 0), (False, 0)])
def test_durations_as_grafana_writes_them(text: Any, wanted: int) -> None:
    assert duration_ms(text) == wanted


def test_a_dashboard_is_found_by_its_uid_and_the_others_are_named(folder: Path) -> None:
    assert find(folder, "tradeops-pnl").title == "PnL"
    with pytest.raises(DashboardError, match=r"no-such.*tradeops-pnl"):
        find(folder, "no-such")
    text = (folder / "dashboards" / "tradeops-pnl.json").read_text(encoding="utf-8")
    (folder / "dashboards" / "copy.json").write_text(text, encoding="utf-8")
    with pytest.raises(DashboardError, match="in common"):
        find(folder, "tradeops-pnl")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"panels": 3}', '{"panels": [3]}', ""])
def test_what_is_no_dashboard_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DashboardError, match=r"some\.json"):
        read_dashboard(file)


def test_thresholds_units_and_overrides_are_read(ours: Ours) -> None:
    drawdown = ours("drawdown")
    assert [one.thresholds for one in drawdown.panels if one.draws_thresholds] == [(5.0, 10.0)]
    table = next(one for one in ours("connections").panels if one.title == "Components")
    assert (table.unit_of("heartbeat_age"), table.unit_of("component")) == ("s", "none")


@given(NAME, NAME, st.text(string.printable, max_size=30).map(lambda one: one.replace("'", "")))
def test_names_in_strings_stay_as_they_are(name: str, by: str, text: str) -> None:
    sql = f"SELECT '{text} {name}' FROM t1"
    assert replaced(sql, name, by).startswith(f"SELECT '{text} {name}'") or name == "select"
    assert not mentions(f"'{name}'", name)


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT success FROM t", "SELECT false FROM t"),
        ('SELECT "success" FROM t', "SELECT false FROM t"),
        ("SELECT sum(success) AS success FROM t", "SELECT sum(false) AS success FROM t"),
        ("SELECT 'success', unsuccess -- success", "SELECT 'success', unsuccess -- success"),
        ("WHERE NOT Success", "WHERE NOT false"),
    ],
)
def test_identifiers_are_replaced_and_aliases_kept(sql: str, wanted: str) -> None:
    assert replaced(sql, "success", "false") == wanted


def test_an_edit_changes_one_thing_in_the_file(ours: Ours) -> None:
    before = ours("pnl")
    first = before.panels[0].queries[0]
    text = with_queries(before, lambda _, query: "SELECT 1" if query.place == first.place else None)
    changed, original = json.loads(text), json.loads(before.file.read_text(encoding="utf-8"))
    assert changed["panels"][0]["targets"][0].pop("rawSql") == "SELECT 1"
    original["panels"][0]["targets"][0].pop("rawSql")
    assert changed == original
    with pytest.raises(DeclarationError):
        edited(before, {})


def variable(name: str, **more: Any) -> VariableView:
    given: dict[str, Any] = {"sql": "", "all_value": "", "all_chosen": False, "chosen": (), "several": False, **more}
    return VariableView(name, **given)


def test_variables_stand_for_what_they_do_when_a_dashboard_is_opened(place: MetricsPlace) -> None:
    rows = [{"timestamp": 10**18 + i, "bot": bot, "component": "bot"} for i, bot in enumerate(("A", "B", "C"))]
    place.insert("heartbeats", rows)
    sql = "SELECT DISTINCT bot FROM heartbeats ORDER BY bot"
    found = resolve(
        (
            variable("raw", all_value="'*'", all_chosen=True, several=True),
            variable("every", sql=sql, all_chosen=True, several=True),
            variable("first", sql=sql),
            variable("kept", chosen=("B",)),
            variable("narrow", sql="SELECT DISTINCT bot FROM heartbeats WHERE bot = '$first'", several=True),
        ),
        place,
        TimeRange(0, 10**19),
    )
    assert found.texts == {"raw": "'*'"}
    assert found.values == {"every": ["A", "B", "C"], "first": "A", "kept": "B", "narrow": ["A"]}


def test_the_text_of_all_is_put_in_as_it_is_in_every_spelling() -> None:
    sql = "$bot ${bot} ${bot:sqlstring} [[bot]] $bots"
    assert Resolved({}, {"bot": "'*'"}).fill(sql) == "'*' '*' '*' '*' $bots"


def test_our_dashboards_run_on_empty_tables_and_say_that_there_is_nothing(ours: Ours, place: MetricsPlace) -> None:
    for name in ("pnl", "connections", "ralph"):
        answers = ask(ours(name), place, TimeRange(1_795_000_000 * 10**9, 1_795_003_600 * 10**9))
        assert [one.error for one in answers if one.error] == []
        assert all(one.columns for one in answers)


def test_a_choice_of_one_bot_leaves_the_others_out(ours: Ours, place: MetricsPlace) -> None:
    now = 1_795_000_000 * 10**9
    place.insert("heartbeats", [{"timestamp": now, "bot": bot, "mode": "live", "component": "bot"} for bot in "AB"])
    seen = ours("connections")
    document = json.loads(seen.file.read_text(encoding="utf-8"))
    span = TimeRange(now - 10**12, now + 10**9)

    def bots() -> set[str]:
        answer = ask(read_dashboard(seen.file), place, span)[0]
        return set(next(one.values for one in answer.frames[0].fields if one.name == "bot"))

    assert bots() == {"A", "B"}
    document["templating"]["list"][0]["current"] = {"text": ["B"], "value": ["B"]}
    seen.file.write_text(json.dumps(document), encoding="utf-8")
    assert bots() == {"B"}


def test_every_dashboard_asks_for_all_values_of_a_fresh_database(ours: Ours) -> None:
    for name in ("pnl", "drawdown", "latency", "errors", "positions", "connections", "claude", "ralph"):
        assert all(one.all_chosen and one.all_value == "'*'" for one in ours(name).variables)
