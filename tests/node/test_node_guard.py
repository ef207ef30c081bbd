"""Hostile configurations: each one could reach a live venue, or cannot be proven not to, and each is named for it."""

import json
import shutil
from pathlib import Path

import pytest
from node_support import FACES, MakeSpec

from pytest_tradeops.exceptions import DeclarationError, GuardTripped
from pytest_tradeops.node.guard import Refused
from pytest_tradeops.node.planting import without_environment
from pytest_tradeops.node.process import NodeProcess, inspect
from pytest_tradeops.node.server import NodeServer
from pytest_tradeops.node.spec import Access

HEAD = """
import os
from msgspec.structs import replace
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.adapters.bybit.config import BybitDataClientConfig, BybitExecClientConfig
from nautilus_trader.common.config import ImportableFactoryConfig
from nautilus_trader.config import *
from nautilus_trader.core.nautilus_pyo3 import BybitEnvironment, BybitProductType

T = {"environment": BinanceEnvironment.TESTNET}
F = {**T, "account_type": BinanceAccountType.USDT_FUTURES}
B = {"environment": BybitEnvironment.TESTNET, "product_types": (BybitProductType.LINEAR,)}

def node(data=None, execution=None, **more):
    return TradingNodeConfig(
        data_clients={"X": data} if data else {}, exec_clients={"X": execution} if execution else {}, **more
    )
"""


def body(expression: str, before: str = "") -> str:
    return f"{HEAD}\n{before}\n\ndef node_config():\n    return {expression}\n"


HARMLESS = [
    "node(BinanceDataClientConfig(**T), BinanceExecClientConfig(**T))",
    "node(BinanceDataClientConfig(**F), BinanceExecClientConfig(**F))",
    "node(BinanceDataClientConfig(environment=BinanceEnvironment.DEMO))",
    "node(BybitDataClientConfig(**B), BybitExecClientConfig(**B))",
    "node(BybitDataClientConfig(environment=BybitEnvironment.TESTNET))",  # all products that the venue has
    "node(BinanceDataClientConfig(**T, base_url_http='http://127.0.0.1:80', base_url_ws='ws://[::1]:80'))",
    "node(BinanceDataClientConfig(**T, base_url_http='https://testnet.binance.vision'))",
]


def address(text: str, scheme: str = "http") -> str:
    return f"node(BinanceDataClientConfig(**T, base_url_http={scheme + '://' + text!r}))"


ADDRESSES = [
    address("api.binance.com", "https"),
    address("127.0.0.1@api.binance.com"),
    address("127.0.0.1:80@api.binance.com:80"),
    address("user:password@127.0.0.1:80"),
    address("127.0.0.1.evil.com:80"),
    address("localhost:80"),
    address("2130706433:80"),  # decimal
    address("0177.0.0.1:80"),  # octal
    address("0x7f.0.0.1:80"),
    address("127.1:80"),
    address("0.0.0.0:80"),
    address("10.0.0.1:80"),
    address("[::ffff:8.8.8.8]:80"),
    address("[::]:80"),
    address("[fe80::1%25lo]:80"),
    address("127.0.0.1:80\\@api.binance.com"),
    address("127.0.0.1:80#@api.binance.com"),
    address("127.0.0.1:80?@api.binance.com"),
    address("127.0.0.1:80/\n@api.binance.com"),
    address(" 127.0.0.1:80"),
    address("\uff11\uff12\uff17.0.0.1:80"),  # full-width digits
    address("testnet.binance.vision.evil.com", "https"),
    address("testnet.binance.vision", "http"),  # unencrypted
    address("api.bybit.com", "https"),
    "node(BinanceDataClientConfig(**T, base_url_ws='wss://stream.binance.com:9443'))",
    "node(None, BinanceExecClientConfig(**F, base_url_ws_stream='wss://fstream.binance.com'))",
    "node(BybitDataClientConfig(**B, base_url_http='https://api.bybit.com'))",
    "node(None, BybitExecClientConfig(**B, base_url_ws_private='wss://stream.bybit.com/v5/private'))",
    "node(None, BybitExecClientConfig(**B, base_url_ws_trade='wss://stream.bybit.com/v5/trade'))",
    "node(BinanceDataClientConfig(**T, base_url_http=8080))",
]

