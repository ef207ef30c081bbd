"""The PostgreSQL handshake, as far as "this server lets this user in": readiness without a driver."""

import socket
import struct
import time

_PROTOCOL_3 = 196608


class HandshakeError(Exception):
    """The server refused, or speaks something else; the text is the server's."""


def handshake(host: str, port: int, user: str, password: str, *, database: str = "qdb", timeout: float = 5.0) -> None:
    """Logs in and out again.

    Raises:
        HandshakeError: refused.
        OSError: not reachable, or no answer in time (`TimeoutError`).
    """
    deadline = time.monotonic() + timeout
    with socket.create_connection((host, port), timeout=timeout) as sock:
        parameters = f"user\0{user}\0database\0{database}\0\0".encode()
        sock.sendall(struct.pack("!ii", len(parameters) + 8, _PROTOCOL_3) + parameters)
        while True:
            kind, body = _message(sock, deadline)
            if kind == b"E":
                fields = [part[1:] for part in body.split(b"\0") if part[:1] == b"M"]
                raise HandshakeError(b" ".join(fields).decode(errors="replace") or "refused")
            if kind == b"R" and struct.unpack_from("!i", body)[0] == 3:
                secret = password.encode() + b"\0"
                sock.sendall(b"p" + struct.pack("!i", len(secret) + 4) + secret)
            elif kind == b"R" and struct.unpack_from("!i", body)[0] != 0:
                raise HandshakeError("the server asks for another kind of authentication")
            elif kind == b"Z":
                sock.sendall(b"X\0\0\0\x04")
                return


def _message(sock: socket.socket, deadline: float) -> tuple[bytes, bytes]:
    head = _exactly(sock, 5, deadline)
    (length,) = struct.unpack("!i", head[1:])
    if not 4 <= length < 1 << 20:
        raise HandshakeError("the server does not speak PostgreSQL's protocol")
    return head[:1], _exactly(sock, length - 4, deadline)


def _exactly(sock: socket.socket, count: int, deadline: float) -> bytes:
    data = b""
    while len(data) < count:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        sock.settimeout(left)
        part = sock.recv(count - len(data))
        if not part:
            raise ConnectionResetError("the server closed the connection")
        data += part
    return data
