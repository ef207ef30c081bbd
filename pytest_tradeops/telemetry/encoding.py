"""Rows as the server reads them: the questdb client's encoder, and what has to be refused before the server sees it."""

import importlib
from array import array
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import sub
from typing import Any

from ..exceptions import TradeopsError
from .delivery import Lane
from .letters import Letters

type Value = str | int | float | bool | None

FRAME_BYTES = 256 << 10


class Client:
    """The parts of the questdb package that encode rows; imported here, for that takes time."""

    def __init__(self) -> None:
        try:
            client: Any = importlib.import_module("questdb")
            if not hasattr(client, "Sender"):  # before version 5
                client = importlib.import_module("questdb.ingress")
        except ImportError:
            raise TradeopsError(
                "The questdb client is not installed.", remedy="Run `pip install 'pytest-tradeops[telemetry]'`."
            ) from None
        self.nanos: Any = client.TimestampNanos
        # A sender that never connects is what makes buffers. Text, the first protocol: every server takes it, and
        # whoever looks into a spool or at refused rows can read it.
        self._sender: Any = client.Sender.from_conf("http::addr=127.0.0.1:1;protocol_version=1;auto_flush=off;")
        self._sender.establish()

    def buffer(self) -> Any:
        """An empty buffer, for one thread."""
        return self._sender.new_buffer()


class Encoder:
    """Rows of one table on their way into frames."""

    def __init__(self, client: Client, lane: Lane, letters: Letters) -> None:
        self._nanos = client.nanos
        self._buffer = client.buffer()
        self._name, self._spool = lane.name, lane.spool
        self._letters = letters
        self._columns = frozenset(lane.table.names[1:]) if lane.table else frozenset()
        self._known = self._columns.issuperset
        self._ends = array("I")
        self._end = self._newest = 0

    def add(self, rows: Sequence[tuple[Any, int, Mapping[str, Value]]]) -> None:
        """Encodes rows, each with its time and values behind something else, or puts them aside."""
        buffer, name, nanos, known, append = self._buffer, self._name, self._nanos, self._known, self._ends.append
        row, last, newest = buffer.row, self._end, self._newest
        for _, at, values in rows:
            try:
                if not known(values):  # the server would add a column of that name
                    raise ValueError(f"there is no column {sorted(set(values) - self._columns)[0]}")
                row(name, columns=values, at=nanos(at))
                end = len(buffer)
                if end == last:
                    raise ValueError("no column has a value, and the server would store nothing")
            except Exception as error:
                self._letters.put(name, str(error) or type(error).__name__, repr((at, values)))
                continue
            append(end)
            last = end
            if at > newest:
                newest = at
        self._end, self._newest = last, newest

    @property
    def full(self) -> bool:
        """Whether the frame had better be closed now."""
        return self._end >= FRAME_BYTES

    def close(self) -> int:
        """Stores the frame; how many rows had to be dropped."""
        ends, lost = self._ends, 0
        if ends:
            lengths = array("I", map(sub, ends, chain((0,), ends)))
            if not self._spool.append(lengths, bytes(self._buffer), self._newest):
                lost = len(lengths)
            self._buffer.clear()
            self._ends, self._end, self._newest = array("I"), 0, 0
        return lost