REFUSED = [
    *[("guard: address not allowed", one) for one in ADDRESSES],
    ("guard: environment not explicit", "node(BinanceDataClientConfig())"),
    ("guard: environment not explicit", "node(None, BinanceExecClientConfig(**{**F, 'environment': None}))"),
    ("guard: environment not explicit", "node(BybitDataClientConfig())"),
    ("guard: environment not explicit", "node(BinanceDataClientConfig(environment='TESTNET'))"),
    ("guard: environment not explicit", "node(BinanceDataClientConfig(environment=BybitEnvironment.TESTNET))"),
    ("guard: live environment", "node(BinanceDataClientConfig(environment=BinanceEnvironment.LIVE))"),
    ("guard: live environment", "node(None, BybitExecClientConfig(environment=BybitEnvironment.MAINNET))"),
    ("guard: live environment", "node(BybitDataClientConfig(environment=BybitEnvironment.DEMO))"),
    ("guard: Binance US", "node(BinanceDataClientConfig(**T, us=True))"),
    ("guard: Binance US", "node(BinanceDataClientConfig(**T, us=None))"),
    ("guard: proxy", "node(BinanceDataClientConfig(**T, proxy_url='http://127.0.0.1:3128'))"),
    ("guard: proxy", "node(None, BybitExecClientConfig(**B, proxy_url='socks5://127.0.0.1:1'))"),
    (
        "guard: unknown account type",
        "node(BinanceDataClientConfig(**T, account_type=BinanceAccountType.COIN_FUTURES))",
    ),
    ("guard: unknown account type", "node(None, BinanceExecClientConfig(**T, account_type=BinanceAccountType.MARGIN))"),
    ("guard: unknown account type", "node(BinanceDataClientConfig(**T, account_type='SPOT'))"),
    ("guard: unknown client configuration", "node(LiveDataClientConfig())"),
    ("guard: unknown client configuration", "node({'environment': 'LIVE'} and LiveDataClientConfig())"),
    ("guard: unknown client configuration", "node(BinanceExecClientConfig(**T))"),  # as a data client
    (
        "guard: unknown client configuration",
        "node(ImportableConfig(path='bot.own:Config', config={}))",
    ),
    (
        "guard: unknown factory",
        "node(ImportableConfig(path='nautilus_trader.adapters.binance.config:BinanceDataClientConfig',"
        " config={'environment': 'TESTNET'}, factory=ImportableFactoryConfig(path='bot.own:Factory')))",
    ),
    (
        "guard: live environment",
        "node(ImportableConfig(path='nautilus_trader.adapters.binance.config:BinanceDataClientConfig',"
        " config={'environment': 'LIVE'}))",
    ),
    ("guard: unknown node configuration", "{'data_clients': {}}"),
    ("guard: unknown node configuration", "NautilusKernelConfig(environment='sandbox', trader_id='A-1')"),
]
#: What stands before the function, with a configuration that is harmless by itself.
TREACHEROUS = [
    ("guard: proxy in the environment", "os.environ['HTTPS_PROXY'] = 'http://127.0.0.1:3128'"),
    ("guard: proxy in the environment", "os.environ['all_proxy'] = 'socks5://127.0.0.1:1'"),
    ("guard: live keys in the environment", "os.environ['BINANCE_API_KEY'] = 'k'"),
    ("guard: live keys in the environment", "os.environ['BINANCE_FUTURES_API_SECRET'] = 's'"),
    ("guard: live keys in the environment", "os.environ['BYBIT_API_SECRET'] = 's'"),
    (
        "guard: unknown client configuration",
        "class Sub(BinanceDataClientConfig, frozen=True):\n    base_url_other: str = 'https://api.binance.com'\n"
        "BinanceDataClientConfig = Sub",
    ),
    (
        "guard: unknown node configuration",
        "class Own(TradingNodeConfig, frozen=True): pass\nTradingNodeConfig = Own",
    ),
    (
        "guard: unknown client configuration",
        "class Provider(InstrumentProviderConfig, frozen=True): pass\nT['instrument_provider'] = Provider()",
    ),
    # A module that bends the adapter itself: only the built client tells.
    (
        "guard: built client leads elsewhere",
        "from nautilus_trader.adapters.binance import factories as f\n"
        "make = f.BinanceLiveDataClientFactory.create\n"
        "f.BinanceLiveDataClientFactory.create = staticmethod(\n"
        "    lambda config, **more: make(config=replace(config, base_url_ws='wss://stream.binance.com:9443'), **more))",
    ),
    (
        "guard: built client leads elsewhere",
        "from nautilus_trader.adapters.binance.spot.execution import BinanceSpotExecutionClient as C\n"
        "init = C.__init__\n"
        "def bent(self, *a, **k):\n    init(self, *a, **k)\n    self._ws_client._base_url = 'wss://ws-api.binance.com'\n"
        "C.__init__ = bent",
    ),
    (
        "guard: client missing",
        "from nautilus_trader.live.node_builder import TradingNodeBuilder as N\nN.build_data_clients = lambda *_: None",
    ),
]


