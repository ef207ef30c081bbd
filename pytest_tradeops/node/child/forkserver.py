"""Forks a process per node from one that has NautilusTrader loaded: `python -P .../node/child --serve SOCKET`.

One thread, one loop. A client connects, sends one JSON line with the token, and from then on talks to its node over
the same connection. The server keeps a copy of it: to say how the node ended, and to end the node when the client is
gone. A node is killed with its server, too.
"""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .channel import Channel, open_channel
from .entry import NO_NAUTILUS

#: Seconds that a node whose client is gone may take to stop by itself.
_GRACE = 3.0
_LOOK = 0.5
_GREETING = 5.0
_LONGEST = 1 << 20
_GONE = getattr(select, "POLLRDHUP", 0)
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class _Child:
    pid: int
    connection: socket.socket
    deadline: float = 0.0  #: when it is killed, once its client is gone


def main(path: str) -> None:
    """Serves on this Unix socket until the parent is gone; the token stands in the file beside it."""
    _Server(path, Path(f"{path}.token").read_text(encoding="ascii")).serve()


def spawned(descriptor: str) -> None:
    """A node in an interpreter of its own, where forking does not do: its request comes over standard input."""
    die_with(os.getppid())
    request = json.loads(sys.stdin.readline())
    _enter(request)
    channel = open_channel(int(descriptor))
    channel.send(pid=os.getpid(), method="spawn")
    os._exit(_run(request, channel))


class _Server:
    def __init__(self, path: str, token: str) -> None:
        self._token = token
        self._children: dict[int, _Child] = {}
        self._owner = os.getppid()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Under its name only once it listens: who finds the name connects, and would be refused.
        half = f"{path}~"
        self._listener.bind(half)
        os.chmod(half, 0o600)  # noqa: PTH101
        self._listener.listen(64)  # clients wait here while the modules are loaded
        os.rename(half, path)  # noqa: PTH104
        self._wake, waker = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(waker, False)
        self._waker = waker

    def serve(self) -> None:
        preload()
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while os.getppid() == self._owner:
            poll = select.poll()
            poll.register(self._listener, select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            for child in self._children.values():
                if not child.deadline:
                    poll.register(child.connection, _GONE)  # POLLHUP is always told
            ready = {descriptor for descriptor, _ in poll.poll(_LOOK * 1000)}
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 512)
            if self._listener.fileno() in ready:
                self._accept()
            self._look_after(ready)
        os._exit(0)  # the nodes end with this process

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        try:
            connection.settimeout(_GREETING)
            request = json.loads(_line(connection))
            if request["token"] != self._token:
                raise ValueError
            connection.settimeout(None)
            start = self._spawn if request["method"] == "spawn" else self._fork
            pid = start(request, connection)
        except (OSError, ValueError, KeyError, TypeError) as error:
            with contextlib.suppress(OSError):
                connection.sendall(json.dumps({"refused": f"{type(error).__name__}: {error}"}).encode() + b"\n")
            connection.close()
            return
        self._children[pid] = _Child(pid, connection)

    def _fork(self, request: Mapping[str, Any], connection: socket.socket) -> int:
        owner = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        code = 70  # something that should not have escaped
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with(owner)
            os.setsid()
            self._listener.close()
            for child in self._children.values():
                child.connection.close()
            os.close(self._wake)
            os.close(self._waker)
            _redirect(request["output"])
            _enter(request)
            channel = open_channel(connection.detach())
            channel.send(pid=os.getpid(), method="fork")
            code = _run(request, channel)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            raise
        finally:
            os._exit(code)

    def _spawn(self, request: Mapping[str, Any], connection: socket.socket) -> int:
        os.set_inheritable(connection.fileno(), True)
        with Path(request["output"]).open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", Path(__file__).parent, "--node", str(connection.fileno())],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=[connection.fileno()],
                start_new_session=True,
            )
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                pipe.write(json.dumps(request).encode() + b"\n")
        process.returncode = 0  # it is waited for below, with the others
        return process.pid

    def _look_after(self, ready: set[int]) -> None:
        """Reaps what has ended, tells each client how, and ends the nodes whose client is gone."""
        for child in list(self._children.values()):
            if not child.deadline and child.connection.fileno() in ready:
                child.deadline = time.monotonic() + _GRACE
            if child.deadline and time.monotonic() > child.deadline:
                _kill(child.pid)
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if not pid:
                continue
            _kill(child.pid)  # what the node has started and left behind
            code = os.waitstatus_to_exitcode(status)
            with contextlib.suppress(OSError):
                # The node may have died in the middle of a line.
                child.connection.settimeout(1.0)
                child.connection.sendall(b"\n" + json.dumps({"ended": code}).encode() + b"\n")
            child.connection.close()
            del self._children[child.pid]


def preload() -> None:
    """Imports what nodes and backtests need; without NautilusTrader each says so itself."""
    with contextlib.suppress(ModuleNotFoundError):
        from . import node  # noqa: F401
    gc.collect()
    gc.freeze()  # the children share these pages as long as nobody writes to them


def die_with(owner: int) -> None:
    """The kernel kills this process when the thread that forked it ends: the server has only one."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux: the control pipe's end is what remains
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != owner:
        os._exit(70)


def _enter(request: Mapping[str, Any]) -> None:
    """Makes this process the subject's: its folder, its environment, its packages before any others."""
    task = request["task"]
    os.chdir(task["root"])
    os.environ.clear()
    os.environ.update(request["environment"])
    places = [str(place) for place in (Path(task["root"]), Path(task["root"], "src")) if place.is_dir()]
    sys.path[:0] = places


def _run(request: Mapping[str, Any], channel: Channel) -> int:
    try:
        from . import node
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "nautilus_trader":
            raise
        channel.send(problem={"kind": "no nautilus", "message": NO_NAUTILUS, "where": "", "word": "node"})
        channel.flush()
        return 3
    code = node.main(dict(request["task"]), channel)
    channel.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _redirect(output: str) -> None:
    """Standard output and error into a file: NautilusTrader and the native adapters write there past Python."""
    with open(output, "ab") as file, open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _line(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < _LONGEST:
        part = connection.recv(65536)
        if not part:
            break
        data += part
    return data
