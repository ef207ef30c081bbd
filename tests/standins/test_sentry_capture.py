"""The Sentry stand-in, with the real SDK on the other side of the wire."""

import contextlib
import gzip
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
import sentry_sdk
import sentry_sdk.crons
from sentry_sdk import logger as sentry_logger

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.standins.envelope import Item, serialize
from pytest_tradeops.standins.sentry import SentryCapture

EVENT = b'{"event_id":"0123456789abcdef0123456789abcdef","message":"by hand"}'


@pytest.fixture
def capture() -> Iterator[SentryCapture]:
    with SentryCapture() as server:
        yield server


@contextlib.contextmanager
def sdk(dsn: str, **options: Any) -> Iterator[sentry_sdk.client.BaseClient]:
    """The SDK, initialised as a bot does it, and put back to rest."""
    defaults = {"release": "bot@1.2.3", "environment": "test", "default_integrations": False}
    sentry_sdk.init(dsn=dsn, **{**defaults, **options})
    try:
        yield sentry_sdk.get_client()
    finally:
        sentry_sdk.get_client().close(timeout=5)
        sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def client(capture: SentryCapture) -> Iterator[sentry_sdk.client.BaseClient]:
    with sdk(capture.dsn) as made:
        yield made


def raise_and_capture(text: str) -> str:
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("venue", "binance")
        scope.set_extra("size", 3)
        try:
            raise ValueError(text)
        except ValueError as error:
            event_id = sentry_sdk.capture_exception(error)
    assert event_id is not None
    return event_id


def envelope(event: bytes = EVENT, **headers: Any) -> bytes:
    return serialize(headers, [Item({"type": "event"}, event)])


def post(
    capture: SentryCapture, body: bytes, path: str = "/api/1/envelope/", *, key: str | None = "", **headers: str
) -> tuple[int, Any]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        given["X-Sentry-Auth"] = f"Sentry sentry_key={key or capture.public_key}, sentry_version=7"
    request = urllib.request.Request(capture.server.url + path, data=body, headers=given)  # noqa: S310  # loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_an_exception_arrives_as_the_sdk_sent_it(capture: SentryCapture, client: sentry_sdk.client.BaseClient) -> None:
    event_id = raise_and_capture("order refused")
    event = capture.await_event("order refused")
    assert event.event_id == event_id
    assert (event.release, event.environment, event.level) == ("bot@1.2.3", "test", "error")
    assert event.tags["venue"] == "binance"
    assert event.extra["size"] == 3
    assert event.sdk_version == sentry_sdk.VERSION
    (error,) = event.exceptions
    assert (error.type, error.value) == ("ValueError", "order refused")
    assert error.frames[-1].function == "raise_and_capture"
    assert "text" in error.frames[-1].vars
    assert event.raw["platform"] == "python"


def test_the_sdk_compresses_and_the_raw_bytes_are_kept_in_clear(
    capture: SentryCapture, client: sentry_sdk.client.BaseClient
) -> None:
    raise_and_capture("order refused")
    capture.await_event()
    assert capture.server.exchanges[0].request.headers["content-encoding"] == "gzip"
    assert b"order refused" in capture.raw[0]


def test_transactions_logs_sessions_and_check_ins_are_kept_by_type(capture: SentryCapture) -> None:
    with sdk(capture.dsn, traces_sample_rate=1.0, enable_logs=True), sentry_sdk.isolation_scope() as scope:
        with sentry_sdk.start_transaction(name="tick"):
            sentry_logger.warning("slow {ms}", ms=12)
        sentry_sdk.crons.capture_checkin(monitor_slug="heartbeat", status="ok")
        scope.start_session()
        scope.end_session()
        scope.add_attachment(bytes=b"rows", filename="rows.csv")
        sentry_sdk.capture_message("with a file")
        sentry_sdk.flush(10)
        capture.await_event("with a file")
    kinds = {item.type for one in capture.envelopes for item in one.items}
    assert kinds >= {"event", "transaction", "log", "check_in", "session", "attachment"}
    assert capture.items("transaction")[0].json()["transaction"] == "tick"
    assert capture.items("attachment")[0].payload == b"rows"
    assert len(capture.events) == 1


