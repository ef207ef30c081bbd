"""Finds out, within two seconds and without the Docker SDK, whether a container engine can be used."""

import json
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..exceptions import EngineUnusable, NoEngine, ServiceUnavailable

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

_DEFAULT = "unix:///var/run/docker.sock"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: An image that cannot exist: asking for a container of it shows whether creating is allowed, and creates nothing.
_IMPOSSIBLE = {"Image": "tradeops.invalid/probe:none"}
_ALLOWED = (400, 404)
_START = "Start Docker, or name a running engine in DOCKER_HOST."


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine on this machine that answers and lets containers be created.

    Attributes:
        address: As in `DOCKER_HOST`: `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`.
        version: As the engine says.
    """

    address: str
    version: str


def engine_address(environ: Mapping[str, str] | None = None) -> str:
    """Where the engine is expected: `DOCKER_HOST`, the current Docker context, or the usual socket."""
    environ = os.environ if environ is None else environ
    if environ.get("DOCKER_HOST"):
        return environ["DOCKER_HOST"]
    home = Path(environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        current = json.loads((home / "config.json").read_text(encoding="utf-8")).get("currentContext", "default")
        for meta in (home / "contexts" / "meta").glob("*/meta.json"):
            context = json.loads(meta.read_text(encoding="utf-8"))
            if context["Name"] == current != "default":
                return str(context["Endpoints"]["docker"]["Host"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # no client configuration, or one that the client itself would stumble over: the usual socket it is
    return _DEFAULT


def probe(address: str = "", *, timeout: float = 2.0) -> Engine:
    """Asks the engine for its version and whether it would create a container; changes nothing.

    Args:
        address: Default `engine_address()`.
        timeout: Seconds for everything together; a socket that accepts and stays silent cannot hold us longer.

    Raises:
        NoEngine: nothing answers there.
        EngineUnusable: something answers, but it is of no use: no permission, errors, silence, another machine.
    """
    address = address or engine_address()
    deadline = time.monotonic() + timeout
    status, answer = _ask(address, "GET", "/version", None, deadline, timeout)
    if status != 200 or "Version" not in answer:
        said = answer.get("message") or "no version in its answer"
        raise EngineUnusable(
            f"The Docker engine at {address} answers, but with HTTP {status} ({said}).",
            remedy="See the engine's own log, and restart it.",
        )
    created, refusal = _ask(address, "POST", "/containers/create", _IMPOSSIBLE, deadline, timeout)
    if created not in _ALLOWED:
        raise EngineUnusable(
            f"The Docker engine at {address} answers, but does not let containers be created: "
            f"HTTP {created} ({refusal.get('message') or 'no reason given'}).",
            remedy="Allow POST /containers/create for this user or proxy, or name another engine in DOCKER_HOST.",
        )
    return Engine(address, str(answer["Version"]))


def engine_reason(*, timeout: float = 2.0) -> str:
    """Empty when an engine can be used; else the one sentence why not, with its remedy."""
    try:
        probe(timeout=timeout)
    except ServiceUnavailable as error:
        return str(error)
    return ""


def connect(address: str, *, timeout: float = 60.0) -> "docker.DockerClient":
    """The SDK's client for `address`; close it after use.

    Args:
        timeout: Seconds for each single answer of the engine.

    Raises:
        ServiceUnavailable: the SDK is not installed.
        NoEngine: nothing answers any more.
    """
    try:
        import docker
        import docker.errors  # type: ignore[import-untyped]
    except ImportError:
        raise ServiceUnavailable(
            "The Docker SDK is not installed.", remedy="pip install 'pytest-tradeops[services]'"
        ) from None
    try:
        return docker.from_env(environment=sdk_environment(address), timeout=timeout)
    except docker.errors.DockerException as error:
        raise NoEngine(f"The Docker engine at {address} stopped answering ({error}).", remedy=_START) from None


@contextmanager
def usable(address: str) -> Iterator[None]:
    """Turns what the SDK raises when the engine refuses or breaks off into a sentence.

    Raises:
        EngineUnusable: in place of the SDK's own errors.
    """
    import docker.errors
    import requests

    try:
        yield
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        said = getattr(error, "explanation", None) or error
        raise EngineUnusable(
            f"The Docker engine at {address} answered, but then did not do what was asked: {said}.",
            remedy="See the engine's own log, and restart it.",
        ) from None


def sdk_environment(address: str) -> dict[str, str]:
    """What the SDK reads: the address, and the TLS variables of this process."""
    tls = {name: os.environ[name] for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH") if name in os.environ}
    return {"DOCKER_HOST": address, **tls}


def _ask(
    address: str, method: str, path: str, body: object, deadline: float, timeout: float
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of one request; HTTP/1.0, so that the end of the stream is the end of the answer."""
    payload = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.0\r\nHost: docker\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    answer = bytearray()
    try:
        with _open(address, deadline) as stream:
            stream.sendall(head.encode() + payload)
            while len(answer) < 1 << 20:
                stream.settimeout(max(deadline - time.monotonic(), 0.001))
                if not (part := stream.recv(65536)):
                    break
                answer += part
    except TimeoutError:
        raise EngineUnusable(
            f"The Docker engine at {address} took the connection but did not answer within {timeout:g} s.",
            remedy="Restart the engine, or name another one in DOCKER_HOST.",
        ) from None
    except PermissionError:
        raise EngineUnusable(
            f"The Docker engine at {address} may not be used by this user (permission denied).",
            remedy="Add the user to the group that owns the socket, or use a rootless engine.",
        ) from None
    except (ConnectionResetError, BrokenPipeError):
        pass  # what was read until then is judged below
    except OSError as error:
        why = error.strerror or str(error)
        raise NoEngine(f"No container engine answers at {address} ({why}).", remedy=_START) from None
    headers, _, text = bytes(answer).partition(b"\r\n\r\n")
    line = headers.split(b"\r\n", 1)[0].split()
    if len(line) < 2 or not line[0].startswith(b"HTTP/") or not line[1].isdigit():
        raise EngineUnusable(
            f"Something answers at {address}, but it does not speak HTTP.", remedy="Correct DOCKER_HOST."
        )
    try:
        found = json.loads(text)
    except ValueError:
        found = {}
    return int(line[1]), found if isinstance(found, dict) else {}


def _open(address: str, deadline: float) -> socket.socket:
    parts = urlsplit(address)
    left = max(deadline - time.monotonic(), 0.001)
    if parts.scheme in ("unix", "http+unix"):
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(left)
        try:
            stream.connect(parts.path)
        except OSError:
            stream.close()
            raise
        return stream
    if parts.scheme not in ("tcp", "http", "https", "ssh"):
        raise EngineUnusable(
            f"{address!r} is not the address of a container engine.",
            remedy="Correct DOCKER_HOST, such as unix:///var/run/docker.sock.",
        )
    if parts.scheme == "ssh" or parts.hostname not in _LOOPBACK:
        raise EngineUnusable(
            f"The container engine at {address} is on another machine, whose loopback ports cannot be reached.",
            remedy="Use an engine on this machine, or name a running server in TRADEOPS_QUESTDB_URL.",
        )
    secure = parts.scheme == "https" or bool(os.environ.get("DOCKER_TLS_VERIFY"))
    stream = socket.create_connection((parts.hostname, parts.port or (2376 if secure else 2375)), timeout=left)
    if not secure:
        return stream
    certificates = Path(os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    return context.wrap_socket(stream, server_hostname=parts.hostname)