def reasons(nodes: NodeServer, spec: object) -> set[str]:
    with pytest.raises(Refused) as caught:
        inspect(spec, nodes.host)  # type: ignore[arg-type]
    assert isinstance(caught.value, GuardTripped)
    assert all(one.message for one in caught.value.findings)
    return {one.reason for one in caught.value.findings}


@pytest.mark.parametrize("expression", HARMLESS)
def test_a_configuration_that_is_proven_is_built_and_read_back(
    nodes: NodeServer, make_spec: MakeSpec, expression: str
) -> None:
    evidence = inspect(make_spec(body(expression)), nodes.host)
    assert len(evidence.written) == len(evidence.rendered) == len(evidence.built) > 0
    assert all(row["addresses"] >= 1 for row in (*evidence.rendered, *evidence.built))
    assert {row["environment"] for row in evidence.written} <= {"TESTNET", "DEMO"}


@pytest.mark.parametrize(("reason", "expression"), REFUSED)
def test_what_cannot_be_proven_is_refused(nodes: NodeServer, make_spec: MakeSpec, reason: str, expression: str) -> None:
    assert reasons(nodes, make_spec(body(expression))) == {reason}


@pytest.mark.parametrize(("reason", "before"), TREACHEROUS)
def test_what_a_module_does_behind_its_configuration_is_refused(
    nodes: NodeServer, make_spec: MakeSpec, reason: str, before: str
) -> None:
    harmless = "node(BinanceDataClientConfig(**T), BinanceExecClientConfig(**T))"
    assert reason in reasons(nodes, make_spec(body(harmless, before)))


@pytest.mark.parametrize(
    "change",
    [
        {"ws": "ws://stream.binance.com:80"},
        {"ws_api": "ws://127.0.0.1@ws-api.binance.com:80/ws-api/v3"},
        {"http": "http://localhost:9"},
        {"http": ""},
    ],
)
def test_rendering_is_not_trusted_either(nodes: NodeServer, make_spec: MakeSpec, change: dict[str, str]) -> None:
    good = FACES["binance-spot"]
    spec = make_spec(
        body("node(BinanceDataClientConfig(**T), BinanceExecClientConfig(**T))"),
        faces={"binance-spot": Access({**good.urls, **change}, "key", "secret")},
    )
    assert reasons(nodes, spec) == {"guard: address not allowed"}


def test_a_missing_address_falls_through_to_nobody(nodes: NodeServer, make_spec: MakeSpec) -> None:
    urls = {**FACES["binance-futures"].urls, "ws": None}
    spec = make_spec(
        body("node(BinanceDataClientConfig(**F), BinanceExecClientConfig(**F))"),
        faces={"binance-futures": Access(urls, "key", "secret")},  # type: ignore[arg-type]
    )
    assert reasons(nodes, spec) == {"guard: address missing"}


def test_without_keys_of_ours_an_adapter_would_look_for_its_own(nodes: NodeServer, make_spec: MakeSpec) -> None:
    spec = make_spec(
        body("node(None, BinanceExecClientConfig(**T))"), faces={"binance-spot": Access(FACES["binance-spot"].urls)}
    )
    assert reasons(nodes, spec) == {"guard: keys not explicit"}


