"""The benchmark measures what it says: every order of it is at the venue, signed and answered."""

import json
import sys
from pathlib import Path

import pytest

from pytest_tradeops.processes import run
from pytest_tradeops.venue.bench_rest import rest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("key", "signature"), [("trader-hmac", "hmac"), ("trader", "ed25519")])
def test_it_counts_orders_and_not_cancels(key: str, signature: str) -> None:
    found = rest(60, key=key, connections=2)
    assert found["orders"] >= 60
    assert found["requests_per_s"] > found["orders_per_s"] > 0
    assert found["p50_ms"] <= found["p99_ms"] <= found["worst_ms"]
    assert (found["signature"], found["crashes"]) == (signature, 0)


def test_it_is_a_part_of_the_venues_benchmark() -> None:
    command = [sys.executable, "-m", "pytest_tradeops.venue.bench", "rest", "--orders", "30"]
    done = run(command, cwd=ROOT, timeout=120)
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["bench"] == "rest"
