# ruff: noqa: S608 - statements on tables of our own
"""`tradeops db` on a real server, and without one."""

import json
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.monitoring.place import MetricsPlace
from pytest_tradeops.telemetry.tables import SCHEMA, TABLES


@pytest.fixture
def at(metrics: MetricsPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options that point to this test's own tables."""
    database = metrics.database
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", f"http://{database._host}:{database._port}")
    monkeypatch.delenv("TRADEOPS_QUESTDB_TOKEN", raising=False)
    return ["--subject", str(tmp_path), "--prefix", metrics.prefix]


def test_migrate_says_what_it_did_and_does_it_once(
    at: list[str], metrics: MetricsPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "status", *at]) == 1
    shown = capsys.readouterr().out
    assert f"The server is at no version, this package at {SCHEMA}: run `tradeops db migrate`." in shown
    assert shown.count("missing") == len(TABLES)

    assert main(["db", "migrate", "--dry-run", *at]) == 0
    planned = capsys.readouterr().out
    assert planned.count("CREATE TABLE") == len(TABLES)
    assert "would be run" in planned

    assert main(["db", "migrate", *at]) == 0
    assert f"were run; the tables are of version {SCHEMA}." in capsys.readouterr().out
    assert main(["db", "migrate", *at]) == 0
    assert capsys.readouterr().out == f"Nothing to do: all {len(TABLES)} tables are of version {SCHEMA}.\n"
    assert main(["db", "status", "--format", "json", *at]) == 0
    shown_json = json.loads(capsys.readouterr().out)
    assert shown_json["current"] is True
    assert {one["name"]: one["ttl"] for one in shown_json["tables"]} == {
        metrics.prefix + name: table.ttl for name, table in TABLES.items()
    }


def test_a_table_made_by_hand_ends_with_one_and_a_remedy(
    at: list[str], metrics: MetricsPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    pnl = metrics.names["trading_pnl"]
    metrics.database.sql(TABLES["trading_pnl"].ddl(pnl).replace("realized DOUBLE", "realized VARCHAR", 1))
    assert main(["db", "migrate", *at]) == 1
    shown = capsys.readouterr().out
    assert f"{pnl}: realized is VARCHAR, not DOUBLE.\n  Rename that table to keep its rows" in shown
    assert "1 table is not as defined; it was not touched." in shown
    assert main(["db", "migrate", "--format", "json", *at]) == 1
    assert [one["reason"] for one in json.loads(capsys.readouterr().out)["findings"]] == ["tables: type differs"]
    assert main(["db", "status", *at]) == 1
    assert "differs" in capsys.readouterr().out


def test_a_newer_server_is_refused_in_one_sentence(
    at: list[str], metrics: MetricsPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "migrate", *at]) == 0
    metrics.database.sql(f"insert into {metrics.prefix}tradeops_schema values (now(), 99)")
    capsys.readouterr()
    assert main(["db", "migrate", *at]) == 2
    assert capsys.readouterr().err == (
        f"tradeops: The server's tables are of version 99; this package knows them up to {SCHEMA}. "
        "Update pytest-tradeops here; tables are never taken back.\n"
    )
    assert main(["db", "status", *at]) == 1
    assert f"of version 99, newer than this package's {SCHEMA}" in capsys.readouterr().out


def test_the_definition_needs_no_server(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADEOPS_QUESTDB_URL", raising=False)
    assert main(["db", "schema", "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["version"] == SCHEMA
    assert [one["name"] for one in printed["tables"]] == list(TABLES)
    assert printed["tables"][0]["columns"][0]["name"] == "timestamp"
    assert main(["db", "schema"]) == 0
    assert capsys.readouterr().out.count("CREATE TABLE IF NOT EXISTS") == len(TABLES)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "tradeops: TRADEOPS_QUESTDB_URL is not set, so there is no server to ask."),
        (
            "http://user:hunter2@127.0.0.1:1",
            "tradeops: The QuestDB at 127.0.0.1:1 does not answer: Connection refused.",
        ),
        ("ftp://hunter2@host", "tradeops: TRADEOPS_QUESTDB_URL is no http address."),
        ("http://hunter2@host:port", "tradeops: TRADEOPS_QUESTDB_URL is no http address."),
    ],
)
@pytest.mark.parametrize("action", ["migrate", "status"])
def test_without_a_server_it_is_said_without_secrets(
    url: str,
    said: str,
    action: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", url)
    assert main(["db", action, "--subject", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(said)
    assert "hunter2" not in shown.err + shown.out


def test_a_prefix_that_can_be_no_name_is_refused(at: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "status", *at[:2], "--prefix", "a'; drop table x; --"]) == 2
    assert "No table's name can begin with" in capsys.readouterr().err
