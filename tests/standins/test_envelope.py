"""The envelope parser: round trips, the format's corners, and any bytes at all."""

import contextlib
import gzip
import json
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.standins.encoding import EncodingRefused, decode, has_brotli
from pytest_tradeops.standins.envelope import Envelope, EnvelopeError, Item, parse, serialize
from pytest_tradeops.standins.limits import MIB, offender

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
HEADERS = st.dictionaries(st.text().filter(lambda name: name not in ("type", "length")), JSON, max_size=4)
ITEMS = st.builds(
    lambda headers, kind, payload: Item({**headers, "type": kind, "length": len(payload)}, payload),
    HEADERS,
    st.text(min_size=1),
    st.binary(max_size=200),
)


@given(HEADERS, st.lists(ITEMS, max_size=5))
def test_what_was_written_is_read_back(headers: dict[str, object], items: list[Item]) -> None:
    assert parse(serialize(headers, items)) == Envelope(headers, tuple(items))


@given(HEADERS, st.lists(ITEMS, max_size=3), st.data())
def test_a_cut_envelope_is_an_error_or_a_shorter_envelope(
    headers: dict[str, object], items: list[Item], data: st.DataObject
) -> None:
    whole = serialize(headers, items)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    try:
        read = parse(cut)
    except EnvelopeError:
        return
    # A payload of a known length is never shortened; only whole items may be gone.
    assert read.items == tuple(items)[: len(read.items)]


@given(st.binary(max_size=2000))
def test_any_bytes_give_an_envelope_or_an_envelope_error(data: bytes) -> None:
    with contextlib.suppress(EnvelopeError):  # whatever else is raised fails the test
        assert isinstance(parse(data), Envelope)


_PIECES = st.sampled_from(
    [
        *(b"{}", b"\n", b'{"type":"event"}', b'{"type":"a","length":2}', b'{"type":"a","length":-1}', b'{"length":1}'),
        *(b"[]", b'{"type":1}', b'{"type":"a","length":1e9}', b'{"type":"a","length":true}', b"\xff", b"NaN", b"\r"),
        *(b"ab", b" "),
    ]
)


@given(st.lists(_PIECES, max_size=30))
def test_any_near_envelope_gives_an_envelope_or_an_envelope_error(pieces: list[bytes]) -> None:
    with contextlib.suppress(EnvelopeError):  # whatever else is raised fails the test
        assert isinstance(parse(b"{}\n" + b"".join(pieces)), Envelope)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "identity", "zstd", "x"]))
def test_any_bytes_under_any_encoding_are_decoded_or_refused(body: bytes, encoding: str) -> None:
    try:
        decoded = decode(body, encoding, 1000)
    except EncodingRefused as refused:
        decoded, status = b"", refused.status
    else:
        status = 200
    assert len(decoded) <= 1000
    assert status in (200, 400, 413, 415)


@pytest.mark.parametrize(
    ("data", "payloads"),
    [
        (b"{}", []),
        (b"{}\n", []),
        (b'{}\n{"type":"a"}', [b""]),
        (b'{}\n{"type":"a"}\n', [b""]),
        (b'{}\n{"type":"a"}\nhello', [b"hello"]),
        (b'{}\n{"type":"a"}\nhello\n', [b"hello"]),
        (b'{}\n{"type":"a"}\n\n{"type":"b"}\nx\n', [b"", b"x"]),
        (b'{}\n{"type":"a","length":0}\n\n{"type":"b","length":3}\n\n\n\n', [b"", b"\n\n\n"]),
        (b'{}\n{"type":"a","length":5}\nhel\no', [b"hel\no"]),
        (b'{}\n{"type":"a","length":null}\nhello\n', [b"hello"]),
        (b'{}\n{"type":"never_heard_of"}\n{"x":1}\n', [b'{"x":1}']),
        (b'{}\n{"type":"a"}\nhello\r\n', [b"hello\r"]),
    ],
)
def test_the_corners_of_the_format(data: bytes, payloads: list[bytes]) -> None:
    assert [item.payload for item in parse(data).items] == payloads


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n", "invalid JSON in the envelope header"),
        (b"[]\n", "not a JSON object"),
        (b'{"a":NaN}', "NaN"),
        (b"\xef\xbb\xbf{}", "invalid JSON"),
        ('{"a": 1}'.encode("utf-16"), "invalid JSON"),
        (b"{}\n\n\n", "item header"),
        (b'{}\n{"length":3}\nabc', "lacks its type"),
        (b'{}\n{"type":""}\n', "lacks its type"),
        (b'{}\n{"type":"a","length":4}\nabc', "unexpected end"),
        (b'{}\n{"type":"a","length":2}\nabc', "missing newline"),
        (b'{}\n{"type":"a","length":"3"}\nabc', "length"),
        (b'{}\n{"type":"a","length":true}\na', "length"),
        (b'{}\n{"type":"a","length":1.0}\na', "length"),
        (b'{"a":"' + b"x" * (64 << 10) + b'"}\n', "longer than"),
        (b'{"a":' + b"[" * 60_000, "invalid JSON"),
        (b'{"a":' + b"9" * 5000 + b"}", "invalid JSON"),
    ],
)
def test_what_is_not_an_envelope_is_refused_with_the_cause(data: bytes, says: str) -> None:
    with pytest.raises(EnvelopeError, match=says):
        parse(data)


