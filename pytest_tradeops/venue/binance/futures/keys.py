"""Listen keys over REST and over the WebSocket API."""

from collections.abc import Callable
from typing import Any

from ..common.endpoint import Call, Endpoint, Security
from ..common.listenkeys import ListenKeys, unknown_key
from .desk import Desk
from .params import Names


class KeyDesk:
    """Endpoints of user data streams: one listen key for each account.

    Args:
        closed: Told the key that its account has closed.
    """

    def __init__(self, desk: Desk, keys: ListenKeys, closed: Callable[[str], None]) -> None:
        self._desk = desk
        self._keys = keys
        self._closed = closed

    def endpoints(self) -> list[Endpoint]:
        path = "/fapi/v1/listenKey"

        def one(method: str, frame: str, handler: Callable[[Call], Any]) -> Endpoint:
            return Endpoint(
                route=f"{method} {path}",
                frame=f"userDataStream.{frame}",
                handler=handler,
                security=Security.KEY,
                table=Names(),
            )

        return [one("POST", "start", self.start), one("PUT", "ping", self.ping), one("DELETE", "stop", self.stop)]

    def start(self, call: Call) -> dict[str, Any]:
        """The key that there is, prolonged, or a new one."""
        return {"listenKey": self._keys.open(call.account, self._now)}

    def ping(self, call: Call) -> dict[str, Any]:
        key = self._own(call)
        self._keys.prolong(key, call.account, self._now)
        return {"listenKey": key}

    def stop(self, call: Call) -> dict[str, Any]:
        key = self._own(call)
        self._keys.close(key, call.account, self._now)
        self._closed(key)
        return {}

    def _own(self, call: Call) -> str:
        key = self._keys.of(call.account, self._now)
        if key is None:
            raise unknown_key()
        return key

    @property
    def _now(self) -> int:
        return self._desk.exchange.clock.true_ns()