def test_waiting_ends_when_the_event_arrives(capture: SentryCapture, client: sentry_sdk.client.BaseClient) -> None:
    thread = threading.Timer(0.2, raise_and_capture, ("late",))
    thread.start()
    assert capture.await_event(lambda event: event.tags.get("venue") == "binance", "30s").mentions("late")
    thread.join()


def test_a_missing_event_is_reported_with_what_did_arrive(
    capture: SentryCapture, client: sentry_sdk.client.BaseClient
) -> None:
    raise_and_capture("something else")
    capture.await_event()
    post(capture, envelope(), key="0" * 32)
    post(capture, envelope(), "/api/2/envelope/", key=capture.elsewhere.public_key)
    post(capture, envelope(), "/api/9/envelope/")
    with pytest.raises(CheckFailed) as caught:
        capture.await_event("order refused", "100ms")
    text = str(caught.value)
    assert caught.value.reasons == ("sentry: event never arrived",)
    for part in ("'order refused'", "100ms", "something else", "403", "another DSN", "by hand", "/api/9/", "flush"):
        assert part in text


def test_nothing_arrived_is_known_after_a_barrier(capture: SentryCapture, client: sentry_sdk.client.BaseClient) -> None:
    capture.await_none(after=lambda: client.flush(10))
    raise_and_capture("surprise")
    with pytest.raises(CheckFailed, match="surprise") as caught:
        capture.await_none(after=lambda: client.flush(10))
    assert caught.value.reasons == ("sentry: unexpected event",)
    capture.await_none("other", after=lambda: client.flush(10))
    capture.clear()
    capture.await_none(after=lambda: client.flush(10))
    assert (capture.envelopes, capture.raw, capture.refusals) == ((), (), ())


