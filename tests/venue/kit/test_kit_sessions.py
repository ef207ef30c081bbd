"""WebSockets: heartbeats, slow readers, and faults that act on sockets and pushes, each with its effect."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from support import Running
from toy_client import ask, order, toy

from pytest_tradeops.venue.engine.model import Status

type Scenario = Callable[[aiohttp.ClientSession, aiohttp.ClientWebSocketResponse], Awaitable[Any]]


def connected(venue: Running, scenario: Scenario, path: str = "/ws", **options: Any) -> Any:
    """Runs a scenario on an open WebSocket."""

    async def run() -> Any:
        async with aiohttp.ClientSession() as client, client.ws_connect(venue.http + path, **options) as ws:
            while not any(
                one.path == path.partition("?")[0] for one in venue.do(lambda: list(venue.exchange.sessions.values()))
            ):
                await asyncio.sleep(0.002)
            return await asyncio.wait_for(scenario(client, ws), 10)

    return asyncio.run(run())


def pushes_of(venue: Running, inject: Callable[[], Any], *, late: int = 0, **fields: Any) -> list[str]:
    """What is pushed about one market order while a fault is active.

    Args:
        late: How many more pushes to wait for, after everything that was pushed at once.
    """

    async def scenario(_: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse) -> list[str]:
        venue.do(inject)
        placed = await asyncio.to_thread(order, venue, **fields)
        await ws.send_str("was that all?")
        found: list[str] = []
        expected: int | None = None  # known once the answer has overtaken nothing
        while expected is None or len(found) < expected:
            message = json.loads(await ws.receive_str(timeout=8))
            if message.get("order") == placed["id"]:
                found.append(message["event"].removeprefix("OrderUpdate."))
            elif "you said" in message:
                expected = len(found) + late
        return found

    return connected(venue, scenario)  # type: ignore[no-any-return]


def test_pushes_come_in_the_order_in_which_things_happened() -> None:
    with toy() as venue:
        assert pushes_of(venue, lambda: None) == ["NEW", "TRADE"]


def test_lost_push_loses_exactly_that_many() -> None:
    with toy() as venue:
        faults = venue.exchange.faults
        assert pushes_of(venue, lambda: faults.inject("lost_push", count=1)) == ["TRADE"]
        assert pushes_of(venue, lambda: faults.inject("lost_push", match="OrderUpdate.TRADE")) == ["NEW"]
        assert pushes_of(venue, lambda: None) == ["NEW", "TRADE"]


def test_duplicate_push_sends_it_twice() -> None:
    with toy() as venue:
        inject = lambda: venue.exchange.faults.inject("duplicate_push", match="OrderUpdate.TRADE")  # noqa: E731
        assert pushes_of(venue, inject) == ["NEW", "TRADE", "TRADE"]


def test_reorder_push_swaps_it_with_the_next() -> None:
    with toy() as venue:
        assert pushes_of(venue, lambda: venue.exchange.faults.inject("reorder_push")) == ["TRADE", "NEW"]


def test_a_swapped_push_that_nothing_follows_is_late_and_not_lost() -> None:
    with toy(manual=False) as venue:
        faults = venue.exchange.faults
        assert pushes_of(venue, lambda: faults.inject("reorder_push"), price="50000", late=1) == ["NEW"]


def test_delay_push_sends_it_late_by_the_venues_clock() -> None:
    with toy() as venue:
        inject = lambda: venue.exchange.faults.inject("delay_push", delay=30, match="OrderUpdate.TRADE")  # noqa: E731
        assert pushes_of(venue, inject) == ["NEW"]

        async def later(_: Any, ws: aiohttp.ClientWebSocketResponse) -> Any:
            await asyncio.to_thread(venue.advance, 30)
            return json.loads(await ws.receive_str(timeout=5))["event"]

        assert connected(venue, later) == "OrderUpdate.TRADE"


def test_ack_without_push_confirms_and_says_nothing_more() -> None:
    with toy() as venue:
        assert pushes_of(venue, lambda: venue.exchange.faults.inject("ack_without_push")) == []
        (placed,) = venue.do(lambda: venue.exchange.read().orders("trader"))
        assert placed.status is Status.FILLED
        assert pushes_of(venue, lambda: None) == ["NEW", "TRADE"]


def test_push_before_ack_answers_after_the_pushes() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> bool:
            venue.do(lambda: venue.exchange.faults.inject("push_before_ack", hold=1.5))
            answer = asyncio.create_task(asyncio.to_thread(order, venue))
            await ws.receive_str(timeout=5)
            first = not answer.done()
            await answer
            return first

        assert connected(venue, scenario)


def test_wrong_fee_is_pushed_and_the_books_stay_right() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> str:
            venue.do(lambda: venue.exchange.faults.inject("wrong_fee", factor=3))
            await asyncio.to_thread(order, venue, quantity="0.01")
            while True:
                message = json.loads(await ws.receive_str(timeout=5))
                if message.get("fee"):
                    return str(message["fee"])

        pushed = float(connected(venue, scenario))
        (fill,) = venue.do(lambda: venue.exchange.read().fills("trader"))
        assert pushed == pytest.approx(float(fill.fee) * 3)
        balance = venue.do(lambda: venue.exchange.read().balances("trader"))["BTC"]
        assert float(balance.total) == pytest.approx(10.01 - float(fill.fee))


def test_pushes_of_one_account_only_may_be_lost() -> None:
    with toy() as venue:
        inject = lambda: venue.exchange.faults.inject("lost_push", account="other", count=5)  # noqa: E731
        assert pushes_of(venue, inject) == ["NEW", "TRADE"]


def test_dropped_sockets_end_without_a_closing_frame() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> Any:
            dropped = venue.do(lambda: venue.exchange.faults.inject("drop_sockets", session="user")).hits
            message = await ws.receive(timeout=5)
            return dropped, message.type, ws.close_code

        dropped, kind, code = connected(venue, scenario)
        assert dropped == 1
        assert kind in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
        assert venue.wait(lambda: not venue.exchange.sessions)


def test_only_the_sockets_that_are_meant_are_dropped() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> str:
            for params in ({"session": "market"}, {"account": "other"}):
                fault = venue.do(lambda params=params: venue.exchange.faults.inject("drop_sockets", **params))
                assert fault.hits == 0
            await ws.send_str("still there")
            return await ws.receive_str(timeout=5)

        assert "still there" in connected(venue, scenario)


def test_a_stalled_market_is_silent_and_what_it_missed_is_gone() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> list[str]:
            fault = venue.do(lambda: venue.exchange.faults.inject("stall"))
            await ws.send_str("one")
            with pytest.raises(TimeoutError):
                await ws.receive_str(timeout=0.2)
            venue.do(lambda: venue.exchange.faults.clear(fault.id))
            await ws.send_str("two")
            return [json.loads(await ws.receive_str(timeout=5))["tick"]]

        assert connected(venue, scenario, "/market") == ["two"]


def test_stalled_user_data_come_late_and_in_order_while_answers_go_on() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> list[str]:
            venue.do(lambda: venue.exchange.faults.inject("stall", session="user", seconds=10))
            await asyncio.to_thread(order, venue)
            await ws.send_str("hello")
            first = json.loads(await ws.receive_str(timeout=5))
            with pytest.raises(TimeoutError):
                await ws.receive_str(timeout=0.1)
            await asyncio.to_thread(venue.advance, 10)
            late = [json.loads(await ws.receive_str(timeout=5))["event"] for _ in range(3)]
            return [first["you said"], *[one for one in late if one.startswith("Order")]]

        assert connected(venue, scenario) == ["hello", "OrderUpdate.NEW", "OrderUpdate.TRADE"]


def test_user_data_on_a_socket_for_requests_are_stalled_and_dropped_as_user_data() -> None:
    with toy() as venue:
        faults = venue.exchange.faults

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> list[int]:
            first = venue.do(lambda: faults.inject("drop_sockets", session="user")).hits
            stall = venue.do(lambda: faults.inject("stall", session="user"))
            await ws.send_str("subscribe")
            assert "you said" in await ws.receive_str(timeout=5)
            with pytest.raises(TimeoutError):
                await ws.receive_str(timeout=0.1)
            venue.do(lambda: faults.clear(stall.id))
            assert "pushed" in await ws.receive_str(timeout=5)
            return [first, venue.do(lambda: faults.inject("drop_sockets", session="user")).hits]

        assert connected(venue, scenario, "/api") == [0, 1]


def test_latency_delays_pushes() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> float:
            venue.do(lambda: venue.exchange.faults.inject("latency", match="push", delay=0.3))
            started = asyncio.get_running_loop().time()
            await asyncio.to_thread(order, venue)
            await ws.receive_str(timeout=5)
            return asyncio.get_running_loop().time() - started

        assert connected(venue, scenario) >= 0.3


def test_a_gap_drops_sockets_fills_the_order_and_takes_no_socket_for_a_while() -> None:
    with toy() as venue:
        placed = order(venue, price="50000")

        async def scenario(client: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse) -> str:
            venue.do(
                lambda: venue.exchange.faults.inject("gap", seconds=5, market="BTCUSDT.spot", order_id=placed["id"])
            )
            while (await ws.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
                pass
            with pytest.raises(aiohttp.ClientError):
                await client.ws_connect(venue.http + "/ws")
            assert (await asyncio.to_thread(ask, venue, "GET", "/time"))[0] == 200
            await asyncio.to_thread(venue.advance, 5)
            async with client.ws_connect(venue.http + "/ws") as again:
                await again.send_str("back")
                return await again.receive_str(timeout=5)

        assert "back" in connected(venue, scenario)
        filled = venue.do(lambda: venue.exchange.read().order("trader", "BTCUSDT.spot", order_id=placed["id"]))
        assert filled.status is Status.FILLED


def test_a_reader_that_is_too_slow_is_cut_off() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> Any:
            await ws.send_str("flood")
            await asyncio.to_thread(venue.wait, lambda: not venue.exchange.sessions)

        connected(venue, scenario, "/market")


def test_the_exchange_pings_and_ends_who_does_not_answer() -> None:
    with toy() as venue:
        venue.server.face.heartbeat = {"ping": 0.1, "pong": 1.0}  # type: ignore[attr-defined]

        async def answers(_: Any, ws: aiohttp.ClientWebSocketResponse) -> str:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ws.receive(), 1.5)  # aiohttp's client answers pings while it receives
            await ws.send_str("alive")
            return await ws.receive_str(timeout=5)

        async def ignores(_: Any, ws: aiohttp.ClientWebSocketResponse) -> Any:
            assert (await ws.receive(timeout=5)).type is aiohttp.WSMsgType.PING
            await asyncio.to_thread(venue.wait, lambda: not venue.exchange.sessions)

        assert "alive" in connected(venue, answers)
        connected(venue, ignores, autoping=False)


def test_a_clients_ping_is_answered() -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> Any:
            await ws.ping(b"are you there")
            return (await ws.receive(timeout=5)).data

        assert connected(venue, scenario, autoping=False) == b"are you there"


@pytest.mark.parametrize("frame", [b"\xff\xfe", b"", b"{"])
def test_binary_frames_reach_the_face_as_text(frame: bytes) -> None:
    with toy() as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> Any:
            await ws.send_bytes(frame)
            return json.loads(await ws.receive_str(timeout=5))["you said"]

        assert connected(venue, scenario) == frame.decode(errors="replace")


def test_a_crash_on_a_message_closes_the_socket_and_is_kept() -> None:
    with toy(allow_crashes=True) as venue:

        async def scenario(_: Any, ws: aiohttp.ClientWebSocketResponse) -> Any:
            await ws.send_str("crash")
            await ws.receive(timeout=5)
            return ws.close_code

        assert connected(venue, scenario, "/market") == aiohttp.WSCloseCode.INTERNAL_ERROR
        assert "the toy is broken" in venue.exchange.crashes[0]
