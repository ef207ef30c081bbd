"""From the spools to the server: what may be sent when, what is known to have arrived, and whose fault a refusal is.

Between any two writes the server is asked for its tables. So a table is never written to that is missing, which would
make the server invent one without dedup keys and retention; and rows that were acknowledged count as arrived only when
their table was still the same one afterwards. Each table goes its own way: one that is missing holds up no other.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from .letters import Letters
from .schema import Table
from .shape import Shape, Ttl, differences
from .spool import Frame, Spool
from .wire import Answer, Down, Present

MOST, LEAST = 8 << 20, 16 << 10
#: Seconds after which a table of another shape is looked at again.
_LOOK_AGAIN = 2.0
#: Differences that neither lose nor double a row.
_HARMLESS = ("tables: TTL differs", "tables: partition differs", "tables: column unknown")
_MISSING = "it is not there; run `tradeops db migrate`"
_HOUR = 3_600_000_000_000


class Server(Protocol):
    """What `Wire` is, for tests of every order of events."""

    def write(self, body: bytes) -> Answer: ...
    def tables(self, names: Sequence[str]) -> Mapping[str, Present]: ...
    def shape(self, name: str) -> Shape | None: ...
    def reconnect(self) -> None: ...


@dataclass(slots=True)
class Lane:
    """The way of one table.

    Attributes:
        name: On the server.
        table: Its definition; None if this package has none, and its rows wait for one that has.
        sent: Frames at the spool's beginning that were acknowledged, but not yet known to be in the table.
        id: Of the table that is written to; 0 while none is.
        blocked: Why nothing is sent; empty if it is.
        expired: Rows that were older than the table's retention: the server takes them and shows none.
    """

    name: str
    table: Table | None
    spool: Spool
    sent: int = 0
    id: int = 0
    blocked: str = ""
    suspended: bool = False
    expired: int = 0
    retention: int = 0
    newest: int = 0
    looked: float = -math.inf


@dataclass(frozen=True, slots=True)
class Part:
    """Rows `start` to `stop` of a frame."""

    lane: Lane
    lengths: Sequence[int]
    payload: bytes
    start: int
    stop: int

    def body(self) -> bytes:
        before = sum(self.lengths[: self.start])
        return self.payload[before : before + sum(self.lengths[self.start : self.stop])]

    def cut(self, *bounds: int) -> "list[Part]":
        """The parts between `start`, the bounds and `stop` that are not empty."""
        edges = [self.start, *bounds, self.stop]
        return [Part(self.lane, self.lengths, self.payload, one, two) for one, two in pairwise(edges) if one < two]


class Delivery:
    """Sends what the lanes hold. One thread calls `cycle`.

    Attributes:
        written: Rows that are known to be in their table.
        busy: Whether a round is under way, and `written` may lag behind the spools.
    """

    def __init__(
        self, server: Server, lanes: Sequence[Lane], letters: Letters, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.lanes = lanes
        self.written = 0
        self.busy = False
        self._server = server
        self._letters = letters
        self._clock = clock
        self._most = MOST
        self._turn = 0

    def cycle(self) -> bool:
        """One round: what was sent is confirmed, what is new is sent. False if nothing was left to do.

        Raises:
            Down: the server does not take rows now.
        """
        lanes = [lane for lane in list(self.lanes) if len(lane.spool)]
        if not lanes:
            return False
        self.busy = True
        try:
            return self._round(lanes)
        finally:
            self.busy = False

    def _round(self, lanes: Sequence[Lane]) -> bool:
        self._confirm(lanes)
        frames, parts = self._gather([lane for lane in lanes if not lane.blocked])
        if not frames:
            return False
        try:
            self._send(parts)
        except Down as down:
            if down.slow:
                self._most = max(LEAST, self._most // 4)
            raise
        self._most = min(MOST, self._most * 2)
        for lane, frame in frames:
            if not lane.blocked:
                self._sent(lane, frame)
        return True

    @property
    def problem(self) -> str:
        """Tables that hold something up, in one sentence; empty if none does."""
        for lane in list(self.lanes):
            if lane.blocked and len(lane.spool):
                return f"{lane.name}: {lane.blocked}"
            if lane.suspended:
                return f"{lane.name}: the server has suspended it: it takes rows and shows none"
        return ""

    def _confirm(self, lanes: Sequence[Lane]) -> None:
        present = self._server.tables([lane.name for lane in lanes])
        changed = False
        for lane in lanes:
            there = present.get(lane.name)
            if there is not None and there.id == lane.id:
                if lane.sent:
                    self.written += lane.spool.confirm(lane.sent)
                    lane.sent = 0
            elif lane.id:
                # Whatever was acknowledged since the last look may have gone into the table that was dropped.
                changed, lane.sent, lane.id = True, 0, 0
            lane.suspended = there is not None and there.suspended
            if there is None:
                lane.blocked, lane.looked = _MISSING, -math.inf
                continue
            lane.newest = max(lane.newest, there.newest)
            if not lane.id and (not lane.blocked or self._clock() - lane.looked >= _LOOK_AGAIN):
                self._inspect(lane, there.id)
                changed = changed or bool(lane.id)  # an old connection may still mean a table of that name
        if changed:
            self._server.reconnect()

    def _inspect(self, lane: Lane, number: int) -> None:
        """Whether the table is one that rows neither get lost nor doubled in."""
        lane.looked = self._clock()
        if lane.table is None:
            lane.blocked = "this version does not know it; its rows stay in the spool"
            return
        there = self._server.shape(lane.name)
        if there is None:
            lane.id, lane.sent, lane.blocked, lane.looked = 0, 0, _MISSING, -math.inf
            return
        wrong = [one for one in differences(lane.name, Shape.of(lane.table), there) if one.reason not in _HARMLESS]
        if wrong:
            lane.id, lane.sent = 0, 0
            lane.blocked = f"it has another shape ({wrong[0].message.rstrip('.')}); see `tradeops db status`"
        else:
            lane.id, lane.blocked, lane.retention = number, "", _nanos(there.ttl)

    def _gather(self, lanes: Sequence[Lane]) -> tuple[list[tuple[Lane, Frame]], list[Part]]:
        """Frames for one request, and their rows; who comes first changes, so that a long backlog starves nobody."""
        self._turn += 1
        start = self._turn % len(lanes) if lanes else 0
        frames: list[tuple[Lane, Frame]] = []
        parts: list[Part] = []
        left = self._most
        for lane in [*lanes[start:], *lanes[:start]]:
            if not lane.id or left <= 0:
                continue
            for frame in lane.spool.peek(lane.sent, left):
                left -= frame.size
                frames.append((lane, frame))
                lengths, payload = lane.spool.load(frame)
                if lengths:
                    parts.append(Part(lane, lengths, payload, 0, len(lengths)))
        return frames, parts

    def _sent(self, lane: Lane, frame: Frame) -> None:
        lane.sent += 1
        lane.newest = max(lane.newest, frame.newest)
        if lane.retention and frame.newest < lane.newest - lane.retention:
            lane.expired += frame.rows

    def _send(self, parts: list[Part]) -> None:
        """All of them, whatever it takes: a request is refused as a whole, so the row that is to blame is looked for.

        Rows are put away only when everything else is through, so that a failure in between repeats nothing wrongly.
        """
        refused: list[tuple[Part, str]] = []
        work = deque([parts] if parts else [])
        first = True
        while work:
            group = [part for part in work.popleft() if not part.lane.blocked]
            if not group:
                continue
            if not first and not self._same(group):  # looked at by `cycle` before the first
                work.appendleft(group)
                continue
            answer, blame, first = self._server.write(b"".join(part.body() for part in group)), first, False
            if answer.kind == "taken":
                continue
            if answer.kind == "refused" and blame and not self._fit(group):
                work.append(group)
            elif len(group) > 1:
                half = len(group) // 2
                work += [group[:half], group[half:]]
            elif group[0].stop - group[0].start > 1:
                work += [[part] for part in _split(group[0], answer.line)]
            else:
                refused.append((group[0], answer.message))
        if refused and not self._fit([part for part, _ in refused]):
            refused = [(part, reason) for part, reason in refused if not part.lane.blocked]
        for part, reason in refused:
            self._letters.put(part.lane.name, reason, part.body().decode(errors="replace").rstrip("\n"))

    def _same(self, group: Sequence[Part]) -> bool:
        """Whether the tables are still those that were looked at; one that is not is written to no more."""
        lanes = {part.lane.name: part.lane for part in group}
        present = self._server.tables(list(lanes))
        gone = [lane for name, lane in lanes.items() if name not in present or present[name].id != lane.id]
        for lane in gone:
            lane.id, lane.sent, lane.blocked, lane.looked = 0, 0, _MISSING, -math.inf
        if gone:
            self._server.reconnect()
        return not gone

    def _fit(self, group: Sequence[Part]) -> bool:
        """Whether the tables are what rows are made for: else they are to blame for a refusal, and not the rows."""
        lanes = {part.lane.name: part.lane for part in group}
        for lane in lanes.values():
            if not lane.blocked:
                self._inspect(lane, lane.id)
        return not any(lane.blocked for lane in lanes.values())


def _split(part: Part, line: int) -> list[Part]:
    """Around the row that the server names; in halves if it names none that can be."""
    row = part.start + line - 1
    if line > 0 and row < part.stop:
        return part.cut(row, row + 1)
    return part.cut((part.start + part.stop) // 2)


def _nanos(ttl: Ttl) -> int:
    """The shortest time that the retention can mean, in nanoseconds; 0 for none."""
    return ttl.count * _HOUR * (1 if ttl.unit == "hours" else 28 * 24)
