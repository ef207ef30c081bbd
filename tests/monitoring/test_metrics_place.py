"""The tables of metrics under names of one's own, on a real server."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.questdb_sql import QuestDb, QuestDbError
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.telemetry.tables import TABLES

NOW = datetime.now(UTC)


def test_rows_are_read_back_by_the_ordinary_name(metrics: MetricsPlace) -> None:
    written = metrics.insert(
        "heartbeats",
        [
            {"timestamp": NOW, "bot": "a'b", "component": "bot", "connected": True, "data_age_s": 0.5, "queued": 7},
            {"timestamp": 1_000 * (int(NOW.timestamp()) * 1_000_000 + 5), "bot": "B", "data_age_s": float("inf")},
        ],
    )
    assert written == 2
    found = metrics.sql("select bot, connected, data_age_s, queued, spooled from Heartbeats order by bot desc").rows
    assert found == (("a'b", True, 0.5, 7, None), ("B", False, None, None, None))
    assert metrics.sql("select h.bot from \"heartbeats\" h where bot = 'B'").rows == (("B",),)


def test_many_rows_of_any_length_arrive(metrics: MetricsPlace) -> None:
    rows = [
        {"timestamp": NOW + timedelta(microseconds=n), "bot": "b", "component": "%&'€" * 20, "queued": n}
        for n in range(700)
    ]
    assert metrics.insert("heartbeats", rows) == 700
    assert metrics.sql("select count(), sum(queued) from heartbeats").rows == ((700, sum(range(700))),)


def test_only_the_tables_that_are_used_are_made_and_all_are_dropped(
    metrics: MetricsPlace, questdb: QuestDbClient
) -> None:
    assert metrics.sql("select count() from trading_risk where bot = 'trading_pnl' -- trading_orders").scalar() == 0

    def there() -> set[str]:
        listed = questdb.sql("select table_name from tables()").rows
        return {str(name) for (name,) in listed if str(name).startswith(metrics.prefix)}

    assert there() == {metrics.names["trading_risk"]}
    metrics.create()
    assert there() == set(metrics.names.values())
    assert len(there()) == len(TABLES)
    metrics.close()
    assert there() == set()


def test_a_neighbour_with_a_similar_prefix_is_left_alone(metrics: MetricsPlace, questdb: QuestDbClient) -> None:
    with QuestDb(questdb.handle.endpoints["http"]) as direct:
        similar = MetricsPlace(questdb, direct, prefix=metrics.prefix.replace("_", "x"))
        similar.create("heartbeats")
        try:
            metrics.close()
            assert similar.sql("select count() from heartbeats").scalar() == 0
        finally:
            similar.close()


def test_a_wrong_row_is_named(metrics: MetricsPlace) -> None:
    with pytest.raises(DeclarationError, match="heartbeats has no column 'bott'"):
        metrics.insert("heartbeats", [{"timestamp": NOW, "bott": "x"}])
    with pytest.raises(DeclarationError, match="A row for heartbeats has no timestamp"):
        metrics.insert("heartbeats", [{"bot": "x"}])
    with pytest.raises(DeclarationError, match="There is no table 'heartbeat'"):
        metrics.insert("heartbeat", [])
    with pytest.raises(QuestDbError, match="nothing"):
        metrics.sql("select nothing from heartbeats")


class _Nowhere:
    """For a place that is only asked for names."""

    grade = None

    def sql(self, query: str, **_: object) -> object:
        raise AssertionError(query)


PLACE = MetricsPlace(_Nowhere(), None, prefix="p_")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "renamed"),
    [
        ("select * from trading_pnl", "select * from p_trading_pnl"),
        ("SELECT trading_pnl.realized FROM Trading_PnL", "SELECT p_trading_pnl.realized FROM p_trading_pnl"),
        ('from "heartbeats" h', 'from "p_heartbeats" h'),
        ("from trading_pnls, my_trading_pnl", "from trading_pnls, my_trading_pnl"),
        ("where a = 'trading_pnl' -- trading_pnl\n", "where a = 'trading_pnl' -- trading_pnl\n"),
        ("where a = 'it''s trading_pnl'", "where a = 'it''s trading_pnl'"),
        ("/* trading_pnl\n */ from trading_pnl", "/* trading_pnl\n */ from p_trading_pnl"),
        ("from trading_pnl LATEST ON timestamp", "from p_trading_pnl LATEST ON timestamp"),
    ],
)
def test_names_are_replaced_where_they_are_names(statement: str, renamed: str) -> None:
    assert PLACE.rename(statement) == renamed


@given(st.lists(st.sampled_from(["'heartbeats'", "--heartbeats\n", "/*heartbeats*/", "heartbeats", " ", ",", "x"])))
def test_every_bare_name_and_no_other_is_replaced(parts: list[str]) -> None:
    text = " ".join(parts)
    expected = " ".join("p_heartbeats" if part == "heartbeats" else part for part in parts)
    assert PLACE.rename(text) == expected


@given(st.text(alphabet="'\"-/*$ab_\n heartbeats"))
def test_any_text_is_taken(text: str) -> None:
    assert PLACE.rename(text).replace("p_heartbeats", "heartbeats").lower() == text.lower()
