"""Runs a journal's commands again on a fresh engine, and holds every event against what was written down."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import faces, journal
from .engine.engine import Engine
from .engine.events import Event
from .engine.model import Rejected
from .journal import Header, Line
from .kit.codec import dumps


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where the engine did something else than the journal says.

    Attributes:
        line: Of the journal.
        what: One sentence.
        written, replayed: Both sides as JSON objects; None where one side has nothing.
    """

    line: int
    what: str
    written: dict[str, Any] | None
    replayed: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A whole journal.

    Attributes:
        tail: Events that the commands gave rise to and the journal's end lacks: its writer was killed.
        ended: The venue was stopped and not killed.
    """

    header: Header
    engine: Engine
    commands: int
    events: int
    lines: int
    end_ns: int
    ended: bool
    tail: tuple[Event, ...]
    divergence: Divergence | None


class Replay:
    """One journal on its way through a fresh engine."""

    def __init__(self, header: Header, engine: Engine | None = None) -> None:
        self.header = header
        self.engine = engine or faces.make_engine(
            header.instruments,
            seed=header.seed,
            start_ns=header.start_ns,
            step_ns=header.step_ns,
            background=header.background,
        )
        self.commands = 0
        self.events = 0
        self._pending: deque[Event] = deque()

    @property
    def pending(self) -> tuple[Event, ...]:
        """What has happened and was not yet in a line."""
        return tuple(self._pending)

    def take(self, line: Line) -> Divergence | None:
        """Does what a line says, or compares it."""
        if line.kind == "command":
            return self._command(line)
        if line.kind == "event":
            return self._event(line)
        if line.kind in ("time", "end"):
            self._advance(line.time_ns)
            return self._unwritten(line)
        return None

    def _command(self, line: Line) -> Divergence | None:
        self.commands += 1
        name = line.data["command"]
        try:
            given = journal.arguments(name, line.data["arguments"])
        except (ValueError, AttributeError) as error:
            return Divergence(line.number, f"The command is unknown: {error}.", line.data, None)
        if name != "reopen":
            self._advance(line.time_ns)
        missing = self._unwritten(line)
        if missing is not None:
            return missing
        written = line.data.get("rejected")
        try:
            getattr(self.engine, name)(**given)
            replayed = None
        except Rejected as error:
            replayed = {"reason": error.reason.value, "detail": error.detail}
        self._drain()
        if written != replayed:
            return Divergence(line.number, f"{name} ended in another way.", written, replayed)
        return None

    def _event(self, line: Line) -> Divergence | None:
        self.events += 1
        if not self._pending:
            self._advance(line.time_ns)
        if not self._pending:
            return Divergence(line.number, f"{line.data['event']} did not happen again.", line.data, None)
        replayed = _plain(self._pending.popleft())
        if replayed != line.data:
            return Divergence(line.number, f"{line.data['event']} came out otherwise.", line.data, replayed)
        return None

    def _unwritten(self, line: Line) -> Divergence | None:
        if not self._pending:
            return None
        event = _plain(self._pending[0])
        return Divergence(line.number, f"{event['event']} happened, and the journal does not have it.", None, event)

    def _advance(self, time_ns: int) -> None:
        self.engine.advance(time_ns)
        self._drain()

    def _drain(self) -> None:
        self._pending.extend(event for event in self.engine.drain() if journal.private(event))


def replay(
    path: Path, each: Callable[[Line], None] | None = None, *, since: tuple[Engine, int] | None = None
) -> Replayed:
    """Replays a journal up to its end, or to the first divergence.

    Args:
        each: Called with every line before it is replayed.
        since: An engine that has so many lines behind it; default a fresh one.

    Raises:
        TradeopsError: the file is no journal, or cannot be read.
    """
    header = journal.header(path)
    engine, number = since or (None, 0)
    run = Replay(header, engine)
    end_ns, kind, divergence = header.start_ns, "", None
    for line in journal.read(path, after=number):
        if each is not None:
            each(line)
        number, kind = line.number, line.kind
        end_ns = max(end_ns, line.time_ns if kind in ("command", "event", "time", "end") else end_ns)
        divergence = run.take(line)
        if divergence is not None:
            break
    return Replayed(
        header, run.engine, run.commands, run.events, number, end_ns, kind == "end", run.pending, divergence
    )


def timeline(path: Path) -> Iterator[tuple[float, str]]:
    """Seconds since the start, and a sentence, for every line that people care about."""
    start = journal.header(path).start_ns
    for line in journal.read(path):
        sentence = describe(line)
        if sentence:
            yield (line.time_ns - start) / 1e9, sentence


def describe(line: Line) -> str:
    """A line in words; empty for mere time."""
    data = line.data
    if line.kind == "journal":
        return f"{data['face']}: seed {data['seed']}, {len(data['instruments'])} markets, package {data['package']}"
    if line.kind == "command":
        return _command_words(data)
    if line.kind == "event":
        return "    " + _event_words(data["event"], data["data"])
    if line.kind == "note":
        facts = ", ".join(f"{key} {value}" for key, value in data["facts"].items() if value not in ("", None))
        return f"  * {data['note'].replace('_', ' ')}{': ' + facts if facts else ''}"
    return "the venue stopped" if line.kind == "end" else ""


def _command_words(data: dict[str, Any]) -> str:
    given = dict(data["arguments"])
    request = given.pop("request", None)
    words = [str(value) for value in given.values() if value is not None and not isinstance(value, dict)]
    if request:
        words.append(_order_words(request))
    refused = data.get("rejected")
    end = (
        f"  -> refused: {refused['reason']}" + (f" ({refused['detail']})" if refused["detail"] else "")
        if refused
        else ""
    )
    return f"{data['command']} {' '.join(words)}{end}"


def _order_words(order: dict[str, Any]) -> str:
    quantity = order.get("quantity") or order.get("quote_quantity")
    price = f" at {order['price']}" if order.get("price") else ""
    trigger = f" trigger {order['trigger_price']}" if order.get("trigger_price") else ""
    flags = [word for word, name in (("post-only", "post_only"), ("reduce-only", "reduce_only")) if order.get(name)]
    named = [order["client_id"]] if order.get("client_id") else []
    rest = " ".join([order["tif"], *flags, *named])
    return f"{order['side']} {quantity} {order['market']} {order['type']}{price}{trigger} {rest}"


def _event_words(name: str, data: dict[str, Any]) -> str:
    if name == "OrderUpdate":
        order, fill = data["order"], data["fill"]
        detail = f" {fill['quantity']} at {fill['price']}, fee {fill['fee']} {fill['fee_asset']}" if fill else ""
        reason = f" ({order['reason']})" if order.get("reason") else ""
        done = f"{order['status']} {order['filled']}/{order['quantity']}{reason}"
        return f"{order['account']} order {order['id']} {data['execution']}{detail}: {done}"
    if name == "WalletUpdate":
        held = ", ".join(
            f"{asset} {one['free']}" + (f" + {one['locked']} locked" if one["locked"].strip("0.") else "")
            for asset, one in data["balances"].items()
        )
        return f"{data['account']} holds {held}"
    position = data["position"]
    return f"{position['account']} position {position['market']} {position['quantity']} from {position['entry_price']}"


def _plain(event: Event) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(dumps({"event": type(event).__name__, "data": event}))
    return plain
