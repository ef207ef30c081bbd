"""The server in this process: what it does when something of its own breaks, and how it ends."""

import asyncio
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.venue.replay import replay
from pytest_tradeops.venue.server import VenueServer
from pytest_tradeops.venue.state import State


def served(tmp_path: Path, action: Any) -> VenueServer:
    """Runs `action(server, about)` once it is ready, then stops it."""

    async def run() -> VenueServer:
        server = VenueServer(State.open(tmp_path / "s", 1), ["bybit"])
        tasks: list[asyncio.Task[Any]] = []

        async def act(about: dict[str, Any]) -> None:
            try:
                await action(server, about)
            finally:
                server.stop()

        try:
            await server.run(lambda about: tasks.append(asyncio.create_task(act(about))))
        finally:
            for task in tasks:
                await task
        return server

    return asyncio.run(run())


def test_a_broken_engine_ends_the_venue_with_a_sentence(tmp_path: Path) -> None:
    async def break_it(server: VenueServer, _: Any) -> None:
        def broken(_: int) -> None:
            raise ZeroDivisionError("half a coin")

        server.exchanges["bybit"].engine.advance = broken  # type: ignore[method-assign]
        await asyncio.sleep(0.1)

    with pytest.raises(TradeopsError, match="The engine of bybit broke: ZeroDivisionError: half a coin"):
        served(tmp_path, break_it)
    assert '"note":"crash"' in (tmp_path / "s" / "bybit.jsonl").read_text()
    State.open(tmp_path / "s").close()  # nothing holds it any more


def test_it_ends_at_once_though_clients_hold_on(tmp_path: Path) -> None:
    ended: list[float] = []
    kinds: list[Any] = []

    async def hold_on(server: VenueServer, about: dict[str, Any]) -> None:
        client = aiohttp.ClientSession()
        socket = await client.ws_connect(about["faces"]["bybit"]["ws_public_linear"])
        events = await client.get(about["control"] + "/events")
        await events.content.readline()
        ended.append(time.monotonic())
        server.stop()
        while (message := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
            pass
        kinds.append((message.type, message.data))
        events.close()
        await client.close()

    served(tmp_path, hold_on)
    assert time.monotonic() - ended[0] < 5
    assert kinds == [(aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.GOING_AWAY)]
    assert replay(tmp_path / "s" / "bybit.jsonl").ended


def test_a_reader_of_events_that_is_too_slow_gets_a_fresh_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_tradeops.venue.control.feed.QUEUE", 5)
    snapshots: list[str] = []

    async def read(server: VenueServer, about: dict[str, Any]) -> None:
        exchange = server.exchanges["bybit"]
        async with aiohttp.ClientSession() as client, client.get(about["control"] + "/events") as events:
            while len(snapshots) < 2:
                line = (await asyncio.wait_for(events.content.readline(), 10)).decode()
                if line.startswith("event: snapshot"):
                    snapshots.append(line)
                    for number in range(50):
                        exchange.call("open_account", f"a{len(snapshots)}-{number}", {})
                        exchange.call("deposit", f"a{len(snapshots)}-{number}", "USDT", Decimal(1))

    served(tmp_path, read)
    assert len(snapshots) == 2


def test_a_failed_start_leaves_nothing_behind(tmp_path: Path) -> None:
    async def run() -> None:
        state = State.open(tmp_path / "s", 1)
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        async with taken:
            # The control endpoint comes last: its port is the one that is taken.
            await VenueServer(state, ["bybit"], port_base=port).run(lambda _: pytest.fail("it cannot be ready"))

    with pytest.raises(TradeopsError, match="cannot be had"):
        asyncio.run(run())
    State.open(tmp_path / "s").close()
    assert replay(tmp_path / "s" / "bybit.jsonl").divergence is None
