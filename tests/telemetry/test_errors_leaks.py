"""What a trading bot's errors carry away, one leak a test: on the wire with the SDK as it comes, and not with ours."""

import json
import logging
import secrets
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk

from pytest_tradeops.standins.sentry import SentryCapture
from pytest_tradeops.telemetry import errors, sentry

ROOT = Path(__file__).resolve().parents[2]
LOG = logging.getLogger("tests.leaks")
LOG.addHandler(logging.NullHandler())


class Account:
    """Prints what it holds, as a configuration does."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return f"Account(api_secret='{self.secret}')"


def fail(text: str = "order refused") -> None:
    raise ValueError(text)


def captured(act: Callable[[], Any]) -> None:
    try:
        act()
    except ValueError as error:
        sentry_sdk.capture_exception(error)


def local_api_secret(it: str) -> None:
    api_secret = it
    fail(str(len(api_secret)))


def local_pk(it: str) -> None:
    pk = it
    fail(str(len(pk)))


def local_passphrase(it: str) -> None:
    passphrase = it
    fail(str(len(passphrase)))


def local_venue(it: str) -> None:
    venue = {"accounts": [{"private_key": it}]}
    fail(str(len(venue)))


def extra(name: str, value: Any) -> None:
    with sentry_sdk.new_scope() as scope:
        scope.set_extra(name, value)
        captured(fail)


def context(value: dict[str, Any]) -> None:
    with sentry_sdk.new_scope() as scope:
        scope.set_context("venue", value)
        captured(fail)


def crumb(**more: Any) -> None:
    sentry_sdk.add_breadcrumb(**more)
    captured(fail)


def noted(secret: str) -> None:
    error = ValueError("order refused")
    error.add_note(f"api_secret={secret}")
    sentry_sdk.capture_exception(error)


#: Each plants a secret and sends one event. The first twelve were found in clear on a server, one after the other.
LEAKS: dict[str, Callable[[str], object]] = {
    "api_secret in a local variable": lambda it: captured(lambda: local_api_secret(it)),
    "api_secret in an extra": lambda it: extra("api_secret", it),
    "pk in a local variable": lambda it: captured(lambda: local_pk(it)),
    "passphrase in a local variable": lambda it: captured(lambda: local_passphrase(it)),
    "private_key in a dict that is a local variable": lambda it: captured(lambda: local_venue(it)),
    "private_key in a dict of an extra": lambda it: extra("venue", {"accounts": [{"private_key": it}]}),
    "token in the exception's text": lambda it: captured(lambda: fail(f"refused: token={it}")),
    "token in a breadcrumb's text": lambda it: crumb(message=f"login with token={it}"),
    "secret_key in a breadcrumb's data": lambda it: crumb(message="login", data={"secret_key": it}),
    "hl_pk in an extra": lambda it: extra("hl_pk", it),
    "token in a log line": lambda it: LOG.error("login with token=%s", it),
    "an object in an extra": lambda it: extra("account", Account(it)),
    "bare in a log line's arguments": lambda it: LOG.error("login, api_secret=%s", it),
    "api_secret in a log line's extra": lambda it: LOG.error("login", extra={"binance_api_secret": it}),
    "the end of a longer name": lambda it: extra("BINANCE_FUTURES_API_SECRET", it),
    "a name in humps": lambda it: extra("venueApiSecret", it),
    "a dict under a secret's name": lambda it: extra("api_secret", {"value": it}),
    "okx_passphrase in a context": lambda it: context({"okx-passphrase": it}),
    "a shaped token as a key": lambda it: extra("seen", {f"gh{'p_'}{it}": 1}),
    "a database's address": lambda it: captured(lambda: fail(f"no answer from postgresql://bot:{it}@db:5432/x")),
    "a query in a breadcrumb": lambda it: crumb(message="GET", data={"http.query": f"listenKey={it}"}),
    "a note of the exception": noted,
    "a tag": lambda it: sentry_sdk.capture_message("x", tags={"login": f"secret: {it}"}),
    "a wallet's words": lambda it: extra("said", f"mnemonic: {'abandon ' * 11}{it.translate(WORDS)[:8]}"),
}
#: Digits to letters: the words of a wallet have none.
WORDS = str.maketrans("0123456789", "ghijklmnop")


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentryCapture]:
    with SentryCapture() as server:
        monkeypatch.setenv("SENTRY_DSN", server.dsn)
        yield server
        sentry_sdk.get_client().close(timeout=5)
        sentry_sdk.get_global_scope().set_client(None)
        sentry_sdk.get_isolation_scope().clear()


def arrived(capture: SentryCapture, leak: str) -> bool:
    """Whether the secret is on the wire, once the event is."""
    secret = secrets.token_hex(20)
    LEAKS[leak](secret)
    sentry_sdk.flush(10)
    assert len(capture.events) == 1
    sought = secret.translate(WORDS)[:8] if leak == "a wallet's words" else secret
    return sought.encode() in b"".join(capture.raw)


@pytest.mark.parametrize("leak", LEAKS)
def test_it_is_on_the_wire_with_the_sdk_as_it_comes(leak: str, capture: SentryCapture) -> None:
    sentry_sdk.init(capture.dsn)
    assert arrived(capture, leak)


@pytest.mark.parametrize("leak", LEAKS)
def test_it_is_not_with_ours(leak: str, capture: SentryCapture) -> None:
    assert sentry.start()
    assert not arrived(capture, leak)


PROGRAM = """
import sys
from pytest_tradeops.telemetry import sentry
START
import sentry_sdk
sentry_sdk.capture_message("started")
sentry_sdk.flush(10)
"""


@pytest.mark.parametrize(
    ("start", "there"),
    [("import os, sentry_sdk; sentry_sdk.init(os.environ['SENTRY_DSN'])", True), ("sentry.start()", False)],
)
def test_the_command_line_stays_at_home(start: str, there: bool, capture: SentryCapture) -> None:
    secret = secrets.token_hex(20)
    command = [sys.executable, "-c", PROGRAM.replace("START", start), "--login", secret]
    subprocess.run(command, cwd=ROOT, check=True, env={**capture.environment, "PYTHONPATH": str(ROOT)}, timeout=60)
    assert len(capture.events) == 1
    assert (secret.encode() in b"".join(capture.raw)) is there


class Strategy:
    """Somebody's strategy, whose handler fails with secrets all around."""

    id = "EMA-001"

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def on_order_rejected(self) -> None:
        harmless = self.secret
        account = Account(self.secret)
        fail(f"{len(harmless) + len(str(account))} refused")


