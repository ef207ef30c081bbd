"""Whose spool folder it is: two processes never share one, and what a dead one left is taken over."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

_LOCK = "lock"
_MOST = 64


class Folder:
    """A folder that this process alone uses, until it is released or the process ends.

    Attributes:
        path: `ROOT/BOT`, or `ROOT/BOT~2` and so on while another process has that.
    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def release(self) -> None:
        """Lets others have it; removed if nothing is left in it."""
        if self._lock == -1:
            return
        with contextlib.suppress(OSError):
            if {one.name for one in self.path.iterdir()} == {_LOCK}:
                (self.path / _LOCK).unlink()
                self.path.rmdir()
        os.close(self._lock)
        self._lock = -1


def claim(root: Path, bot: str) -> Folder:
    """The bot's folder.

    Raises:
        OSError: it cannot be made, or more than 64 processes use one each.
    """
    for number in range(1, _MOST + 1):
        folder = take(_path(root, bot, number))
        if folder is not None:
            return folder
    raise OSError(11, f"{_MOST} processes use this spool already")


def left_behind(root: Path, bot: str, own: Path) -> Iterator[Folder]:
    """Folders of this bot that nobody uses any more, each taken over."""
    for number in range(1, _MOST + 1):
        path = _path(root, bot, number)
        if path != own and path.is_dir() and (folder := take(path)) is not None:
            yield folder


def take(path: Path) -> Folder | None:
    """That folder, made if need be; None if another process has it."""
    while True:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue  # released, and removed, just now
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        with contextlib.suppress(OSError):
            if os.fstat(lock).st_ino == (path / _LOCK).stat().st_ino:
                return Folder(path, lock)
        os.close(lock)  # somebody removed the file that was just locked: the lock holds nobody off


def _path(root: Path, bot: str, number: int) -> Path:
    name = re.sub(r"[^A-Za-z0-9._-]", lambda match: f"%{ord(match[0]):x}", bot).lstrip(".") or "bot"
    return root / (name[:100] if number == 1 else f"{name[:100]}~{number}")
