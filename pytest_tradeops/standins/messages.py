"""How a test waits for a message at a stand-in: the same for every messenger."""

from collections.abc import Callable, Sequence
from typing import Protocol

from ..exceptions import CheckFailed
from ..loopback.server import LoopbackServer
from ..model import Finding
from .inbox import Refusal

#: So many lines of "what did arrive" help; more hide.
_SHOWN = 10


class Mentioning(Protocol):
    """A message that can be looked for."""

    def mentions(self, text: str) -> bool: ...


class MessageInbox[M: Mentioning]:
    """What one messenger received. Made by its stand-in; safe to read from any thread.

    Args:
        name: Of the messenger, as reasons begin with it: `telegram`.
    """

    def __init__(self, name: str, server: LoopbackServer) -> None:
        self.name = name
        self._server = server
        self._messages: list[M] = []
        self._refusals: list[Refusal] = []

    @property
    def messages(self) -> tuple[M, ...]:
        """Every message that a reader would see, in the order of arrival."""
        with self._server.changed:
            return tuple(self._messages)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Requests that were not accepted, each with its status and the messenger's own reason."""
        with self._server.changed:
            return tuple(self._refusals)

    def find(self, match: "str | Callable[[M], bool] | None" = None) -> tuple[M, ...]:
        """The messages that match, without waiting."""
        return tuple(message for message in self.messages if _matches(message, match))

    def await_message(self, match: "str | Callable[[M], bool] | None" = None, within: float | str = "10s") -> M:
        """The first message that matches, as soon as it has arrived.

        Args:
            match: A text in it, or a predicate; None takes any message.
            within: Seconds, or `500ms`, `10s`, `1m`.

        Raises:
            CheckFailed: `telegram: message never arrived`; the message lists what did arrive and what was refused.
        """
        return self.await_messages(1, match, within)[0]

    def await_messages(
        self, count: int, match: "str | Callable[[M], bool] | None" = None, within: float | str = "10s"
    ) -> tuple[M, ...]:
        """The messages that match, as soon as there are at least `count`.

        Raises:
            CheckFailed: `telegram: message never arrived`.
        """

        def enough() -> tuple[M, ...]:
            found = self.find(match)
            return found if len(found) >= count else ()

        found = self._server.wait_for(enough, within)
        if found:
            return found
        wanted = f"with {match!r} " if isinstance(match, str) else "that matches " if match else ""
        some = "No message" if count == 1 else f"Fewer than {count} messages"
        raise CheckFailed(
            [
                Finding(
                    f"{self.name}: message never arrived",
                    f"{some} {wanted}arrived within {within}: {self.summary()}.",
                    remedy="See what was refused and why, and whether the sender has the address of this inbox.",
                )
            ]
        )

    def await_none(
        self,
        match: "str | Callable[[M], bool] | None" = None,
        *,
        after: Callable[[], object],
        within: float | str = "10s",
    ) -> None:
        """Asserts that no matching message arrived, once nothing can arrive any more.

        Args:
            after: The barrier: returns when the sender has sent everything or ended, such as `process.wait`.
            within: How long requests that are under way after the barrier may take.

        Raises:
            CheckFailed: a message matches (`telegram: unexpected message`), or requests are still under way
                (`telegram: still sending`).
        """
        after()
        if not self._server.settle(within):
            told = f"A request was still under way {within} after the barrier."
            raise CheckFailed([Finding(f"{self.name}: still sending", told)])
        found = self.find(match)
        if found:
            told = f"No message was expected, but {_listed(found)}."
            raise CheckFailed([Finding(f"{self.name}: unexpected message", told)])

    def clear(self) -> None:
        """Forgets everything that was received and refused. Ids go on where they were."""
        with self._server.changed:
            self._messages.clear()
            self._refusals.clear()

    def summary(self) -> str:
        """One sentence on what did arrive, for a failure's message."""
        messages = self.messages
        parts = [_listed(messages) if messages else "no message at all arrived"]
        parts += [f"refused: {one.status} {one.detail}" for one in self.refusals[:_SHOWN]]
        return "; ".join(parts)

    def keep(self, message: M) -> None:
        """Called by the stand-in for every message that it shows."""
        with self._server.changed:
            self._messages.append(message)
            self._server.changed.notify_all()

    def discard(self, message: M) -> None:
        """Called by the stand-in for a message that was deleted."""
        with self._server.changed:
            self._messages.remove(message)

    def note(self, refusal: Refusal) -> None:
        """Called by the stand-in for every request that it turned away."""
        with self._server.changed:
            self._refusals.append(refusal)


def _matches[M: Mentioning](message: M, match: "str | Callable[[M], bool] | None") -> bool:
    if match is None:
        return True
    return message.mentions(match) if isinstance(match, str) else bool(match(message))


def _listed[M](messages: Sequence[M]) -> str:
    shown = "; ".join(str(message) for message in messages[:_SHOWN])
    more = f" and {len(messages) - _SHOWN} more" if len(messages) > _SHOWN else ""
    return f"{len(messages)} arrived: {shown}{more}"
