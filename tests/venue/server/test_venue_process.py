"""The venue as a process: killed and started again it has lost nothing; its owner's end is its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from signed_orders import buy, signed

from pytest_tradeops.exceptions import NotReady, TradeopsError
from pytest_tradeops.processes import run
from pytest_tradeops.processes.supervisor import alive as runs
from pytest_tradeops.processes.supervisor import identity
from pytest_tradeops.venue.client import VenueGone
from pytest_tradeops.venue.process import start_venue
from pytest_tradeops.venue.replay import replay

SPOT = "binance-spot"
ROOT = Path(__file__).parents[3]


def test_killed_and_restarted_it_has_the_same_ports_keys_and_orders(tmp_path: Path) -> None:
    with start_venue(tmp_path / "s", [SPOT], seed=1) as venue:
        urls, control, key = venue.urls, venue.control, venue.client.new_account(SPOT)
        resting = buy(urls[SPOT]["http"], key, price="50000")
        bought = buy(urls[SPOT]["http"], key)
        orders, fills = venue.client.orders(SPOT, account=key.account), venue.client.fills(SPOT, account=key.account)
        venue.kill()
        with pytest.raises(ConnectionRefusedError):
            signed(urls[SPOT]["http"], key, "GET", "/api/v3/account")
        venue.restart()
        assert (venue.urls, venue.control) == (urls, control)
        assert venue.client.orders(SPOT, account=key.account) == orders
        assert venue.client.fills(SPOT, account=key.account) == fills
        status, answer = signed(urls[SPOT]["http"], key, "GET", "/api/v3/openOrders")
        assert (status, [one["orderId"] for one in answer]) == (200, [resting["orderId"]])
        assert buy(urls[SPOT]["http"], key)["orderId"] > bought["orderId"]
        assert venue.client.crashes() == []
    found = replay(venue.journal(SPOT))
    assert found.divergence is None
    assert found.ended


@pytest.mark.slow
def test_no_answered_order_is_lost_however_often_it_is_killed_in_the_middle(tmp_path: Path) -> None:
    with start_venue(tmp_path / "s", [SPOT], seed=1, limits=False) as venue:
        key, answered = venue.client.new_account(SPOT), []
        for round_ in range(3):
            killer = subprocess.Popen(
                [sys.executable, "-c", f"import os,time; time.sleep(0.3); os.kill({venue.pid}, {signal.SIGKILL})"]
            )
            try:
                for number in range(10_000):
                    answered.append(
                        buy(venue.urls[SPOT]["http"], key, newClientOrderId=f"r{round_}-{number}")["orderId"]
                    )
            except (OSError, ValueError, TradeopsError):
                pass
            assert killer.wait(10) == 0
            venue.restart()
        known = [order.id for order in venue.client.orders(SPOT, account=key.account)]
        assert len(known) == len(set(known))
        assert set(answered) <= set(known)
        assert len(known) - len(answered) <= 3  # at most the one that was under way at each kill
        assert len(answered) > 30
    assert replay(venue.journal(SPOT)).divergence is None


def test_it_ends_with_its_owner_even_if_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from pytest_tradeops.venue.process import start_venue\n"
        f"venue = start_venue(Path({str(tmp_path / 's')!r}), ['{SPOT}'])\n"
        "print(venue.pid, venue.control, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert owner.stdout is not None
    pid, _ = owner.stdout.readline().split()
    child = identity(int(pid))
    assert runs(child)
    owner.kill()
    owner.wait(10)
    owner.stdout.close()
    deadline = time.monotonic() + 10
    while runs(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (tmp_path / "s" / f"{SPOT}.jsonl").exists()


def test_shutdown_ends_it_cleanly(tmp_path: Path) -> None:
    with start_venue(tmp_path / "s", ["bybit"]) as venue:
        child = identity(venue.pid)
        venue.client.shutdown()
        deadline = time.monotonic() + 10
        while runs(child):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with pytest.raises(VenueGone):
            venue.client.state()
    assert replay(venue.journal("bybit")).ended


def test_what_goes_wrong_at_its_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="There is no face 'kraken'"):
        start_venue(tmp_path / "s", ["kraken"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NotReady, match=r"Port \d+ of 127\.0\.0\.1 cannot be had"):
            start_venue(tmp_path / "s", [SPOT], port_base=port)


def test_secrets_are_in_no_file_that_others_may_read(tmp_path: Path) -> None:
    with start_venue(tmp_path / "s", [SPOT]) as venue:
        secrets = [line for one in venue.accounts for line in one.api_secret.splitlines() if len(line) > 30]
        readable = [path for path in (tmp_path / "s").iterdir() if path.stat().st_mode & 0o077]
        assert all(secret not in path.read_text() for path in readable for secret in secrets)
        (process,) = Path(f"/proc/{venue.pid}/cmdline").read_bytes().split(b"\0")[3:4]
        assert process == os.fsencode(tmp_path / "s")


def test_the_client_needs_no_library() -> None:
    code = (
        "import sys; import pytest_tradeops.venue.client, pytest_tradeops.venue.process\n"
        "print(sorted({'aiohttp', 'cryptography', 'uvloop', 'pytest', 'nautilus_trader'} & set(sys.modules)))"
    )
    done = run([sys.executable, "-c", code], cwd=ROOT, timeout=30)
    assert done.stdout.strip() == "[]", done.stderr
