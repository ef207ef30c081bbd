"""A client of the toy face: blocking, in the test's thread."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from typing import Any

from support import Running, running
from toy import Toy

from pytest_tradeops.venue.engine.defaults import spot_instruments


@contextlib.contextmanager
def toy(**config: Any) -> Iterator[Running]:
    """The toy over a spot engine whose market stands still, unless told otherwise."""
    with running(
        "binance-spot", make=Toy, instruments=spot_instruments(), **{"manual": True, "enforce_limits": False, **config}
    ) as venue:
        yield venue


def ask(
    venue: Running, method: str, path: str, body: Any = None, *, account: str = "trader", raw: bytes | None = None
) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON, headers."""
    host, port = venue.http.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    key = next(one for one in venue.exchange.keys.all() if one.account == account)
    try:
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        connection.request(method, path, data, {"X-MBX-APIKEY": key.api_key})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


def order(venue: Running, **fields: Any) -> Any:
    """The JSON of an order that was accepted."""
    account = fields.get("account", "trader")
    status, answer, _ = ask(venue, "POST", "/order", fields, account=account)
    assert status == 200, answer
    return answer
