"""The journal: what is in it, what is not, and that it is enough to make everything happen again."""

import json
from pathlib import Path

import pytest
from recorded import BALANCES, SPOT, busy, limit_order, market_order, recorded

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.venue.engine.model import Rejected
from pytest_tradeops.venue.journal import Journal, header, read
from pytest_tradeops.venue.replay import describe, replay


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bybit.jsonl"


def kinds(path: Path) -> list[str]:
    return [
        line.data.get("command") or line.data.get("note") or line.data.get("event") or line.kind for line in read(path)
    ]


def close(exchange: object) -> None:
    exchange.recorder.close(exchange.engine.now_ns)  # type: ignore[attr-defined]


def test_a_command_comes_before_its_events_and_all_of_them_are_there_at_once(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    exchange.call("submit", "a", market_order())
    found = kinds(path)  # nothing was closed or flushed by us
    assert found[:3] == ["journal", "open_account", "WalletUpdate"]
    assert found[3] == "submit"
    assert found[4:].count("OrderUpdate") == 2
    assert "BookUpdate" not in found
    close(exchange)


def test_a_refused_command_is_there_with_its_reason(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    with pytest.raises(Rejected):
        exchange.call("submit", "a", limit_order(quantity="100"))
    line = list(read(path))[-1]
    assert line.data["rejected"]["reason"] == "insufficient balance"
    assert "insufficient balance" in describe(line)
    close(exchange)


def test_reading_and_checking_leave_no_line(path: Path) -> None:
    exchange, clock = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    before = kinds(path)
    clock.advance(1)
    exchange.read().check("a", limit_order())
    exchange.call("check", "a", limit_order())
    assert kinds(path) == before
    close(exchange)


@pytest.mark.parametrize("seed", range(4))
def test_everything_happens_again(path: Path, seed: int) -> None:
    exchange, clock = recorded(path, seed=seed)
    busy(exchange, clock, 250, seed)
    close(exchange)
    found = replay(path)
    assert found.divergence is None
    assert (found.ended, found.tail) == (True, ())
    assert found.events > 150
    engine = exchange.engine
    for account in ("a", "b"):
        assert found.engine.orders(account) == engine.orders(account)
        assert found.engine.fills(account) == engine.fills(account)
        assert found.engine.balances(account) == engine.balances(account)
        assert found.engine.positions(account) == engine.positions(account)
    for market in engine.instruments:
        assert found.engine.book(market) == engine.book(market)
        assert found.engine.trades(market) == engine.trades(market)


def test_another_seed_is_another_market(path: Path) -> None:
    exchange, clock = recorded(path)
    busy(exchange, clock, 60, 1)
    close(exchange)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0].replace('"seed":5', '"seed":6') + "".join(lines[1:]))
    assert replay(path).divergence is not None


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ('"fee_asset":"BTC"', '"fee_asset":"ETH"', "OrderUpdate came out otherwise."),
        ('"reason":"insufficient balance"', '"reason":"post-only order would take"', "submit ended in another way."),
    ],
)
def test_the_first_difference_is_named(path: Path, before: str, after: str, what: str) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    exchange.call("submit", "a", market_order())
    with pytest.raises(Rejected):
        exchange.call("submit", "a", limit_order(quantity="100"))
    close(exchange)
    text = path.read_text()
    assert before in text
    number = text[: text.index(before)].count("\n") + 1
    path.write_text(text.replace(before, after, 1))
    divergence = replay(path).divergence
    assert divergence is not None
    assert (divergence.line, divergence.what) == (number, what)
    assert divergence.written != divergence.replayed


def test_an_event_that_is_missing_is_a_difference(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    exchange.call("submit", "a", market_order())
    close(exchange)
    lines = path.read_text().splitlines(keepends=True)
    del lines[-2]
    path.write_text("".join(lines))
    divergence = replay(path).divergence
    assert divergence is not None
    assert "the journal does not have it" in divergence.what


def test_an_event_that_never_was_is_a_difference(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    close(exchange)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:-1], lines[2], lines[-1]]))
    divergence = replay(path).divergence
    assert divergence is not None
    assert divergence.what == "WalletUpdate did not happen again."


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_half_a_last_line_is_no_damage_and_what_it_said_is_made_again(path: Path, cut: int) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    exchange.call("submit", "a", market_order())
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    found = replay(path)
    assert found.divergence is None
    assert not found.ended
    journal = Journal(path)
    journal.events(found.tail)
    journal.close(found.end_ns)
    assert path.read_bytes().startswith(whole)
    assert replay(path).ended


def test_damage_before_the_end_is_one_sentence(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    close(exchange)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + "{half\n" + "".join(lines[1:]))
    with pytest.raises(TradeopsError, match="line 2, is no line of a venue's journal"):
        replay(path)


@pytest.mark.parametrize("text", ["", "{}\n", '{"kind":"command","time":1}\n', "\x00\x01\n"])
def test_another_file_is_no_journal(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(TradeopsError, match="journal"):
        header(path)


def test_a_journal_of_another_version_names_who_can_read_it(path: Path) -> None:
    exchange, _ = recorded(path)
    close(exchange)
    path.write_text(path.read_text().replace('"version":1', '"version":9', 1))
    with pytest.raises(TradeopsError, match="version 9"):
        header(path)


def test_a_missing_journal_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TradeopsError, match="cannot be read: No such file"):
        header(tmp_path / "nowhere")


def test_time_is_written_down_now_and_then_only(path: Path) -> None:
    exchange, clock = recorded(path)
    journal = exchange.recorder
    assert isinstance(journal, Journal)
    for _ in range(100):
        clock.advance(0.01)
        exchange.tick()
        journal.mark(exchange.engine.now_ns)
    assert 1 <= kinds(path).count("time") <= 3
    close(exchange)


def test_a_line_is_readable_by_people(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    exchange.call("submit", "a", market_order())
    exchange.note("session_opened", session=1, kind="user")
    close(exchange)
    words = [describe(line) for line in read(path)]
    assert "submit a BUY 0.01 BTCUSDT.spot MARKET GTC" in words
    assert any("a order" in one and "TRADE 0.01000 at" in one and "FILLED" in one for one in words)
    assert "  * session opened: session 1, kind user" in words
    assert words[-1] == "the venue stopped"
    assert all(json.dumps(one) for one in words)


def test_the_journal_is_its_owners_only(path: Path) -> None:
    exchange, _ = recorded(path)
    assert path.stat().st_mode & 0o077 == 0
    close(exchange)


def test_a_journal_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TradeopsError, match="cannot be written"):
        recorded(tmp_path / "no" / "folder" / "x.jsonl")


def test_unknown_markets_in_it_are_a_difference_and_no_crash(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    exchange.call("submit", "a", market_order())
    close(exchange)
    path.write_text(path.read_text().replace(f'"market":"{SPOT}"', '"market":"XXX.spot"'))
    assert replay(path).divergence is not None


def test_an_unknown_command_is_a_difference_and_no_crash(path: Path) -> None:
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    close(exchange)
    path.write_text(path.read_text().replace('"command":"open_account"', '"command":"drain"'))
    divergence = replay(path).divergence
    assert divergence is not None
    assert "unknown" in divergence.what
