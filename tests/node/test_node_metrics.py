"""Where a node's metrics go: to the run's own database and nowhere else, whatever its configuration says."""

import json
from pathlib import Path

import pytest
from node_support import MakeSpec

from pytest_tradeops.node.guard import Refused
from pytest_tradeops.node.process import inspect
from pytest_tradeops.node.server import NodeServer, environment
from pytest_tradeops.node.sockets import Remote, strangers
from pytest_tradeops.node.spec import NodeSpec, Telemetry

COLLECTOR = """
from nautilus_trader.config import ImportableActorConfig, TradingNodeConfig
from pytest_tradeops.telemetry.collector import MetricsCollector

class Own(MetricsCollector):
    def __init__(self, config):
        super().__init__(config)
        with open("seen.json", "w") as file:
            import json
            json.dump({"conf": config.conf, "prefix": config.prefix, "spool": config.spool, "bot": config.bot}, file)

def node_config():
    return TradingNodeConfig(actors=[ImportableActorConfig(
        actor_path="bot.node:Own",
        config_path="pytest_tradeops.telemetry.collector:MetricsCollectorConfig",
        config={"conf": "http::addr=production.example:9000;", "spool": "/nowhere", "prefix": "live_", "bot": "live"},
    )])
"""


def seen(spec: NodeSpec) -> dict[str, str]:
    found: dict[str, str] = json.loads((spec.root / "seen.json").read_text())
    return found


def test_the_teams_collector_is_led_to_the_runs_database(nodes: NodeServer, make_spec: MakeSpec) -> None:
    telemetry = Telemetry.on("http://127.0.0.1:9000", "run_", bot="check")
    spec = make_spec(COLLECTOR, telemetry=telemetry)
    evidence = inspect(spec, nodes.host)
    assert evidence.collectors == ("bot.node:Own",)
    assert seen(spec) == {
        "conf": "http::addr=127.0.0.1:9000;",
        "prefix": "run_",
        "spool": str(spec.log_directory / "spool"),
        "bot": "check",
    }


def test_without_a_database_of_the_run_it_is_led_nowhere(nodes: NodeServer, make_spec: MakeSpec) -> None:
    spec = make_spec(COLLECTOR)
    inspect(spec, nodes.host)
    assert seen(spec) == {"conf": "", "prefix": "", "spool": str(spec.log_directory / "spool"), "bot": "live"}


def test_a_node_without_a_collector_gets_one_where_it_is_wanted(nodes: NodeServer, make_spec: MakeSpec) -> None:
    bare = "from nautilus_trader.config import TradingNodeConfig\ndef node_config():\n    return TradingNodeConfig()\n"
    evidence = inspect(make_spec(bare, telemetry=Telemetry.on("http://127.0.0.1:9000")), nodes.host)
    assert evidence.collectors == ()  # the team's own: it has none


@pytest.mark.parametrize(
    "conf",
    [
        "http::addr=production.example:9000;",
        "http::addr=127.0.0.1:9000;addr=production.example:9000;",
        "http::addr=127.0.0.1:9000,10.0.0.1:9000;",
        "http::addr=localhost:9000;",
        "http::addr=127.0.0.1.example:9000;",
        "http::addr=127.1:9000;",
        "http::addr=2130706433:9000;",
        "http::username=a;",
        "http::addr=;",
        "tcp::addr=[::ffff:8.8.8.8]:9009;",
        "nonsense",
    ],
)
def test_a_database_that_nobody_has_declared_is_refused(nodes: NodeServer, make_spec: MakeSpec, conf: str) -> None:
    with pytest.raises(Refused, match="metrics lead elsewhere"):
        inspect(make_spec(COLLECTOR, telemetry=Telemetry(conf=conf)), nodes.host)


def test_a_declared_one_is_allowed_at_exactly_its_port(nodes: NodeServer, make_spec: MakeSpec) -> None:
    telemetry = Telemetry.on("https://user:s3cret@192.0.2.7:9443", "run_")
    assert telemetry.conf == "https::addr=192.0.2.7:9443;username=user;password=s3cret;"
    assert "s3cret" not in repr(telemetry)
    inspect(make_spec(COLLECTOR, telemetry=telemetry), nodes.host)
    reached = frozenset({Remote("192.0.2.7", 9443), Remote("192.0.2.7", 443), Remote("127.0.0.1", 1)})
    assert strangers(reached, peers=[telemetry.peer]) == [Remote("192.0.2.7", 443)]
    assert len(strangers(reached)) == 2


def test_another_configurations_collector_can_be_borrowed(nodes: NodeServer, make_spec: MakeSpec) -> None:
    telemetry = Telemetry.on("http://127.0.0.1:9000", bot="check")
    spec = make_spec(
        COLLECTOR, config="tradeops:binance-futures", collector_of="bot.node:node_config", telemetry=telemetry
    )
    assert inspect(spec, nodes.host).collectors == ("bot.node:Own",)
    assert seen(spec)["bot"] == "check"


def test_the_teams_database_and_sentry_are_not_in_a_nodes_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDB_CLIENT_CONF", "http::addr=production.example:9000;")
    monkeypatch.setenv("SENTRY_DSN", "https://key@sentry.example/1")
    assert not [name for name in environment() if name.startswith(("QDB_", "SENTRY_"))]


def test_what_is_called_first_is_called_first(nodes: NodeServer, make_spec: MakeSpec, tmp_path: Path) -> None:
    before = "import os\n\n\ndef begin():\n    assert os.environ['WORD'] == 'said'\n    raise ValueError('begun')\n"
    spec = make_spec(before + COLLECTOR, start_up="bot.node:begin", environ={"WORD": "said"})
    with pytest.raises(AssertionError, match=r"node: raised: bot.node:begin\(\) raised ValueError: begun"):
        inspect(spec, nodes.host)
