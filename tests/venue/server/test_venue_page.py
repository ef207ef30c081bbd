"""The live page in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Page, browser
from signed_orders import buy, signed

from pytest_tradeops.venue.process import VenueProcess, start_venue

SPOT = "binance-spot"
ROWS = "document.querySelectorAll('#{} tbody tr:not(.none)').length"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path) as page:
        yield page


def text(page: Page, part: str) -> str:
    return str(page.evaluate(f"document.querySelector('{part}').innerText"))


def test_it_shows_what_happens_as_it_happens(process: VenueProcess, page: Page) -> None:
    venue = process.client
    url, key = process.urls[SPOT]["http"], venue.new_account(SPOT, name="watched")
    before = buy(url, key, "0.03", newClientOrderId="before-it-was-open")
    page.open(process.control + "/")
    page.wait("document.getElementById('link').className === 'on'")
    page.wait("document.querySelector('#orders').innerText.includes('before-it-was-open')")
    page.evaluate(
        "(s => { s.value = 'watched'; s.dispatchEvent(new Event('change')); })(document.getElementById('account'))"
    )
    page.wait(ROWS.format("orders") + " === 1")
    resting = buy(url, key, "0.5", price="50000", newClientOrderId="while-it-was-open")
    page.wait(ROWS.format("orders") + " === 2")
    assert "while-it-was-open" in text(page, "#orders tbody tr")  # the latest first
    assert "0 / 0.5" in text(page, "#orders tbody tr")
    assert str(before["orderId"]) in text(page, "#fills tbody")
    page.wait("document.querySelector('#balances').innerText.includes('25000')")  # locked for the resting order
    signed(url, key, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=resting["orderId"])
    page.wait("document.querySelector('#orders tbody tr').innerText.includes('CANCELED')")
    page.evaluate("document.getElementById('open').click()")
    page.wait(ROWS.format("orders") + " === 0")
    assert page.errors == []


def test_it_shows_the_book_and_the_faults(process: VenueProcess, page: Page) -> None:
    page.open(process.control + "/")
    page.wait(ROWS.format("book") + " >= 5")
    first = text(page, "#book tbody")
    page.wait(f"document.querySelector('#book tbody').innerText !== {first!r}")
    assert page.evaluate("document.getElementById('faults').hidden")
    process.client.faults.latency(0.001, face=SPOT, match="GET /nowhere", seconds=60)
    page.wait("!document.getElementById('faults').hidden")
    assert "latency" in text(page, "#faults tbody")
    assert "GET /nowhere" in text(page, "#faults tbody")
    process.client.faults.clear()
    page.wait("document.getElementById('faults').hidden")
    page.wait("document.querySelector('#trend polyline').getAttribute('points').split(' ').length > 2")


def test_what_a_client_chose_never_becomes_markup(process: VenueProcess, page: Page) -> None:
    name = "<img src=x onerror=\"document.title='hacked'\">"
    key = process.client.new_account(SPOT, name=name)
    buy(process.urls[SPOT]["http"], key)
    page.open(process.control + "/")
    page.wait("document.querySelector('#orders').innerText.includes('onerror')")
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert page.evaluate("document.title") == "venue"
    assert page.errors == []


def test_it_loads_nothing_from_elsewhere(process: VenueProcess, page: Page) -> None:
    page.open(process.control + "/")
    page.wait(ROWS.format("book") + " >= 5")
    assert page.loaded
    assert all(one.startswith((process.control, "data:")) for one in page.loaded)
    assert any(one.endswith("/events") for one in page.loaded)


def test_hundreds_of_orders_do_not_slow_it_down(process: VenueProcess, page: Page) -> None:
    key = process.client.new_account("bybit", name="busy")
    assert key.account == "busy"
    spot = process.client.new_account(SPOT, name="busier", balances={"USDT": "100000000"})
    url = process.urls[SPOT]["http"]
    page.open(process.control + "/")
    page.wait("document.getElementById('link').className === 'on'")
    accepted = 0
    for number in range(95):  # as many as the exchange takes in ten seconds, resting and cancelled
        accepted += buy(url, spot, "0.01", price=str(50_000 + number), newClientOrderId=f"n{number}")["orderId"] > 0
    page.evaluate(
        "(s => { s.value = 'busier'; s.dispatchEvent(new Event('change')); })(document.getElementById('account'))"
    )
    page.wait(ROWS.format("orders") + f" === {accepted}")
    spent = page.evaluate(
        "(() => { const start = performance.now(); for (let i = 0; i < 20; i += 1) draws.orders(); return performance.now() - start; })()"
    )
    assert spent / 20 < 50  # milliseconds for a whole redraw
    assert page.errors == []


@pytest.mark.slow
def test_it_comes_back_after_the_venue_was_restarted(tmp_path: Path, page: Page) -> None:
    with start_venue(tmp_path / "s", [SPOT], seed=1) as venue:
        key = venue.client.new_account(SPOT)
        buy(venue.urls[SPOT]["http"], key, newClientOrderId="survivor")
        page.open(venue.control + "/")
        page.wait("document.querySelector('#orders').innerText.includes('survivor')")
        venue.kill()
        page.wait("document.getElementById('link').className === 'off'")
        venue.restart()
        page.wait("document.getElementById('link').className === 'on'", 20)
        page.wait("document.querySelector('#orders').innerText.includes('survivor')")
