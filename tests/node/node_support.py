"""What the tests of nodes share."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from pytest_tradeops.node.spec import Access, NodeSpec
from pytest_tradeops.processes.supervisor import started

PYTHON = Path(sys.executable)
#: Faces that are never connected to: port 9 discards.
FACES = {
    "binance-spot": Access(
        {"http": "http://127.0.0.1:9", "ws": "ws://127.0.0.1:9", "ws_api": "ws://127.0.0.1:9/a"}, "key", "secret"
    ),
    "binance-futures": Access(
        {"http": "http://127.0.0.1:19", "ws": "ws://127.0.0.1:19", "ws_api": "ws://127.0.0.1:19/a"}, "key", "secret"
    ),
    "bybit": Access(
        {
            "http": "http://127.0.0.1:29",
            "ws": "ws://127.0.0.1:29",
            "ws_public_linear": "ws://127.0.0.1:29/v5/public/linear",
            "ws_public_spot": "ws://127.0.0.1:29/v5/public/spot",
            "ws_private": "ws://127.0.0.1:29/v5/private",
            "ws_trade": "ws://127.0.0.1:29/v5/trade",
        },
        "key",
        "secret",
    ),
}
type MakeSpec = Callable[..., NodeSpec]


def gone(pid: int, seconds: float = 3.0) -> bool:
    """Whether that process has ended (or is only waited for) in time."""
    deadline = time.monotonic() + seconds
    while started(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