def test_a_request_under_way_is_not_taken_for_silence(capture: SentryCapture) -> None:
    with socket.create_connection(("127.0.0.1", capture.server.port)) as half:
        half.sendall(b"POST /api/1/envelope/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        with pytest.raises(CheckFailed) as caught:
            capture.await_none(after=lambda: None, within="100ms")
    assert caught.value.reasons == ("sentry: still sending",)


def test_a_second_dsn_has_its_own_inbox(capture: SentryCapture) -> None:
    with sdk(capture.elsewhere.dsn):
        raise_and_capture("strayed")
    assert capture.elsewhere.await_event("strayed")
    assert not capture.events


def test_a_refusing_server_gets_everything_and_keeps_nothing(
    capture: SentryCapture, client: sentry_sdk.client.BaseClient
) -> None:
    capture.refuse(500)
    raise_and_capture("lost")
    capture.await_none(after=lambda: client.flush(10))
    assert capture.refusals[0].status == 500
    capture.recover()
    raise_and_capture("kept")
    assert [event.exceptions[0].value for event in [capture.await_event()]] == ["kept"]


def test_a_rate_limit_silences_the_sdk(capture: SentryCapture, client: sentry_sdk.client.BaseClient) -> None:
    capture.rate_limit(60)
    raise_and_capture("first")
    client.flush(10)
    capture.recover()
    raise_and_capture("second")
    capture.await_none(after=lambda: client.flush(10))
    assert [one.response.status for one in capture.server.exchanges] == [429]


@pytest.mark.parametrize("fault", ["drop", "hang_up"])
def test_what_a_server_loses_the_capture_does_not_hold(
    capture: SentryCapture, client: sentry_sdk.client.BaseClient, fault: str
) -> None:
    getattr(capture, fault)()
    raise_and_capture("lost")
    capture.await_none(after=lambda: client.flush(10))
    assert capture.server.exchanges, "the SDK did send"


def test_a_good_envelope_is_acknowledged_with_its_id(capture: SentryCapture) -> None:
    named = envelope(event_id="12c2d058-d584-4270-9aa2-eca08bf20986")
    assert post(capture, named) == (200, {"id": "12c2d058d58442709aa2eca08bf20986"})
    assert post(capture, serialize({}, [Item({"type": "session"}, b"{}")])) == (200, {})


@pytest.mark.parametrize("how", ["query", "envelope", "authorization", "gzip"])
def test_every_way_to_authenticate_is_understood(capture: SentryCapture, how: str) -> None:
    key, body = capture.public_key, envelope()
    if how == "query":
        answer = post(capture, body, f"/api/1/envelope/?sentry_key={key}&sentry_version=7", key=None)
    elif how == "envelope":
        answer = post(capture, envelope(dsn=capture.dsn), key=None)
    elif how == "authorization":
        answer = post(capture, body, key=None, Authorization=f"Sentry sentry_version=7,sentry_key={key}")
    else:
        answer = post(capture, gzip.compress(body), Content_Encoding="gzip")
    assert answer[0] == 200
    assert capture.find("by hand")


def test_bad_requests_get_the_status_and_shape_of_relay(capture: SentryCapture) -> None:
    other = capture.elsewhere.public_key
    cases = [
        (post(capture, envelope(), key="f" * 32), 403, "rejected"),
        (post(capture, envelope(), key=other), 403, "rejected"),
        (post(capture, envelope(), "/api/77/envelope/"), 404, "no such project"),
        (post(capture, envelope(), key=None), 401, "missing authorization"),
        (post(capture, envelope(), key=None, X_Sentry_Auth="Basic x"), 401, "bad x-sentry-auth"),
        (post(capture, envelope(), "/api/1/envelope/?sentry_key=x"), 401, "multiple authorization"),
        (post(capture, envelope(), key=None, X_Sentry_Auth=f"Sentry sentry_key={capture.public_key},sentry_version=6"),
         400, "protocol version"),
        (post(capture, envelope(dsn=capture.elsewhere.dsn)), 400, "another project"),
        (post(capture, envelope(dsn=capture.dsn.replace(capture.public_key, other))), 400, "differ"),
        (post(capture, envelope(dsn=5)), 400, "not a DSN"),
        (post(capture, b"nonsense"), 400, "invalid event envelope"),
        (post(capture, envelope(b"[]")), 400, "invalid event envelope"),
        (post(capture, envelope(b"{broken")), 400, "invalid event envelope"),
        (post(capture, b"xxxx", Content_Encoding="gzip"), 400, "damaged"),
        (post(capture, b"x", Content_Encoding="zstd"), 415, "content encoding"),
        (post(capture, envelope(b'{"message":"' + b"x" * (1 << 20) + b'"}')), 413, "size limits for type 'event'"),
    ]  # fmt: skip
    for (status, answer), expected, says in cases:
        assert (status, says in answer["detail"]) == (expected, True), (status, answer, expected, says)
    assert not capture.envelopes


def test_the_old_store_endpoint_takes_a_bare_event(capture: SentryCapture) -> None:
    assert post(capture, EVENT, "/api/1/store/") == (200, {"id": "0123456789abcdef0123456789abcdef"})
    assert capture.find("by hand")
    assert post(capture, b"[]", "/api/1/store/")[0] == 400
    assert post(capture, EVENT, "/api/1/store/", key="f" * 32)[0] == 403


def test_unknown_item_types_are_accepted_and_kept(capture: SentryCapture) -> None:
    assert post(capture, serialize({}, [Item({"type": "hologram", "x": 1}, b"\x00\xff")]))[0] == 200
    (item,) = capture.items("hologram")
    assert (item.payload, item.headers["x"]) == (b"\x00\xff", 1)


def test_odd_event_shapes_are_viewed_without_raising(capture: SentryCapture) -> None:
    odd = {"exception": [{"type": 5, "stacktrace": {"frames": "x"}}, 7], "tags": [["a", 1], "b"], "sdk": [], "extra": 1}
    assert post(capture, envelope(json.dumps(odd).encode()))[0] == 200
    (event,) = capture.events
    assert (event.tags, event.sdk_version, event.exceptions[0].type) == ({"a": "1"}, "", "")


def test_keys_and_ports_are_new_for_every_server(capture: SentryCapture) -> None:
    with SentryCapture() as other:
        assert len({capture.public_key, capture.elsewhere.public_key, other.public_key}) == 3
        assert other.dsn != capture.dsn


def test_the_environment_for_a_child_keeps_proxies_away(capture: SentryCapture) -> None:
    assert capture.environment["SENTRY_DSN"] == capture.dsn
    assert capture.environment["NO_PROXY"] == "127.0.0.1"


def test_the_public_fixture_is_a_running_server(sentry_capture: SentryCapture) -> None:
    with sdk(sentry_capture.dsn):
        raise_and_capture("through the fixture")
        assert sentry_capture.await_event("through the fixture")


def test_the_public_fixture_is_new_for_every_test(sentry_capture: SentryCapture) -> None:
    assert not sentry_capture.server.exchanges
