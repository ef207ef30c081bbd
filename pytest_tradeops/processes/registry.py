"""One small JSON file per running service, so that leftovers of killed runs can be found and removed.

The folder belongs to the user (0700). A record names its owner by pid *and* start time, its supervisor, its child,
its directories and its clean-up command. A record whose owner lives is never touched.
"""

import contextlib
import json
import os
import platform
import signal
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exceptions import ConfigError
from . import supervisor

#: Seconds after which a half-written record is nobody's work in progress.
_HALF_WRITTEN = 60.0

#: Linux's file system in memory, and the bytes that must be free there: an engine's default for a container is 64 MB.
_MEMORY, _ROOM = Path("/dev/shm"), 1 << 30  # noqa: S108 - the folder made in it is private


@dataclass(frozen=True, slots=True)
class Removed:
    """What `prune` found and removed.

    Attributes:
        id: The service's id.
        name: Such as `questdb`.
        label: The checkout it was started in.
        killed: Pid of the child that was still running; 0 when none was.
        directories: What it had left on disk.
        problem: One phrase when the clean-up command failed; the record then stays for another try.
    """

    id: str
    name: str
    label: str
    killed: int
    directories: tuple[str, ...]
    problem: str = ""


def runtime_folder() -> Path:
    """The user's folder for what lives as long as a run: `pytest-tradeops-<uid>` in the temp folder, 0700."""
    return _private(Path(tempfile.gettempdir()) / f"pytest-tradeops-{os.getuid()}")


def memory_folder() -> Path:
    """Where many small files cost least: in memory where there is room, else `runtime_folder()`.

    What is put here must be named in a service's record, or be a `scratch`, so that it never outlives its owner. A
    temp folder that somebody chose (`TMPDIR`) is kept to.
    """
    if any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")):
        return runtime_folder()
    try:
        space = os.statvfs(_MEMORY)
        roomy = space.f_bavail * space.f_frsize >= _ROOM and not space.f_flag & os.ST_NOEXEC
        return _private(_MEMORY / f"pytest-tradeops-{os.getuid()}") if roomy else runtime_folder()
    except (OSError, ConfigError):
        return runtime_folder()


def cache_folder() -> Path:
    """The user's cache of this package: `$XDG_CACHE_HOME/pytest-tradeops`."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "pytest-tradeops"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def folder() -> Path:
    """The registry's folder: under `XDG_RUNTIME_DIR` where that is set and writable, else in the temp folder."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.access(runtime, os.W_OK | os.X_OK):
        return _private(_private(Path(runtime) / "pytest-tradeops") / "services")
    return _private(runtime_folder() / "services")


def place() -> dict[str, str]:
    """Where pids mean something: the host, its boot and its pid namespace."""
    return {
        "host": platform.node(),
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        "pids": _link("/proc/self/ns/pid"),
    }


def records() -> Iterator[dict[str, Any]]:
    """Every readable record of this user, oldest first; `path` is added."""
    found = []
    for path in folder().glob("*.json"):
        try:
            found.append((path.stat().st_mtime, path, json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError):
            continue  # removed meanwhile by its supervisor
    for _, path, record in sorted(found, key=lambda one: one[0]):
        yield {**record, "path": path}


def is_leftover(record: Mapping[str, Any]) -> bool:
    """Whether nobody keeps this service any more: neither its owner nor its supervisor lives."""
    here, there = place(), record["place"]
    if there["boot"] != here["boot"]:
        return bool(there["host"] == here["host"])  # an earlier boot of this machine: all its processes are gone
    if there["pids"] != here["pids"]:
        return False  # another container sees other pids: not ours to judge
    return not supervisor.alive(record["owner"]) and not supervisor.alive(record["supervisor"])


def prune() -> list[Removed]:
    """Removes what killed runs left behind; what a live owner or supervisor keeps is never touched."""
    for half in folder().glob("*.tmp"):  # its writer was killed in the middle
        with contextlib.suppress(OSError):
            if time.time() - half.stat().st_mtime > _HALF_WRITTEN:
                half.unlink()
    return [remove(record) for record in records() if is_leftover(record)]


def remove(record: Mapping[str, Any]) -> Removed:
    """Kills the record's child if it still is that very process, cleans up, and drops the record."""
    child = record["child"]
    running = bool(record["place"] == place() and supervisor.alive(child))
    if running:
        supervisor.signal_group(child["pid"], signal.SIGKILL)
    directories = tuple(record["directories"])
    problem = supervisor.clean_up(directories, record["cleanup_command"])
    path = Path(record["path"])
    if problem:
        kept = {key: value for key, value in record.items() if key != "path"}
        supervisor.write_record(path, {**kept, "owner": None, "supervisor": None})
    else:
        path.unlink(missing_ok=True)
    return Removed(record["id"], record["name"], record["label"], child["pid"] if running else 0, directories, problem)


def _private(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=False, exist_ok=True)
    found = path.lstat()
    # In a shared temp folder somebody else could have made it first, to read or redirect what we write.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ConfigError(
            f"{path} does not belong to this user.", remedy="Remove it, or point TMPDIR to a folder of your own."
        )
    if found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - the target is no path
    except OSError:
        return ""
