"""`tradeops venue serve` and `tradeops venue replay`, as people and programs use them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from recorded import BALANCES, busy, market_order, recorded
from signed_orders import signed

from pytest_tradeops.processes import Completed, run
from pytest_tradeops.venue.client import VenueClient, VenueGone

ROOT = Path(__file__).parents[3]
TRADEOPS = [sys.executable, "-m", "pytest_tradeops"]


@contextmanager
def served(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process and its first line."""
    process = subprocess.Popen(
        [*TRADEOPS, "venue", "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
        process.stderr.close()


def tradeops(*arguments: str) -> Completed:
    return run([*TRADEOPS, *arguments], cwd=ROOT, timeout=60)


def test_one_line_of_json_says_all_that_a_client_needs_and_sigterm_ends_it(tmp_path: Path) -> None:
    with served("--faces", "binance-spot", "--state", str(tmp_path / "s"), "--format", "json") as (process, line):
        about: dict[str, Any] = json.loads(line)
        assert {"control", "faces", "accounts"} <= set(about)
        assert set(about["faces"]) == {"binance-spot"}
        assert {"http", "ws", "ws_api"} <= set(about["faces"]["binance-spot"])
        first = about["accounts"][0]
        assert {"face", "name", "api_key", "api_secret", "key_type"} <= set(first)
        client = VenueClient(about["control"])
        key = client.account("binance-spot")
        assert (key.api_key, key.api_secret) == (first["api_key"], first["api_secret"])
        assert signed(about["faces"]["binance-spot"]["http"], key, "GET", "/api/v3/account")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == ("", "")
        with pytest.raises(VenueGone):
            client.state()


def test_all_faces_are_served_unless_some_are_chosen(tmp_path: Path) -> None:
    with served("--state", str(tmp_path / "s"), "--format", "json") as (_, line):
        about = json.loads(line)
        assert list(about["faces"]) == ["binance-spot", "binance-futures", "bybit"]
        assert {one["face"] for one in about["accounts"]} == set(about["faces"])
        assert all(
            url.partition("://")[2].startswith("127.0.0.1:")
            for urls in about["faces"].values()
            for url in urls.values()
        )


def test_retired_endpoints_are_gone_unless_asked_for(tmp_path: Path) -> None:
    for number, more in enumerate(([], ["--retired-endpoints"])):
        arguments = ["--faces", "binance-spot,bybit", "--state", str(tmp_path / str(number)), "--format", "json", *more]
        with served(*arguments) as (_, line):
            about = json.loads(line)
            key = about["accounts"][0]["api_key"]
            host = about["faces"]["binance-spot"]["http"].removeprefix("http://")
            with closing(HTTPConnection(host, timeout=10)) as connection:
                connection.request("POST", "/api/v3/userDataStream", headers={"X-MBX-APIKEY": key})
                answer = connection.getresponse()
                assert (answer.status, b"listenKey" in answer.read()) == ((200, True) if more else (410, False))


def test_people_get_a_table_without_secrets_and_the_page(tmp_path: Path) -> None:
    with served("--faces", "bybit", "--state", str(tmp_path / "s")) as (process, first):
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stdout is not None
        text = first + process.stdout.read()
        assert "ws_private" in text
        assert "Page     http://127.0.0.1:" in text
        secrets = [one["api_secret"] for one in json.loads((tmp_path / "s" / "keys.json").read_text())["bybit"]]
        assert not any(secret in text for secret in secrets)


def test_ports_are_chosen_by_a_base_and_kept(tmp_path: Path) -> None:
    with served("--faces", "bybit", "--state", str(tmp_path / "s"), "--format", "json") as (process, line):
        first = json.loads(line)
        process.terminate()
        assert process.wait(10) == 0
    with served("--faces", "bybit", "--state", str(tmp_path / "s"), "--format", "json") as (_, line):
        again = json.loads(line)
    assert (again["control"], again["faces"]) == (first["control"], first["faces"])
    assert again["accounts"] == first["accounts"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--faces", "kraken"], "tradeops: There is no face 'kraken'. There are binance-spot, binance-futures, bybit."),
        (["--state", "/dev/null/x"], "tradeops: The state directory /dev/null/x cannot be written"),
        (["--seed", "-1"], "'-1' is no whole number"),
        (["--port-base", "70000"], "'70000' is no whole number from 1 to 65532"),
    ],
)
def test_a_mistake_is_one_sentence_and_ends_with_2(arguments: list[str], words: str) -> None:
    done = tradeops("venue", "serve", *arguments)
    assert done.code == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_state_of_another_seed_and_a_taken_port(tmp_path: Path) -> None:
    state = str(tmp_path / "s")
    with served("--faces", "bybit", "--state", state, "--seed", "5", "--format", "json") as (process, line):
        port = json.loads(line)["control"].rpartition(":")[2]
        taken = tradeops("venue", "serve", "--faces", "bybit", "--port-base", port)
        assert (taken.code, "of 127.0.0.1 cannot be had: Address already in use" in taken.stderr) == (2, True)
        process.terminate()
        process.wait(10)
    other = tradeops("venue", "serve", "--faces", "bybit", "--state", state, "--seed", "6")
    assert (other.code, "holds a venue of seed 5, not of 6" in other.stderr) == (2, True)


@pytest.mark.parametrize("module", ["aiohttp", "cryptography"])
def test_without_its_libraries_it_names_the_extra(module: str) -> None:
    code = f"import sys; sys.modules[{module!r}] = None; from pytest_tradeops.cli import main; sys.exit(main(['venue', 'serve']))"
    done = run([sys.executable, "-c", code], cwd=ROOT, timeout=60)
    assert done.code == 2
    assert done.stderr.strip() == f"tradeops: {module} is not installed. pip install 'pytest-tradeops[venue]'"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "bybit.jsonl"
    exchange, clock = recorded(path)
    busy(exchange, clock, 40, 1)
    exchange.recorder.close(exchange.engine.now_ns)  # type: ignore[attr-defined]
    return path


def test_replay_tells_the_story_and_ends_with_0(journal: Path) -> None:
    done = tradeops("venue", "replay", str(journal))
    assert done.code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split(maxsplit=1) == ["0.000", "bybit: seed 5, 2 markets, package 0"]
    assert lines[-1].endswith("events came out as they were written.")
    assert len(lines) > 60


def test_replay_names_the_first_difference_and_ends_with_1(journal: Path) -> None:
    text = journal.read_text()
    journal.write_text(text.replace('"free":"', '"free":"9', 1))
    done = tradeops("venue", "replay", "--quiet", str(journal))
    assert done.code == 1
    assert "DIVERGED at line 3: WalletUpdate came out otherwise." in done.stdout
    assert "  written   {" in done.stdout
    told = json.loads(tradeops("venue", "replay", "--format", "json", str(journal)).stdout)
    assert told["divergence"]["line"] == 3
    assert told["divergence"]["written"] != told["divergence"]["replayed"]


def test_replay_as_json(journal: Path) -> None:
    done = tradeops("venue", "replay", "--format", "json", str(journal))
    told = json.loads(done.stdout)
    assert (done.code, told["divergence"], told["face"], told["seed"], told["ended"]) == (0, None, "bybit", 5, True)
    assert told["commands"] >= 20
    assert {"line", "seconds", "kind", "text"} == set(told["timeline"][0])


def test_replay_of_a_killed_venue_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bybit.jsonl"
    exchange, _ = recorded(path)
    exchange.call("open_account", "a", dict(BALANCES))
    exchange.call("submit", "a", market_order())
    done = tradeops("venue", "replay", "--quiet", str(path))
    assert done.code == 0
    assert done.stdout.endswith("Its venue was killed, or still runs.\n")


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere.jsonl", "cannot be read"), ("README.md", "no line of a venue's journal")]
)
def test_replay_of_something_else_is_one_sentence(name: str, words: str) -> None:
    done = tradeops("venue", "replay", str(ROOT / name))
    assert done.code == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
