"""Leads what is sent to a public HTTPS address to a stand-in on loopback, by proxy and with a throw-away authority.

Some senders, such as Grafana's for Telegram, have the address built in. They take a proxy from `HTTPS_PROXY`, and ask
it to CONNECT; this one answers in the address's place, with a certificate of its own authority. Nothing leaves the
machine: another address is refused.
"""

import datetime
import socket
import socketserver
import ssl
import tempfile
import threading
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..exceptions import Inconclusive

_PATIENCE = 10.0
_LARGEST = 12 << 20
_LINE = 1 << 14


class Gateway:
    """A proxy on loopback for programs that are started with `environment`. A context manager.

    Args:
        hosts: Name to the HTTP address that stands in for `https://name`, such as
            `{"api.telegram.org": telegram_inbox.url}`.

    Attributes:
        ca: The authority's certificate as PEM: whoever sends must trust it.
        refused: Addresses that somebody wanted to reach and that nothing stands in for, in order.

    Raises:
        Inconclusive: the `cryptography` package is not installed.
    """

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._targets = {name: _place(url) for name, url in hosts.items()}
        self.refused: list[str] = []
        self.ca, contexts = _authority(tuple(hosts))
        self._contexts = contexts
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the sender. `SSL_CERT_FILE` must name a file with `ca` where the sender sees it."""
        if self._server is None:
            raise RuntimeError("the gateway is not running; use it as a context manager")
        url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"HTTPS_PROXY": url, "https_proxy": url}

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="tradeops-gateway", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None

    def serve(self, connection: socket.socket) -> None:
        """One connection: CONNECT, then one request in TLS, handed on in the clear."""
        connection.settimeout(_PATIENCE)
        with connection.makefile("rb") as lines:
            method, _, rest = lines.readline(_LINE).decode("latin-1").partition(" ")
            while lines.readline(_LINE).strip():
                continue
        address = rest.split(" ")[0]
        host, _, port = address.rpartition(":")
        if method != "CONNECT" or host not in self._targets or port != "443":
            self.refused.append(address)
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._contexts[host].wrap_socket(connection, server_side=True) as secure:
            request = _request(secure)
            with socket.create_connection(self._targets[host], timeout=_PATIENCE) as target:
                target.sendall(request)
                while part := target.recv(1 << 16):  # a stand-in closes after each answer
                    secure.sendall(part)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    block_on_close = True

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that goes away, or does not trust the authority, is no business of this end."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        server.gateway.serve(self.request)


def _request(secure: ssl.SSLSocket) -> bytes:
    """Head and body of one request, told to close afterwards."""
    with secure.makefile("rb") as stream:
        head, length = [stream.readline(_LINE)], 0
        while (line := stream.readline(_LINE)).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = min(int(value), _LARGEST)
            if name.lower() != b"connection":
                head.append(line)
        return b"".join([*head, b"Connection: close\r\n\r\n"]) + stream.read(length)


def _place(url: str) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def _authority(hosts: tuple[str, ...]) -> tuple[bytes, dict[str, ssl.SSLContext]]:
    """A new authority's certificate, and for each host a context with one that it signed; both end in a day."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
    except ImportError:
        raise Inconclusive(
            "The cryptography package is not installed.", remedy="Run `pip install 'pytest-tradeops[venue]'`."
        ) from None
    now = datetime.datetime.now(datetime.UTC)

    def certificate(name: str, key: Any, issuer: str, signer: Any, *extensions: tuple[Any, bool]) -> Any:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    root = ec.generate_private_key(ec.SECP256R1())
    issuer = "pytest-tradeops throw-away authority"
    authority = certificate(issuer, root, issuer, root, (x509.BasicConstraints(ca=True, path_length=0), True))
    pem = serialization.Encoding.PEM
    contexts = {}
    for host in hosts:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        signed = certificate(host, key, issuer, root, (names, False))
        plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:  # the standard library loads keys from files alone
            file = Path(folder) / "pair.pem"
            file.touch(mode=0o600)
            file.write_bytes(signed.public_bytes(pem) + plain)
            context.load_cert_chain(file)
        contexts[host] = context
    return authority.public_bytes(pem), contexts
