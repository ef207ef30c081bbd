"""How rows lie on disk: frames with checksums, so that what a kill, a full disk or a bit left damaged is told apart.

A frame is a head of fixed size, the length of each row, and the rows as the server reads them (ILP, one line each).
Head and rest have a checksum each: while the head holds, it is known how many rows a damaged rest has cost.
"""

import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

_MAGIC = b"tsf1"
#: Magic, bytes of the rows, number of rows, sequence number, newest timestamp (ns), checksum of the rest.
_HEAD = struct.Struct("<4sIIQqI")
_SUM = struct.Struct("<I")
HEAD = _HEAD.size + _SUM.size
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A whole frame in a file.

    Attributes:
        size: Bytes of the frame in all.
        newest: Latest timestamp of its rows, in nanoseconds.
    """

    offset: int
    size: int
    sequence: int
    rows: int
    newest: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file that is no whole frame; `rows` is 0 where even that cannot be read."""

    offset: int
    size: int
    rows: int


def encode(sequence: int, newest: int, lengths: array[int], payload: bytes) -> list[bytes]:
    """A frame in parts, to be written one after the other."""
    table = lengths.tobytes()
    checksum = zlib.crc32(payload, zlib.crc32(table))
    head = _HEAD.pack(_MAGIC, len(payload), len(lengths), sequence, newest, checksum)
    return [head + _SUM.pack(zlib.crc32(head)), table, payload]


def size_of(rows: int, payload: int) -> int:
    """Bytes of a frame with that many rows in that many bytes."""
    return HEAD + rows * _LENGTH + payload


def decode(data: bytes) -> tuple[array[int], bytes] | None:
    """The lengths and the rows of one whole frame; None if it is damaged."""
    found = next(scan(data), None)
    if not isinstance(found, Found) or found.offset or found.size != len(data):
        return None
    lengths = array("I")
    lengths.frombytes(data[HEAD : HEAD + found.rows * _LENGTH])
    return lengths, data[HEAD + found.rows * _LENGTH :]


def scan(data: bytes) -> Iterator[Found | Damage]:
    """Everything in a file, in order; together it covers every byte once."""
    at = 0
    while at < len(data):
        head = _head(data, at)
        if head is not None:
            length, rows, sequence, newest, checksum = head
            size = size_of(rows, length)
            body = memoryview(data)[at + HEAD : at + size]
            if len(body) == size - HEAD and zlib.crc32(body) == checksum:
                yield Found(at, size, sequence, rows, newest)
                at += size
                continue
        # Not the length of the head decides where it goes on: of a frame that was torn the next one may have begun.
        following = _next(data, at + 1)
        yield Damage(at, following - at, head[1] if head is not None else 0)
        at = following


def _next(data: bytes, at: int) -> int:
    """Where the next whole head is; the end if nowhere."""
    while (at := data.find(_MAGIC, at)) != -1 and _head(data, at) is None:
        at += 1
    return len(data) if at == -1 else at


def _head(data: bytes, at: int) -> tuple[int, int, int, int, int] | None:
    raw = data[at : at + HEAD]
    if len(raw) < HEAD or raw[:4] != _MAGIC:
        return None
    if zlib.crc32(raw[: _HEAD.size]) != _SUM.unpack_from(raw, _HEAD.size)[0]:
        return None
    _, length, rows, sequence, newest, checksum = _HEAD.unpack_from(raw)
    return length, rows, sequence, newest, checksum
