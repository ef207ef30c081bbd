"""Undoes a request's `Content-Encoding` within a bound, so that a small body cannot become a large one."""

import importlib
import zlib

#: One step's output, so that the bound is met before the memory is used.
_STEP = 1 << 18


class EncodingRefused(ValueError):
    """The body cannot be decoded here.

    Attributes:
        status: 400 (damaged), 413 (too large) or 415 (an encoding that is not understood).
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def decode(body: bytes, encoding: str, limit: int) -> bytes:
    """The body as it was before compression.

    Args:
        encoding: The header's value: `gzip`, `x-gzip`, `deflate`, `br`, `identity` or empty.
        limit: Bytes after decompression.

    Raises:
        EncodingRefused: see its `status`.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        if len(body) > limit:
            raise _too_large(limit)
        return body
    if name in ("gzip", "x-gzip"):
        return _inflate(body, limit, zlib.MAX_WBITS | 16)
    if name == "deflate":
        # The standard says zlib, some clients send the bare stream: the zlib header's check sum tells them apart.
        wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
        return _inflate(body, limit, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    if name == "br":
        return _brotli(body, limit)
    raise EncodingRefused(415, f"unsupported content encoding {name[:40]!r}; use gzip, deflate or identity")


def has_brotli() -> bool:
    """Whether `br` can be decoded here."""
    try:
        importlib.import_module("brotli")
    except ImportError:
        return False
    return True


def _inflate(body: bytes, limit: int, window: int) -> bytes:
    machine = zlib.decompressobj(window)
    out, rest = bytearray(), body
    try:
        while not machine.eof:
            piece = machine.decompress(rest, _STEP)
            out += piece
            rest = machine.unconsumed_tail
            if len(out) > limit:
                raise _too_large(limit)
            if not piece and not rest:
                break
    except zlib.error:
        raise EncodingRefused(400, "invalid request body: damaged compression") from None
    if not machine.eof:
        raise EncodingRefused(400, "invalid request body: the compressed data ends early")
    if machine.unused_data:
        raise EncodingRefused(400, "invalid request body: data after the compressed end")
    return bytes(out)


def _brotli(body: bytes, limit: int) -> bytes:
    try:
        brotli = importlib.import_module("brotli")
    except ImportError:
        raise EncodingRefused(
            415, "content encoding 'br' needs the Python module brotli on the receiving side; send gzip"
        ) from None
    machine = brotli.Decompressor()
    out = bytearray()
    try:
        # Brotli's own output bound came late (1.2). A block is 16 MiB at most, and few blocks fit into 16 bytes.
        for at in range(0, len(body), 16):
            out += machine.process(body[at : at + 16])
            if len(out) > limit:
                raise _too_large(limit)
        finished = machine.is_finished()
    except brotli.error:
        raise EncodingRefused(400, "invalid request body: damaged compression") from None
    if not finished:
        raise EncodingRefused(400, "invalid request body: the compressed data ends early")
    return bytes(out)


def _too_large(limit: int) -> EncodingRefused:
    return EncodingRefused(413, f"the decompressed body is longer than {limit} bytes")
