"""The copy of a subject that planted faults break: one per worker, put right again before each of them.

Making a copy for each fault costs more than most checks. So two are made: one is kept and shown to nobody, the other
is lent out. Before it is lent again, whatever is not as it was is replaced from the kept one.
"""

import contextlib
import filecmp
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from ..processes import memory_folder, scratch
from ..subject import Subject

#: Nanoseconds within which two changes of a file may bear the same time, on the coarsest of usual clocks.
_COARSEST = 50_000_000

#: Bytes of a subject whose copies may lie in memory: each worker of a run has two.
_SMALL = 64_000_000

#: Path below the root to what tells that something there has changed.
type Snapshot = dict[str, tuple[int, ...]]


@contextlib.contextmanager
def copies_of(subject: Subject) -> Iterator["Copies"]:
    """The copies of a subject for the block: in memory if they are small, since a disk's journal is slow at that."""
    size = subject.size()
    with scratch("tradeops-copies-", memory_folder() if size is not None and size <= _SMALL else None) as folder:
        copies = Copies(subject, folder / "copies")
        yield copies
        copies.close()


class Copies:
    """Lends a copy of one subject, to one twin after the other.

    Args:
        folder: Where the copies lie; its parent is there.
    """

    def __init__(self, subject: Subject, folder: Path) -> None:
        self._subject = subject
        self._folder = folder
        self._kept, self._lent = folder / "kept", folder / "subject"
        self._kept_as: Snapshot | None = None
        self._lent_as: Snapshot = {}
        self._fresh: set[str] = set()

    def lend(self) -> Subject:
        """The copy, as `Subject.copy_to` makes it, whatever became of it before."""
        if self._kept_as is None or snapshot(self._kept) != self._kept_as:
            self._make()
        elif not self._put_right():
            self._renew()
        return self._subject.as_copy(self._lent)

    def close(self) -> None:
        """Removes both."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._kept_as = None

    def _make(self) -> None:
        self.close()
        self._folder.mkdir()
        self._subject.copy_to(self._kept)
        self._kept_as = snapshot(self._kept)
        self._renew()

    def _renew(self) -> None:
        if self._lent.is_symlink() or self._lent.is_file():
            self._lent.unlink()
        elif self._lent.exists():
            _make_removable(self._lent)
            shutil.rmtree(self._lent)
        shutil.copytree(self._kept, self._lent, symlinks=True)
        self._remember()

    def _remember(self) -> None:
        self._lent_as = snapshot(self._lent)
        now = time.time_ns()
        self._fresh = {
            name for name, what in self._lent_as.items() if not _is_folder(what) and now - what[-1] < _COARSEST
        }

    def _put_right(self) -> bool:
        """Replaces what has changed; False if that could not be done."""
        if self._lent.is_symlink():  # to anywhere
            return False
        before = self._lent_as
        try:
            now = snapshot(self._lent)
            changed = sorted(
                name
                for name in before.keys() | now.keys()
                if before.get(name) != now.get(name) or (name in self._fresh and self._differs(name))
            )
            for name in reversed(changed):  # what is in a folder comes after it
                if name in now and not (_is_folder(now[name]) and _is_folder(before.get(name))):
                    (self._lent / name).rmdir() if _is_folder(now[name]) else (self._lent / name).unlink()
            for name in changed:
                if _is_folder(before.get(name)):
                    (self._lent / name).mkdir(exist_ok=True)
                    (self._lent / name).chmod(stat.S_IMODE(before[name][0]))
                elif name in before:
                    shutil.copy2(self._kept / name, self._lent / name, follow_symlinks=False)
        except OSError:
            return False
        if changed:
            self._remember()
        return True

    def _differs(self, name: str) -> bool:
        kept, lent = self._kept / name, self._lent / name
        if lent.is_symlink():
            return kept.readlink() != lent.readlink()
        return lent.is_file() and not filecmp.cmp(kept, lent, shallow=False)


def snapshot(root: Path) -> Snapshot:
    """Kind, mode, size, number and times of everything below a folder; of folders the mode alone.

    The time of the last change of the inode is among them: no program can set that one back.
    """
    found: Snapshot = {}
    start = len(os.fspath(root)) + 1
    waiting = [os.fspath(root)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(entry.path)
                    found[entry.path[start:]] = (status.st_mode,)
                else:
                    what = (status.st_mode, status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
                    found[entry.path[start:]] = what
    return found


def _is_folder(what: tuple[int, ...] | None) -> bool:
    return what is not None and stat.S_ISDIR(what[0])


def _make_removable(folder: Path) -> None:
    """A fault may have taken away the rights that removing needs."""
    folder.chmod(0o700)
    for place, folders, _ in os.walk(folder):
        for name in folders:
            if not (below := Path(place, name)).is_symlink():
                below.chmod(0o700)
