"""A venue's directory: it goes on where it was, or says in one sentence why it cannot."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from recorded import SPOT, limit_order, market_order

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.venue.kit.clock import ManualClock
from pytest_tradeops.venue.kit.exchange import Exchange
from pytest_tradeops.venue.replay import replay
from pytest_tradeops.venue.state import State

START_NS = 1_767_571_200_000_000_000


def exchange_of(state: State, clock: ManualClock) -> Exchange:
    return state.exchange("binance-spot", clock=clock, config={})


def close(state: State, exchange: Exchange) -> None:
    state.end("binance-spot", exchange)
    state.close()


def test_it_goes_on_with_orders_balances_and_prices_and_no_market_in_between(tmp_path: Path) -> None:
    clock = ManualClock(START_NS)
    state = State.open(tmp_path / "s", 3)
    first = exchange_of(state, clock)
    first.call("submit", "trader", market_order())
    resting = first.call("submit", "trader", limit_order("50000"))
    clock.advance(7.3)
    first.tick()
    last, book, balances = first.engine.last_price(SPOT), first.engine.book(SPOT), first.engine.balances("trader")
    close(state, first)

    clock.advance(3 * 86_400)
    state = State.open(tmp_path / "s")
    second = exchange_of(state, clock)
    assert state.seed == 3
    assert second.engine.now_ns == clock.true_ns()
    assert (second.engine.last_price(SPOT), second.engine.book(SPOT)) == (last, book)
    assert second.engine.balances("trader") == balances
    assert [one.id for one in second.engine.open_orders("trader")] == [resting.id]
    assert {key.name: key.api_key for key in second.keys.all()} == {key.name: key.api_key for key in first.keys.all()}
    assert second.call("submit", "trader", limit_order("50000")).id > resting.id
    close(state, second)
    found = replay(state.journal("binance-spot"))
    assert found.divergence is None
    assert found.ended


@pytest.mark.parametrize("cut", [0, 1, 40, 400])
def test_a_kill_loses_nothing_that_anybody_heard_of(tmp_path: Path, cut: int) -> None:
    clock = ManualClock(START_NS)
    state = State.open(tmp_path / "s", 3)
    first = exchange_of(state, clock)
    clock.advance(1.23)
    first.call("submit", "trader", limit_order("50000"))
    before = state.journal("binance-spot").read_bytes()
    first.call("submit", "trader", market_order())
    last = state.journal("binance-spot").read_bytes()
    # Killed: no last line, and perhaps only a part of the last write, which nobody was told of.
    state.journal("binance-spot").write_bytes(last[: max(len(before), len(last) - cut)])
    state.close()

    clock.advance(10)
    state = State.open(tmp_path / "s")
    second = exchange_of(state, clock)
    assert len(second.engine.open_orders("trader")) == 1
    assert len(second.engine.orders("trader")) in (1, 2)
    total = second.engine.balances("trader")["USDT"].total
    cost = sum(fill.cost for fill in second.engine.fills("trader"))
    assert total == Decimal(1_000_000) - cost
    close(state, second)
    assert replay(state.journal("binance-spot")).divergence is None


def test_a_kill_before_the_first_line_is_a_new_beginning(tmp_path: Path) -> None:
    state = State.open(tmp_path / "s", 3)
    state.journal("binance-spot").touch()
    exchange = exchange_of(state, ManualClock(START_NS))
    assert exchange.engine.accounts() == ("trader", "other")
    close(state, exchange)


def test_accounts_that_a_kill_left_unopened_are_opened(tmp_path: Path) -> None:
    clock = ManualClock(START_NS)
    state = State.open(tmp_path / "s", 3)
    exchange_of(state, clock)
    journal = state.journal("binance-spot")
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:3]))
    state.close()
    state = State.open(tmp_path / "s")
    again = exchange_of(state, clock)
    assert again.engine.accounts() == ("trader", "other")
    close(state, again)


def test_keys_are_random_per_directory_and_their_owners_only(tmp_path: Path) -> None:
    secrets = set()
    for name in ("one", "two"):
        state = State.open(tmp_path / name, 3)
        close(state, exchange_of(state, ManualClock(START_NS)))
        file = tmp_path / name / "keys.json"
        assert file.stat().st_mode & 0o777 == 0o600
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
        secrets |= {one["api_secret"] for one in json.loads(file.read_text())["binance-spot"]}
    assert len(secrets) == 8


def test_another_seed_is_refused_and_the_same_is_not(tmp_path: Path) -> None:
    State.open(tmp_path, 3).close()
    with pytest.raises(TradeopsError, match="holds a venue of seed 3, not of 4"):
        State.open(tmp_path, 4)
    State.open(tmp_path, 3).close()


def test_a_directory_serves_one_venue_at_a_time(tmp_path: Path) -> None:
    state = State.open(tmp_path)
    with pytest.raises(TradeopsError, match="Another venue runs on"):
        State.open(tmp_path)
    state.close()
    State.open(tmp_path).close()


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TradeopsError, match=r"cannot be written: .*Choose another --state"):
        State.open(tmp_path / "file" / "s")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("venue.json", "{"),
        ("venue.json", '{"version": 7}'),
        ("keys.json", "[]"),
        ("keys.json", '{"bybit": [{"name": 1}]}'),
    ],
)
def test_files_that_are_not_ours_are_one_sentence(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(TradeopsError, match=name):
        State.open(tmp_path)


def test_a_journal_that_no_longer_comes_out_is_not_gone_on_with(tmp_path: Path) -> None:
    clock = ManualClock(START_NS)
    state = State.open(tmp_path, 3)
    exchange = exchange_of(state, clock)
    exchange.call("submit", "trader", market_order())
    close(state, exchange)
    journal = state.journal("binance-spot")
    text = journal.read_text()
    journal.write_text(text.replace('"maker":false', '"maker":true', 1))
    state = State.open(tmp_path)
    with pytest.raises(TradeopsError, match=r"binance-spot cannot go on from .*came out otherwise"):
        exchange_of(state, clock)
    state.close()


def run(folder: Path, clock: ManualClock, seconds: float = 0) -> tuple[object, ...]:
    """Opens it, lets an account trade, stops it again; all that is to be the same however it came about."""
    state = State.open(folder, 3)
    exchange = exchange_of(state, clock)
    exchange.call("submit", "trader", market_order())
    clock.advance(seconds)
    exchange.tick()
    exchange.call("submit", "trader", limit_order("50000"))
    engine = exchange.engine
    close(state, exchange)
    return engine.orders("trader"), engine.fills("trader"), engine.book(SPOT), engine.trades(SPOT), engine.ticker(SPOT)


@pytest.mark.parametrize("damage", ["none", "gone", "cut", "rubbish", "evil", "other engine", "later journal"])
def test_a_snapshot_saves_time_and_decides_nothing(
    tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pytest_tradeops.venue.state._WORTH_NS", 10**10)
    clocks = {name: ManualClock(START_NS) for name in ("with", "without")}
    for name, clock in clocks.items():
        run(tmp_path / name, clock, 12)
        clock.advance(5)
    kept = tmp_path / "with" / "binance-spot.snapshot"
    assert kept.stat().st_mode & 0o777 == 0o600
    (tmp_path / "without" / kept.name).unlink()
    if damage == "gone":
        kept.unlink()
    elif damage == "cut":
        kept.write_bytes(kept.read_bytes()[:-100])
    elif damage == "rubbish":
        kept.write_bytes(b"rubbish")
    elif damage == "evil":
        kept.write_bytes(b"cos\nsystem\n(S'echo hacked'\ntR.")
    elif damage == "other engine":
        monkeypatch.setattr("pytest_tradeops.venue.snapshot.source", lambda: "another")
    elif damage == "later journal":
        earlier = kept.read_bytes()
        for name, clock in clocks.items():
            run(tmp_path / name, clock)
        kept.write_bytes(earlier)
    assert run(tmp_path / "with", clocks["with"], 10) == run(tmp_path / "without", clocks["without"], 10)
    assert "hacked" not in capfd.readouterr().out
    assert replay(tmp_path / "with" / "binance-spot.jsonl").divergence is None


def test_a_snapshot_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_tradeops.venue.state._WORTH_NS", 10**10)
    clock = ManualClock(START_NS)
    run(tmp_path, clock, 12)
    monkeypatch.setattr("pytest_tradeops.venue.faces.make_engine", lambda *_, **__: pytest.fail("it was replayed"))
    run(tmp_path, clock)
    (tmp_path / "binance-spot.snapshot").unlink()
    with pytest.raises(pytest.fail.Exception):
        run(tmp_path, clock)


def test_no_snapshot_is_taken_of_an_engine_that_may_be_broken_or_is_young(tmp_path: Path) -> None:
    clock = ManualClock(START_NS)
    run(tmp_path, clock, 30)
    assert not (tmp_path / "binance-spot.snapshot").exists()
    state = State.open(tmp_path)
    exchange = exchange_of(state, clock)
    clock.advance(150)
    exchange.tick()
    exchange.crashed("somewhere", ZeroDivisionError())
    close(state, exchange)
    assert not (tmp_path / "binance-spot.snapshot").exists()
