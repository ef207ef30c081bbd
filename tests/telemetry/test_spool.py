"""The spool against a model: any order of append, confirm, kill, damage and full disk."""

import errno
import os
import shutil
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_tradeops.telemetry import spool as module
from pytest_tradeops.telemetry.spool import Room, Spool

ROOM = 100_000


def lengths(row: bytes, count: int) -> array[int]:
    return array("I", [len(row)] * count)


def put(spool: Spool, text: str, count: int = 1) -> bool:
    row = f"{text}\n".encode()
    return spool.append(lengths(row, count), row * count, 1)


def texts(spool: Spool) -> list[str]:
    return [line for frame in spool.peek(0, 1 << 30) for line in spool.load(frame)[1].decode().splitlines()]


def opened(folder: Path, room: Room | None = None, segment: int = 300) -> Spool:
    spool = Spool(folder, room or Room(ROOM, ROOM), segment_bytes=segment)
    spool.open()
    return spool


class AnyOrder(RuleBasedStateMachine):
    """What waits is what was appended and not confirmed, through kills; after a kill it may be more, never less."""

    @initialize(memory=st.sampled_from([0, 200, ROOM]))
    def begin(self, memory: int) -> None:
        self.folder = Path(os.environ["SPOOL_TEST"]) / os.urandom(6).hex()
        self.memory = memory
        self.full = False
        self.number = 0
        self.waiting: list[tuple[str, int]] = []
        self.flipped: set[tuple[str, int, int]] = set()
        self.spool = self._open()

    def _open(self) -> Spool:
        self.room = Room(ROOM, self.memory)
        return opened(self.folder, self.room)

    @rule(count=st.integers(1, 4), size=st.integers(1, 60))
    def append(self, count: int, size: int) -> None:
        self.number += 1
        text = f"{self.number}." + "x" * size
        if put(self.spool, text, count):
            self.waiting += [(text, count)]

    @rule(count=st.integers(0, 5))
    def confirm(self, count: int) -> None:
        count = min(count, len(self.waiting))
        assert self.spool.confirm(count) == sum(rows for _, rows in self.waiting[:count])
        del self.waiting[:count]

    @rule()
    def kill(self) -> None:
        """Nothing is closed, as SIGKILL leaves it."""
        assert self.spool.stored
        self.spool = self._open()

    @rule()
    def end(self) -> None:
        self.spool.close()
        assert bool(self.waiting) == self.folder.exists()
        self.spool = self._open()

    @precondition(lambda self: self.waiting)
    @rule(bit=st.integers(0, 1 << 20))
    def damage_and_kill(self, bit: int) -> None:
        """One bit, somewhere in the files: at most one frame is lost, what comes back is right and in order."""
        files = sorted(self.folder.glob("*.seg"))
        file = files[bit % len(files)]
        data = bytearray(file.read_bytes())
        if data:
            place, mask = bit // 8 % len(data), 1 << bit % 8
            assume((file.name, place, mask) not in self.flipped)  # turned back, it would be whole again
            self.flipped.add((file.name, place, mask))
            data[place] ^= mask
            file.write_bytes(data)
        self.spool = self._open()
        found = texts(self.spool)
        expected = [text for text, count in self.waiting for _ in range(count)]
        assert [one for one in found if one in set(expected)] == found, "nothing else than what waited"
        assert found == sorted(found, key=expected.index)
        left = [pair for pair in self.waiting if pair[0] in found]
        assert len(self.waiting) - len(left) <= 1
        assert (len(left) < len(self.waiting)) <= bool(self.spool.damages)
        self.waiting = left

    @precondition(lambda self: self.waiting)
    @rule(count=st.integers(1, 80))
    def tear_and_kill(self, count: int) -> None:
        """The end of the newest file is missing: at most that many bytes' frames are lost, from the end."""
        newest = sorted(self.folder.glob("*.seg"))[-1]
        with newest.open("rb+") as file:
            file.truncate(max(0, newest.stat().st_size - count))
        self.spool = self._open()
        found = texts(self.spool)
        expected = [text for text, rows in self.waiting for _ in range(rows)]
        assert expected[: len(found)] == found
        while self.waiting and self.waiting[-1][0] not in found:
            self.waiting.pop()

    @rule()
    def forget_the_note(self) -> None:
        """Without the note of what was acknowledged, more may come back; never less, never out of order."""
        (self.folder / "acknowledged").unlink(missing_ok=True)
        self.spool = self._open()
        found = texts(self.spool)
        expected = [text for text, count in self.waiting for _ in range(count)]
        assert found[len(found) - len(expected) :] == expected
        self.spool.confirm(len(self.spool) - len(self.waiting))

    @invariant()
    def it_is_what_waits(self) -> None:
        if hasattr(self, "spool"):
            assert texts(self.spool) == [text for text, count in self.waiting for _ in range(count)]
            assert self.spool.rows == sum(count for _, count in self.waiting)
            assert self.spool.bytes == self.room.used == sum(frame.size for frame in self.spool.peek(0, 1 << 30))
            assert self.room.held <= self.memory

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOOL_TEST", str(tmp_path))


