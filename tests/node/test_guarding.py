"""The guard over every configuration of a subject: what is examined, what trips it, and what is named."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from node_support import FACES, MakeSpec

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.node import guarding
from pytest_tradeops.node.guard import Refused
from pytest_tradeops.node.process import inspect
from pytest_tradeops.node.server import NodeServer
from pytest_tradeops.node.settings import NodeSettings

ROOT = Path(__file__).resolve().parents[2]
BOT = """
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig
from nautilus_trader.config import TradingNodeConfig

def node_config({parameters}):
    common = dict(environment={environment}, account_type=BinanceAccountType.SPOT)
    return TradingNodeConfig(
        data_clients={{"BINANCE": BinanceDataClientConfig(**common)}},
        exec_clients={{"BINANCE": BinanceExecClientConfig(**common)}},
    )

def empty():
    return TradingNodeConfig(exec_clients={{"X": SandboxExecutionClientConfig(venue="X", starting_balances=["1 USD"])}})
"""
TEST = "BinanceEnvironment.TESTNET"


def bot(environment: str = TEST, parameters: str = "") -> str:
    return BOT.format(environment=environment, parameters=parameters)


type Examine = Callable[..., guarding.Examination]


@pytest.fixture
def examine(nodes: NodeServer, make_spec: MakeSpec) -> Examine:
    """`examine("text of bot/node.py", config=..., further=...)`."""

    def run(text: str, **settings: object) -> guarding.Examination:
        spec = make_spec(text)
        given = NodeSettings(**{"config": "bot.node:node_config", **settings})  # type: ignore[arg-type]
        guarding.require(spec.root, given)
        return guarding.examine(
            given, lambda entry, mode: inspect(replace(spec, config=entry, mode=mode, faces=FACES), nodes.host)
        )

    return run


def tripped(examine: Examine, *given: object, **settings: object) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        examine(*given, **settings)
    return [(one.reason, one.where) for one in caught.value.findings]


def test_every_configuration_is_examined_in_every_mode(examine: Examine, make_spec: MakeSpec) -> None:
    root = make_spec().root
    shutil.copytree(ROOT / "strategies", root / "strategies")
    done = examine(bot(), further=("strategies.node:node_config",))
    rows = [(row["entry"], row["mode"], row["told the mode"]) for row in done.configurations]
    assert rows == [
        *(("bot.node:node_config", mode, False) for mode in guarding.MODES),
        *(("strategies.node:node_config", mode, True) for mode in guarding.MODES),
    ]
    assert done.clients == 12
    assert done.addresses > 12
    assert json.dumps(done.configurations).count("TESTNET") >= 12
    assert "127.0.0.1" not in json.dumps(done.configurations)  # its ports are others in every run


@pytest.mark.parametrize("further", ["strategies.node:node_config", "conf/second.json"])
def test_a_second_bots_configuration_trips_it_as_well(examine: Examine, make_spec: MakeSpec, further: str) -> None:
    root = make_spec().root
    shutil.copytree(ROOT / "strategies", root / "strategies")
    path = root / "strategies" / "node.py"
    path.write_text(path.read_text().replace("BinanceEnvironment.TESTNET", "None"))
    client = {"path": "nautilus_trader.adapters.binance.config:BinanceDataClientConfig", "config": {}}
    (root / "conf").mkdir()
    (root / "conf" / "second.json").write_text(json.dumps({"trader_id": "A-1", "data_clients": {"BINANCE": client}}))
    found = tripped(examine, bot(), further=(further,))
    assert {reason for reason, _ in found} == {"guard: environment not explicit"}
    assert all(where.startswith(f"{further}, mode ") for _, where in found)
    assert {where.split(":")[-2].rpartition("mode ")[2] for _, where in found} == set(guarding.MODES)


def test_a_configuration_that_is_live_in_one_mode_only_trips_it(examine: Examine) -> None:
    text = bot(f"BinanceEnvironment.LIVE if mode == 'testnet' else {TEST}", "mode")
    found = tripped(examine, text)
    assert found == [
        ("guard: live environment", "bot.node:node_config, mode testnet: data_clients.BINANCE.environment"),
        ("guard: live environment", "bot.node:node_config, mode testnet: exec_clients.BINANCE.environment"),
    ]


def test_a_configuration_without_an_exchange_proves_nothing(examine: Examine) -> None:
    with pytest.raises(CheckFailed) as caught:
        examine(bot(), config="bot.node:empty")
    assert caught.value.reasons == ("guard: no client",)


@pytest.mark.parametrize("entry", ["bot.absent:node_config", "absent.json", "../outside.json", "strategies.node:x"])
def test_what_is_missing_is_named_with_the_command_before_anything_starts(make_spec: MakeSpec, entry: str) -> None:
    (make_spec().root.parent / "outside.json").write_text("{}")
    for settings in (NodeSettings(config=entry), NodeSettings(config="bot.node:node_config", further=(entry,))):
        with pytest.raises(CheckFailed, match="tradeops init strategies") as caught:
            guarding.require(make_spec().root, settings)
        assert caught.value.reasons == ("node: entry missing",)
    guarding.require(make_spec().root, NodeSettings(config="bot.node:node_config"))
    guarding.require(make_spec().root, NodeSettings(config="tradeops:bybit-linear"))
