"""Ordinary clients of Binance, unmodified, against the simulated exchange: ccxt and python-binance."""

import json
import sys
from pathlib import Path

import pytest
from client_scenarios import SCENARIOS
from support import running

from pytest_tradeops.processes import run


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_client_trades(name: str) -> None:
    with running("binance-spot") as venue:
        keys = {key.name: [key.api_key, key.api_secret] for key in venue.exchange.keys.all()}
        script = Path(__file__).with_name("client_scenarios.py")
        place = json.dumps({"urls": venue.urls, "keys": keys})
        child = run([sys.executable, script, name, place], cwd=script.parent, timeout=60)
        assert child.code == 0, child.stderr[-3000:]
