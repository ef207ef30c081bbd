"""/v5/trade: orders over a WebSocket."""

import asyncio
from collections.abc import Callable
from typing import Any

from ..kit.limits import Limited
from ..kit.session import Session
from . import limits
from .desk import Desk
from .errors import Refusal, params_error
from .frames import Frame, Socket
from .signing import DEFAULT_WINDOW_MS, authenticate_socket, check_time
from .trading import Trading

_MAX_REQUEST_ID = 36
#: Seconds until an answer leaves: no exchange answers sooner, and NautilusTrader's client loses about one in a hundred
#: that is back within a millisecond.
_ANSWER = 0.003
#: Op to the engine's command, as faults name it.
_COMMANDS = {"create": "submit", "amend": "amend", "cancel": "cancel"}


class TradeSocket(Socket):
    """One client's order entry."""

    def __init__(self, session: Session, connection_id: str, desk: Desk, trading: Trading) -> None:
        super().__init__(session, connection_id)
        self._desk = desk
        self._trading = trading
        self._seen: set[str] = set()
        self._trades = False
        self._ones: dict[str, Callable[..., dict[str, Any]]] = {
            "create": trading.create,
            "amend": trading.amend,
            "cancel": trading.cancel,
        }

    def malformed(self) -> None:
        self._reply({}, "", 10001, "Request parameter error.")

    def handle(self, op: str, frame: Frame) -> Any:
        if op == "ping":
            body = {"retCode": 0, "retMsg": "OK", "op": "pong", "data": [str(self._desk.now_ms)], "connId": self.id}
            return self.session.send(self._named(frame) | body)
        if op == "auth":
            return self._auth(frame)
        action, _, batch = op.removeprefix("order.").partition("-")
        if not op.startswith("order.") or action not in self._ones or batch not in ("", "batch"):
            return self._reply(frame, op, 10404, "op type is not found")
        return self._order(frame, op, action, batched=bool(batch))

    def close(self) -> None:
        """Nothing outlives the socket."""

    async def _order(self, frame: Frame, op: str, action: str, *, batched: bool) -> None:
        account, exchange = self.session.account, self._desk.exchange
        head: dict[str, str] = {}
        result: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        code, message = 0, "OK"
        try:
            given = self._checked(frame)
            usage = self._spend(action, given, batched=batched)
            head = limits.headers(usage, self._desk.now_ms)
            if batched:
                result, extra = self._trading.batch(account, given, self._ones[action])
            else:
                result = self._ones[action](account, given)
        except Refusal as refused:
            code, message = refused.code, refused.message
        except Limited as limited:
            code, message = 10006, "Too many visits. Exceeded the API Rate Limit."
            head = limits.headers(limited.usage, self._desk.now_ms, limited=True)
        if code:
            exchange.note("refused", session=self.session.id, op=op, account=account, code=code, answer=message)
        elif exchange.faults.take("drop_response", f"WS {op}", account):
            return
        held = None if code else exchange.faults.take("push_before_ack", _COMMANDS[action], account)
        if held is not None:
            await asyncio.sleep(held.params["hold"])
        self._reply(frame, op, code, message, data=result, retExtInfo=extra, header=self._header(head))

    def _checked(self, frame: Frame) -> dict[str, Any]:
        """The one argument of a request that may be served."""
        request_id = frame.get("reqId")
        if request_id is not None:
            if not isinstance(request_id, str) or not request_id or len(request_id) > _MAX_REQUEST_ID:
                raise params_error("Request parameter error.")
            if request_id in self._seen:
                raise Refusal(20006, "reqId is duplicated")
            self._seen.add(request_id)
        if not self.session.account:
            raise Refusal(10007, "User authentication failed.")
        header = frame.get("header")
        stamp = str(header.get("X-BAPI-TIMESTAMP", "")) if isinstance(header, dict) else ""
        window = str(header.get("X-BAPI-RECV-WINDOW", DEFAULT_WINDOW_MS)) if isinstance(header, dict) else ""
        if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in (stamp, window)):
            raise params_error("Request parameter error.")
        check_time(int(stamp), int(window), self._desk.now_ms)
        args = frame.get("args")
        if not isinstance(args, list) or len(args) != 1 or not isinstance(args[0], dict):
            raise params_error("Request parameter error.")
        if not self._trades:
            raise Refusal(10005, "Permission denied, please check your API key permissions.")
        if args[0].get("category") not in ("linear", "spot", "inverse", "option"):
            raise Refusal(10404, "category is not correct/supported")
        return args[0]

    def _spend(self, action: str, given: dict[str, Any], *, batched: bool) -> Any:
        weight = len(self._trading.requests(given)[1]) if batched else 1
        path = f"/v5/order/{action}-batch" if batched else f"/v5/order/{action}"
        bucket = limits.bucket(path, given.get("category"))
        return self._desk.exchange.limiter.spend(bucket, self.session.account, weight, self._desk.now_ms)

    def _auth(self, frame: Frame) -> None:
        exchange = self._desk.exchange
        code, message = 0, "OK"
        try:
            if self.session.account:
                raise Refusal(20001, "repeat auth")
            key = authenticate_socket(frame.get("args"), exchange.keys, self._desk.now_ms)
        except Refusal as refused:
            code, message = refused.code, refused.message
            exchange.note("auth_refused", session=self.session.id, code=code)
        else:
            self.session.account = key.account
            self._trades = "trade" in key.permissions
            exchange.note("auth", session=self.session.id, account=key.account, key=key.name)
        self._reply(frame, "auth", code, message)

    def _reply(self, frame: Frame, op: str, code: int, message: str, **more: Any) -> None:
        body = {"retCode": code, "retMsg": message, "op": op} | more | {"connId": self.id}
        self.session.send(self._named(frame) | body, after=_ANSWER)

    @staticmethod
    def _named(frame: Frame) -> dict[str, Any]:
        return {"reqId": frame["reqId"]} if isinstance(frame.get("reqId"), str) else {}

    def _header(self, head: dict[str, str]) -> dict[str, str]:
        return head | {"Traceid": self.id, "Timenow": str(self._desk.now_ms)}
