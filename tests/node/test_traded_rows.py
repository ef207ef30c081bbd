"""What is compared of a bot's metrics, on rows and books made by hand: right ones pass, each wrong one is named."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.node.places import Place
from pytest_tradeops.node.traded import latency, positions, profit, refusals, rows, survival
from pytest_tradeops.node.traded.script import Traded
from pytest_tradeops.telemetry.books import Book, Terms
from pytest_tradeops.telemetry.books import Fill as Booked
from pytest_tradeops.venue.client import Fill
from pytest_tradeops.venue.engine.model import Side

D = Decimal
LINEAR = Place(
    instrument="BTCUSDT-PERP.BINANCE",
    face="binance-futures",
    market="BTCUSDT.linear",
    account="A",
    base="BTC",
    quote="USDT",
    tick=D("0.1"),
    step=D("0.001"),
    min_quantity=D("0.001"),
    min_notional=D(5),
)
SPOT = Place(
    instrument="BTCUSDT.BINANCE",
    face="binance-spot",
    market="BTCUSDT.spot",
    account="A",
    base="BTC",
    quote="USDT",
    tick=D("0.1"),
    step=D("0.001"),
    min_quantity=D("0.001"),
    min_notional=D(5),
)
OWNER = "TradeopsDriver-900"


def fill(
    place: Place, side: str, quantity: str, price: str, fee: str = "0.5", asset: str = "USDT", order: str = "o"
) -> Fill:
    return Fill(
        trade_id=1,
        order_id=1,
        client_id=order,
        account="a",
        market=place.market,
        side=Side(side),
        price=D(price),
        quantity=D(quantity),
        fee=D(fee),
        fee_asset=asset,
        maker=False,
        realized_pnl=D(0),
        time_ns=1_000,
    )


def traded(place: Place, *events: dict[str, Any], orders: dict[str, str] | None = None, **more: Any) -> Traded:
    own = events or (
        {"client_order_id": "o", "strategy_id": OWNER, "instrument_id": place.instrument, "event": "OrderFilled"},
    )
    return Traded(place, orders or {"open": "o"}, events=own, **more)


def pnl(place: Place, realized: float, commission: float, currency: str = "USDT") -> dict[str, Any]:
    return {
        "strategy": OWNER,
        "instrument": place.instrument,
        "currency": currency,
        "realized": realized,
        "commission": commission,
    }


FILLS = [fill(LINEAR, "BUY", "2", "100"), fill(LINEAR, "SELL", "3", "110"), fill(LINEAR, "BUY", "1", "120")]


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        (pnl(LINEAR, 8.5, 1.5), []),  # 2 bought at 100 and sold at 110, 1 sold at 110 and bought back at 120
        (pnl(LINEAR, 10.0, 1.5), ["pnl: differs from venue by fees"]),
        (pnl(LINEAR, 10.0, 0.0), ["pnl: differs from venue by fees"]),
        (pnl(LINEAR, 8.5, 1.0), ["pnl: differs from venue by fees"]),
        (pnl(LINEAR, 7.0, 1.5), ["pnl: differs from venue"]),
        (pnl(SPOT, 8.5, 1.5), ["pnl: row missing"]),
    ],
)
def test_profit_is_compared_after_fees(row: dict[str, Any], reasons: list[str]) -> None:
    compared, findings = profit.compare([row], traded(LINEAR), FILLS)
    assert (compared, [one.reason for one in findings]) == (2, reasons)


def test_a_fee_in_coins_costs_what_they_were_worth() -> None:
    fills = [fill(SPOT, "BUY", "2", "100", "0.002", "BTC"), fill(SPOT, "SELL", "1.998", "110", "0.2")]
    right = profit.truth(fills, base="BTC", quote="USDT", spot=True)
    assert right.realized["USDT"] == D("1.998") * 110 - 200 - D("0.2")
    assert right.fees == {"BTC": D("0.002"), "USDT": D("0.2")}
    rows = [pnl(SPOT, float(right.realized["USDT"]), 0.2), pnl(SPOT, 0.0, 0.002, "BTC")]
    assert profit.compare(rows, traded(SPOT), fills) == (4, [])


quantities = st.decimals("0.1", "5", places=1)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["BUY", "SELL"]), quantities, st.decimals("50", "150", places=1), st.booleans()),
        min_size=1,
        max_size=15,
    )
)
@pytest.mark.parametrize("place", [LINEAR, SPOT], ids=["linear", "spot"])
def test_two_computations_that_share_no_line_agree(place: Place, given: list[tuple[str, D, D, bool]]) -> None:
    book = Book(Terms("BTC", "USDT", "USDT", spot=place.spot))
    fills = []
    for side, quantity, price, coins in given:
        fee, asset = (D("0.01"), "BTC") if coins and place.spot else (D("0.3"), "USDT")
        fills.append(fill(place, side, str(quantity), str(price), str(fee), asset))
        book.apply(Booked("one", quantity if side == "BUY" else -quantity, price, fee, asset))
    right = profit.truth(fills, base="BTC", quote="USDT", spot=place.spot)
    for currency in ("USDT", "BTC"):
        assert abs(book.realized.get(currency, D(0)) - right.realized.get(currency, D(0))) < D("1e-12")
        assert book.commission.get(currency, D(0)) == right.fees.get(currency, D(0))


def test_a_turned_position_closes_and_opens() -> None:
    assert positions.path(FILLS) == [
        positions.Step("opened", D(2)),
        positions.Step("closed", D(0)),
        positions.Step("opened", D(-1)),
        positions.Step("closed", D(0)),
    ]


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        (None, None),
        (0, "Change 1 of 4 at the venue is opened at 2, and there is closed at 0."),
        (1, "Change 2 of 4 at the venue is closed at 0, and there is opened at -1."),
        (3, "Change 4 of 4 at the venue is closed at 0, and there is no further row."),
    ],
)
def test_a_missing_change_is_named(left_out: int | None, told: str | None) -> None:
    all_rows = [
        {"instrument": LINEAR.instrument, "event": one.event, "signed_quantity": float(one.quantity)}
        for one in positions.path(FILLS)
    ]
    found = [row for number, row in enumerate(all_rows) if number != left_out]
    compared, findings = positions.compare(found, traded(LINEAR), FILLS)
    assert compared == 4
    assert [(one.reason, one.message) for one in findings] == ([(positions.MISSING, told)] if told else [])
    doubled = positions.compare([*all_rows, all_rows[-1]], traded(LINEAR), FILLS)[1]
    assert [one.message for one in doubled] == ["There are 5 rows, and the venue's fills make 4 changes."]
    assert positions.replayed(4, 8)[0].reason == "positions: replay doubled"


MS = 1_000_000


@pytest.mark.parametrize(
    ("leg", "took", "end", "told"),
    [
        ("accept", 20 * MS, 1_015 * MS, ""),
        ("fill", 20 * MS, 1_015 * MS, ""),
        ("submit", 2 * MS, 1_000 * MS, ""),
        ("accept", 0, 1_015 * MS, "no time at all"),
        ("accept", -5 * MS, 1_015 * MS, "no time at all"),
        ("accept", 5 * MS, 1_015 * MS, "began 10.000 ms after the venue had the order"),
        ("fill", 20 * MS, 1_005 * MS, "ended 5.000 ms before the venue had done it"),
        ("accept", 40_000 * MS, 1_015 * MS, "longer than the order was looked at"),
    ],
)
def test_a_latency_must_lie_around_what_the_venue_did(leg: str, took: int, end: int, told: str) -> None:
    order = SimpleNamespace(client_id="o", created_ns=1_000 * MS)
    filled = SimpleNamespace(client_id="o", time_ns=1_010 * MS)
    row = {"instrument": LINEAR.instrument, "client_order_id": "o", "leg": leg, "latency_ns": took, "at": end}
    findings = latency.compare([row], traded(LINEAR), [order], [filled])[1]  # type: ignore[list-item]
    said = [one.message for one in findings if one.reason == latency.OUTSIDE]
    assert len(said) == bool(told)
    assert all(told in one for one in said)


def test_every_leg_of_every_order_must_be_measured() -> None:
    events = [
        {
            "event": name,
            "client_order_id": order,
            "strategy_id": OWNER,
            "instrument_id": LINEAR.instrument,
            "mode": "venue",
        }
        for order, name in (("o", "OrderAccepted"), ("r", "OrderAccepted"))
    ]
    done = traded(LINEAR, *events, orders={"open": "o", "rest": "r"})
    assert latency.legs(done) == {
        *(("o", leg) for leg in ("submit", "accept", "fill")),
        *(("r", leg) for leg in ("submit", "accept", "cancel")),
    }
    findings = latency.compare([], done, [], [])[1]
    assert {one.reason for one in findings} == {"latency: row missing"}
    paper = [{**one, "mode": "paper"} for one in events]
    assert [one.reason for one in latency.skipped([{"client_order_id": "o"}], paper)] == [
        "latency: paper order measured"
    ]
    assert latency.skipped([{"client_order_id": "o"}], events) == []


def test_each_refusal_has_one_row_with_its_reason() -> None:
    events = [
        {
            "event": "OrderDenied",
            "client_order_id": "d",
            "reason": "quantity 0.1 invalid",
            "strategy_id": OWNER,
            "instrument_id": "x",
        }
    ]
    done = traded(LINEAR, *events, refused={"denied": "d"})
    row = {"kind": "denied", "client_order_id": "d", "reason": "quantity 0.1 invalid"}
    assert refusals.compare([row], done) == (1, [])
    assert [one.reason for one in refusals.compare([], done)[1]] == ["errors: denial not recorded"]
    assert [one.reason for one in refusals.compare([row, row], done)[1]] == ["errors: denial recorded twice"]
    other = {**row, "reason": "something else"}
    assert [one.reason for one in refusals.compare([other], done)[1]] == ["errors: reason differs"]
    raised = {"kind": "exception", "strategy": "S-1", "component": "S-1.on_bar", "reason": "RuntimeError: a word"}
    assert refusals.exception([raised], "S-1", "a word") == []
    assert refusals.exception([], "S-1", "a word")[0].reason == "errors: exception not recorded"
    assert refusals.exception([{**raised, "component": None}], "S-1", "a word")[0].reason == "errors: reason differs"


def test_an_event_and_its_row_have_one_name() -> None:
    event = {"event": "OrderPendingCancel", "client_order_id": "o", "trade_id": None}
    row = {"event": "pending_cancel", "client_order_id": "o", "trade_id": None}
    assert rows.number(event) == rows.order_number(row)
    assert rows.missing([], traded(LINEAR, event)) == ["OrderPendingCancel of o"]


def test_the_cost_on_the_loop_is_the_handlers_own() -> None:
    facts, findings = survival.cost([5_000, 5_200, 9_000], [4_000, 4_100, 4_200])
    assert (findings, facts["loop_per_event_median"]) == ([], pytest.approx(1.1e-6))
    assert survival.cost([900_000] * 3, [4_000])[1][0].reason == "collector: too slow"
    assert survival.cost([], [])[1][0].reason == "collector: not heard"


class Database:
    """One row and no other, or none at all, and one more sample with each look."""

    def __init__(self, *, sampling: bool, rows: int = 1) -> None:
        self.sampling = sampling
        self.rows = [{"at_us": 1}] * rows
        self.looks = self.samples = 0
        self.waited: list[str] = []

    def sql(self, query: str) -> Any:
        if "count()" in query:
            self.samples += self.sampling
            return SimpleNamespace(dicts=lambda: [{"samples": self.samples}])
        self.looks += 1
        return SimpleNamespace(dicts=lambda: self.rows)

    def wait(self, table: str) -> None:
        self.waited.append(table)


@pytest.mark.parametrize(
    ("sampling", "ended", "seconds", "looks"),
    [(True, False, 60.0, 5), (False, True, 60.0, 2), (False, False, 0.0, 2)],
    ids=["later samples are there", "the bot has ended", "time is over"],
)
def test_rows_that_cannot_come_any_more_are_not_waited_for(
    sampling: bool, ended: bool, seconds: float, looks: int
) -> None:
    database = Database(sampling=sampling)
    found = rows.Rows(database, "bot", seconds=seconds, ended=lambda: ended)
    assert len(found.until("trading_pnl", lambda _: False)) == 1
    assert (database.looks, database.waited) == (looks, ["trading_pnl"])  # the last look after all that was written


def test_a_table_without_rows_may_still_get_some_after_later_samples_in_another() -> None:
    database = Database(sampling=True, rows=0)

    def complete(found: list[dict[str, Any]]) -> bool:
        if database.looks == 7:
            database.rows = [{"at_us": 1}]
        return bool(found)

    assert len(rows.Rows(database, "bot", seconds=60.0).until("trading_pnl", complete)) == 1
    assert (database.looks, database.waited) == (8, [])


def test_rows_that_must_not_be_there_are_waited_for_by_samples() -> None:
    database = Database(sampling=True, rows=0)
    assert rows.Rows(database, "bot", seconds=60.0).final("order_latency") == []
    assert (database.looks, database.waited) == (5, ["order_latency"])


def test_rows_that_are_there_are_read_once() -> None:
    database = Database(sampling=True)
    rows.Rows(database, "bot").until("trading_pnl", lambda _: True)
    assert (database.looks, database.samples, database.waited) == (1, 0, [])
