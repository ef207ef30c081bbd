"""The types that the installed NautilusTrader adapter decodes answers and events with."""

from typing import Any

import msgspec
from nautilus_trader.adapters.binance.common.schemas import account as common_account
from nautilus_trader.adapters.binance.common.schemas import market as common_market
from nautilus_trader.adapters.binance.futures.schemas import account, market, user, wallet

LISTEN_KEY = common_account
REST: dict[str, Any] = {
    "exchangeInfo": market.BinanceFuturesExchangeInfo,
    "premiumIndex": market.BinanceFuturesMarkFunding,
    "time": common_market.BinanceTime,
    "depth": common_market.BinanceDepth,
    "trades": list[common_market.BinanceTrade],
    "historicalTrades": list[common_market.BinanceTrade],
    "aggTrades": list[common_market.BinanceAggTrade],
    "klines": list[common_market.BinanceKline],
    "ticker/24hr": common_market.BinanceTicker24hr,
    "ticker/price": common_market.BinanceTickerPrice,
    "ticker/bookTicker": common_market.BinanceTickerBook,
    "account": account.BinanceFuturesAccountInfo,
    "positionRisk": list[account.BinanceFuturesPositionRisk],
    "positionSide/dual": account.BinanceFuturesDualSidePosition,
    "leverage": account.BinanceFuturesLeverage,
    "symbolConfig": list[account.BinanceFuturesSymbolConfig],
    "marginType": account.BinanceFuturesMarginTypeResponse,
    "algoOrder": account.BinanceFuturesAlgoOrder,
    "algoCancel": account.BinanceFuturesAlgoOrderCancelResponse,
    "order": common_account.BinanceOrder,
    "orders": list[common_account.BinanceOrder],
    "algoOrders": list[account.BinanceFuturesAlgoOrder],
    "userTrades": list[common_account.BinanceUserTrade],
    "status": common_account.BinanceStatusCode,
    "commissionRate": wallet.BinanceFuturesCommissionRate,
}
USER: dict[str, Any] = {
    "ORDER_TRADE_UPDATE": user.BinanceFuturesOrderUpdateMsg,
    "ACCOUNT_UPDATE": user.BinanceFuturesAccountUpdateMsg,
    "ALGO_UPDATE": user.BinanceFuturesAlgoUpdateMsg,
    "TRADE_LITE": user.BinanceFuturesTradeLiteMsg,
}
STREAMS: dict[str, Any] = {
    "aggTrade": common_market.BinanceAggregatedTradeMsg,
    "trade": market.BinanceFuturesTradeMsg,
    "bookTicker": common_market.BinanceQuoteMsg,
    "depth@100ms": common_market.BinanceOrderBookMsg,
    "depth@0ms": common_market.BinanceOrderBookMsg,
    "depth20@100ms": common_market.BinanceOrderBookMsg,
    "markPrice@1s": market.BinanceFuturesMarkPriceMsg,
    "kline_1m": common_market.BinanceCandlestickMsg,
    "ticker": common_market.BinanceTickerMsg,
}


def decode(kind: Any, data: Any) -> Any:
    """The value as the adapter sees it; raises msgspec.ValidationError if it does not fit."""
    return msgspec.json.decode(msgspec.json.encode(data), type=kind)