def test_the_wrapper_keeps_locals_at_home_where_somebody_else_has_started_the_sdk(capture: SentryCapture) -> None:
    sentry_sdk.init(capture.dsn)
    secret = secrets.token_hex(20)
    with sentry_sdk.new_scope() as scope:
        scope.set_extra("account", Account(secret))
        scope.set_extra("okx_passphrase", {"value": secret})
        strategy = errors.guard(Strategy(secret))
        with pytest.raises(ValueError, match="refused"):
            strategy.on_order_rejected()
    sentry_sdk.flush(10)
    event = capture.await_event("refused")
    assert event.tags["handler"] == "on_order_rejected"
    assert event.exceptions[-1].frames
    assert secret.encode() not in b"".join(capture.raw)


@pytest.mark.parametrize(
    "name",
    ["token_id", "session_open", "trading_session", "secretary", "pkg", "keyboard", "max_tokens", "author", "is_auth"],
)
def test_names_that_only_look_like_a_secrets_keep_their_value(name: str) -> None:
    assert sentry.clean({name: "x"}) == {name: "x"}


@pytest.mark.parametrize("value", ["x", 12345, 1.5, ["x"], {"a": "x"}, ("x",)])
def test_whatever_stands_under_a_secrets_name_is_masked(value: object) -> None:
    assert sentry.clean({"apiSecret": value, "on": True, "none": None}) == {
        "apiSecret": sentry.MASK,
        "on": True,
        "none": None,
    }


def test_an_object_that_cannot_be_printed_is_named() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert sentry.clean({"x": Broken()}) == {"x": "<Broken>"}


SECRET = "".join(secrets.choice(string.ascii_letters) for _ in range(18))


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Basic {SECRET}",
        f"?api_secret%3D{SECRET}",
        f"{{'api_secret': b'{SECRET}'}}",
        json.dumps(json.dumps({"api_key": SECRET})),
    ],
    ids=["basic", "url", "bytes", "json"],
)
def test_a_named_secret_is_masked_however_it_is_written(text: str) -> None:
    assert SECRET not in str(sentry.clean(text))
    assert sentry.MASK in str(sentry.clean(text))


@pytest.mark.parametrize("name", ["api_secret_1", "API_KEY2", "binanceSecret3"])
def test_one_of_several_keys_is_a_key(name: str) -> None:
    assert sentry.clean({name: "x"}) == {name: sentry.MASK}
