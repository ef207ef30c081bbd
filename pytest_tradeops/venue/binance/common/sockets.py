"""One socket of market data, and what clients may say on it: Spot and futures differ in a few numbers and words."""

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

from aiohttp import WSCloseCode

from ...kit.session import Session
from .control import Refused, checked_id, checked_method, decoded

MAX_STREAMS = 1024
_SECOND_NS = 1_000_000_000


class Listeners(Protocol):
    """Who listens to which stream; the sockets are an exchange's own."""

    def add(self, name: str, socket: Any) -> None: ...

    def remove(self, name: str, socket: Any) -> None: ...


class MarketSocket:
    """One connection.

    Attributes:
        combined: Whether payloads are wrapped with their stream's name.
        messages_per_second: More end the connection.
        least_id: The smallest number that may be a message's id.
    """

    messages_per_second: ClassVar[int]
    least_id: ClassVar[int] = 0

    def __init__(self, session: Session, streams: Listeners, *, combined: bool) -> None:
        self.session = session
        self.combined = combined
        self._streams = streams
        self._second, self._messages = 0, 0

    def open(self, names: Iterable[str]) -> None:
        """Raises Refused for too many."""
        for name in names:
            self._subscribe(name)

    def close(self) -> None:
        for name in tuple(self.session.topics):
            self._streams.remove(name, self)

    def push(self, name: str, payload: str) -> None:
        self.session.send(f'{{"stream":"{name}","data":{payload}}}' if self.combined else payload, topic=name)

    def on_message(self, session: Session, text: str) -> None:
        """Answers one control message."""
        if self._too_fast():
            session.exchange.note("too_many_messages", session=session.id)
            session.close(WSCloseCode.POLICY_VIOLATION, "Too many requests")
            return
        request_id: Any = None
        try:
            message = decoded(text)
            request_id = checked_id(message, self.least_id)
            result = self._do(message)
        except Refused as error:
            session.send({**self.refused(error), "id": request_id})
        else:
            session.send({"result": result, "id": request_id})

    def refused(self, error: Refused) -> dict[str, Any]:
        """How the exchange says so, without the message's id."""
        raise NotImplementedError

    def _do(self, message: dict[str, Any]) -> Any:
        method, params = checked_method(message), message.get("params")
        if method == "LIST_SUBSCRIPTIONS":
            if params:
                raise Refused(2, "Invalid request: too many parameters")
            return sorted(self.session.topics)
        if method in ("SUBSCRIBE", "UNSUBSCRIBE"):
            if not isinstance(params, list) or not all(isinstance(one, str) for one in params):
                raise Refused(2, "Invalid request: params must be an array of stream names")
            for name in params:
                if method == "SUBSCRIBE":
                    self._subscribe(name)
                else:
                    self.session.topics.discard(name)
                    self._streams.remove(name, self)
            return None
        return self._property(method, params)

    def _property(self, method: str, params: Any) -> Any:
        if not isinstance(params, list) or not params or not isinstance(params[0], str):
            raise Refused(2, "Invalid request: property name must be a string")
        if len(params) > (2 if method == "SET_PROPERTY" else 1):
            raise Refused(2, "Invalid request: too many parameters")
        if params[0] != "combined":
            raise Refused(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self.combined
        if len(params) < 2 or not isinstance(params[1], bool):
            raise Refused(1, "Invalid value type: expected Boolean")
        self.combined = params[1]
        return None

    def _subscribe(self, name: str) -> None:
        found = self.session.topics
        if name in found:
            return
        if len(found) >= MAX_STREAMS:
            self.session.exchange.note("too_many_streams", session=self.session.id)
            self.session.close(WSCloseCode.POLICY_VIOLATION, "Too many subscriptions")
            raise Refused(2, f"Invalid request: a connection can listen to a maximum of {MAX_STREAMS} streams")
        found.add(name)
        self._streams.add(name, self)

    def _too_fast(self) -> bool:
        exchange = self.session.exchange
        second = exchange.clock.true_ns() // _SECOND_NS
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return exchange.limiter.enforced and self._messages > self.messages_per_second
