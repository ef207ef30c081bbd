# ruff: noqa: S608 - statements on tables of our own
"""Rules as other people write them: sound ones in many styles, and the classic defects in other words."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_tradeops.monitoring.lint import lint
from pytest_tradeops.questdb_sql import QuestDb

BASE = yaml.safe_load((Path(__file__).parent / "fixtures" / "null-fires" / "clean.yaml").read_text(encoding="utf-8"))
RECENT = "timestamp > dateadd('m', -5, now())"
SHARE = "sum(CASE WHEN event IN ('rejected', 'denied') THEN 1 ELSE 0 END)"


def rule(
    sql: str = "",
    *,
    title: str = "Drawdown",
    gt: float | None = None,
    lt: float | None = None,
    form: str = "table",
    **more: Any,
) -> dict[str, Any]:
    """The base rule with another query, threshold and title; a warning, unless `more` says otherwise."""
    document = copy.deepcopy(BASE)
    one = document["groups"][0]["rules"][0]
    one.update({"uid": "own", "title": title, "labels": {"severity": "warning"}, "annotations": {}} | more)
    if sql:
        one["data"][0]["model"].update(rawSql=sql, format=form)
    evaluator = one["data"][2]["model"]["conditions"][0]["evaluator"]
    if lt is not None:
        evaluator.update(type="lt", params=[lt])
    elif gt is not None:
        evaluator.update(type="gt", params=[gt])
    return dict(document)


SOUND = {
    "newest row of each": rule(
        f"SELECT bot, drawdown_pct FROM trading_risk WHERE drawdown_pct IS NOT NULL AND {RECENT} "
        "LATEST ON timestamp PARTITION BY bot"
    ),
    "a time series, reduced": rule(
        "SELECT timestamp AS time, drawdown_pct AS value FROM trading_risk WHERE $__timeFilter(timestamp) "
        "AND drawdown_pct IS NOT NULL ORDER BY time",
        form="time_series",
    ),
    "a rate in percent": rule(
        f"SELECT coalesce(100.0 * {SHARE} / count(), 0) AS rate FROM trading_orders WHERE {RECENT}",
        title="Error rate above 1 %",
        gt=1,
    ),
    "a rate as a share": rule(
        f"SELECT coalesce({SHARE} * 1.0 / count(), 0) AS rate FROM trading_orders WHERE {RECENT}",
        title="Error rate above 1 %",
        gt=0.01,
    ),
    "two tables": rule(
        f"WITH o AS (SELECT count() AS n FROM trading_orders WHERE {RECENT}), e AS (SELECT count() AS n FROM "
        f"trading_errors WHERE {RECENT}) SELECT CASE WHEN o.n > 0 THEN 100.0 * e.n / o.n ELSE 0 END AS r "
        "FROM o CROSS JOIN e",
        title="Errors per order",
        gt=1,
    ),
    "a count": rule(f"SELECT count() AS n FROM trading_errors WHERE {RECENT}", title="Too many errors", gt=10),
    "a value against its limit": rule(
        "SELECT bot, instrument, abs(position) / position_max AS used FROM trading_risk WHERE position_max > 0 AND "
        f"position IS NOT NULL AND {RECENT} LATEST ON timestamp PARTITION BY bot, instrument",
        title="Position above its maximum",
        gt=1,
    ),
    "nanoseconds as milliseconds": rule(
        f"SELECT coalesce(approx_percentile(latency_ns, 0.99), 0) / 1000000.0 AS ms FROM order_latency WHERE {RECENT}",
        title="Latency above 500 ms",
        gt=500,
    ),
    "nanoseconds": rule(
        f"SELECT coalesce(max(latency_ns), 0) AS latency FROM order_latency WHERE {RECENT}",
        title="Latency above 500 ms",
        gt=500_000_000,
    ),
    "a loss": rule(
        f"SELECT strategy, coalesce(last(realized), 0) AS pnl FROM trading_pnl WHERE {RECENT} GROUP BY strategy",
        title="Loss",
        lt=-1000,
    ),
    "events of an outage, of which none is good news": rule(
        "SELECT component, count() AS n FROM connection_status WHERE status = 'disconnected' "
        "AND timestamp > dateadd('s', -30, now()) GROUP BY component",
        title="Connection lost",
        gt=0,
        noDataState="OK",
    ),
    "a dead man's switch": rule("SELECT 1 AS v", title="Watchdog: always firing", gt=0),
    "an age": rule(
        "SELECT bot, datediff('s', max(timestamp), now()) AS age FROM heartbeats WHERE component = 'bot' GROUP BY bot",
        title="Bot is silent",
        gt=30,
        noDataState="Alerting",
    ),
}
DEFECTIVE = {
    "a share against percent": (
        rule(
            f"SELECT coalesce({SHARE} * 1.0 / count(), 0) AS rate FROM trading_orders WHERE {RECENT}",
            title="Error rate above 1 %",
            gt=1,
        ),
        {"threshold-unit"},
    ),
    "nanoseconds against milliseconds": (
        rule(
            f"SELECT coalesce(max(latency_ns), 0) AS latency FROM order_latency WHERE {RECENT}",
            title="Latency above 500 ms",
            gt=500,
        ),
        {"threshold-unit"},
    ),
    "divided by 100 against percent": (
        rule(f"SELECT coalesce(max(drawdown_pct), 0) / 100 AS dd FROM trading_risk WHERE {RECENT}", gt=10),
        {"threshold-unit"},
    ),
    "a sum over no rows": (
        rule(f"SELECT sum(commission) AS v FROM trading_orders WHERE {RECENT}", title="Fees", gt=10),
        {"null-fires"},
    ),
    "the newest row may be NULL": (
        rule(f"SELECT bot, drawdown_pct FROM trading_risk WHERE {RECENT} LATEST ON timestamp PARTITION BY bot"),
        {"null-fires"},
    ),
    "a threshold below everything": (rule(gt=-1), {"cannot-resolve"}),
    "an empty range": (rule(f"SELECT 0.0 + count() AS n FROM trading_errors WHERE {RECENT}", lt=0), {"cannot-fire"}),
    "a count by group is never 0": (
        rule(
            "SELECT bot, count() AS beats FROM heartbeats WHERE timestamp > dateadd('s', -30, now()) GROUP BY bot",
            title="Exchange connection lost",
            lt=1,
            noDataState="OK",
        ),
        {"cannot-fire", "nodata-hides-outage"},
    ),
    "PostgreSQL's interval": (
        rule(
            "SELECT coalesce(max(drawdown_pct), 0) AS v FROM trading_risk WHERE timestamp > now() - interval '5 minutes'"
        ),
        {"query-fails"},
    ),
    "a macro without parentheses": (
        rule("SELECT coalesce(max(drawdown_pct), 0) AS v FROM trading_risk WHERE timestamp > $__timeFrom"),
        {"macro-unknown"},
    ),
    "a dashboard's own time": (
        rule("SELECT coalesce(max(drawdown_pct), 0) AS v FROM trading_risk WHERE timestamp > $__from"),
        {"variable-in-rule"},
    ),
}


@pytest.fixture
def found(tmp_path: Path, connect: Callable[[], QuestDb]) -> Callable[[Any], set[str]]:
    """Kinds that are found in a document."""

    def examine(document: Any) -> set[str]:
        file = tmp_path / "rules.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return {one.kind for one in lint([file], connect).findings}

    return examine


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_rule_is_not_reported(name: str, found: Callable[[Any], set[str]]) -> None:
    assert found(SOUND[name]) == set()


@pytest.mark.parametrize("name", DEFECTIVE)
def test_a_defective_rule_is_reported_for_its_own_reason(name: str, found: Callable[[Any], set[str]]) -> None:
    document, kinds = DEFECTIVE[name]
    assert found(document) == kinds
