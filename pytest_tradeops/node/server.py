"""The process that nodes are forked from: one per run, in the controller, with NautilusTrader loaded once."""

import json
import secrets
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from .. import processes
from ..exceptions import Inconclusive
from ..model import Grade, ServiceHandle
from ..processes.child import clean_environment

_CHILD = Path(__file__).with_name("child")
#: Until the server's socket is there; NautilusTrader is loaded behind it.
_BIND = 20.0
#: A Unix socket's path has 108 characters, on some systems 104.
_LONGEST_PATH = 90
#: Neither is any business of a node: it gets the keys that it may use in its configuration.
_SECRET = ("BINANCE_", "BYBIT_", "TRADEOPS_BINANCE_", "TRADEOPS_BYBIT_", "TRADEOPS_QUESTDB_", "TRADEOPS_DECISION_")
#: The team's own database and error tracking: what happens in a check is none of their news.
_ELSEWHERE = ("QDB_CLIENT_CONF", "SENTRY_")
_PROXY = frozenset({"http_proxy", "https_proxy", "all_proxy"})


@dataclass(frozen=True, slots=True)
class NodeHost:
    """Where nodes are had: the server's socket and token, in the process that started it or in another one."""

    address: str
    token: str

    @classmethod
    def of(cls, handle: ServiceHandle) -> Self:
        """The host behind the handle that the run's broker gives for `nodes`."""
        return cls(handle.endpoints["socket"], handle.endpoints["token"])

    def connect(self, task: dict[str, Any], method: str, output: Path) -> socket.socket:
        """Asks for a node; the connection to it. It ends with the node, and the node ends with it.

        Args:
            method: `fork` or `spawn`.
            output: File for what the node prints.

        Raises:
            Inconclusive: the server is gone.
        """
        request = {
            "token": self.token,
            "method": method,
            "task": task,
            "output": str(output),
            "environment": environment(),
        }
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(10.0)
            connection.connect(self.address)
            connection.sendall(json.dumps(request).encode() + b"\n")
            connection.settimeout(None)
        except OSError as error:
            connection.close()
            raise Inconclusive(f"The process that nodes are forked from is gone ({error.strerror}).") from None
        return connection


class NodeServer:
    """The server's owner; made by `launch`."""

    def __init__(self, service: processes.Service, host: NodeHost) -> None:
        self._service = service
        self.host = host

    @property
    def pid(self) -> int:
        return self._service.pid

    @property
    def handle(self) -> ServiceHandle:
        """For the broker; its endpoints hold the token."""
        endpoints = {"socket": self.host.address, "token": self.host.token}
        return ServiceHandle("nodes", "process", Grade.EMBEDDED, "", endpoints, "forked from one loaded process")

    def tail(self) -> str:
        """What the server said last."""
        return self._service.tail()

    def stop(self) -> None:
        """Ends the server and every node; a second call does nothing."""
        self._service.stop()


def offering(python: Path) -> Callable[[], tuple[ServiceHandle, Callable[[], None]]]:
    """What `Broker.offer("nodes", ...)` takes: the server is started at the first request and ended with the broker."""

    def start() -> tuple[ServiceHandle, Callable[[], None]]:
        server = launch(python)
        return server.handle, server.stop

    return start


def launch(python: Path) -> NodeServer:
    """Starts the server on the subject's interpreter; it loads NautilusTrader while the caller goes on.

    Raises:
        Inconclusive: the interpreter cannot be started.
    """
    folder = processes.runtime_folder()
    if len(str(folder)) > _LONGEST_PATH - 20:
        folder = Path("/tmp")  # noqa: S108 - the folder made in it is private
    place = Path(tempfile.mkdtemp(prefix="nodes-", dir=folder))
    address, token = str(place / "socket"), secrets.token_urlsafe(24)
    key = Path(f"{address}.token")
    key.touch(0o600)
    key.write_text(token, encoding="ascii")
    service = processes.start(
        processes.Spec(
            name="nodes",
            command=[str(python), "-P", "-W", "ignore", str(_CHILD), "--serve", address],
            env=environment(),
            log=place / "log",
            directories=[place],
        )
    )
    deadline = time.monotonic() + _BIND
    while not Path(address).exists():
        if service.poll() is not None or time.monotonic() > deadline:
            said = service.tail(1)
            service.stop()
            raise Inconclusive(
                f"The subject's interpreter cannot run nodes: {said or 'no answer'}.",
                remedy="Create its .venv again, for instance with `uv sync`.",
            )
        time.sleep(0.005)
    return NodeServer(service, NodeHost(address, token))


def environment() -> dict[str, str]:
    """What a node sees: no keys, no proxies, one order of hashes, and no bytecode left in the subject."""
    return {
        **{
            name: value
            for name, value in clean_environment().items()
            if not name.startswith((*_SECRET, *_ELSEWHERE)) and name.lower() not in _PROXY
        },
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
