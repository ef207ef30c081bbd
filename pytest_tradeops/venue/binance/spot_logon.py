"""Log-on of WebSocket API sessions, and their subscriptions to user data."""

from collections.abc import Callable, Mapping
from typing import Any

from ..kit.exchange import Exchange
from ..kit.keys import ApiKey
from ..kit.session import Session
from .common import errors, signing
from .common.errors import BinanceError
from .common.params import Param, Table, long
from .common.request import from_frame
from .spot_users import Users

MAX_ACTIVE, MAX_IDS = 1_000, 65_535
_EMPTY = Table()
_ID = Table(Param("subscriptionId", long))


class Connection:
    """One socket of the WebSocket API.

    Attributes:
        key: What it has logged on with.
        subscriptions: Id to account, and what ends it.
    """

    def __init__(self, session: Session, users: Users, *, address: str, unit: int, show_limits: bool) -> None:
        self.session = session
        self.address = address
        self.unit = unit
        self.show_limits = show_limits
        self.key: ApiKey | None = None
        self.since_ns = 0
        self.authorized_ns = 0
        self.logged_on_subscription: int | None = None
        self.subscriptions: dict[int, tuple[str, Callable[[], None]]] = {}
        self._users = users
        self._ids = 0
        self._deferred: list[Callable[[], None]] = []

    @property
    def exchange(self) -> Exchange:
        return self.session.exchange

    def status(self, now_ns: int) -> dict[str, Any]:
        """What session.status tells."""
        return {
            "apiKey": self.key.api_key if self.key else None,
            "authorizedSince": self.authorized_ns // self.unit if self.key else None,
            "connectedSince": self.since_ns // self.unit,
            "returnRateLimits": self.show_limits,
            "serverTime": now_ns // self.unit,
            "userDataStream": bool(self.subscriptions),
        }

    def subscribe(self, account: str) -> int:
        """Sends the account's events from now on; raises BinanceError -2035 if they are sent already."""
        if any(owner == account for owner, _ in self.subscriptions.values()):
            raise BinanceError(-2035, "User Data Stream subscription already active.")
        if len(self.subscriptions) >= MAX_ACTIVE or self._ids >= MAX_IDS:
            raise BinanceError(-2042, "Maximum subscription ID reached for this connection.")
        if account not in self.exchange.engine.accounts():
            raise errors.rejected_key()
        number = self._ids
        self._ids += 1

        def sink(event: str) -> None:
            self.session.send(f'{{"subscriptionId":{number},"event":{event}}}', topic=f"user:{account}")

        self.subscriptions[number] = (account, self._users.add(account, sink, self.unit))
        self.session.account = account
        self.session.topics.add(f"user:{account}")
        return number

    def unsubscribe(self, number: int, now_ns: int) -> None:
        """Ends a subscription; the socket is told, after the answer to the request."""
        account, end = self.subscriptions.pop(number)
        end()
        self.session.topics.discard(f"user:{account}")
        ended = f'{{"subscriptionId":{number},"event":{{"e":"eventStreamTerminated","E":{now_ns // self.unit}}}}}'
        self._deferred.append(lambda: self.session.send(ended, topic=f"user:{account}"))

    def run_deferred(self) -> None:
        deferred, self._deferred = self._deferred, []
        for action in deferred:
            action()

    def close(self) -> None:
        for _, end in self.subscriptions.values():
            end()
        self.subscriptions.clear()


def _authenticated(connection: Connection, params: Mapping[str, Any], now_ns: int) -> ApiKey:
    sent = from_frame(params)
    for name in ("apiKey", "signature", "timestamp"):
        if name not in params:
            raise errors.mandatory(name)
    key = signing.find_key(connection.exchange.keys, sent.params.pop("apiKey"))
    read = signing.signer(sent, key, signing.READ, now_ns).read
    _EMPTY.parse(sent.params, read)
    return key


def _logon(connection: Connection, params: Mapping[str, Any], now_ns: int) -> Any:
    api_key = params.get("apiKey")
    known = connection.exchange.keys.get(api_key) if isinstance(api_key, str) else None
    if known is not None and known.key_type != "ed25519":
        raise errors.hmac_not_supported()
    key = _authenticated(connection, params, now_ns)
    connection.key, connection.authorized_ns = key, now_ns
    connection.session.account = key.account
    connection.exchange.note("logged_on", session=connection.session.id, key=key.name, account=key.account)
    return connection.status(now_ns)


def _status(connection: Connection, params: Mapping[str, Any], now_ns: int) -> Any:
    _EMPTY.parse(from_frame(params).params)
    return connection.status(now_ns)


def _logout(connection: Connection, params: Mapping[str, Any], now_ns: int) -> Any:
    _EMPTY.parse(from_frame(params).params)
    if connection.logged_on_subscription in connection.subscriptions:
        connection.unsubscribe(connection.logged_on_subscription, now_ns)
    connection.key, connection.logged_on_subscription = None, None
    return connection.status(now_ns)


def _subscriptions(connection: Connection, params: Mapping[str, Any], now_ns: int) -> Any:
    del now_ns
    _EMPTY.parse(from_frame(params).params)
    return [{"subscriptionId": number} for number in connection.subscriptions]


def _subscribe(connection: Connection, params: Mapping[str, Any], now_ns: int) -> Any:
    del now_ns
    _EMPTY.parse(from_frame(params).params)
    if connection.key is None:
        raise errors.rejected_key()
    number = connection.subscribe(connection.key.account)
    connection.logged_on_subscription = number
    return {"subscriptionId": number}


def _subscribe_signed(connection: Connection, params: Mapping[str, Any], now_ns: int) -> Any:
    key = _authenticated(connection, params, now_ns)
    return {"subscriptionId": connection.subscribe(key.account)}


def _unsubscribe(connection: Connection, params: Mapping[str, Any], now_ns: int) -> Any:
    number = _ID.parse(from_frame(params).params).get("subscriptionId")
    if number is not None and number not in connection.subscriptions:
        raise BinanceError(-2036, "User Data Stream subscription not active.")
    for one in tuple(connection.subscriptions) if number is None else (number,):
        connection.unsubscribe(one, now_ns)
    return {}


METHODS: Mapping[str, Callable[[Connection, Mapping[str, Any], int], Any]] = {
    "session.logon": _logon,
    "session.status": _status,
    "session.logout": _logout,
    "session.subscriptions": _subscriptions,
    "userDataStream.subscribe": _subscribe,
    "userDataStream.subscribe.signature": _subscribe_signed,
    "userDataStream.unsubscribe": _unsubscribe,
}
