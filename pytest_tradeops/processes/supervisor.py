"""Starts one child, ends it when its owner is gone, and cleans up after it. Stdlib only, run by file path.

Started by `service.py` as `python -I -S supervisor.py` in a session of its own, with one end of a socket as its
standard input. It reads one JSON line (`service.Spec`), writes its record into the registry, starts the command in
a process group of its own and then only waits. It ends everything when the socket reaches its end (the owner is
gone, however it died), when it reads `stop`, at SIGTERM, or when the owner's pid no longer belongs to the owner.

Why a socket and not PDEATHSIG: that signal is bound to the *thread* that forked, so a server started from a helper
thread would be killed when the thread ends.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: Seconds between two looks at the owner's pid: a second net, should a forked child hold the socket open.
_LOOK = 1.0
_CLEANUP_TIMEOUT = 60.0
_TAIL_BYTES = 8192


def started(pid: int) -> str | None:
    """When the process started, in a form that only compares equal for the same process; None when it is gone.

    A zombie counts as gone: it runs nothing any more.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _started_by_ps(pid)
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return None if fields[0] in "ZX" else fields[19]


def alive(process: Mapping[str, Any] | None) -> bool:
    """Whether that very process still runs; `process` is `{"pid": ..., "start": ...}`."""
    return bool(process) and started(process["pid"]) == process["start"]  # type: ignore[index]


def identity(pid: int) -> dict[str, Any]:
    """`{"pid": ..., "start": ...}` of a process."""
    return {"pid": pid, "start": started(pid)}


def signal_group(pid: int, number: int) -> None:
    """Signals the process group that `pid` leads; silent when it is gone."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def clean_up(directories: Iterable[str], command: Sequence[str]) -> str:
    """Runs the clean-up command, then removes the directories; one phrase about what failed, else empty."""
    problem = ""
    if command:
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_CLEANUP_TIMEOUT,
                check=False,
            )
            if done.returncode:
                problem = done.stderr.decode(errors="replace").strip()[-200:] or f"exit code {done.returncode}"
        except (OSError, subprocess.SubprocessError) as error:
            problem = str(error)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)
    return problem


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Replaces a registry record in one step, readable by its user only."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(record, file)
    temporary.replace(path)


class _Supervisor:
    """One child's keeper."""

    def __init__(self, channel: socket.socket, spec: dict[str, Any], heard: bytes) -> None:
        self._channel = channel
        self._spec = spec
        self._record: dict[str, Any] = dict(spec["record"])
        self._path = Path(spec["record_path"])
        self._detached = self._record["owner"] is None
        self._child: subprocess.Popen[bytes] | None = None
        self._asked_to_stop = False
        self._buffer = heard

    def run(self) -> None:
        self._wake, waker = socket.socketpair()
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "_asked_to_stop", True))
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ignored in (signal.SIGINT, signal.SIGHUP):  # a handler, not SIG_IGN, which the child would inherit
            signal.signal(ignored, lambda *_: None)
        self._record["supervisor"] = identity(os.getpid())
        write_record(self._path, self._record)
        try:
            self._start()
            self._watch()
        finally:
            self._end()

    def _start(self) -> None:
        spec = self._spec
        if spec["command"]:
            with Path(spec["log"] or os.devnull).open("ab") as log:
                try:
                    self._child = subprocess.Popen(
                        spec["command"],
                        cwd=spec["cwd"],
                        env=spec["env"],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        process_group=0,
                    )
                except OSError as error:
                    self._tell(failed=f"{spec['command'][0]}: {error.strerror}")
                    self._asked_to_stop = True
                    return
            self._record["child"] = identity(self._child.pid)
            write_record(self._path, self._record)
        self._tell(supervisor=self._record["supervisor"], child=self._record.get("child"))

    def _watch(self) -> None:
        told = False
        channel_open = True
        while not self._asked_to_stop:
            if self._child is not None and not told and self._child.poll() is not None:
                self._tell(exit=self._child.returncode, tail=self._tail())
                told = True
                if self._detached:
                    return
            watched: list[Any] = [self._wake, *([self._channel] if channel_open else [])]
            readable, _, _ = select.select(watched, [], [], _LOOK)
            if self._wake in readable:
                self._wake.recv(64)
            if self._channel in readable:
                channel_open = self._heard()
                if not channel_open and not self._detached:
                    return
            if not self._detached and not alive(self._record["owner"]):
                return

    def _heard(self) -> bool:
        """Reads the owner's requests; False at the socket's end."""
        try:
            data = self._channel.recv(4096)
        except OSError:
            return False
        self._buffer += data
        while b"\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\n")
            if line == b"stop":
                self._asked_to_stop = True
            elif line.startswith(b"record "):  # what is known only after the start, such as endpoints
                self._record.update(json.loads(line[len(b"record ") :]))
                write_record(self._path, self._record)
        return bool(data)

    def _end(self) -> None:
        if self._child is not None:
            end_group(self._child.pid, self._spec["grace"], lambda: self._child is None or self._child.poll() is None)
            self._child.wait()
        problem = clean_up(self._record["directories"], self._record["cleanup_command"])
        if problem:
            write_record(self._path, {**self._record, "owner": None})  # nobody's now: a later `prune` tries again
        else:
            self._path.unlink(missing_ok=True)
        self._tell(ended=True, problem=problem)

    def _tail(self) -> str:
        log = self._spec["log"]
        if not log:
            return ""
        with Path(log).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return file.read().decode(errors="replace")

    def _tell(self, **message: Any) -> None:
        try:
            self._channel.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            return


def end_group(pid: int, grace: float, running: Any) -> None:
    """SIGTERM to the group of `pid`, SIGKILL after `grace` seconds, and SIGKILL to whatever the leader left.

    Args:
        running: Called without arguments: whether the leader still runs.
    """
    signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while running() and time.monotonic() < deadline:
        time.sleep(0.01)
    signal_group(pid, signal.SIGKILL)


def _started_by_ps(pid: int) -> str | None:
    found = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=5
    ).stdout.strip()
    return None if not found or found[0] == "Z" else found.partition(" ")[2].strip()


def main() -> None:
    channel = socket.socket(fileno=os.dup(0))
    heard = b""
    while b"\n" not in heard:
        data = channel.recv(65536)
        if not data:
            return
        heard += data
    line, _, rest = heard.partition(b"\n")
    _Supervisor(channel, json.loads(line), rest).run()


if __name__ == "__main__":
    main()
