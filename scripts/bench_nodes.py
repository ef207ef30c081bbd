"""Measures real nodes on the venue: cold start, fresh nodes, first fill, latency; an interpreter of its own as peer.

Run `python scripts/bench_nodes.py`; the table in `docs/benchmarks.md` is its output. Nothing else should run meanwhile:
the load average is printed, because figures from a busy machine are about the machine.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pytest_tradeops.node.process import NodeProcess
from pytest_tradeops.node.server import NodeHost, launch
from pytest_tradeops.node.spec import NodeSpec, access_on_venue
from pytest_tradeops.venue.process import VenueProcess, start_venue

INSTRUMENTS = {
    "tradeops:binance-spot": "BTCUSDT.BINANCE",
    "tradeops:binance-futures": "BTCUSDT-PERP.BINANCE",
    "tradeops:bybit-linear": "BTCUSDT-LINEAR.BYBIT",
    "tradeops:bybit-spot": "BTCUSDT-SPOT.BYBIT",
}
type Samples = dict[str, list[float]]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="nodes per exchange (default: %(default)s)")
    options = parser.parse_args(argv)
    _say(f"load average {os.getloadavg()[0]:.2f} at the start")
    samples: Samples = {}
    with tempfile.TemporaryDirectory() as folder, start_venue(Path(folder) / "venue", limits=False) as venue:
        for config in INSTRUMENTS:
            _cold(venue, config, Path(folder), samples)
        server = launch(Path(sys.executable))
        try:
            with NodeProcess.start(_spec(venue, "tradeops:binance-spot", Path(folder) / "loaded"), server.host):
                pass  # from here on NautilusTrader is loaded
            _measure(venue, server.host, Path(folder), options.rounds, samples)
        finally:
            server.stop()
    _say("| what | n | median | worst | unit |\n|---|---|---|---|---|")
    for name, values in samples.items():
        unit, scale = ("ms", 1000) if name.startswith("submit") else ("s", 1)
        _say(
            f"| {name} | {len(values)} | {statistics.median(values) * scale:.2f} | {max(values) * scale:.2f} | {unit} |"
        )
    _say(f"load average {os.getloadavg()[0]:.2f} at the end")
    return 0


def _measure(venue: VenueProcess, host: NodeHost, folder: Path, rounds: int, samples: Samples) -> None:
    for number in range(rounds):
        for config, instrument in INSTRUMENTS.items():
            short = config.partition(":")[2]
            began = time.monotonic()
            with NodeProcess.start(_spec(venue, config, folder / f"{short}-{number}"), host) as node:
                samples.setdefault(f"fresh node running, {short}", []).append(time.monotonic() - began)
                samples.setdefault(f"fresh node to first fill, {short}", []).append(_fill(node, instrument, began))
                samples.setdefault(f"submit to accepted, {short}", []).append(_latency(node, instrument))
    for number in range(rounds):
        specs = [
            _spec(venue, config, folder / f"pair-{number}-{config[9:]}")
            for config in ("tradeops:binance-spot", "tradeops:binance-futures")
        ]
        began = time.monotonic()
        with ThreadPoolExecutor(2) as pool:
            nodes = list(pool.map(lambda spec: NodeProcess.start(spec, host), specs))
        samples.setdefault("two fresh nodes at once, both running", []).append(time.monotonic() - began)
        for node in nodes:
            node.kill()
            node.close()
    for number in range(3):
        spec = replace(_spec(venue, "tradeops:binance-spot", folder / f"spawn-{number}"), start="spawn")
        began = time.monotonic()
        with NodeProcess.start(spec, host):
            samples.setdefault("peer: an interpreter of its own, binance-spot", []).append(time.monotonic() - began)


def _cold(venue: VenueProcess, config: str, folder: Path, samples: Samples) -> None:
    """From nothing: the server that nodes are forked from has yet to load NautilusTrader."""
    began = time.monotonic()
    server = launch(Path(sys.executable))
    try:
        with NodeProcess.start(_spec(venue, config, folder / f"cold-{config[9:]}"), server.host) as node:
            seconds = _fill(node, INSTRUMENTS[config], began)
    finally:
        server.stop()
    samples[f"cold: process start to first fill, {config[9:]}"] = [seconds]


def _spec(venue: VenueProcess, config: str, folder: Path) -> NodeSpec:
    description = {"faces": venue.urls, "accounts": [_plain(key) for key in venue.accounts]}
    return NodeSpec(
        root=folder.parent,
        python=Path(sys.executable),
        config=config,
        mode="venue",
        faces=access_on_venue(description),
        log_directory=folder,
    )


def _plain(key: object) -> dict[str, str]:
    return {name: getattr(key, name) for name in ("face", "name", "account", "api_key", "api_secret", "key_type")}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _fill(node: NodeProcess, instrument: str, began: float) -> float:
    order = node.submit(instrument, "BUY", "0.01")
    if node.wait_for_event("OrderFilled", order, seconds=20) is None:
        raise SystemExit(f"No fill of {instrument}: {node.events[-3:]}")
    return time.monotonic() - began


def _latency(node: NodeProcess, instrument: str) -> float:
    """Of an order that rests: a market order's acceptance may come with its fill."""
    order = node.submit(instrument, "BUY", "0.01", "limit", price="56000")
    accepted = node.wait_for_event("OrderAccepted", order, seconds=20)
    submitted = node.wait_for_event("OrderSubmitted", order)
    if accepted is None or submitted is None:
        raise SystemExit(f"{instrument} was not accepted: {node.events[-3:]}")
    return (int(accepted["ts_init"]) - int(submitted["ts_init"])) / 1e9


if __name__ == "__main__":
    sys.exit(main())
