"""Faults that act on requests, each with its effect."""

import http.client
import time

import pytest
from toy_client import ask, order, toy

from pytest_tradeops.venue.engine.model import Rejected
from pytest_tradeops.venue.kit.faults import KINDS, Faults, UnknownFault


def test_latency_delays_the_requests_that_match() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("latency", match="POST /order", delay=0.6))
        started = time.monotonic()
        ask(venue, "GET", "/time")
        assert time.monotonic() - started < 0.5
        order(venue)
        assert time.monotonic() - started >= 0.6


def test_rate_limit_refuses_the_next_and_says_when_to_come_back() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("rate_limit", count=2, retry_after=9))
        found = [ask(venue, "GET", "/time") for _ in range(3)]
        assert [one[0] for one in found] == [429, 429, 200]
        assert found[0][1]["toy"] == "LIMITED"
        assert found[0][2]["retry-after"] == "9"


def test_a_ban_ends_by_the_venues_clock() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("ban", seconds=30))
        assert [ask(venue, "GET", "/time")[0] for _ in range(2)] == [418, 418]
        venue.advance(20)
        assert ask(venue, "GET", "/time")[2]["retry-after"] == "10"
        venue.advance(10)
        assert ask(venue, "GET", "/time")[0] == 200
        assert venue.do(venue.exchange.faults.active) == []


def test_a_server_error_does_nothing() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("server_error", status=502))
        assert ask(venue, "POST", "/order", {})[0] == 502
        assert venue.do(lambda: venue.exchange.read().orders("trader")) == []
        assert ask(venue, "POST", "/order", {})[0] == 200


def test_a_dropped_response_was_done_all_the_same() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("drop_response"))
        assert ask(venue, "GET", "/time")[0] == 200  # nothing was commanded: not this one
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            ask(venue, "POST", "/order", {})
        assert len(venue.do(lambda: venue.exchange.read().orders("trader"))) == 1


def test_reject_next_refuses_the_order_and_changes_nothing() -> None:
    with toy() as venue:
        faults = venue.exchange.faults
        venue.do(lambda: faults.inject("reject_next"))
        assert ask(venue, "POST", "/order", {})[:2] == (400, {"reason": "injected fault"})
        venue.do(lambda: faults.inject("reject_next", reason="insufficient balance"))
        assert ask(venue, "POST", "/order", {})[1] == {"reason": "insufficient balance"}
        assert venue.do(lambda: venue.exchange.read().orders("trader")) == []
        order(venue)


def test_reject_next_can_wait_for_another_command() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("reject_next", match="cancel*"))
        placed = order(venue, price="50000")
        with pytest.raises(Rejected, match="injected fault"):
            venue.call("cancel", "trader", "BTCUSDT.spot", order_id=placed["id"])
        assert venue.call("cancel", "trader", "BTCUSDT.spot", order_id=placed["id"]).status.value == "CANCELED"


def test_a_skewed_clock_tells_another_time_until_it_is_cleared() -> None:
    with toy() as venue:
        before = ask(venue, "GET", "/time")[1]["ms"]
        venue.do(lambda: venue.exchange.faults.inject("clock_skew", skew=-7.5))
        assert ask(venue, "GET", "/time")[1]["ms"] == before - 7500
        placed = order(venue)
        assert placed["created_ns"] == before * 1_000_000  # orders live by the true time
        assert venue.do(venue.exchange.faults.clear) == 1
        assert ask(venue, "GET", "/time")[1]["ms"] == before


def test_a_skew_ends_by_itself() -> None:
    with toy() as venue:
        before = ask(venue, "GET", "/time")[1]["ms"]
        venue.do(lambda: venue.exchange.faults.inject("clock_skew", skew=60, seconds=1))
        venue.advance(1)
        assert ask(venue, "GET", "/time")[1]["ms"] == before + 1000


def test_refused_connections_are_refused_by_the_kernel() -> None:
    with toy() as venue:
        host, port = venue.http.removeprefix("http://").split(":")
        idle = http.client.HTTPConnection(host, int(port), timeout=5)
        idle.request("GET", "/time")
        idle.getresponse().read()
        venue.do(lambda: venue.exchange.faults.inject("refuse_connections", seconds=60))
        venue.tick()
        with pytest.raises(ConnectionRefusedError):
            ask(venue, "GET", "/time")
        assert idle.sock.recv(1) == b""  # an open connection is gone, too
        venue.advance(60)
        assert venue.http == f"http://{host}:{port}"
        assert ask(venue, "GET", "/time")[0] == 200
        idle.close()


def test_refused_for_one_account_the_others_go_on() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("refuse_connections", account="other"))
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            ask(venue, "GET", "/time", account="other")
        assert ask(venue, "GET", "/time", account="trader")[0] == 200


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "ban"])
def test_a_fault_for_one_account_spares_the_others(kind: str) -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject(kind, account="other"))
        assert ask(venue, "GET", "/time", account="trader")[0] == 200
        assert ask(venue, "GET", "/time", account="other")[0] >= 418


def test_several_patterns_may_be_named() -> None:
    with toy() as venue:
        venue.do(lambda: venue.exchange.faults.inject("rate_limit", match="GET /nowhere|POST /ord*", count=1))
        assert ask(venue, "GET", "/time")[0] == 200
        assert ask(venue, "POST", "/order", {})[0] == 429


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("earthquake", {}, "There is no fault 'earthquake'; there are latency"),
        ("latency", {"depth": 1}, "latency has no parameter depth; it has: delay"),
        ("latency", {"delay": "long"}, "delay is a number"),
        ("latency", {"delay": True}, "delay is a number"),
        ("stall", {"session": "all of them"}, "session is market or user, or empty"),
        ("reject_next", {"reason": "a whim"}, "reason is one of unknown market"),
        ("gap", {"order_id": 4711}, "4711 is no open order"),
    ],
)
def test_an_unknown_fault_is_one_sentence_and_none_is_active(kind: str, params: dict[str, object], words: str) -> None:
    with toy() as venue:
        with pytest.raises(UnknownFault, match=words):
            venue.do(lambda: venue.exchange.faults.inject(kind, **params))  # type: ignore[arg-type]
        assert venue.do(venue.exchange.faults.active) == []


def test_one_fault_can_be_cleared_and_the_other_stays() -> None:
    with toy() as venue:
        faults = Faults.of(venue.exchange)
        first = venue.do(lambda: faults.inject("latency", delay=0.0))
        venue.do(lambda: faults.inject("wrong_fee"))
        assert venue.do(lambda: faults.clear(first.id)) == 1
        assert [one.kind for one in venue.do(faults.active)] == ["wrong_fee"]
        assert venue.do(lambda: faults.clear(first.id)) == 0


def test_every_kind_says_what_it_does() -> None:
    assert all(kind.summary for kind in KINDS.values())
