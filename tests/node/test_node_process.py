"""Nodes in processes of their own: how they start, how each kind of end is told, and that none is left behind."""

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from node_support import MakeSpec, gone

from pytest_tradeops.exceptions import CheckFailed, Inconclusive, TradeopsError
from pytest_tradeops.node.ending import classify, last_word
from pytest_tradeops.node.process import NodeProcess, NodeSilent
from pytest_tradeops.node.server import NodeServer

EMPTY = "from nautilus_trader.config import TradingNodeConfig\n\ndef node_config():\n    return TradingNodeConfig()\n"
#: A bot whose strategy does `{act}` as soon as it runs.
BOT = """
import asyncio, os, signal, time
from pathlib import Path
from nautilus_trader.config import ImportableStrategyConfig, StrategyConfig, TradingNodeConfig
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.trading.strategy import Strategy

class Bot(Strategy):
    def on_start(self):
        asyncio.get_running_loop().call_later(0.05, self.act)  # a timer of NautilusTrader's has a thread of its own
        {start}

    def act(self):
        {act}

def node_config():
    one = ImportableStrategyConfig(
        strategy_path="bot.node:Bot", config_path="nautilus_trader.config:StrategyConfig", config={{}}
    )
    return TradingNodeConfig(strategies=[one])
"""


def bot(act: str = "pass", start: str = "pass") -> str:
    return BOT.format(act=act, start=start)


def test_a_node_runs_answers_and_stops(nodes: NodeServer, make_spec: MakeSpec) -> None:
    with NodeProcess.start(make_spec(bot()), nodes.host) as node:
        assert (node.status, node.method, node.end) == ("running", "fork", None)
        assert os.getsid(node.pid) == node.pid  # a session of its own: no Ctrl-C of ours reaches it
        assert node.state().strategies == ("Bot-000", "TradeopsDriver-900")
        end = node.stop()
    assert end.healthy
    assert gone(node.pid)
    assert list(node.times) == ["starting", "running", "stopping", "stopped"]
    assert {row["trader_id"] for row in node.log_lines()} == {f"TRADER-{node.spec.tag}"}
    with pytest.raises(NodeSilent, match="was asked to quote and has ended"):
        node.quote("BTCUSDT.BINANCE")


def test_two_nodes_at_once_share_nothing(nodes: NodeServer, make_spec: MakeSpec, tmp_path: Path) -> None:
    text = bot(start=f"Path({str(tmp_path)!r}, f'{{self.trader_id}}.uuid').write_text(UUID4().value)")
    first = make_spec(text)
    specs = [first, first.again(tmp_path / "other")]
    with ThreadPoolExecutor(2) as pool:
        running = list(pool.map(lambda spec: NodeProcess.start(spec, nodes.host), specs))
    try:
        assert [one.status for one in running] == ["running", "running"]
        # Forked from one process, they would draw the same numbers if its generator were seeded already.
        assert len({file.read_text() for file in tmp_path.glob("*.uuid")}) == 2
        assert running[0].kill().kind == "killed"
        assert running[1].state().strategies == ("Bot-000", "TradeopsDriver-900")
        assert running[1].stop().healthy
    finally:
        for one in running:
            one.close()


def test_an_interpreter_of_its_own_does_as_well(nodes: NodeServer, make_spec: MakeSpec) -> None:
    with NodeProcess.start(make_spec(bot(), start="spawn"), nodes.host) as node:
        assert node.method == "spawn"
        assert os.getsid(node.pid) == node.pid
        assert node.stop().healthy
    assert gone(node.pid)


@pytest.mark.parametrize(
    ("act", "kind", "code", "name"),
    [
        ("os._exit(1)", "exited", 1, ""),  # as NautilusTrader itself after an exception in a handler
        ("os._exit(0)", "exited", 0, ""),  # exit code 0 is not health
        ("os.abort()", "crashed", None, "SIGABRT"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed", None, "SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "crashed", None, "SIGKILL"),  # not ours: the kernel's, out of memory
        ("self.shutdown_system('enough')", "shut down", 0, ""),
    ],
)
def test_every_end_is_told_apart(
    nodes: NodeServer, make_spec: MakeSpec, act: str, kind: str, code: int | None, name: str
) -> None:
    with NodeProcess.start(make_spec(bot(act)), nodes.host) as node:
        end = node.wait(10)
    assert (end.kind, end.code, end.signal) == (kind, code, name)
    assert not end.healthy
    assert end.reason == ("enough" if kind == "shut down" else "")
    assert node.status == kind


