"""WebSocket frames: reading them, and the shapes in which Bybit answers on each kind of socket."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..kit.session import Session

#: Characters of all topics of a request together.
MAX_TOPICS_LENGTH = 21_000

type Frame = Mapping[str, Any]


def loads(text: str | bytes) -> Any:
    """JSON; raises ValueError for everything that is none, however deep or long it is."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error


def strings(value: Any) -> list[str] | None:
    """A list of strings, or None if it is not one."""
    return list(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else None


class Socket:
    """One connection of a client, in the shape that all of them share.

    Attributes:
        id: `conn_id`.
    """

    def __init__(self, session: Session, connection_id: str) -> None:
        self.session = session
        self.id = connection_id

    def receive(self, _session: Session, text: str) -> Any:
        """One frame; what cannot be read is answered, too."""
        try:
            frame = loads(text)
        except ValueError:
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("op"), str):
            return self.malformed()
        return self.handle(frame["op"], frame)

    def handle(self, op: str, frame: Frame) -> Any:
        raise NotImplementedError

    def malformed(self) -> None:
        self.answer({}, "", success=False, message="Request parameter error.")

    def answer(self, frame: Frame, op: str, *, success: bool = True, message: str = "", **more: Any) -> None:
        """`success`, `ret_msg`, `conn_id`, `op`; `req_id` if the client sent one."""
        body: dict[str, Any] = {"success": success, "ret_msg": message, "conn_id": self.id}
        request_id = frame.get("req_id")
        if isinstance(request_id, str | int) and not isinstance(request_id, bool):
            body["req_id"] = str(request_id)
        self.session.send(body | {"op": op} | more)


class Subscriber(Socket):
    """A socket with topics."""

    def __init__(self, session: Session, connection_id: str) -> None:
        super().__init__(session, connection_id)
        self.topics: set[str] = set()

    def topics_of(self, frame: Frame, *, most: int | None, knows: Callable[[str], str]) -> list[str] | None:
        """The topics that a subscribe names, or None after refusing it: one that is wrong spoils them all.

        Args:
            most: How many a request may have.
            knows: What is wrong with a topic, empty if nothing.
        """
        topics = strings(frame.get("args"))
        wrong = ""
        if not topics:
            wrong = "Request parameter error."
        elif most is not None and len(topics) > most:
            wrong = f"args size >{most}"
        elif sum(map(len, topics)) > MAX_TOPICS_LENGTH:
            wrong = f"args length >{MAX_TOPICS_LENGTH}"
        else:
            wrong = next(filter(None, map(knows, topics)), "")
            again = next((one for one in topics if one in self.topics or topics.count(one) > 1), None)
            if not wrong and again is not None:
                wrong = f"error:already subscribed,topic:{again}"
        if wrong:
            self.answer(frame, "subscribe", success=False, message=wrong)
            return None
        return topics