@pytest.mark.parametrize(
    ("reason", "expression"),
    [
        ("guard: address not allowed", address("127.0.0.1:80")),  # loopback is the venue's, not the testnet's
        ("guard: address not allowed", address("api.binance.com", "https")),
        ("guard: live environment", "node(BybitDataClientConfig(environment=BybitEnvironment.DEMO))"),
        ("guard: environment not explicit", "node(BinanceDataClientConfig())"),
    ],
)
def test_the_testnet_mode_knows_the_test_hosts_and_nothing_else(
    nodes: NodeServer, make_spec: MakeSpec, reason: str, expression: str
) -> None:
    assert reasons(nodes, make_spec(body(expression), mode="testnet")) == {reason}


@pytest.mark.parametrize(
    "expression",
    [
        "node(BinanceDataClientConfig(**T), BinanceExecClientConfig(**T))",
        "node(BinanceDataClientConfig(**F), BinanceExecClientConfig(**F))",
        "node(BinanceDataClientConfig(environment=BinanceEnvironment.DEMO))",
        "node(BybitDataClientConfig(**B), BybitExecClientConfig(**B))",
    ],
)
def test_the_testnet_mode_leaves_addresses_to_the_environment_and_reads_them_back(
    nodes: NodeServer, make_spec: MakeSpec, expression: str
) -> None:
    faces = {name: Access({}, "key", "secret") for name in FACES}
    evidence = inspect(make_spec(body(expression), mode="testnet", faces=faces), nodes.host)
    assert all(row["addresses"] == 0 for row in evidence.rendered)
    assert all(row["addresses"] >= 1 for row in evidence.built)


def test_a_tripped_guard_ends_the_process_with_22(nodes: NodeServer, make_spec: MakeSpec) -> None:
    spec = make_spec(body("node(BinanceDataClientConfig())"))
    with pytest.raises(Refused, match=r"guard: environment not explicit: .*data_clients\.X\.environment.*TESTNET"):
        NodeProcess.start(spec, nodes.host)
    assert not spec.log_directory.joinpath("node.jsonl").exists()  # refused before NautilusTrader was even set up


def test_a_configuration_file_is_held_to_the_same_rules(nodes: NodeServer, make_spec: MakeSpec) -> None:
    spec = make_spec(config="node.json")
    client = {"path": "nautilus_trader.adapters.binance.config:BinanceDataClientConfig", "config": {}}
    for environment, expected in (("TESTNET", set()), ("LIVE", {"guard: live environment"})):
        client["config"] = {"environment": environment}
        text = json.dumps({"trader_id": "FILE-001", "data_clients": {"BINANCE": client}})
        (spec.root / "node.json").write_text(text, encoding="utf-8")
        if expected:
            assert reasons(nodes, spec) == expected
        else:
            assert inspect(spec, nodes.host).built[0]["class"] == "BinanceSpotDataClient"


@pytest.mark.parametrize("kind", ["function that is told the mode", "function", "file"])
def test_a_forgotten_environment_can_be_planted_in_any_bot(nodes: NodeServer, make_spec: MakeSpec, kind: str) -> None:
    spec = make_spec(body("node(BinanceDataClientConfig(**T), BinanceExecClientConfig(**T))"))
    if kind == "file":
        client = {
            "path": "nautilus_trader.adapters.binance.config:BinanceDataClientConfig",
            "config": {"environment": "TESTNET"},
        }
        (spec.root / "node.json").write_text(json.dumps({"trader_id": "FILE-001", "data_clients": {"B": client}}))
        spec = make_spec(config="node.json")
    elif kind != "function":
        shutil.copytree(Path(__file__).parents[2] / "strategies", spec.root / "strategies")
        spec = make_spec(config="strategies.node:node_config")
    assert inspect(spec, nodes.host).built
    path, text = without_environment(spec.root, spec.config)
    (spec.root / path).write_text(text)
    assert reasons(nodes, spec) == {"guard: environment not explicit"}


def test_a_fault_that_would_plant_nothing_is_refused(make_spec: MakeSpec) -> None:
    spec = make_spec(body("node()"))
    (spec.root / "node.json").write_text('{"trader_id": "FILE-001"}')
    for entry in ("node.json", "absent.json", "bot.absent:node_config", "bot.node:absent"):
        with pytest.raises(DeclarationError):
            without_environment(spec.root, entry)