def test_a_kill_of_ours_is_no_crash(nodes: NodeServer, make_spec: MakeSpec) -> None:
    with NodeProcess.start(make_spec(bot()), nodes.host) as node:
        assert str(node.kill()) == "killed by SIGKILL"
        assert node.stop() is node.end


def test_nobody_saw_the_end() -> None:
    end = classify(None, stopped=False, asked=False, killed=False, refused=False, problem="", reason="")
    assert (end.kind, end.healthy) == ("lost", False)


def test_a_node_that_will_not_stop_is_killed(nodes: NodeServer, make_spec: MakeSpec) -> None:
    spec = make_spec(bot("time.sleep(600)"), stop_timeout=1.0)
    with NodeProcess.start(spec, nodes.host) as node:
        node.wait_for(lambda events: False, 0.2)
        started = time.monotonic()
        assert str(node.stop()) == "killed by SIGKILL"
        assert time.monotonic() - started < 5
    assert gone(node.pid)


def test_what_a_node_started_ends_with_it(nodes: NodeServer, make_spec: MakeSpec, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    start = f"import subprocess; Path({str(file)!r}).write_text(str(subprocess.Popen(['sleep', '600']).pid))"
    with NodeProcess.start(make_spec(bot(start=start)), nodes.host) as node:
        pid = int(file.read_text())
        node.stop()
    assert gone(pid)


@pytest.mark.parametrize("start", ["time.sleep(600)", "while True: pass"])
def test_a_node_that_does_not_start_is_told_within_its_deadline(
    nodes: NodeServer, make_spec: MakeSpec, start: str
) -> None:
    started = time.monotonic()
    with pytest.raises(CheckFailed) as caught:
        NodeProcess.start(make_spec(bot(start=start), start_timeout=1.5), nodes.host)
    assert time.monotonic() - started < 8
    (found,) = caught.value.findings
    assert found.reason == "node: not started"
    assert "did not start within 1.5 s" in found.message


def test_a_venue_that_does_not_answer_is_no_running_node(nodes: NodeServer, make_spec: MakeSpec) -> None:
    with pytest.raises(CheckFailed) as caught:
        NodeProcess.start(make_spec(config="tradeops:binance-spot", start_timeout=2.0), nodes.host)
    (found,) = caught.value.findings
    assert found.reason == "node: not started"
    assert "data and execution not connected" in found.message
    assert "The log's last word: " in found.message


@pytest.mark.parametrize(
    ("text", "config", "reason", "told"),
    [
        ("", "bot.absent:node_config", "node: entry missing", "no module 'bot.absent'"),
        ("", "bot.node:node_config", "node: entry missing", "no function 'node_config'"),
        ("", "absent.json", "node: entry missing", "no file 'absent.json'"),
        ("", "../../etc/passwd.json", "node: entry missing", "no file"),
        ("", "tradeops:kraken", "node: entry missing", "no configuration 'tradeops:kraken'"),
        ("def node_config():\n    return 1 / 0", "bot.node:node_config", "node: raised", "ZeroDivisionError"),
        ("import os\nos.environ['NOT_THERE']", "bot.node:node_config", "node: raised", "KeyError"),
        ("def node_config(stage): ...", "bot.node:node_config", "node: wrong type", "wants stage"),
        (bot().replace("bot.node:Bot", "bot.node:Other"), "bot.node:node_config", "node: raised", "Other"),
        (
            bot(start="raise ValueError('no')"),
            "bot.node:node_config",
            "node: raised",
            "Running the node raised ValueError",
        ),
        ("import os\nos._exit(5)", "bot.node:node_config", "node: crashed", "exited with code 5"),
    ],
)
def test_what_is_wrong_with_the_bot_is_told_in_a_sentence(
    nodes: NodeServer, make_spec: MakeSpec, text: str, config: str, reason: str, told: str
) -> None:
    with pytest.raises(CheckFailed) as caught:
        NodeProcess.start(make_spec(text, config=config, start_timeout=2.0), nodes.host)
    (found,) = caught.value.findings
    assert found.reason == reason
    assert told in found.message


def test_a_configuration_that_is_no_json_is_told(nodes: NodeServer, make_spec: MakeSpec) -> None:
    spec = make_spec(config="node.json")
    (spec.root / "node.json").write_text('{"trader": 1}', encoding="utf-8")
    with pytest.raises(CheckFailed, match=r"node: raised: It is no TradingNodeConfig: .*trader"):
        NodeProcess.start(spec, nodes.host)


@pytest.mark.parametrize("mode", ["venue", "paper"])
def test_the_function_is_told_the_mode_if_it_asks(nodes: NodeServer, make_spec: MakeSpec, mode: str) -> None:
    text = EMPTY.replace("node_config()", "node_config(mode)").replace(
        "    return", f"    assert mode == {mode!r}\n    return"
    )
    with NodeProcess.start(make_spec(text, mode=mode), nodes.host) as node:
        assert node.guard.told
        node.kill()


def test_a_node_sees_the_subject_and_none_of_our_secrets(
    nodes: NodeServer, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("BINANCE_API_KEY", "BYBIT_API_SECRET", "https_proxy", "TRADEOPS_BYBIT_TESTNET_API_SECRET"):
        monkeypatch.setenv(name, "http://secret")
    monkeypatch.setenv("TEAM_SETTING", "kept")
    file = tmp_path / "seen.json"
    text = (
        "import json, os, sys\n"
        f"open({str(file)!r}, 'w').write(json.dumps([dict(os.environ), os.getcwd(), sys.path[0]]))\n{EMPTY}"
    )
    spec = make_spec(text)
    with NodeProcess.start(spec, nodes.host) as node:
        node.kill()
    environ, folder, first = json.loads(file.read_text())
    assert "http://secret" not in environ.values()
    assert environ["TEAM_SETTING"] == "kept"
    assert folder == first == str(spec.root.resolve())


def test_a_command_that_cannot_be_done_leaves_the_node_alone(nodes: NodeServer, make_spec: MakeSpec) -> None:
    with NodeProcess.start(make_spec(bot()), nodes.host) as node:
        with pytest.raises(TradeopsError, match=r"could not submit: LookupError: BTCUSDT\.BINANCE is not among"):
            node.submit("BTCUSDT.BINANCE", "BUY", "1")
        with pytest.raises(TradeopsError, match="has no order O-1"):
            node.cancel("O-1")
        assert node.stop().healthy


def test_an_interpreter_without_nautilus_is_inconclusive(
    make_spec: MakeSpec, bare_nodes: Callable[[], NodeServer]
) -> None:
    server = bare_nodes()
    with pytest.raises(Inconclusive, match="nautilus_trader is not installed for the subject's interpreter"):
        NodeProcess.start(make_spec(EMPTY), server.host)


def test_sigterm_stops_a_node_in_order(nodes: NodeServer, make_spec: MakeSpec) -> None:
    with NodeProcess.start(make_spec(bot()), nodes.host) as node:
        end = node.kill(signal.SIGTERM)
    assert (end.kind, end.code) == ("shut down", 0)  # nobody asked it over its pipe


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", ""),
        ("one\n\ntwo\n\n", "two"),
        ("2026 [ERROR] T.Engine: bad\nTraceback:\n  File x\n", "T.Engine: bad"),
        ("2026 [ERROR] T: Error on handling\nKeyError('x')\nTraceback:\n", "T: Error on handling KeyError('x')"),
        ("[1] [ERROR] T: bad\n[2] [ERROR] T: System will terminate immediately to\n", "T: bad"),
        ("x [ERROR] T: first\nthread 'main' panicked at src/c.rs:1:\ninvalid string\nnote: run with\n",
         "thread 'main' panicked at src/c.rs:1: invalid string"),
    ],
)  # fmt: skip
def test_the_last_word_says_why(output: str, expected: str) -> None:
    assert last_word(output) == expected
