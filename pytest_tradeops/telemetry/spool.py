"""The disk behind one table: rows lie here from the moment they are encoded until the server is known to have them.

Everything is written ahead: what the process leaves behind when it is killed, the next one sends. That what was already
sent is sent again does no harm, because the tables have dedup keys. Files are not synced: a power cut may cost the
last seconds, a killed process nothing.
"""

import contextlib
import os
import struct
import threading
import zlib
from array import array
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

from . import frames

SEGMENT = 1 << 20
#: An empty segment that is larger than this is cut to nothing, so that a healthy bot's spool stays small.
_WORTHWHILE = 1 << 16
_CURSOR = "acknowledged"
_ENTRY = struct.Struct("<QI")


class Room:
    """How much the spools of one bot may hold together. Thread-safe.

    Args:
        disk: Bytes of all frames that wait.
        memory: Bytes of those that are kept in memory besides, so that a fast server needs no reading back; and all
            that is left while the disk is full.
    """

    def __init__(self, disk: int, memory: int) -> None:
        self._lock = threading.Lock()
        self._disk, self._memory = disk, memory
        self.used = self.held = 0

    def take(self, size: int) -> bool:
        """Whether there is room for that many bytes, which are taken then."""
        with self._lock:
            if self.used + size > self._disk:
                return False
            self.used += size
            return True

    def hold(self, size: int) -> bool:
        """Whether memory may keep that many bytes."""
        with self._lock:
            if self.held + size > self._memory:
                return False
            self.held += size
            return True

    def give(self, size: int, *, held: bool) -> None:
        """Gives back what `take` and, if `held`, `hold` took."""
        with self._lock:
            self.used -= size
            self.held -= size if held else 0


@dataclass(slots=True)
class Frame:
    """Rows that wait; `segment` is 0 while they are in memory alone, `payload` None while on disk alone."""

    sequence: int
    rows: int
    newest: int
    size: int
    segment: int = 0
    offset: int = 0
    lengths: array[int] | None = None
    payload: bytes | None = None