def test_the_number_of_items_is_bounded() -> None:
    item = b'{"type":"a"}\n\n'
    assert len(parse(b"{}\n" + item * 1000).items) == 1000
    with pytest.raises(EnvelopeError, match="more than 1000 items"):
        parse(b"{}\n" + item * 1001)


def test_event_ids_are_equal_with_and_without_dashes() -> None:
    dashed = parse(b'{"event_id":"12C2D058-d584-4270-9aa2-eca08bf20986"}').event_id
    assert dashed == parse(b'{"event_id":"12c2d058d58442709aa2eca08bf20986"}').event_id
    assert parse(b"{}").event_id is None


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "GZIP", "x-gzip", "deflate"])
def test_encodings_are_undone(encoding: str) -> None:
    text = json.dumps({"a": list(range(1000))}).encode()
    packed = {"g": gzip.compress, "x": gzip.compress, "d": zlib.compress}.get(encoding[:1].lower(), bytes)(text)
    assert decode(packed, encoding, len(text)) == text
    with pytest.raises(EncodingRefused) as refused:
        decode(packed, encoding, len(text) - 1)
    assert refused.value.status == 413


def test_a_bare_deflate_stream_is_understood() -> None:
    machine = zlib.compressobj(wbits=-15)
    assert decode(machine.compress(b"hello") + machine.flush(), "deflate", 100) == b"hello"


@pytest.mark.parametrize("damage", [lambda b: b[:-5], lambda b: b + b"x", lambda b: b[:20] + b"xxxx" + b[24:]])
def test_damaged_compression_is_400(damage: object) -> None:
    with pytest.raises(EncodingRefused) as refused:
        decode(damage(gzip.compress(bytes(range(256)) * 50)), "gzip", 1 << 20)  # type: ignore[operator]
    assert refused.value.status == 400


def test_a_bomb_is_stopped_at_the_limit() -> None:
    bomb = zlib.compress(bytes(100 * MIB), 9)
    tracemalloc.start()
    try:
        with pytest.raises(EncodingRefused) as refused:
            decode(bomb, "deflate", MIB)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.status == 413
    assert peak < 8 * MIB, "it was unpacked further than the limit"


@pytest.mark.skipif(has_brotli(), reason="the module brotli is installed here")
def test_brotli_is_refused_in_a_sentence_where_the_module_is_missing() -> None:
    with pytest.raises(EncodingRefused, match="needs the Python module brotli") as refused:
        decode(b"x", "br", 10)
    assert refused.value.status == 415


def test_limits_are_per_item_together_and_by_count() -> None:
    def of(kind: str, size: int, count: int = 1) -> list[Item]:
        return [Item({"type": kind}, bytes(size))] * count

    assert offender(of("event", MIB)) is None
    assert offender(of("event", MIB + 1)) == "event"
    assert offender(of("attachment", 5 * MIB) + of("unknown", 5 * MIB)) is None
    assert offender(of("client_report", 60 << 10, 2)) == "client_report"
    assert offender(of("session", 10, 100)) is None
    assert offender(of("session", 10, 101)) == "session"
