"""The parent's end of a node's control pipe: takes in what the node says, and waits for what a caller wants to hear."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from ..exceptions import TradeopsError


class NodeSilent(TradeopsError):
    """A node has ended, or did not answer in time."""


class Pipe:
    """Reads JSON lines in a thread of its own. Thread-safe.

    Attributes:
        states: State name to when it was heard, `time.monotonic()`.
        events: Order events, oldest first.
        did: What it has started and written, oldest first, as `child.deeds` tells it.
        facts: Everything else that is told once: `pid`, `method`, `guard`, `problem`, `tripped`, `refused`, `ended`.
        gone: The connection is at its end.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._changed = threading.Condition()
        self._replies: dict[int, dict[str, Any]] = {}
        self._asked = 0
        self.states: dict[str, float] = {}
        self.events: list[dict[str, Any]] = []
        self.did: list[dict[str, str]] = []
        self.facts: dict[str, Any] = {}
        self.gone = False
        self._thread = threading.Thread(target=self._read, name="tradeops-node", daemon=True)
        self._thread.start()

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether the condition came true in time; it is looked at whenever something is heard."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def ask(self, command: str, seconds: float, **arguments: Any) -> Any:
        """The node's answer to a command.

        Raises:
            NodeSilent: it has ended, or did not answer in time.
            TradeopsError: it could not do that.
        """
        with self._changed:
            self._asked += 1
            number = self._asked
        self.tell(command, number, **arguments)
        with self._changed:
            self._changed.wait_for(lambda: number in self._replies or self.gone, seconds)
            if number not in self._replies:
                why = "has ended" if self.gone else f"did not answer within {seconds:g} s"
                raise NodeSilent(f"The node was asked to {command} and {why}.")
            reply = self._replies.pop(number)
        if "error" in reply:
            raise TradeopsError(f"The node could not {command}: {reply['error']}")
        return reply["result"]

    def tell(self, command: str, number: int = 0, **arguments: Any) -> None:
        """Sends a command without waiting; a node that has ended does not hear it."""
        line = json.dumps({"id": number, "command": command, "arguments": arguments}).encode() + b"\n"
        with contextlib.suppress(OSError):
            self._socket.sendall(line)

    def close(self) -> None:
        """Hangs up: a node that still runs ends itself, or is killed."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _read(self) -> None:
        buffer = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            *lines, buffer = (buffer + data).split(b"\n")
            with self._changed:
                for line in lines:
                    if line:
                        self._take(line)
                self.gone = not data
                self._changed.notify_all()
                if self.gone:
                    return

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return  # the node died in the middle of it
        if "event" in message:
            self.events.append({**message["event"], "heard": time.monotonic()})
        elif "did" in message:
            self.did.append(message["did"])
        elif "reply" in message:
            self._replies[message["reply"]] = message
        elif "state" in message:
            self.states[message.pop("state")] = time.monotonic()
            self.facts.update(message)
        else:
            self.facts.update(message)
