"""SEC-003, STG-002, STG-004 and STG-005 on somebody else's bot, as they are run: serially and with two workers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from lean import LEAN

from pytest_tradeops.venue.client import AccountKey, VenueClient
from pytest_tradeops.venue.process import VenueProcess, start_venue

pytestmark = pytest.mark.slow

SETTINGS = """
[tool.tradeops.node]
config = {config!r}

[tool.tradeops.profiles.own]
required = {required}
"""
#: A layout of their own: no `strategies`, a factory for the configuration deep in a package, futures.
PYTHON = """
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.config import InstrumentProviderConfig, TradingNodeConfig
from nautilus_trader.model.identifiers import InstrumentId

def assemble():
    common = dict(
        environment={environment},
        account_type=BinanceAccountType.USDT_FUTURES,
        instrument_provider=InstrumentProviderConfig(load_ids=frozenset({{InstrumentId.from_str("ETHUSDT-PERP.BINANCE")}})),
    )
    return TradingNodeConfig(
        trader_id="ACME-007",
        data_clients={{"BINANCE": BinanceDataClientConfig(**common)}},
        exec_clients={{"BINANCE": BinanceExecClientConfig(**common)}},
    )
"""
#: Puts the venue in the place of the testnets, so that the whole way with keys can be gone.
PLUGIN = """
from pytest_tradeops.node.testnet import account, transport

account.ORIGINS.update({origins!r})
transport.Place.is_testnet = property(lambda self: True)
"""


@dataclass
class Bot:
    """The subject; `run` runs some checks on it."""

    pytester: pytest.Pytester
    workers: int

    def write(self, name: str, text: str) -> None:
        path = self.pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def use_python(self, environment: str = "BinanceEnvironment.TESTNET") -> str:
        for folder in ("acme", "acme/live"):
            self.write(f"{folder}/__init__.py", "")
        self.write("acme/live/wiring.py", PYTHON.format(environment=environment))
        return "acme.live.wiring:assemble"

    def use_file(self) -> str:
        module = "nautilus_trader.adapters.bybit.config"
        common = {
            "environment": "TESTNET",
            "product_types": ["LINEAR"],
            "instrument_provider": {"load_ids": ["ETHUSDT-LINEAR.BYBIT"]},
        }
        document = {
            "trader_id": "ACME-007",
            "data_clients": {"BYBIT": {"path": f"{module}:BybitDataClientConfig", "config": common}},
            "exec_clients": {"BYBIT": {"path": f"{module}:BybitExecClientConfig", "config": common}},
        }
        self.write("deploy/node.json", json.dumps(document))
        return "deploy/node.json"

    def run(self, config: str, *checks: str, arguments: tuple[str, ...] = ()) -> tuple[int, str, dict[str, Any]]:
        """Exit code, all that was printed or written, and id to check of the report."""
        self.write("pyproject.toml", SETTINGS.format(config=config, required=list(checks)))
        suites = {"SEC": "security", "STG": "staging"}
        nodes = [f"tradeops/{suites[one[:3]]}/test_{one.lower().replace('-', '_')}.py" for one in checks]
        done = self.pytester.runpytest_subprocess(
            *(f"-n{self.workers}", *LEAN, "--tradeops-gate=own", "--tradeops-report=out/report.json", "-rA", "-l"),
            *("--tradeops-html=out/page.html", "--tradeops-summary=out/summary.md", "--junitxml=out/junit.xml"),
            *arguments,
            *nodes,
        )
        out = self.pytester.path / "out"
        written = "".join(path.read_text() for path in sorted(out.iterdir()) if path.is_file())
        report = json.loads((out / "report.json").read_text())
        text = "\n".join((*done.outlines, *done.errlines, written))
        return int(done.ret), text, {one["id"]: one for one in report["checks"]}


@pytest.fixture(params=[0, 2], ids=["serial", "two-workers"])
def bot(request: pytest.FixtureRequest, pytester: pytest.Pytester) -> Bot:
    return Bot(pytester, request.param)


@pytest.mark.parametrize("kind", ["python", "file"])
def test_a_foreign_bot_passes_and_every_planted_fault_is_caught(bot: Bot, kind: str) -> None:
    config = bot.use_python() if kind == "python" else bot.use_file()
    code, output, checks = bot.run(config, "SEC-003", "STG-002")
    assert code == 0, output
    assert {one: check["outcome"] for one, check in checks.items()} == {"SEC-003": "passed", "STG-002": "passed"}
    assert all(fault["caught"] for check in checks.values() for fault in check["faults"])
    assert checks["SEC-003"]["covered"] == ["4.1.2"]
    assert checks["STG-002"]["covered"] == ["4.2.3", "V.staging.3"]
    examined = {row["entry"] for row in checks["SEC-003"]["evidence"]["facts"]["configurations"]}
    assert examined == {config} == {checks["STG-002"]["evidence"]["facts"]["configuration"]}
    assert not any((bot.pytester.path / "acme").rglob("__pycache__")), "the run left something behind in the subject"


@pytest.mark.parametrize("environment", ["None", "BinanceEnvironment.LIVE"])
def test_a_hostile_bot_is_22_and_nothing_is_started(bot: Bot, environment: str) -> None:
    code, output, checks = bot.run(bot.use_python(environment), "SEC-003", "STG-002")
    assert code == 22, output
    reason = "environment not explicit" if environment == "None" else "live environment"
    for check in checks.values():
        assert check["outcome"] == "error"
        assert check["reason"].startswith(f"guard: {reason}"), check["reason"]
    assert checks["SEC-003"]["examined"] == 0
    assert "exec_clients.BINANCE.environment" in output


def test_a_subject_without_a_node_is_told_the_command(bot: Bot) -> None:
    code, output, checks = bot.run("strategies.node:node_config", "SEC-003", "STG-002")
    assert code == 21, output
    for check in checks.values():
        assert check["reason"].startswith("node: entry missing")
        assert "tradeops init strategies" in check["remedy"]


# With keys: the venue stands in for the testnets.


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    with start_venue(tmp_path_factory.mktemp("testnet") / "state", seed=17, limits=False) as running:
        yield running


type Keys = Callable[..., dict[str, AccountKey]]


@pytest.fixture
def keys(bot: Bot, venue: VenueProcess, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """Sets keys of the stand-in for the testnets; `wrong` exchanges get another key's secret."""
    origins = {face: urls["http"] for face, urls in venue.urls.items()}
    bot.write("stand_in.py", PLUGIN.format(origins=origins))
    client: VenueClient = venue.client

    def set_keys(*wrong: str) -> dict[str, AccountKey]:
        made = {}
        for face, name in (("binance-spot", "BINANCE"), ("binance-futures", "BINANCE_FUTURES"), ("bybit", "BYBIT")):
            key = made[face] = client.new_account(face)
            secret = client.new_account(face).api_secret if face in wrong else key.api_secret
            monkeypatch.setenv(f"TRADEOPS_{name}_TESTNET_API_KEY", key.api_key)
            monkeypatch.setenv(f"TRADEOPS_{name}_TESTNET_API_SECRET", secret)
        return made

    return set_keys


