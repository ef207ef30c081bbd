"""Frames on disk: whatever happens to the bytes, nothing wrong is read, and every byte is accounted for."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.telemetry import frames
from pytest_tradeops.telemetry.frames import Damage, Found

ROWS = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5)


def written(sequence: int, rows: list[bytes]) -> bytes:
    lengths = array("I", map(len, rows))
    data = b"".join(frames.encode(sequence, 7 * sequence, lengths, b"".join(rows)))
    assert len(data) == frames.size_of(len(rows), sum(map(len, rows)))
    return data


def read(data: bytes) -> list[Found | Damage]:
    found = list(frames.scan(data))
    at = 0
    for one in found:
        assert one.offset == at, "every byte belongs to exactly one stretch"
        assert one.size > 0
        at += one.size
    assert at == len(data)
    return found


@given(st.lists(ROWS, max_size=5))
def test_what_was_written_is_read(batches: list[list[bytes]]) -> None:
    data = b"".join(written(n, rows) for n, rows in enumerate(batches))
    found = read(data)
    assert all(isinstance(one, Found) for one in found)
    assert [(one.sequence, one.rows, one.newest) for one in found if isinstance(one, Found)] == [
        (n, len(rows), 7 * n) for n, rows in enumerate(batches)
    ]
    for one, rows in zip(found, batches, strict=True):
        whole = frames.decode(data[one.offset : one.offset + one.size])
        assert whole == (array("I", map(len, rows)), b"".join(rows))


@given(st.lists(ROWS, min_size=1, max_size=5), st.data())
def test_a_torn_end_costs_the_last_frame_alone(batches: list[list[bytes]], data: st.DataObject) -> None:
    parts = [written(n, rows) for n, rows in enumerate(batches)]
    whole = b"".join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    found = read(whole[:cut])
    complete = 0
    while sum(map(len, parts[: complete + 1])) <= cut and complete < len(parts):
        complete += 1
    assert [one.sequence for one in found if isinstance(one, Found)] == list(range(complete))
    damages = [one for one in found if isinstance(one, Damage)]
    assert len(damages) == (cut > sum(map(len, parts[:complete])))
    if damages and damages[0].size >= frames.HEAD:
        assert damages[0].rows == len(batches[complete]), "the head is whole, so the loss can be counted"


@given(st.lists(ROWS, min_size=1, max_size=4), st.data())
def test_a_flipped_bit_is_never_read_and_costs_one_frame(batches: list[list[bytes]], data: st.DataObject) -> None:
    parts = [written(n, rows) for n, rows in enumerate(batches)]
    whole = bytearray(b"".join(parts))
    bit = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[bit // 8] ^= 1 << bit % 8
    hit, at = 0, 0
    while at + len(parts[hit]) <= bit // 8:
        at, hit = at + len(parts[hit]), hit + 1
    found = read(bytes(whole))
    assert [one.sequence for one in found if isinstance(one, Found)] == [n for n in range(len(parts)) if n != hit]
    assert frames.decode(bytes(whole[at : at + len(parts[hit])])) is None


@given(
    st.binary(max_size=300) | st.lists(st.sampled_from([b"tsf1", b"\0", b"tsf", written(3, [b"a"])[:30]])).map(b"".join)
)
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert not [one for one in read(data) if isinstance(one, Found)]
    assert frames.decode(data) is None


def test_what_follows_a_torn_frame_is_found() -> None:
    data = written(1, [b"a" * 50])[:60] + written(2, [b"b"])
    assert [type(one).__name__ for one in read(data)] == ["Damage", "Found"]
