"""What the checks of tables and pipeline must notice, beyond the faults that they plant themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.telemetry import tables_check
from pytest_tradeops.telemetry.conf import Conf, conf_for
from pytest_tradeops.telemetry.loss_check import _compare
from pytest_tradeops.telemetry.tables import TABLES


def test_lost_and_doubled_rows_are_told_apart() -> None:
    assert _compare([0, 1, 2, 3, 9], 4) == (4, [])
    found, findings = _compare([0, 1, 1, 3, 7, 7], 4)
    assert found == 3
    assert [one.reason for one in findings] == ["metrics: rows lost", "metrics: rows doubled"]
    assert "1 of 4 rows" in findings[0].message
    assert "2 rows are there more than once, the first is row 1" in findings[1].message


@pytest.mark.parametrize(
    ("ttl", "reason"),
    [
        ("", "retention: table has no TTL"),
        (" TTL 29 DAYS", "retention: TTL differs"),
    ],
)
def test_a_retention_that_is_not_as_defined_is_named(metrics: MetricsPlace, ttl: str, reason: str) -> None:
    table = TABLES["heartbeats"]
    metrics.database.sql(table.ddl(metrics.names["heartbeats"]).replace(f" TTL {table.ttl}", ttl))
    metrics.create()
    done = tables_check.retention(metrics.database, metrics.names)
    assert [(one.reason, one.where) for one in done.findings] == [(reason, metrics.names["heartbeats"])]
    assert done.rows == 3 * (len(TABLES) - 1)


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["localhost", "127.0.0.1", "[::1]"]),
    st.integers(1, 65_535),
    st.text(alphabet="ab;=%", max_size=8),
)
def test_an_address_becomes_a_configuration_string(scheme: str, host: str, port: int, token: str) -> None:
    conf = Conf.parse(conf_for(f"{scheme}://{host}:{port}", token))
    assert (conf.url, conf.token) == (f"{scheme}://{host}:{port}", token)
    conf = Conf.parse(conf_for(f"{scheme}://u%3A:p%3B%40@{host}:{port}/"))
    assert (conf.username, conf.password) == ("u:", "p;@")