def leaked(output: str, keys: dict[str, AccountKey]) -> list[str]:
    return [face for face, key in keys.items() if key.api_key in output or key.api_secret in output]


def test_without_keys_both_are_inconclusive_and_name_them(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BINANCE", "BINANCE_FUTURES", "BYBIT"):
        for half in ("KEY", "SECRET"):
            monkeypatch.delenv(f"TRADEOPS_{name}_TESTNET_API_{half}", raising=False)
    code, output, checks = bot.run("none", "STG-004", "STG-005")
    assert code == 20, output
    for check, name in (("STG-004", "BINANCE"), ("STG-005", "BYBIT")):
        assert checks[check]["outcome"] == "inconclusive"
        assert checks[check]["examined"] == 0
        assert [fault["caught"] for fault in checks[check]["faults"]] == [True]
        assert f"TRADEOPS_{name}_TESTNET_API_KEY" in checks[check]["remedy"]


def test_with_keys_an_order_is_placed_and_cancelled_at_grade_testnet(bot: Bot, venue: VenueProcess, keys: Keys) -> None:
    made = keys()
    code, output, checks = bot.run("none", "STG-004", "STG-005", arguments=("-p", "stand_in"))
    assert code == 0, output
    assert {one: (check["outcome"], check["grade"]) for one, check in checks.items()} == {
        "STG-004": ("passed", "testnet"),
        "STG-005": ("passed", "testnet"),
    }
    assert (checks["STG-004"]["covered"], checks["STG-005"]["covered"]) == (["4.2.1"], ["4.2.2"])
    for face, key in made.items():
        assert [one.status for one in venue.client.orders(face, account=key.account)] == ["CANCELED"]
    assert leaked(output, made) == []


def test_a_wrong_secret_is_block_and_no_key_is_in_any_output(bot: Bot, keys: Keys) -> None:
    made = keys("bybit", "binance-futures")
    code, output, checks = bot.run("none", "STG-004", "STG-005", arguments=("-p", "stand_in"))
    assert code == 21, output
    assert checks["STG-004"]["reason"].startswith("binance: signature refused")
    assert checks["STG-005"]["reason"].startswith("bybit: signature refused")
    assert leaked(output, made) == []
