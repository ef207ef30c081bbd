"""Copies of a subject that cost next to nothing: the first one is kept whole, and the others share its files.

A file of a copy is a second name (a hard link) of the kept one's, so that making a copy reads and writes nothing. What
is written through such a name in place is seen in the kept copy, too: it is compared before it is used again, and made
anew from the subject if anything in it has changed. No file of the subject itself is ever shared.
"""

import os
import shutil
from pathlib import Path

from ..subject import Subject

type Snapshot = dict[str, tuple[int, int]]


class Copies:
    """Makes copies of one subject, for one worker.

    Args:
        folder: Where the kept copy lies; its parent is there.
    """

    def __init__(self, subject: Subject, folder: Path) -> None:
        self._subject = subject
        self._folder = folder
        self._kept: Snapshot | None = None

    def make(self, target: Path) -> Subject:
        """A copy under `target`, which must not be there; as `Subject.copy_to` makes it."""
        if self._kept is None or snapshot(self._folder) != self._kept:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._subject.copy_to(self._folder)
            self._kept = snapshot(self._folder)
        shutil.copytree(self._folder, target, symlinks=True, copy_function=_link)
        return self._subject.as_copy(target)

    def close(self) -> None:
        """Removes the kept copy."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._kept = None


def snapshot(root: Path) -> Snapshot:
    """Size and time of change of everything below a folder but the folders."""
    found: Snapshot = {}
    waiting = [str(root)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    found[entry.path] = (status.st_size, status.st_mtime_ns)
    return found


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, target)
