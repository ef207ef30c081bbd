"""`tradeops verify` on a bot that could trade live: exit code 22, the place, and not one connection."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = '[tool.tradeops.node]\nconfig = "bot:node_config"\n'
BOT = """
from nautilus_trader.adapters.binance.common.enums import BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.config import TradingNodeConfig

TEST = BinanceEnvironment.TESTNET

def node_config(mode):
    return TradingNodeConfig(
        data_clients={{"BINANCE": BinanceDataClientConfig(environment=TEST)}},
        exec_clients={{"BINANCE": BinanceExecClientConfig({execution})}},
    )
"""
HOSTILE = {
    "": "environment not explicit",
    "environment=BinanceEnvironment.LIVE": "live environment",
    "environment=TEST, base_url_http='https://api.binance.com'": "address not allowed",
    "environment=TEST, proxy_url='http://10.0.0.1:3128'": "proxy",
    "environment=TEST if mode == 'venue' else None": "environment not explicit",
}


@pytest.mark.slow
@pytest.mark.parametrize(("execution", "workers"), [*((one, "0") for one in HOSTILE), ("", "2")])
def test_a_hostile_bot_ends_the_run_with_22(tmp_path: Path, execution: str, workers: str) -> None:
    (tmp_path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "bot.py").write_text(BOT.format(execution=execution), encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TRADEOPS_"))}
    command = [sys.executable, "-P", "-m", "pytest_tradeops", "verify", "-n", workers, "--only", "SEC-003"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 22, done.stdout + done.stderr
    assert f"guard: {HOSTILE[execution]}" in done.stdout
    assert "the guard tripped" in done.stdout
    report = json.loads((tmp_path / "tradeops-report" / "report.json").read_text(encoding="utf-8"))
    (check,) = [one for one in report["checks"] if one["id"] == "SEC-003"]
    assert (check["outcome"], check["examined"]) == ("error", 0)
    assert all(one["where"].startswith("bot:node_config, mode ") for one in check["findings"])