class TestAnyOrder(AnyOrder.TestCase):  # type: ignore[misc]
    settings = settings(
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def test_a_full_room_refuses_and_takes_again(tmp_path: Path) -> None:
    spool = opened(tmp_path / "t", Room(200, 0))
    assert put(spool, "a" * 100)
    assert not put(spool, "b" * 100)
    assert spool.confirm(1) == 1
    assert put(spool, "c" * 100)
    assert texts(spool) == ["c" * 100]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Bytes that the disk still takes; a write beyond it is cut short, as the kernel does it, and then refused."""
    left = [1 << 30]
    really = os.writev

    def writev(descriptor: int, parts: list[bytes]) -> int:
        data = b"".join(parts)
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = data[: left[0]]
        left[0] -= len(part)
        return really(descriptor, [part])

    monkeypatch.setattr(module.os, "writev", writev)
    return left


def test_a_full_disk_leaves_rows_in_memory_and_stores_them_later(tmp_path: Path, full_disk: list[int]) -> None:
    spool = opened(tmp_path / "t", Room(ROOM, 250))
    assert put(spool, "1" + "a" * 50)
    full_disk[0] = 20
    assert put(spool, "2" + "b" * 50)
    assert not spool.stored
    assert spool.error == "No space left on device"
    assert not put(spool, "3" + "c" * 500), "neither disk nor memory has room for it"
    assert [one[0] for one in texts(spool)] == ["1", "2"]
    assert [one[0] for one in texts(opened(tmp_path / "t"))] == ["1"], "half a frame was taken back"
    full_disk[0] = 1 << 30
    spool.store()
    assert spool.stored
    assert put(spool, "4")
    assert [one[0] for one in texts(opened(tmp_path / "t"))] == ["1", "2", "4"]
    spool.confirm(3)
    spool.close()
    assert not (tmp_path / "t").exists()


def test_a_spool_that_cannot_be_made_works_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = opened(tmp_path / "file" / "t")
    assert put(spool, "a")
    assert spool.error == "Not a directory"
    assert texts(spool) == ["a"]
    assert spool.confirm(1) == 1
    spool.close()


def test_damage_while_running_is_counted_and_passed_over(tmp_path: Path) -> None:
    spool = opened(tmp_path / "t", Room(ROOM, 0))
    for text in "abc":
        put(spool, text * 10, 3)
    [file] = (tmp_path / "t").glob("*.seg")
    data = bytearray(file.read_bytes())
    data[data.index(b"bbbb")] ^= 1
    file.write_bytes(data)
    assert texts(spool) == ["a" * 10] * 3 + ["c" * 10] * 3
    assert (spool.damages, spool.damaged, spool.rows) == (1, 3, 6)
    assert spool.confirm(3) == 6


def test_a_healthy_spool_stays_small(tmp_path: Path) -> None:
    spool = opened(tmp_path / "t", segment=module.SEGMENT)
    for number in range(300):
        put(spool, f"{number}" + "x" * 1_000)
        spool.confirm(1)
    assert sum(path.stat().st_size for path in (tmp_path / "t").iterdir()) < 100_000
    put(spool, "last")
    assert texts(opened(tmp_path / "t")) == ["last"]
