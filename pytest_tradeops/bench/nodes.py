"""Benchmarks a subject's node on the simulated venue: its start, its memory, and the round trip of an order."""

import contextlib
import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..exceptions import Inconclusive

_ROUNDS = 8
_ORDERS = 32
#: Seconds within which an order must fill, and between two of them.
_FILL, _PAUSE = 5.0, 0.12


class NodeBench:
    """What the fixture `bench_node` gives to a benchmark.

    Args:
        benchmark: pytest-benchmark's fixture.
        start: Starts a node and waits until its trader runs; the fixture `trading_node`.
        config: `package.module:function` of `[tool.tradeops.node]`.
    """

    def __init__(self, benchmark: Any, start: Callable[..., Any], config: str) -> None:
        self._benchmark = benchmark
        self._start = start
        # The node runs in another process: what is loaded here is what the gate takes for the code that is measured.
        with contextlib.suppress(ImportError, ValueError):
            importlib.import_module(config.partition(":")[0])

    def start_up(self, rounds: int = _ROUNDS) -> None:
        """Seconds from the request until the trader runs, NautilusTrader being loaded; and the peak of its memory.

        `extra_info["peak_rss_mb"]` is the largest resident set of any of the nodes, in MB of 10^6 bytes.
        """
        nodes: list[Any] = []
        peaks: list[float] = []

        def let_go() -> None:
            if nodes:
                peaks.append(peak_memory(nodes[-1].pid))
                nodes.pop().stop()

        def target() -> None:
            nodes.append(self._start())

        self._benchmark.pedantic(target, setup=let_go, rounds=rounds, warmup_rounds=1)
        let_go()
        self._benchmark.extra_info["peak_rss_mb"] = round(max(peaks) / 1e6, 1)

    def round_trip(
        self,
        instrument: str = "BTCUSDT.BINANCE",
        quantity: str = "0.01",
        orders: int = _ORDERS,
        pause: float = _PAUSE,
    ) -> None:
        """Seconds from a market order until the node knows that it is filled; buying and selling in turn.

        Args:
            pause: Seconds in front of each order, which do not count: a bot's own limit of orders a second denies more.

        Raises:
            Inconclusive: an order was not filled.
        """
        node = self._start()
        sides = ["SELL", "BUY"] * (orders + 1)

        def target() -> None:
            side = sides.pop()
            order = node.submit(instrument, side, quantity)
            if node.wait_for_event("OrderFilled", order, seconds=_FILL) is None:
                denied = node.wait_for_event("OrderDenied", order, seconds=0)
                why = " but denied by the bot's own limits" if denied else f" within {_FILL:g} s"
                raise Inconclusive(
                    f"An order to {side} {quantity} {instrument} was not filled{why}.",
                    remedy="Give an instrument, a quantity and a pause that the limits allow.",
                )

        self._benchmark.pedantic(target, setup=lambda: time.sleep(pause), rounds=orders, warmup_rounds=2)


def peak_memory(pid: int) -> float:
    """Bytes of the largest resident set that a process ever had; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024.0 * int(line.split()[1])
    return 0.0
