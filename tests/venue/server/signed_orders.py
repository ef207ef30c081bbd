"""Signed requests to Binance Spot's REST API, as its documentation has them."""

import http.client
import json
import time
import urllib.parse
from typing import Any

from pytest_tradeops.venue.client import AccountKey
from pytest_tradeops.venue.kit.keys import ApiKey


def signed(url: str, key: AccountKey, method: str, path: str, **params: Any) -> tuple[int, Any]:
    """Status and JSON."""
    own = ApiKey(
        name=key.name,
        account=key.account,
        api_key=key.api_key,
        api_secret=key.api_secret,
        key_type=key.key_type,  # type: ignore[arg-type]
    )
    query = urllib.parse.urlencode({**params, "timestamp": time.time_ns() // 1_000_000, "recvWindow": 60_000})
    query += "&signature=" + urllib.parse.quote(own.sign(query.encode()), safe="")
    host, port = url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        connection.request(method, f"{path}?{query}", headers={"X-MBX-APIKEY": key.api_key})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def buy(url: str, key: AccountKey, quantity: str = "0.01", price: str = "", **more: Any) -> dict[str, Any]:
    """A market order, or a limit order at a price; its answer."""
    fields: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": quantity, **more}
    if price:
        fields |= {"type": "LIMIT", "timeInForce": "GTC", "price": price}
    status, answer = signed(url, key, "POST", "/api/v3/order", **fields)
    assert status == 200, answer
    return answer  # type: ignore[no-any-return]
