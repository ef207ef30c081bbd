"""The server that nodes are forked from: shared by the run, gone with its owner, and no nodes without it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from node_support import PYTHON, MakeSpec, gone

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.node import sockets
from pytest_tradeops.node.process import NodeProcess
from pytest_tradeops.node.server import NodeHost, NodeServer, launch, offering
from pytest_tradeops.services.broker import Broker, BrokerClient
from pytest_tradeops.services.settings import ServicesSettings

EMPTY = "from nautilus_trader.config import TradingNodeConfig\n\ndef node_config():\n    return TradingNodeConfig()\n"
#: Starts a node (on a server of its own without arguments), says the pids, and waits to be killed.
OWNER = """
import sys, time
from pathlib import Path
from pytest_tradeops.node.process import NodeProcess
from pytest_tradeops.node.server import NodeHost, launch
from pytest_tradeops.node.spec import NodeSpec

root, *address = sys.argv[1:]
server = None if address else launch(Path(sys.executable))
host = server.host if server else NodeHost(*address)
node = NodeProcess.start(NodeSpec(
    root=Path(root), python=Path(sys.executable), config="bot.node:node_config", mode="venue", faces={},
    log_directory=Path(root, "log"),
), host)
print(node.pid, server.pid if server else 0, flush=True)
time.sleep(600)
"""


@pytest.fixture
def own_server() -> Iterator[NodeServer]:
    server = launch(PYTHON)
    yield server
    server.stop()


def owner(root: Path, *address: str) -> tuple[subprocess.Popen[str], int, int]:
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(root), *address], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    node, server = map(int, process.stdout.readline().split())
    return process, node, server


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_leaves_nothing_after_ten_seconds(make_spec: MakeSpec, end: signal.Signals) -> None:
    process, node, server = owner(make_spec(EMPTY).root)
    with process:
        assert not gone(node, 0)
        process.send_signal(end)
    started = time.monotonic()
    assert gone(node, 10)
    assert gone(server, 10)
    assert time.monotonic() - started < 10


def test_a_killed_worker_takes_its_node_with_it_and_leaves_the_server(
    own_server: NodeServer, make_spec: MakeSpec
) -> None:
    spec = make_spec(EMPTY)
    process, node, _ = owner(spec.root, own_server.host.address, own_server.host.token)
    with process:
        process.kill()
    assert gone(node, 10)
    with NodeProcess.start(spec, own_server.host) as another:
        assert another.stop().healthy


def test_a_killed_server_takes_its_nodes_with_it(own_server: NodeServer, make_spec: MakeSpec) -> None:
    with NodeProcess.start(make_spec(EMPTY), own_server.host) as node:
        os.kill(own_server.pid, signal.SIGKILL)
        end = node.wait(10)
        assert gone(node.pid, 5)
    assert (end.kind, end.healthy) == ("lost", False)
    with pytest.raises(Inconclusive, match="The process that nodes are forked from is gone"):
        NodeProcess.start(make_spec(EMPTY), own_server.host)


def test_a_stop_of_the_server_ends_its_nodes_and_its_folder(own_server: NodeServer, make_spec: MakeSpec) -> None:
    with NodeProcess.start(make_spec(EMPTY), own_server.host) as node:
        folder = Path(own_server.host.address).parent
        assert folder.stat().st_mode & 0o077 == 0
        own_server.stop()
        assert gone(node.pid, 5)
    assert not folder.exists()


def test_a_wrong_token_gets_no_node(nodes: NodeServer, make_spec: MakeSpec) -> None:
    with pytest.raises(Inconclusive, match="No node could be started"):
        NodeProcess.start(make_spec(EMPTY), NodeHost(nodes.host.address, "guessed"))


@pytest.mark.parametrize("garbage", [b"\n", b"[]\n", b"{", b"x" * 100_000, b'{"token": 1}\n'])
def test_garbage_on_the_socket_disturbs_nobody(nodes: NodeServer, make_spec: MakeSpec, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(nodes.host.address)
        connection.sendall(garbage)
    with NodeProcess.start(make_spec(EMPTY), nodes.host) as node:
        node.kill()


class Unforkable(NodeHost):
    """A server on a machine where forking does not do."""

    def connect(self, task: dict[str, object], method: str, output: Path) -> socket.socket:
        if method == "spawn":
            return super().connect(task, method, output)
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.sendall(b'{"refused": "OSError: Cannot allocate memory"}\n')
        return ours


def test_where_forking_fails_an_interpreter_is_spawned(nodes: NodeServer, make_spec: MakeSpec) -> None:
    host = Unforkable(nodes.host.address, nodes.host.token)
    with NodeProcess.start(make_spec(EMPTY), host) as node:
        assert node.method == "spawn"
        assert node.stop().healthy
    with pytest.raises(Inconclusive, match="Cannot allocate memory"):
        NodeProcess.start(make_spec(EMPTY, start="fork"), host)


def test_an_interpreter_that_is_not_there_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="interpreter cannot run nodes"):
        launch(Path("/nowhere/bin/python"))


def test_workers_get_the_run_s_one_server_from_the_broker(make_spec: MakeSpec) -> None:
    broker = Broker(ServicesSettings())
    broker.offer("nodes", offering(PYTHON))
    try:
        found = {NodeHost.of(one.get("nodes")) for one in (broker, *(BrokerClient(broker.listen()) for _ in range(2)))}
        (host,) = found
        with NodeProcess.start(make_spec(EMPTY), host) as node:
            broker.close()
            assert gone(node.pid, 5)
    finally:
        broker.close()


def test_a_connection_is_seen_with_its_other_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        port = server.getsockname()[1]
        seen = sockets.observe(os.getpid())
    assert seen is not None
    assert sockets.Remote("127.0.0.1", port) in seen
    assert sockets.observe(2**22 + 1) is None


@pytest.mark.parametrize(
    ("field", "host", "port"),
    [
        ("0100007F:1F90", "127.0.0.1", 8080),
        ("08080808:01BB", "8.8.8.8", 443),
        ("0000000000000000FFFF00000100007F:0050", "127.0.0.1", 80),
        ("B80D01200000000067452301EFCDAB89:0050", "2001:db8::123:4567:89ab:cdef", 80),
    ],
)
@pytest.mark.skipif(sys.byteorder != "little", reason="the kernel writes words in the machine's byte order")
def test_the_kernel_s_notation_is_read(field: str, host: str, port: int) -> None:
    assert sockets.remote(field) == sockets.Remote(host, port)


def test_whoever_is_neither_loopback_nor_a_test_host_is_a_stranger() -> None:
    seen = frozenset({sockets.Remote("127.0.0.1", 1), sockets.Remote("::1", 2), sockets.Remote("8.8.8.8", 443)})
    assert sockets.strangers(seen) == [sockets.Remote("8.8.8.8", 443)]
