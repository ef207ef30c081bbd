"""What one Sentry project received, and how a test waits for it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..exceptions import CheckFailed
from ..loopback.server import LoopbackServer
from ..model import Finding
from .envelope import Envelope, Item
from .events import CapturedEvent, view

#: What tells the wanted event: a text that its message or exception holds, or a predicate. None: any event.
type Match = str | Callable[[CapturedEvent], bool] | None

#: So many lines of "what did arrive" help; more hide.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not accepted, and why."""

    status: int
    detail: str


class Inbox:
    """One project behind one DSN. Made by the stand-in; safe to read from any thread.

    Attributes:
        project: Its number in the DSN's path.
        public_key: 32 hex digits, new for every server.
    """

    def __init__(self, server: LoopbackServer, project: str, public_key: str) -> None:
        self.project = project
        self.public_key = public_key
        self._server = server
        self._envelopes: list[Envelope] = []
        self._raw: list[bytes] = []
        self._refusals: list[Refusal] = []

    @property
    def dsn(self) -> str:
        """What goes into `SENTRY_DSN`."""
        return f"http://{self.public_key}@{self._server.url.removeprefix('http://')}/{self.project}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a child process: the DSN, and no proxy in front of loopback."""
        return {"SENTRY_DSN": self.dsn, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

    @property
    def envelopes(self) -> tuple[Envelope, ...]:
        """Every accepted envelope, in the order of arrival."""
        with self._server.changed:
            return tuple(self._envelopes)

    @property
    def raw(self) -> tuple[bytes, ...]:
        """Every accepted envelope as bytes, decompressed: where a leaked secret would be found."""
        with self._server.changed:
            return tuple(self._raw)

    @property
    def events(self) -> tuple[CapturedEvent, ...]:
        """Every error or message event, in the order of arrival; transactions are items of their own type."""
        return tuple(
            view(item.json(), envelope.event_id)
            for envelope in self.envelopes
            for item in envelope.items
            if item.type == "event"
        )

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Requests for this project that were not accepted."""
        with self._server.changed:
            return tuple(self._refusals)

    def items(self, kind: str) -> tuple[Item, ...]:
        """Every item of that type: `transaction`, `session`, `check_in`, `log`, `client_report`, ..."""
        return tuple(item for envelope in self.envelopes for item in envelope.items if item.type == kind)

    def find(self, match: Match = None) -> tuple[CapturedEvent, ...]:
        """The events that match, without waiting."""
        return tuple(event for event in self.events if _matches(event, match))

    def await_event(self, match: Match = None, within: float | str = "10s") -> CapturedEvent:
        """The first event that matches, as soon as it has arrived.

        Args:
            match: A text in its message or exception, or a predicate; None takes any event.
            within: Seconds, or `500ms`, `10s`, `1m`.

        Raises:
            CheckFailed: `sentry: event never arrived`; the message lists what did arrive.
        """
        found = self._server.wait_for(lambda: self.find(match), within)
        if found:
            return found[0]
        wanted = f"with {match!r} " if isinstance(match, str) else "that matches " if match else ""
        raise CheckFailed(
            [
                Finding(
                    "sentry: event never arrived",
                    f"No event {wanted}arrived within {within}: {self.summary()}.",
                    remedy="Call sentry_sdk.flush() before the process ends, and see whether the SDK was initialised.",
                )
            ]
        )

    def await_none(self, match: Match = None, *, after: Callable[[], object], within: float | str = "10s") -> None:
        """Asserts that no matching event arrived, once nothing can arrive any more.

        Args:
            after: The barrier: returns when the sender has flushed or ended, such as `lambda: sentry_sdk.flush(5)` or
                `process.wait`. Without one, "nothing arrived" would only mean "nothing arrived yet".
            within: How long requests that are under way after the barrier may take.

        Raises:
            CheckFailed: an event matches (`sentry: unexpected event`), or requests are still under way
                (`sentry: still sending`).
        """
        after()
        if not self._server.settle(within):
            raise CheckFailed(
                [Finding("sentry: still sending", f"A request was still under way {within} after the barrier.")]
            )
        found = self.find(match)
        if found:
            raise CheckFailed([Finding("sentry: unexpected event", f"No event was expected, but {_listed(found)}.")])

    def clear(self) -> None:
        """Forgets everything that was received and refused."""
        with self._server.changed:
            self._envelopes.clear()
            self._raw.clear()
            self._refusals.clear()

    def summary(self) -> str:
        """One sentence on what did arrive, for a failure's message."""
        events = self.events
        others = [item.type for envelope in self.envelopes for item in envelope.items if item.type != "event"]
        parts = [_listed(events) if events else "no event at all arrived"]
        if others:
            counted = ", ".join(f"{others.count(kind)} {kind}" for kind in sorted(set(others)))
            parts.append(f"besides {counted}")
        parts += [f"refused: {one.status} {one.detail}" for one in self.refusals[:_SHOWN]]
        return "; ".join(parts)

    def keep(self, envelope: Envelope, raw: bytes) -> None:
        """Called by the stand-in for every envelope that belongs here."""
        with self._server.changed:
            self._envelopes.append(envelope)
            self._raw.append(raw)

    def note(self, refusal: Refusal) -> None:
        """Called by the stand-in for every request that it turned away."""
        with self._server.changed:
            self._refusals.append(refusal)


def _matches(event: CapturedEvent, match: Match) -> bool:
    if match is None:
        return True
    return event.mentions(match) if isinstance(match, str) else bool(match(event))


def _listed(events: Sequence[CapturedEvent]) -> str:
    shown: Iterable[str] = (str(event) for event in events[:_SHOWN])
    more = f" and {len(events) - _SHOWN} more" if len(events) > _SHOWN else ""
    return f"{len(events)} arrived: {'; '.join(shown)}{more}"
