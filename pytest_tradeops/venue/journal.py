"""The venue's own truth: one line of JSON for everything that happened at one exchange, in order.

The first line says how to make the same engine again; commands carry their time and arguments, events are what the
engine answered. Lines are with the kernel before anybody hears of what they say, so a killed venue has lost nothing.
"""

import json
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..exceptions import TradeopsError
from .engine.events import Event, OrderUpdate, PositionUpdate, WalletUpdate
from .engine.model import Instrument, Order, OrderRequest, Rejected
from .kit.codec import decode, dumps, encode

VERSION = 1
#: Nanoseconds of silence after which the time is written down: so far can a killed venue's market go back.
MARK_NS = 500_000_000
#: Lines that are kept in memory for people to look at.
_RECENT = 5_000

#: The engine's commands: their parameters in order, with what they are. Nothing else is written down as a command.
COMMANDS: Mapping[str, Mapping[str, Any]] = {
    "open_account": {"name": str, "balances": dict[str, Decimal]},
    "deposit": {"account": str, "asset": str, "amount": Decimal},
    "submit": {"account": str, "request": OrderRequest},
    "amend": {
        "account": str,
        "market": str,
        "order_id": int | None,
        "client_id": str | None,
        "quantity": Decimal | None,
        "price": Decimal | None,
        "trigger_price": Decimal | None,
    },
    "cancel": {"account": str, "market": str, "order_id": int | None, "client_id": str | None},
    "cancel_all": {"account": str, "market": str | None, "conditional": bool | None},
    "set_leverage": {"account": str, "market": str, "leverage": int},
    "move_price": {"market": str, "price": Decimal},
    "hold": {"market": str, "held": bool},
    "fill_order": {"account": str, "market": str, "order_id": int, "quantity": Decimal | None},
    "reopen": {"now_ns": int},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """How to make the engine again.

    Attributes:
        seed: The engine's own.
        package: Version of pytest-tradeops that wrote the journal.
        config: More about the server, for people.
    """

    face: str
    seed: int
    start_ns: int
    step_ns: int
    background: bool
    instruments: tuple[Instrument, ...]
    package: str = ""
    config: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: Counted from 1.
        kind: `journal` (the header), `command`, `event`, `note`, `time` or `end`.
    """

    number: int
    kind: str
    time_ns: int
    data: dict[str, Any]


class Journal:
    """Writes one; a `Recorder` of an `Exchange`."""

    def __init__(self, path: Path, header: Header | None = None) -> None:
        """Begins a journal, or goes on with one if no header is given: half a last line is cut off.

        Raises:
            TradeopsError: the file cannot be written.
        """
        self.path = path
        self.recent: deque[Line] = deque(maxlen=_RECENT)
        self.number = 0
        self._buffer: list[str] = []
        self._marked = 0
        flags = os.O_WRONLY | os.O_APPEND | (os.O_CREAT | os.O_EXCL if header else 0)
        try:
            if header is None:
                self.number = _mend(path)
            self._file = os.open(path, flags, 0o600)
        except OSError as error:
            raise TradeopsError(
                f"The journal {path} cannot be written: {error.strerror}.", remedy="Choose another --state directory."
            ) from error
        if header is not None:
            self._add("journal", header.start_ns, {"version": VERSION, **encode(header)})
            self.flush()

    def command(self, time_ns: int, command: str, args: Sequence[Any], kwargs: Mapping[str, Any], outcome: Any) -> None:
        parameters = COMMANDS.get(command)
        if parameters is None:
            return
        given = {**dict(zip(parameters, args, strict=False)), **kwargs}
        facts: dict[str, Any] = {"command": command, "arguments": given}
        if isinstance(outcome, Rejected):
            facts["rejected"] = {"reason": outcome.reason.value, "detail": outcome.detail}
        else:
            facts["result"] = _brief(outcome)
        self._add("command", time_ns, facts)

    def events(self, events: Sequence[Event]) -> None:
        for event in events:
            if private(event):
                self._add("event", event.time_ns, {"event": type(event).__name__, "data": event})

    def note(self, time_ns: int, kind: str, facts: Mapping[str, Any]) -> None:
        self._add("note", time_ns, {"note": kind, "facts": facts})

    def mark(self, time_ns: int) -> None:
        """Writes the engine's time down, if nothing else has for a while."""
        if time_ns - self._marked >= MARK_NS:
            self._add("time", time_ns, {})
            self.flush()

    def flush(self) -> None:
        """Hands what was added to the kernel."""
        if not self._buffer:
            return
        data = "".join(self._buffer).encode("utf-8", "backslashreplace")
        self._buffer.clear()
        while data:
            data = data[os.write(self._file, data) :]

    def close(self, time_ns: int) -> None:
        """The last line; everything is on the disk when this returns."""
        self._add("end", time_ns, {})
        self.flush()
        os.fsync(self._file)
        os.close(self._file)

    def _add(self, kind: str, time_ns: int, data: dict[str, Any]) -> None:
        self.number += 1
        self._marked = time_ns if kind in ("command", "time") else self._marked
        self._buffer.append(f'{{"kind":"{kind}","time":{time_ns},{dumps(data)[1:]}\n' if data else _bare(kind, time_ns))
        if kind != "time":
            self.recent.append(Line(self.number, kind, time_ns, data))


def private(event: Event) -> bool:
    """Whether the event belongs to an account; what is public follows from the seed."""
    return isinstance(event, OrderUpdate | WalletUpdate | PositionUpdate)


def arguments(command: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What to call the engine's method with; raises ValueError."""
    parameters = COMMANDS.get(command)
    if parameters is None or not set(data) <= set(parameters):
        raise ValueError(f"no command {command} with {', '.join(data)}")
    return {name: decode(parameters[name], value) for name, value in data.items()}


def read(path: Path, after: int = 0) -> Iterator[Line]:
    """Every whole line; half a last line, left by a kill, is not there.

    Args:
        after: Passes over so many lines, without a look at them.

    Raises:
        TradeopsError: the file cannot be read, or is damaged before its end.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.endswith(b"\n"):
                    return
                if number <= after:
                    continue
                yield _line(path, number, raw)
    except OSError as error:
        raise TradeopsError(
            f"The journal {path} cannot be read: {error.strerror}.", remedy="Correct its path."
        ) from error


def header(path: Path) -> Header:
    """The first line; raises TradeopsError if it is none."""
    first = next(read(path), None)
    if first is None or first.kind != "journal":
        raise TradeopsError(
            f"{path} is not a venue's journal.", remedy="Name a file that `tradeops venue serve` wrote."
        )
    data = dict(first.data)
    version = data.pop("version", None)
    if version != VERSION:
        raise TradeopsError(
            f"{path} is a journal of version {version}, and this package reads version {VERSION}.",
            remedy=f"Use pytest-tradeops {data.get('package', 'of that time')}.",
        )
    try:
        return decode(Header, data)
    except ValueError as error:
        raise TradeopsError(f"{path}, line 1: {error}.", remedy="Start with another --state directory.") from error


def _line(path: Path, number: int, raw: bytes) -> Line:
    try:
        data = json.loads(raw)
        return Line(number, data.pop("kind"), data.pop("time"), data)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise TradeopsError(
            f"{path}, line {number}, is no line of a venue's journal.",
            remedy="It was changed by something else; start with another --state directory.",
        ) from error


def _bare(kind: str, time_ns: int) -> str:
    return f'{{"kind":"{kind}","time":{time_ns}}}\n'


def _brief(result: Any) -> Any:
    """Orders by their number and status: the events say the rest."""
    if isinstance(result, Order):
        return {"order": result.id, "status": result.status.value}
    if isinstance(result, list):
        return [_brief(one) for one in result]
    return encode(result)


def _mend(path: Path) -> int:
    """Cuts half a last line off; how many whole ones there are."""
    whole = count = 0
    with path.open("r+b") as file:
        for raw in file:
            if raw.endswith(b"\n"):
                whole += len(raw)
                count += 1
        file.truncate(whole)
    return count
