"""`strategies/errors.py`, the start-up that adopters get: what it does with secrets, the DSN and the release."""

import ast
import secrets
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sentry_sdk
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.standins.sentry import SentryCapture
from strategies import errors

REPOSITORY = Path(__file__).parents[2]


def word(length: int) -> str:
    return secrets.token_hex(length)[:length]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentryCapture]:
    monkeypatch.delenv("SENTRY_RELEASE", raising=False)
    with SentryCapture() as capture:
        monkeypatch.setenv("SENTRY_DSN", capture.dsn)
        assert errors.start() is True
        yield capture
        sentry_sdk.get_client().close(timeout=5)
        sentry_sdk.get_global_scope().set_client(None)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_a_dsn_nothing_is_initialised(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SENTRY_DSN", raising=False)
    if value is not None:
        monkeypatch.setenv("SENTRY_DSN", value)
    assert errors.start() is False
    assert not sentry_sdk.get_client().is_active()


def test_the_release_is_the_variable_or_the_projects_version(
    started: SentryCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentry_sdk.capture_message("one")
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    assert started.await_event("one").release == f"pytest-tradeops@{version}"
    monkeypatch.setenv("SENTRY_RELEASE", "bot@9")
    errors.start()
    sentry_sdk.capture_message("two")
    assert started.await_event("two").release == "bot@9"


def test_flush_waits_until_the_event_is_there(started: SentryCapture) -> None:
    sentry_sdk.capture_message("now")
    errors.flush(10)
    assert started.find("now")


# Put together at run time, around a random core: nothing in this file looks like a secret.
SHAPED = {
    "name=value": (20, "api_secret={}"),
    "printed dict": (20, "{{'private_key': '{}'}}"),
    "json": (20, '{{"secretKey": 1, "token": "{}"}}'),
    "query": (30, "https://x.io/?a=1&access_token={}&b=2"),
    "bearer": (30, "Authorization: Bearer {}"),
    "pem": (64, "-----BEGIN EC PRIVATE " + "KEY-----\n{}\n-----END EC PRIVATE KEY-----"),
    "cut pem": (64, "-----BEGIN PRIVATE " + "KEY-----\n{}"),
    "dsn": (32, "https://{}@o1.ingest.sentry.io/1"),
    "discord": (60, "https://discord.com/api/webhooks/1234567/{}"),
    "telegram": (35, "https://api.telegram.org/bot1234567890:{}/sendMessage"),
    "github": (36, "gh" + "p_{}"),
    "anthropic": (60, "sk" + "-ant-{}"),
    "slack": (30, "xo" + "xb-{}"),
    "grafana": (32, "gl" + "sa_{}"),
    "jwt": (60, "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMiJ9.{}"),
    "wallet": (64, "signing with 0x{}"),
}


@pytest.mark.parametrize("shape", SHAPED)
def test_every_known_shape_is_masked_in_text_and_the_rest_is_kept(shape: str) -> None:
    length, form = SHAPED[shape]
    core = word(length)
    cleaned = errors.clean({"message": f"before {form.format(core)} after"})["message"]
    assert cleaned.startswith("before ")
    assert errors.MASK in cleaned
    assert not any(core[at : at + 8] in cleaned for at in range(length - 7))


@pytest.mark.parametrize(
    "text",
    [
        "order O-20240101-000001 filled 0.5 @ 42000.10 on BTCUSDT.BINANCE",
        "connection to wss://stream.binance.com:9443/ws lost, attempt 3",
        "token bucket exhausted: 12 requests in 10s",
        "'NoneType' object has no attribute 'make_price'",
        "2024-01-01T00:00:00.123456Z ts_init=1704067200000000000",
    ],
)
def test_ordinary_messages_stay_as_they_are(text: str) -> None:
    assert errors.clean({"value": text}) == {"value": text}


def test_secret_names_lose_their_value_at_any_depth_whatever_it_is(started: SentryCapture) -> None:
    planted = word(20)
    with sentry_sdk.new_scope() as scope:
        scope.set_extra("venues", [{"okx": {"Passphrase": planted, "pk": [planted], "nested": ({"hl_pk": planted},)}}])
        sentry_sdk.add_breadcrumb(message="login", data={"a": {"api_secret": planted}}, timestamp=datetime.now(UTC))
        scope.set_tag("note", f"secret: {planted}")
        sentry_sdk.capture_message("names")
    event = started.await_event("names")
    assert planted.encode() not in b"".join(started.raw)
    assert event.extra["venues"][0]["okx"]["Passphrase"] == errors.MASK


def test_locals_and_the_command_line_stay_at_home(started: SentryCapture) -> None:
    def trade() -> None:
        harmless_name = "a value nobody would recognise"
        raise ValueError(str(len(harmless_name)))

    try:
        trade()
    except ValueError as error:
        sentry_sdk.capture_exception(error)
    event = started.await_event("30")
    assert not any(frame.vars for frame in event.exceptions[0].frames)
    assert "sys.argv" not in event.extra


@given(st.recursive(st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_cleaning_never_raises_and_is_stable(value: object) -> None:
    once = errors.clean(value)
    assert errors.clean(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        *("a.", "a-", "eyJ-", "eyJaaaaaaaaaa.", "https://", "token", "1", "-----BEGIN ", "PK ", "x"),
        *("mnemonic: abc ", "abc ", "a://b:", "a://", "db-", "aA1", "wallet=", "wallet=(0x", "((", "A_"),
    ],
)
def test_scrubbing_a_long_text_does_not_hold_up_the_bot(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    start = time.process_time()
    errors.clean({"value": text})
    assert time.process_time() - start < 2, "quadratic patterns take minutes here"


def test_it_needs_nothing_of_this_package() -> None:
    tree = ast.parse(Path(errors.__file__).read_text())
    roots = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert "sentry_sdk" in roots
    assert not {one for one in roots if one.startswith(("pytest", "_pytest"))}
