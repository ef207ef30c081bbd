"""Takes rows from the bot without ever holding it up, and brings them to QuestDB however long that takes.

`put` appends to a queue. One thread encodes what is there every few milliseconds and writes it to the spool, ahead of
everything else; another sends the spools. So a dead, hung or full server costs disk space, not rows and not time.
"""

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..exceptions import ConfigError
from . import folder
from .conf import ENVIRONMENT, Conf
from .delivery import Delivery, Lane
from .encoding import FRAME_BYTES, Client, Encoder, Value
from .letters import Letters
from .schema import Table
from .spool import Room, Spool
from .tables import TABLES
from .wire import Down, Wire

#: Seconds between two looks at an empty queue: what is killed in between is lost.
_LOOK = 0.02
#: Rows after which the encoder lets the bot have the interpreter, and after which a frame is closed.
_YIELD, _FRAME = 64, 1_024
#: Seconds until an unreachable server is tried again: first, and at most.
_SOON, _LATE = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """Where rows go, and how much may wait.

    Attributes:
        bot: Whose rows they are; the spool's folder is called so.
        spool: Folder for spools; each bot has one in it.
        conf: QuestDB client configuration (`http::addr=host:9000;`); default what `QDB_CLIENT_CONF` says.
        prefix: Before every table's name on the server.
        queue_rows: Rows that may wait in memory until they are encoded; more are dropped and counted.
        spool_bytes: What may wait on disk; rows beyond it are dropped and counted, the newest first.
        memory_bytes: Of those, what is kept in memory besides; and what may wait at all while the disk is full.
        flush_interval: Seconds between two writes to the server.
        request_timeout: Seconds for a request, besides what its size needs; default what `conf` says, else 5.
        tables: What may be written to.
    """

    bot: str
    spool: str
    conf: str | None = field(default=None, repr=False)
    prefix: str = ""
    queue_rows: int = 65_536
    spool_bytes: int = 256 << 20
    memory_bytes: int = 16 << 20
    flush_interval: float = 0.1
    request_timeout: float | None = None
    tables: Mapping[str, Table] = field(default_factory=lambda: TABLES, repr=False)


@dataclass(frozen=True, slots=True)
class SinkStats:
    """How things stand; counts are since the start.

    Attributes:
        queued: Rows in memory that are not encoded yet.
        spooled: Rows that wait for the server, those of earlier processes too.
        spooled_bytes: Their size on disk.
        written: Rows that are known to be in their table.
        dropped: Rows lost for want of room.
        rejected: Rows that were put aside: the server or the encoder refuses them for what they are.
        expired: Rows that were older than the table's retention: the server took them and shows none.
        damaged: Rows that could not be read back from the spool, as far as they could be counted.
        last_error: What is wrong now, in a sentence; empty if nothing is.
    """

    queued: int
    spooled: int
    spooled_bytes: int
    written: int
    dropped: int
    rejected: int
    expired: int
    damaged: int
    last_error: str


