# ruff: noqa: S608 - statements on tables of our own
"""The bodies of MON-001 and KNO-003: silent on a good server, and each fault under its own name."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.questdb import claims, durability, ingest, liveness, tampering
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.questdb.process import Instance, launch
from pytest_tradeops.services.settings import ServicesSettings

CLAIMS = {
    "engine": "QuestDB",
    "version": "9.3.4",
    "protocol": "ilp-http",
    "durability": "acknowledged-rows-survive-sigkill",
}


def _reasons(found: object) -> list[str]:
    return [one.reason for one in found.findings]  # type: ignore[attr-defined]


@pytest.fixture
def own() -> Iterator[Instance]:
    made = launch(ServicesSettings(), extra={"dev.mode.enabled": "true"})
    yield made
    made.stop()


def test_a_good_server_is_alive_and_keeps_every_row(client: QuestDbClient) -> None:
    alive = liveness.examine(client)
    assert (alive.findings, alive.answers, alive.version) == ((), 4, "9.3.4")
    sent = ingest.examine(client)
    assert (sent.findings, sent.sent, sent.columns) == ([], 500, 20)


def test_every_type_that_ilp_writes_is_sent(client: QuestDbClient) -> None:
    kinds = {one.ddl for one in ingest.types().values()} | {"symbol"}
    assert len(kinds) == 18
    old = QuestDbClient(Broker(ServicesSettings(), custom=lambda _: replace(client.handle, version="8.1.0")))
    assert ingest.examine(old).columns == 18  # without nanoseconds and arrays, which it does not know
    old.close()


def test_a_frozen_server_is_hung_on_both_sides(breakable: QuestDbClient) -> None:
    breakable.proxy.freeze()
    assert _reasons(liveness.examine(breakable, deadline=2)) == ["questdb: hung", "questdb: hung"]


def test_one_frozen_side_is_named(breakable: QuestDbClient) -> None:
    assert breakable.proxy.pg is not None
    breakable.proxy.pg.freeze()
    (finding,) = liveness.examine(breakable, deadline=2).findings
    assert (finding.reason, finding.message.startswith("The PG port")) == ("questdb: hung", True)


def test_a_server_that_is_away_is_not_called_hung(breakable: QuestDbClient) -> None:
    breakable.proxy.refuse()
    assert _reasons(liveness.examine(breakable)) == ["questdb: not reachable", "questdb: not reachable"]


def test_a_suspended_table_is_named_although_it_takes_rows(own: Instance) -> None:
    client = QuestDbClient(Broker(ServicesSettings(), custom=lambda _: own.handle))
    table = client.table("stuck")
    client.sql(f"alter table '{table}' suspend wal with 24, 'too many open files'")
    client.sql(f"insert into '{table}' values (now(), 1.0)")  # acknowledged
    (finding,) = liveness.examine(client).findings
    assert finding.reason == "questdb: table suspended"
    assert table in finding.message
    assert "too many open files" in finding.message
    client.close()


def test_two_ports_of_two_servers_are_noticed(own: Instance, client: QuestDbClient) -> None:
    mixed = replace(own.handle, endpoints={**own.handle.endpoints, "pg": client.handle.endpoints["pg"]})
    two = QuestDbClient(Broker(ServicesSettings(), custom=lambda _: mixed))
    assert _reasons(liveness.examine(two)) == ["questdb: two servers answer"]
    two.close()


def test_a_table_remade_behind_the_sender_loses_acknowledged_rows(breakable: QuestDbClient) -> None:
    ingest.remake_behind_sender(breakable)
    found = ingest.examine(breakable)
    assert found.sent == 500  # all of them were acknowledged
    assert _reasons(found) == ["ingest: acknowledged rows missing"]


def test_rows_that_somebody_doubles_are_noticed(client: QuestDbClient) -> None:
    client.observers.append(lambda table: client.sql(f"insert into {table} select * from {table} limit 1"))
    client.observers.insert(0, client.wait)
    assert _reasons(ingest.examine(client)) == ["ingest: rows doubled"]


def test_a_value_that_somebody_changes_is_noticed(client: QuestDbClient) -> None:
    client.observers.append(lambda table: client.sql(f"update {table} set a_double = a_double + 1e-9 where n = 3"))
    client.observers.insert(0, client.wait)
    (finding,) = ingest.examine(client).findings
    assert finding.reason == "ingest: value differs"
    assert finding.message.startswith("a_double (double) of row 3 is ")


def test_a_connection_cut_in_the_middle_is_a_failed_flush(breakable: QuestDbClient) -> None:
    breakable.observers.append(lambda _: breakable.proxy.refuse())
    assert _reasons(ingest.examine(breakable)) == ["ingest: flush failed"]
    breakable.proxy.thaw()


def test_rows_in_a_suspended_table_are_acknowledged_and_not_visible(own: Instance) -> None:
    client = QuestDbClient(Broker(ServicesSettings(), custom=lambda _: own.handle))

    def suspend(table: str) -> None:
        client.observers.clear()
        client.wait(table)
        client.sql(f"alter table '{table}' suspend wal with 24, 'x'")

    client.observers.append(suspend)
    assert _reasons(ingest.examine(client)) == ["ingest: acknowledged rows not visible"]
    client.close()


@pytest.mark.slow
def test_acknowledged_rows_survive_the_servers_sigkill(own: Instance) -> None:
    done, findings = claims.durability_findings("ADR-002", own)
    assert findings == []
    assert (done.kills, done.lost, done.torn) == (durability.KILLS, 0, 0)
    assert done.acknowledged >= durability.KILLS * durability.BATCHES * durability.ROWS


@pytest.mark.slow
def test_rows_that_a_kill_takes_along_are_counted(own: Instance) -> None:
    def restart() -> None:
        own.restart()
        with QuestDb(own.handle.endpoints["http"]) as database:
            database.sql("truncate table durability")  # as if nothing had reached the disk

    done, findings = claims.durability_findings("ADR-002", replace(own, restart=restart))
    assert done.lost == done.acknowledged > 0
    assert {finding.reason for finding in findings} == {"adr-002: claim false"}


@pytest.mark.slow
def test_a_table_that_cannot_be_read_after_the_kill_is_lost_too(own: Instance) -> None:
    def restart() -> None:
        own.restart()
        with QuestDb(own.handle.endpoints["http"]) as database:
            database.sql("drop table durability")

    found = durability.examine(replace(own, restart=restart), kills=1)
    assert _reasons(found) == ["durability: table unreadable"]


def test_true_claims_are_accepted_in_both_spellings(client: QuestDbClient) -> None:
    long = {**CLAIMS, "protocol": "ILP over HTTP", "durability": "acknowledged rows survive SIGKILL of the server"}
    for claimed in (CLAIMS, long):
        assert claims.form_findings(claimed, "ADR-002") == []
        assert claims.identity_findings(claimed, "ADR-002", client) == []


@pytest.mark.parametrize(("key", "value"), [("engine", "TimescaleDB"), ("version", "9.3.5")])
def test_a_false_claim_is_quoted_beside_what_runs(client: QuestDbClient, key: str, value: str) -> None:
    (finding,) = claims.identity_findings({**CLAIMS, key: value}, "ADR-007", client)
    assert finding.reason == "adr-002: claim false"  # the same under whatever number the record is kept
    assert value in finding.message
    assert CLAIMS[key] in finding.message
    assert "ADR-007" in finding.message


@pytest.mark.parametrize("key", claims.KEYS)
@pytest.mark.parametrize("value", [None, "", 9])
def test_a_missing_claim_is_named(key: str, value: object) -> None:
    (finding,) = claims.form_findings({**CLAIMS, key: value}, "ADR-002")
    assert (finding.reason, f"the {key}." in finding.message) == ("adr-002: claims missing", True)


@pytest.mark.parametrize("key", ["protocol", "durability"])
def test_a_claim_that_nothing_tests_is_refused(key: str) -> None:
    (finding,) = claims.form_findings({**CLAIMS, key: "carrier pigeon"}, "ADR-002")
    assert finding.reason == "adr-002: claim cannot be tested"


def test_the_planted_version_is_in_the_block_and_nowhere_else(tmp_path: Path) -> None:
    record = tmp_path / "ADR-002-storage.md"
    record.write_text('version = "1"\n\n```toml claims\nengine = "QuestDB"\nversion = \'9.3.4\'  # pinned\n```\n')
    tampering.claim_another_version(tmp_path, "ADR-002")
    assert record.read_text() == (
        'version = "1"\n\n```toml claims\nengine = "QuestDB"\nversion = \'0.0.1\'  # pinned\n```\n'
    )
    with pytest.raises(DeclarationError, match="no line with a version"):
        tampering.claim_another_version(tmp_path, "ADR-009")
