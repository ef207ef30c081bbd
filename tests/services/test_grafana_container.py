"""Grafana in a container, provisioned from the subject's own files, its alerts at the stand-ins of both messengers.

Needs an engine that has the image: `TRADEOPS_GRAFANA_IMAGE`, default the official one.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from grafana_support import configured

from pytest_tradeops.exceptions import NotReady
from pytest_tradeops.model import Grade
from pytest_tradeops.services import images
from pytest_tradeops.services.engine import connect, probe
from pytest_tradeops.services.grafana.container import launch, provisioning
from pytest_tradeops.services.grafana.place import GrafanaPlace
from pytest_tradeops.services.provider import Running
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.services.standin_image import is_standin
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.standins.gateway import Gateway
from pytest_tradeops.standins.telegram import TelegramInbox

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def grade() -> Grade:
    """What the image's evidence counts as; skips where the engine does not have it."""
    client = connect(probe().address)
    try:
        image = images.present(client, configured().grafana_image)
    finally:
        client.close()
    if image is None:
        pytest.skip(f"the engine has no image {configured().grafana_image}")
    return Grade.EMBEDDED if is_standin(image.labels) else Grade.CONTAINER


@pytest.fixture(scope="module")
def server(grade: Grade) -> Iterator[Running]:
    running = launch(configured())
    yield running
    running.stop()


def test_it_reads_the_runs_database_on_loopback_and_nobody_else_gets_in(
    server: Running, grade: Grade, client: QuestDbClient
) -> None:
    assert (server.handle.grade, server.handle.provider) == (grade, "container")
    assert urlsplit(server.handle.endpoints["http"]).hostname == "127.0.0.1"
    place = GrafanaPlace(server.handle)
    place.connect(client.handle.endpoints)
    assert place.health() == ""
    table = client.table("prices")
    with client.sender() as sender:
        from questdb import TimestampNanos

        sender.row(table, columns={"value": 1.5}, at=TimestampNanos.now())
        sender.flush()
    client.wait(table)
    select = f"select value from {table}"  # noqa: S608 - a name of ours
    answer = place.query({"rawSql": select, "datasource": {"uid": "questdb"}})
    assert (answer.error, answer.frames[0].fields[0].values) == ("", (1.5,))
    refused = place.query({"rawSql": f"drop table {table}", "datasource": {"uid": "questdb"}})
    assert "denied" in refused.error.lower()
    place.close()


def test_what_its_files_break_is_said_with_its_own_words(grade: Grade) -> None:
    broken = "apiVersion: 1\ngroups:\n  - orgId: 1\n    name: g\n    folder: f\n    interval: 7s\n    rules: []\n"
    with pytest.raises(NotReady, match="ended during its start") as caught:
        launch(configured(), files={"/etc/grafana/provisioning/alerting/rules.yaml": broken.encode()})
    assert "interval" in str(caught.value)


def test_the_subjects_own_files_alert_both_messengers(grade: Grade, client: QuestDbClient) -> None:
    """The whole way: tables, rules, routes and contact points as `tradeops init monitoring` writes them."""
    from pytest_tradeops.monitoring.provisioning import DASHBOARDS_PATH
    from pytest_tradeops.questdb_sql import QuestDb
    from pytest_tradeops.telemetry.migrations import migrate

    with (
        client.own() as database,
        TelegramInbox() as telegram,
        DiscordInbox() as discord,
        Gateway({"api.telegram.org": telegram.url}) as gateway,
    ):
        endpoints = database.handle.endpoints
        reader = urlsplit(endpoints["pg_readonly"])
        with QuestDb(endpoints["http"]) as tables:
            migrate(tables)
            environment = {
                **telegram.environment,
                "TRADEOPS_DISCORD_WEBHOOK_URL": discord.url,
                "TRADEOPS_QUESTDB_PG_ADDRESS": f"{reader.hostname}:{reader.port}",
                "TRADEOPS_QUESTDB_PG_USER": reader.username or "",
                "TRADEOPS_QUESTDB_PG_PASSWORD": reader.password or "",
                **gateway.environment,
                "SSL_CERT_FILE": "/etc/ssl/throw-away.pem",
            }
            files = {
                **provisioning(ROOT / "monitoring", dashboards=DASHBOARDS_PATH),
                "/etc/ssl/throw-away.pem": gateway.ca,
            }
            running = launch(configured(), files=files, environment=environment)
            try:
                _alerted(running, tables, telegram, discord)
            finally:
                running.stop()
        assert gateway.refused == []


def _alerted(running: Running, tables: "QuestDb", telegram: TelegramInbox, discord: DiscordInbox) -> None:  # noqa: F821
    place = GrafanaPlace(running.handle)
    wanted = {"drawdown-critical", "drawdown-warning", "connection-lost", "error-rate", "position-max", "pipeline-dead"}
    api = place.api
    rules = {one["uid"] for one in api.call("GET", "/api/v1/provisioning/alert-rules")}
    assert rules >= wanted
    points = {one["name"] for one in api.call("GET", "/api/v1/provisioning/contact-points")}
    assert points >= {"telegram-critical", "discord-critical", "telegram-warning", "discord-warning"}
    deadline = time.monotonic() + 60
    while len(api.call("GET", "/api/search?type=dash-db")) < 8:  # dashboards are read after it began to answer
        assert time.monotonic() < deadline, "the dashboards did not appear"
        time.sleep(0.2)
    for board in api.call("GET", "/api/search?type=dash-db"):
        shown = place.panels(board["uid"], sql=lambda text: text.replace("$bot", "'*'"))
        assert not [title for title, _, answer in shown if answer.no_datasource]
    written = time.time_ns()
    for at in range(written - 30 * 10**9, written, 10**9):
        row = f"({at // 1000}, 'bot', 'live', 80, 100, 20)"
        tables.sql(f"insert into trading_risk (timestamp, bot, mode, equity, peak, drawdown_pct) values {row}")  # noqa: S608
    for inbox in (telegram, discord):
        message = inbox.await_message("rawdown", within=60)
        assert "firing" in str(message).lower()
    print(f"from the row to both messages: {(time.time_ns() - written) / 10**9:.1f} s")  # noqa: T201 - with -s
