"""Every field that the documentation names is there, in REST and in the streams."""

from decimal import Decimal
from typing import Any

import pytest
from bybit_client import LINEAR, Client, Ws
from support import Running

ORDER = """orderId orderLinkId parentOrderLinkId blockTradeId symbol price qty side isLeverage positionIdx orderStatus createType
cancelType rejectReason avgPrice leavesQty leavesValue cumExecQty cumExecValue cumExecFee timeInForce orderType stopOrderType
orderIv marketUnit slippageToleranceType slippageTolerance triggerPrice takeProfit stopLoss tpslMode ocoTriggerBy tpLimitPrice
slLimitPrice tpTriggerBy slTriggerBy triggerDirection triggerBy lastPriceOnCreated reduceOnly closeOnTrigger placeType smpType
smpGroup smpOrderId createdTime updatedTime extraFees cumFeeDetail rpiTakerAccess rpiMatchedQty"""
EXECUTION = """symbol orderId orderLinkId side orderPrice orderQty leavesQty createType orderType stopOrderType execFee execId
execPrice execQty execType execValue execTime feeCurrency isMaker feeRate tradeIv markIv markPrice indexPrice underlyingPrice
blockTradeId closedSize seq extraFees"""
POSITION = """positionIdx riskId riskLimitValue symbol side size positionValue autoAddMargin positionStatus leverage
breakEvenPrice markPrice liqPrice positionIM positionIMByMp positionMM positionMMByMp takeProfit stopLoss trailingStop
sessionAvgPrice delta gamma vega theta unrealisedPnl curRealisedPnl cumRealisedPnl adlRankIndicator createdTime updatedTime
openTime seq isReduceOnly mmrSysUpdatedTime leverageSysUpdatedTime tpslMode bustPrice positionBalance tradeMode"""
WALLET = """accountType accountIMRate accountMMRate totalEquity totalWalletBalance totalMarginBalance totalAvailableBalance
totalPerpUPL totalInitialMargin totalMaintenanceMargin accountIMRateByMp accountMMRateByMp totalInitialMarginByMp
totalMaintenanceMarginByMp accountLTV coin"""
COIN = """coin equity usdValue walletBalance locked spotHedgingQty borrowAmount accruedInterest totalOrderIM totalPositionIM
totalPositionMM unrealisedPnl cumRealisedPnl bonus marginCollateral collateralSwitch colRes spotBorrow free availableToWithdraw
availableToBorrow"""
CLOSED = """symbol orderId side qty orderPrice orderType execType closedSize cumEntryValue avgEntryPrice cumExitValue
avgExitPrice closedPnl fillCount leverage openFee closeFee createdTime updatedTime"""
LOG = """id symbol category side transactionTime type transSubType qty size currency tradePrice funding fee cashFlow change
cashBalance feeRate bonusChange tradeId orderId orderLinkId extraFees"""
TICKER = """symbol lastPrice indexPrice markPrice prevPrice24h price24hPcnt highPrice24h lowPrice24h prevPrice1h openInterest
openInterestValue turnover24h volume24h fundingRate nextFundingTime predictedDeliveryPrice basisRate deliveryFeeRate deliveryTime
ask1Size bid1Price ask1Price bid1Size basis preOpenPrice preQty curPreListingPhase fundingIntervalHour basisRateYear fundingCap
singleOpenInterest singleOpenInterestValue"""
INSTRUMENT = """symbol symbolId contractType status baseCoin quoteCoin launchTime deliveryTime deliveryFeeRate priceScale
leverageFilter priceFilter lotSizeFilter unifiedMarginTrade fundingInterval settleCoin copyTrading upperFundingRate
lowerFundingRate isPreListing preListingInfo riskParameters symbolType displayName forbidUplWithdrawal"""
SPOT_INSTRUMENT = """symbolId symbol baseCoin quoteCoin innovation status marginTrading stTag lotSizeFilter priceFilter
riskParameters symbolType"""
KEY = """id note apiKey readOnly secret permissions ips type deadlineDay expiredAt createdAt uta userID inviterID vipLevel
mktMakerLevel affiliateID rsaPublicKey isMaster parentUid kycLevel kycRegion unified"""
LIST = {"category": "linear", "symbol": "BTCUSDT"}


def missing(entry: dict[str, Any], names: str) -> set[str]:
    return set(names.split()) - set(entry)


@pytest.fixture
def traded(client: Client) -> Client:
    client.order(kind="Market", qty="1")
    client.order(side="Sell", kind="Market", qty="0.4")
    client.order()
    return client


@pytest.mark.parametrize(
    ("path", "query", "names"),
    [
        ("order/realtime", LIST, ORDER),
        ("order/history", LIST, ORDER),
        ("execution/list", LIST, EXECUTION),
        ("position/list", LIST, POSITION + " avgPrice"),
        ("position/closed-pnl", LIST, CLOSED),
        ("account/wallet-balance", {"accountType": "UNIFIED"}, WALLET),
        ("account/transaction-log", {}, LOG),
        ("market/tickers", LIST, TICKER),
        ("market/instruments-info", LIST, INSTRUMENT),
        ("market/instruments-info", {"category": "spot"}, SPOT_INSTRUMENT),
    ],
)
def test_rest(traded: Client, path: str, query: dict[str, str], names: str) -> None:
    assert not missing(traded.get(path, **query).list[0], names)


def test_what_spot_has_instead(client: Client) -> None:
    client.order("spot", side="Sell", kind="Market", qty="0.1")
    order = client.get("order/history", category="spot").list[0]
    assert missing(order, ORDER + " basePrice") == {"createType", "tpslMode"}
    assert missing(client.get("execution/list", category="spot").list[0], EXECUTION) == {"createType"}


def test_the_mark_price_of_an_execution_is_that_of_its_time(venue: Running, client: Client) -> None:
    client.order(kind="Market", qty="1")
    client.order("spot", side="Sell", kind="Market", qty="0.1")
    before = client.get("execution/list", category="linear").list[0]
    assert before["markPrice"] == before["execPrice"]
    venue.call("move_price", LINEAR, Decimal("61000"))
    assert client.get("execution/list", category="linear").list[0] == before
    assert client.get("execution/list", category="spot").list[0]["markPrice"] == ""


def test_the_wallets_coins_and_the_key(traded: Client) -> None:
    assert not missing(traded.get("account/wallet-balance", accountType="UNIFIED").list[0]["coin"][0], COIN)
    key = traded.get("user/query-api").result
    assert not missing(key, KEY)
    assert {"ContractTrade", "Spot", "Wallet", "Derivatives", "NFT", "FiatP2P"} <= set(key["permissions"])


def test_streams(venue: Running, client: Client) -> None:
    with Ws(venue, "ws_private") as ws:
        ws.auth()
        ws.ask({"op": "subscribe", "args": ["order", "execution", "position", "wallet"]})
        client.order(kind="Market")
        execution, position, order, wallet = (ws.push(topic) for topic in ("execution", "position", "order", "wallet"))
        assert not missing(execution["data"][0], EXECUTION + " category isLeverage execPnl")
        assert not missing(position["data"][0], POSITION + " category entryPrice")
        assert not missing(order["data"][0], ORDER + " category closedPnl feeCurrency")
        assert not missing(wallet["data"][0], WALLET)
        assert not missing(wallet["data"][0]["coin"][0], COIN)
        for frame in (execution, position, order, wallet):
            assert set(frame) == {"id", "topic", "creationTime", "data"}