class Spool:
    """Frames of one table, first in, first out. One thread appends, one takes.

    Args:
        folder: Its own; made when the first frame comes.
        room: Shared with the other tables.

    Attributes:
        rows, bytes: What waits.
        damaged: Rows that were lost to damage, as far as their number could still be read.
        damages: Stretches of files that were damaged.
        error: Why the last frame could not be stored; empty if it could.
    """

    def __init__(self, folder: Path, room: Room, *, segment_bytes: int = SEGMENT) -> None:
        self.folder = folder
        self.rows = self.bytes = self.damaged = self.damages = 0
        self.error = ""
        self._room = room
        self._limit = segment_bytes
        self._lock = threading.RLock()
        self._waiting: deque[Frame] = deque()
        self._live: Counter[int] = Counter()
        self._unstored = 0
        self._file = self._cursor = -1
        self._size = 0
        self._segment = 0
        self._next = 1

    def open(self) -> None:
        """Reads what an earlier process left. Never raises: what cannot be read is in `error`."""
        with self._lock:
            try:
                segments = sorted((int(path.stem), path) for path in self.folder.glob("*.seg") if path.stem.isdigit())
            except OSError as error:
                self.error = _reason(error)
                return
            acknowledged = self._acknowledged()
            found: list[Frame] = []
            for number, path in segments:
                self._segment = max(self._segment, number)
                try:
                    found += self._read(number, path, acknowledged)
                except OSError as error:
                    self.error = _reason(error)
            for frame in sorted(found, key=lambda one: one.sequence):
                self._room.take(frame.size)  # it is there: a smaller limit since then does not make it go
                self._enter(frame)
            self._next = max([acknowledged, *(one.sequence for one in found)]) + 1
            for number, path in segments:
                if not self._live[number]:
                    _remove(path)

    def append(self, lengths: array[int], payload: bytes, newest: int) -> bool:
        """Stores rows at the end; False if there is no room for them, and they are lost.

        Args:
            lengths: Bytes of each row in `payload`.
            newest: Latest timestamp of the rows, in nanoseconds.
        """
        size = frames.size_of(len(lengths), len(payload))
        if not self._room.take(size):
            return False
        held = self._room.hold(size)
        with self._lock:
            frame = Frame(self._next, len(lengths), newest, size)
            self._next += 1
            if held:
                frame.lengths, frame.payload = lengths, payload
            if self._store(frame, lengths, payload) or held:
                self._enter(frame)
                return True
        self._room.give(size, held=False)
        return False

    def store(self) -> None:
        """Tries again to store what is in memory alone."""
        with self._lock:
            for frame in self._waiting if self._unstored else ():
                if not frame.segment and frame.lengths is not None and frame.payload is not None:
                    if not self._store(frame, frame.lengths, frame.payload):
                        return
                    self._live[frame.segment] += 1
                    self._unstored -= 1

    @property
    def stored(self) -> bool:
        """Whether everything that waits is on disk."""
        return not self._unstored

    def peek(self, skip: int, limit: int) -> list[Frame]:
        """The frames after the first `skip`, as many as fit into `limit` bytes, and at least one if there is one."""
        with self._lock:
            result: list[Frame] = []
            for index in range(skip, len(self._waiting)):
                frame = self._waiting[index]
                limit -= frame.size
                if result and limit < 0:
                    break
                result.append(frame)
            return result

    def load(self, frame: Frame) -> tuple[array[int], bytes]:
        """Lengths and rows of a frame; nothing of both if its place on disk was damaged meanwhile, which is counted."""
        if frame.lengths is not None and frame.payload is not None:
            return frame.lengths, frame.payload
        whole = None
        with contextlib.suppress(OSError), self._path(frame.segment).open("rb") as file:
            file.seek(frame.offset)
            whole = frames.decode(file.read(frame.size))
        if whole is None:
            with self._lock:
                self.damages += 1
                self.damaged += frame.rows
                self.rows -= frame.rows
                frame.rows = 0  # nothing of it is left to be sent or counted
                frame.lengths, frame.payload = array("I"), b""
            return array("I"), b""
        return whole

    def confirm(self, count: int) -> int:
        """Forgets the first `count` frames, which the server has; how many rows that were."""
        if not count:
            return 0
        rows = 0
        with self._lock:
            for _ in range(min(count, len(self._waiting))):
                frame = self._waiting.popleft()
                rows += frame.rows
                self.rows -= frame.rows
                self.bytes -= frame.size
                # An empty payload is what `load` left in place of a damaged one: it was never held.
                self._room.give(frame.size, held=bool(frame.payload))
                if frame.segment:
                    self._live[frame.segment] -= 1
                    if not self._live[frame.segment] and frame.segment != self._segment:
                        del self._live[frame.segment]
                        _remove(self._path(frame.segment))
                else:
                    self._unstored -= 1
            self._note(frame.sequence)
            if not self._waiting and self._size > _WORTHWHILE and self._file != -1:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, 0)
                    self._size = 0
        return rows

    def close(self) -> None:
        """Lets go of the files; an empty spool leaves nothing behind."""
        with self._lock:
            for descriptor in (self._file, self._cursor):
                if descriptor != -1:
                    os.close(descriptor)
            self._file = self._cursor = -1
            if self._waiting:
                return
            with contextlib.suppress(OSError):
                for path in (*self.folder.glob("*.seg"), self.folder / _CURSOR):
                    path.unlink(missing_ok=True)
                self.folder.rmdir()

    def __len__(self) -> int:
        return len(self._waiting)

    def _enter(self, frame: Frame) -> None:
        self._waiting.append(frame)
        self.rows += frame.rows
        self.bytes += frame.size
        if frame.segment:
            self._live[frame.segment] += 1
        else:
            self._unstored += 1

    def _store(self, frame: Frame, lengths: array[int], payload: bytes) -> bool:
        try:
            if self._file == -1 or self._size >= self._limit:
                self._rotate()
            parts = frames.encode(frame.sequence, frame.newest, lengths, payload)
            written = os.writev(self._file, parts)
            if written != frame.size:  # the disk became full in the middle
                raise OSError(28, "No space left on device")
        except OSError as error:
            self.error = _reason(error)
            if self._file != -1:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._size)
            return False
        frame.segment, frame.offset = self._segment, self._size
        self._size += frame.size
        self.error = ""
        return True

    def _rotate(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        fresh = os.open(self._path(self._segment + 1), flags, 0o600)
        if self._file != -1:
            os.close(self._file)
            if not self._live[self._segment]:
                _remove(self._path(self._segment))
        self._segment += 1
        self._file, self._size = fresh, os.fstat(fresh).st_size

    def _read(self, number: int, path: Path, acknowledged: int) -> list[Frame]:
        result = []
        for one in frames.scan(path.read_bytes()):
            if isinstance(one, frames.Damage):
                self.damages += 1
                self.damaged += one.rows
            elif one.sequence > acknowledged:
                result.append(Frame(one.sequence, one.rows, one.newest, one.size, number, one.offset))
        return result

    def _acknowledged(self) -> int:
        """The last sequence number that the server is known to have; 0 if the note is missing or damaged."""
        with contextlib.suppress(OSError, struct.error):
            raw = (self.folder / _CURSOR).read_bytes()
            sequence, checksum = _ENTRY.unpack_from(raw)
            if zlib.crc32(raw[:8]) == checksum:
                return int(sequence)
        return 0

    def _note(self, sequence: int) -> None:
        raw = struct.pack("<Q", sequence)
        with contextlib.suppress(OSError):  # at worst it is sent once more
            if self._cursor == -1:
                self._cursor = os.open(self.folder / _CURSOR, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.pwrite(self._cursor, raw + struct.pack("<I", zlib.crc32(raw)), 0)

    def _path(self, segment: int) -> Path:
        return self.folder / f"{segment:012d}.seg"


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
