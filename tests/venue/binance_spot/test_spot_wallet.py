"""Requests under /sapi that clients ask at their start, whatever they trade."""

import pytest
from spot_client import Client
from support import Running

EMPTY = {
    "capital/deposit/hisrec": [],
    "capital/withdraw/history": [],
    "asset/assetDividend": {"rows": [], "total": 0},
    "asset/transfer": {"total": 0, "rows": []},
}


def test_the_system_is_up_and_nobody_needs_a_key_to_know(client: Client) -> None:
    assert client.public("/sapi/v1/system/status").ok() == {"status": 0, "msg": "normal"}


@pytest.mark.parametrize("path", EMPTY)
def test_no_money_was_ever_paid_in_or_out(client: Client, path: str) -> None:
    assert client.get(f"/sapi/v1/{path}", coin="BTC", startTime=1, anythingElse="x").ok() == EMPTY[path]
    assert client.public(f"/sapi/v1/{path}").code == -2014


def test_what_a_key_may_do(venue: Running) -> None:
    for name, trades in (("trader", True), ("reader", False)):
        answer = Client(venue, name).get("/sapi/v1/account/apiRestrictions").ok()
        assert (answer["enableReading"], answer["enableSpotAndMarginTrading"]) == (True, trades)
        assert answer["enableWithdrawals"] is False
    locked = Client(venue).get("/sapi/v1/account/apiTradingStatus").ok()["data"]["isLocked"]
    assert locked is False


def test_what_there_is_of_each_asset(client: Client) -> None:
    client.limit(price="50000", quantity="0.01").ok()
    held = client.signed("POST", "/sapi/v3/asset/getUserAsset").ok()
    assert {one["asset"]: (one["free"], one["locked"]) for one in held}["USDT"] == ("999500", "500")
    (one,) = client.signed("POST", "/sapi/v3/asset/getUserAsset", {"asset": "BTC"}).ok()
    assert one["free"] == "10"


def test_margin_pairs_are_told_to_any_key_without_a_signature(client: Client) -> None:
    headers = {"X-MBX-APIKEY": client.key.api_key}
    assert client.raw("GET", "/sapi/v1/margin/allPairs", headers=headers).ok() == []
    assert client.get("/sapi/v1/margin/allPairs").ok() == []