class Sink:
    """The way of a bot's rows to QuestDB.

    Args:
        config: See there.

    Raises:
        ConfigError: there is no usable client configuration.
        TradeopsError: the `questdb` package is not installed.
    """

    def __init__(self, config: SinkConfig) -> None:
        given = config.conf if config.conf is not None else os.environ.get(ENVIRONMENT, "")
        if not given:
            raise ConfigError(f"{ENVIRONMENT} is not set.", remedy="Write it as http::addr=host:9000;")
        conf = Conf.parse(given)
        self._config = config
        self._client = Client()
        self._queue: deque[tuple[str, int, Mapping[str, Value]]] = deque()
        self._limit = config.queue_rows
        self._room = Room(config.spool_bytes, config.memory_bytes)
        self._encoders: dict[str, Encoder] = {}
        self._lanes: list[Lane] = []
        self._folders: list[folder.Folder] = []
        self._path = Path(config.spool)
        timeout = config.request_timeout or conf.timeout or 5.0
        self._wire = Wire(conf, timeout)
        self._letters = Letters(self._path / "rejected.jsonl")
        self._delivery = Delivery(self._wire, self._lanes, self._letters)
        self._count = threading.Lock()
        self._dropped = 0
        self._busy = False
        self._fault = ""
        self._down = ""
        self._closing = threading.Event()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts writing, what earlier processes left first; never raises. A second call does nothing."""
        if self._threads:
            return
        try:
            self._folders.append(folder.claim(self._path, self._config.bot))
            self._path = self._folders[0].path
            self._letters.path = self._path / "rejected.jsonl"
        except OSError as error:
            # Without a disk everything still works while the server does.
            self._fault = f"no spool at {self._path}: {error.strerror or error}"
            self._path = self._path / f"{self._config.bot}.{os.getpid()}"
        self._busy = True  # until it is known what earlier processes left
        for name, work in (("spool", self._spooling), ("sink", self._sending)):
            self._threads.append(threading.Thread(target=work, name=f"tradeops-{name}", daemon=True))
            self._threads[-1].start()
        atexit.register(self.drain, 0.5)

    def put(self, table: str, at_ns: int, values: Mapping[str, Value]) -> bool:
        """Takes a row; returns at once and never raises. False if there was no room, and the row is dropped.

        Args:
            table: By its name in the definition.
            at_ns: Nanoseconds since 1970.
            values: Column to value; what is left out or None is NULL. Do not change it afterwards.
        """
        queue = self._queue
        if len(queue) < self._limit:
            queue.append((table, at_ns, values))
            return True
        with self._count:
            self._dropped += 1
        return False

    def drain(self, timeout: float) -> bool:
        """Waits until every row so far is in its table or on disk; whether that was so in time."""
        until = time.monotonic() + timeout
        while self._queue or self._busy or not all(lane.spool.stored for lane in list(self._lanes)):
            if time.monotonic() > until or not self._threads:
                return False
            time.sleep(0.001)
        return True

    def flush(self, timeout: float) -> bool:
        """Waits until every row so far is in its table; whether that was so in time."""
        until = time.monotonic() + timeout
        while self._queue or self._busy or self._waiting() or self._delivery.busy:  # in this order
            if time.monotonic() > until or not self._threads:
                return False
            time.sleep(0.001)
        return True

    def close(self, timeout: float = 5.0) -> bool:
        """Ends it; whether nothing is left to be sent. What is left stays on disk for the next start.

        Waits for a server that answers, and not for one that does not.
        """
        if not self._threads:
            return not self._queue
        until = time.monotonic() + timeout
        self._limit = 0
        self._closing.set()
        for thread in self._threads:
            thread.join(max(0.05, until - time.monotonic()))
        self._stopping.set()
        atexit.unregister(self.drain)
        alive = any(thread.is_alive() for thread in self._threads)
        self._threads = []
        left = bool(self._queue) or self._waiting()
        if not alive:  # else its own end closes them, or the process's does
            self._let_go()
        return not left

    def stats(self) -> SinkStats:
        """How things stand."""
        lanes = list(self._lanes)
        return SinkStats(
            queued=len(self._queue),
            spooled=sum(lane.spool.rows for lane in lanes),
            spooled_bytes=sum(lane.spool.bytes for lane in lanes),
            written=self._delivery.written,
            dropped=self._dropped,
            rejected=self._letters.count,
            expired=sum(lane.expired for lane in lanes),
            damaged=sum(lane.spool.damaged for lane in lanes),
            last_error=self._error(lanes),
        )

    def _waiting(self) -> bool:
        return any(len(lane.spool) for lane in list(self._lanes))

    def _error(self, lanes: list[Lane]) -> str:
        unstored = next((lane.spool.error for lane in lanes if lane.spool.error), "")
        spool = f"the spool cannot be written: {unstored}" if unstored else ""
        return "; ".join(one for one in (self._down, self._delivery.problem, spool, self._fault) if one)

    # The thread that encodes and writes to disk.

    def _spooling(self) -> None:
        self._recover()
        looked = time.monotonic()
        while True:
            self._busy = True  # before it is taken, so that nobody sees an empty queue in between
            moved = False
            try:
                moved = self._encode()
                if time.monotonic() - looked > 1.0:
                    looked = time.monotonic()
                    for lane in self._lanes:
                        lane.spool.store()
            except Exception as error:  # a bug here must not end the bot's metrics, nor the bot
                self._fault = f"a fault of the sink: {type(error).__name__}: {error}"
            self._busy = False
            if not moved and self._closing.wait(_LOOK) and not self._queue:
                return

    def _recover(self) -> None:
        """Finds what earlier processes left: in this folder, and in those of processes that are gone."""
        try:
            own = self._folders[:1]
            self._folders += folder.left_behind(Path(self._config.spool), self._config.bot, self._path) if own else ()
            for one in self._folders:
                for path in sorted(path for path in one.path.iterdir() if path.is_dir()):
                    lane = self._lane(path.name, path)
                    if one.path == self._path and lane.table is not None:
                        self._encoders[lane.table.name] = Encoder(self._client, lane, self._letters)
        except Exception as error:  # whatever is there, the bot's own rows must get through
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self._fault = f"an earlier spool cannot be read: {said}"

    def _lane(self, name: str, path: Path) -> Lane:
        table = self._config.tables.get(name.removeprefix(self._config.prefix))
        lane = Lane(name, table if name.startswith(self._config.prefix) else None, Spool(path, self._room))
        lane.spool.open()
        self._lanes.append(lane)
        return lane

    def _encode(self) -> bool:
        """Encodes what is in the queue, at most a frame of each table; whether there was something."""
        take, moved = self._queue.popleft, False
        for _ in range(_FRAME // _YIELD):
            rows: dict[str, list[tuple[str, int, Mapping[str, Value]]]] = {}
            try:
                for _ in range(_YIELD):
                    row = take()
                    try:
                        rows[row[0]].append(row)
                    except (KeyError, TypeError):  # the table's first row, or what is no table's name
                        rows.setdefault(row[0] if isinstance(row[0], str) else repr(row[0]), []).append(row)
            except IndexError:
                pass
            if not rows:
                break
            moved = True
            for table, some in rows.items():
                encoder = self._encoder(table)
                if encoder is None:
                    for _, at, values in some:
                        self._letters.put(table, "there is no such table", repr((at, values)))
                    continue
                encoder.add(some)
                if encoder.full:
                    self._lose(encoder.close())
            time.sleep(0)  # the bot may have the interpreter between any two
        for encoder in self._encoders.values():
            self._lose(encoder.close())
        return moved

    def _encoder(self, table: str) -> Encoder | None:
        found = self._encoders.get(table)
        if found is not None or table not in self._config.tables:
            return found
        name = self._config.prefix + table
        self._encoders[table] = Encoder(self._client, self._lane(name, self._path / name), self._letters)
        return self._encoders[table]

    def _lose(self, rows: int) -> None:
        if rows:
            with self._count:
                self._dropped += rows

    # The thread that talks to the server.

    def _sending(self) -> None:
        try:
            self._send_until_closed()
        finally:
            if self._stopping.is_set():  # nobody waits for this thread any more
                self._let_go()

    def _send_until_closed(self) -> None:
        pause = _SOON
        spooling = self._threads[0]
        while not self._stopping.is_set():
            last = self._closing.is_set() and not spooling.is_alive()
            moved = False
            try:
                moved = self._delivery.cycle()
                self._down, pause = "", _SOON
            except Down as down:
                self._down = down.reason
                if last:
                    return
                self._pause(pause)
                pause = min(pause * 2, _LATE)
                continue
            except Exception as error:
                self._fault = f"a fault of the sink: {type(error).__name__}: {error}"
                self._stopping.wait(_LATE)
            if last and not moved:
                return
            if not moved or not self._behind():
                self._pause(self._config.flush_interval)

    def _pause(self, seconds: float) -> None:
        """Short once it is to end: everything that can be sent is sent then."""
        if not self._closing.wait(seconds):
            return
        self._stopping.wait(0.005)

    def _behind(self) -> bool:
        """Whether more than a little waits: then there is no pause between two requests."""
        return self._room.used > FRAME_BYTES

    def _let_go(self) -> None:
        for lane in self._lanes:
            lane.spool.close()
        for one in self._folders:
            one.release()
        self._wire.close()
