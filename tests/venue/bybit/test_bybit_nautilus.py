"""The installed NautilusTrader's own Bybit clients understand every payload; in a child, since a bad one aborts it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support import Running

from pytest_tradeops.processes import run

pytest.importorskip("nautilus_trader")

CHILD = Path(__file__).with_name("nautilus_child.py")


def driven(venue: Running, product: str) -> dict[str, Any]:
    key = venue.keys["trader"]
    given = {"urls": venue.urls, "key": key.api_key, "secret": key.api_secret, "product": product}
    done = run([sys.executable, str(CHILD)], cwd=CHILD.parent, timeout=60, stdin=json.dumps(given))
    assert done.code == 0, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_linear(venue: Running) -> None:
    said = driven(venue, "linear")
    assert said["instrument"] == ["0.10", "0.001", "0.00055"]
    assert said["balances"]["USDT"] == "1000000.00000000 USDT"
    assert said["book"] == ["59999.00", "60001.00"]
    assert said["fill"] == ["60001.00", "0.010", "0.33000550 USDT", "market"]
    assert said["rejected"] == "ab not enough for new order"
    assert said["orders"] == [
        ["limit", "CANCELED", "LIMIT"],
        ["market", "FILLED", "MARKET"],
        ["stop", "ACCEPTED", "STOP_MARKET"],
    ]
    assert said["fills"] == ["0.33000550 USDT"]
    assert said["positions"] == [["LONG", "0.010"]]
    assert {"FillReport", "OrderStatusReport", "AccountState", "PositionStatusReport", "QuoteTick"} <= set(
        said["kinds"]
    )
    assert (said["funding"], said["statuses"], said["fees"]) == (180, 3, 3)


def test_spot(venue: Running) -> None:
    said = driven(venue, "spot")
    assert said["instrument"] == ["0.01", "0.00001", "0.001"]
    assert said["fill"] == ["60001.00", "0.01000", "0.00001000 BTC", "market"]
    assert said["rejected"] == "Insufficient balance."
    assert said["orders"] == [["limit", "CANCELED", "LIMIT"], ["market", "FILLED", "MARKET"]]
    assert said["fills"] == ["0.00001000 BTC"]
    assert {"FillReport", "OrderStatusReport", "AccountState"} <= set(said["kinds"])
