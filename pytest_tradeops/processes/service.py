"""Keeps a child as a service that dies with its owner, whatever becomes of the owner.

    service = start(Spec(name="questdb", command=[java, ...], log=root / "log", directories=[root]))
    service.poll()      # None while it runs, else its exit code
    service.stop()      # ends it, removes `directories`

For what is no child of ours, such as a container, leave `command` empty and give `cleanup_command`: an argument
vector that the supervisor runs at the end (owner gone, or `stop`). Choose the container's *name* first, start the
supervisor with `cleanup_command=["docker", "rm", "--force", "--volumes", name]`, and only then start the container:
no moment is left in which nobody would remove it. `note(container="...")` adds what is known later to the record.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import registry, supervisor
from .child import clean_environment

_START_TIMEOUT = 20.0
#: Beyond the grace: what removing directories and running the clean-up command may take.
_STOP_MARGIN = 75.0

#: Our ends of the sockets. A forked child must not hold them open, or the services would outlive us.
_open_channels: "weakref.WeakSet[socket.socket]" = weakref.WeakSet()


def _close_in_forked_child() -> None:
    for channel in list(_open_channels):
        channel.close()


os.register_at_fork(after_in_child=_close_in_forked_child)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What to start, and what to remove afterwards.

    Attributes:
        name: The service's name, such as `questdb`.
        command: Argument vector of the child; empty for none.
        cwd: Its working directory; default the root directory, so that it holds no folder.
        env: Its whole environment; default `clean_environment()`.
        log: File that its output is appended to; default none.
        directories: Removed at the end.
        cleanup_command: Run at the end, before the directories are removed; empty for none.
        grace: Seconds from SIGTERM to SIGKILL.
        detached: Nobody owns it: it lives until `stop_detached`.
        label: The checkout it belongs to; default the working directory.
        details: More to keep in its record, JSON values.
    """

    name: str
    command: Sequence[str] = ()
    cwd: Path | None = None
    env: Mapping[str, str] | None = None
    log: Path | None = None
    directories: Sequence[Path] = ()
    cleanup_command: Sequence[str] = ()
    grace: float = 3.0
    detached: bool = False
    label: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class Service:
    """A running service; made by `start`. Thread-safe."""

    def __init__(self, spec: Spec, record: dict[str, Any], process: subprocess.Popen[bytes], channel: socket.socket):
        self.id: str = record["id"]
        self._spec = spec
        self._record = record
        self._process = process
        self._channel = channel
        self._lock = threading.RLock()
        self._buffer = b""
        self._exit: int | None = None
        self._tail = ""
        self._ended = False  # the supervisor has said that everything is gone
        self._closed = False  # `stop` was called
        self._lost = False  # the supervisor is gone without having said so

    @property
    def pid(self) -> int:
        """The child's pid; 0 without a command."""
        return int((self._record["child"] or {"pid": 0})["pid"])

    def poll(self) -> int | None:
        """The child's exit code, negative for a signal; None while it runs or when there is no child."""
        with self._lock:
            self._listen(0)
            if self._exit is None and self._lost and not supervisor.alive(self._record["child"]):
                self._exit = -signal.SIGKILL
            return self._exit

    def wait(self, timeout: float) -> int | None:
        """As `poll`, after waiting up to `timeout` seconds for the child's end."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None and (left := deadline - time.monotonic()) > 0:
            with self._lock:
                self._listen(min(left, 0.2))
        return code

    def tail(self, lines: int = 20) -> str:
        """The last lines of the log."""
        with self._lock:
            text = self._tail
            if not text and self._spec.log is not None and self._spec.log.exists():
                text = self._spec.log.read_text(encoding="utf-8", errors="replace")[-8192:]
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])

    def note(self, **details: Any) -> None:
        """Adds JSON values to the record, such as endpoints or a container's id."""
        with self._lock:
            self._record.update(details)
            self._send(b"record " + json.dumps(details).encode())

    def kill(self) -> None:
        """Kills the child with SIGKILL and waits for its end; its directories stay until `stop`."""
        if self.poll() is None and supervisor.alive(self._record["child"]):
            supervisor.signal_group(self.pid, signal.SIGKILL)
            self.wait(10)

    def release(self) -> None:
        """Lets go of a detached service: it is stopped by its record from now on."""
        with self._lock:
            self._channel.close()

    def stop(self, *, keep: bool = False) -> None:
        """Ends the service and removes its directories; a second call does nothing.

        Args:
            keep: Leave the directories, for a start on the same ones.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if keep:
                self.note(directories=[])
            if not self._ended:  # a supervisor ends by itself when its command could not be started
                self._send(b"stop")
            deadline = time.monotonic() + self._spec.grace + _STOP_MARGIN
            while not self._ended and not self._lost and time.monotonic() < deadline:
                self._listen(0.5)
            if not self._ended:  # the supervisor was killed, or hangs
                self._process.kill()
                registry.remove({**self._record, "path": self._path})
                self._ended = True
            self._process.wait()
            self._channel.close()

    @property
    def _path(self) -> Path:
        return registry.folder() / f"{self.id}.json"

    def _send(self, line: bytes) -> None:
        try:
            self._channel.sendall(line + b"\n")
        except OSError:
            self._lost = True

    def _listen(self, timeout: float) -> None:
        """Takes in what the supervisor says, waiting up to `timeout` seconds for the first word."""
        while not self._ended and not self._lost:
            if self._channel.fileno() < 0:  # released, or this is a forked child
                self._lost = True
                return
            self._channel.settimeout(timeout or 0.0)
            try:
                data = self._channel.recv(65536)
            except (TimeoutError, BlockingIOError):
                break
            except OSError:
                data = b""
            finally:
                if self._channel.fileno() >= 0:
                    self._channel.settimeout(None)
            timeout = 0
            self._lost = not data
            self._buffer += data
            while b"\n" in self._buffer:
                line, _, self._buffer = self._buffer.partition(b"\n")
                self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if "exit" in message:
            self._exit, self._tail = message["exit"], message["tail"]
        elif "failed" in message:
            self._exit, self._tail = 127, message["failed"]
        elif "supervisor" in message:
            self._record.update(message)
        elif message.get("ended"):
            self._ended = True


def start(spec: Spec) -> Service:
    """Starts the supervisor and, through it, the command; leftovers of killed runs are removed first.

    A command that cannot be started shows as exit code 127 with the reason as its log.

    Raises:
        OSError: the supervisor itself cannot be started.
    """
    registry.prune()
    owner = supervisor.identity(os.getpid())
    record: dict[str, Any] = {
        **spec.details,
        "id": f"{spec.name}-{secrets.token_hex(4)}",
        "name": spec.name,
        "label": spec.label or os.getcwd(),  # noqa: PTH109
        "place": registry.place(),
        "owner": owner,
        "supervisor": None,
        "child": None,
        "directories": [str(directory) for directory in spec.directories],
        "cleanup_command": list(spec.cleanup_command),
        "log": str(spec.log or ""),
    }
    path = registry.folder() / f"{record['id']}.json"
    # Before anything runs: whatever kills us from here on, the directories are known.
    supervisor.write_record(path, record)
    ours, theirs = socket.socketpair()
    _open_channels.add(ours)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", supervisor.__file__],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    if spec.detached:
        record["owner"] = None
        process.returncode = 0  # it outlives us on purpose: no ResourceWarning for the forgotten handle
    service = Service(spec, record, process, ours)
    request = {
        "command": list(spec.command),
        "cwd": str(spec.cwd or "/"),
        "env": clean_environment() if spec.env is None else dict(spec.env),
        "log": str(spec.log or ""),
        "grace": spec.grace,
        "record": record,
        "record_path": str(path),
    }
    with service._lock:
        service._send(json.dumps(request).encode())
        deadline = time.monotonic() + _START_TIMEOUT
        while record["supervisor"] is None and service._exit is None and not service._lost:
            service._listen(0.5)
            if time.monotonic() > deadline:
                service._lost = True
    if service._lost:
        service.stop()
        raise OSError(f"The supervisor of {spec.name} did not start ({sys.executable}).")
    return service


def stop_detached(record: Mapping[str, Any], timeout: float = 20.0) -> bool:
    """Ends the service of a registry record through its supervisor; False when it did not end in time."""
    keeper = record["supervisor"]
    if supervisor.alive(keeper):
        os.kill(keeper["pid"], signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while supervisor.alive(keeper):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    elif registry.is_leftover(record):
        registry.remove(record)
    return not Path(record["path"]).exists()
