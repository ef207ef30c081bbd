"""Binance Spot's requests that need a key: path and method name, parameters, security, weight."""

from collections.abc import Mapping
from typing import Any

from .common import params as p
from .common.endpoint import Endpoint, Security
from .common.params import Param, Table
from .common.wallet import Loose, wallet
from .spot_account import Account
from .spot_order_params import ORDER, RESTRICTIONS, SYMBOL, id_param
from .spot_trade import Trading

_NONE, _DATA, _TRADE = Security.NONE, Security.USER_DATA, Security.TRADE

_ANY_SYMBOL = Param("symbol", p.symbol)
_LIMIT = Param("limit", p.limit(1000))
_START, _END = Param("startTime", p.moment), Param("endTime", p.moment)
_FROM = Param("fromId", p.long)
_USER_ASSETS = (Param("asset", p.anything), Param("needBtcValuation", p.boolean))
_ORDER_ID, _ORIG_ID = Param("orderId", p.long), id_param("origClientOrderId")
_REPLACE = (
    *ORDER,
    Param("cancelReplaceMode", p.one_of(("STOP_ON_FAILURE", "ALLOW_FAILURE")), required=True),
    id_param("cancelNewClientOrderId"),
    id_param("cancelOrigClientOrderId"),
    Param("cancelOrderId", p.long),
    RESTRICTIONS,
    Param("orderRateLimitExceededMode", p.one_of(("DO_NOTHING", "CANCEL_ONLY"))),
)
_LEG_FIELDS = (
    *("Type", "ClientOrderId", "IcebergQty", "Price", "StopPrice", "TrailingDelta", "TimeInForce", "StrategyId"),
    *("StrategyType", "PegPriceType", "PegOffsetType", "PegOffsetValue", "Side", "Quantity"),
)
_LIST_FIELDS = (
    *("listClientOrderId", "quantity", "price", "stopPrice", "stopLimitPrice", "stopLimitTimeInForce", "side"),
    *("limitClientOrderId", "limitIcebergQty", "limitStrategyId", "limitStrategyType", "trailingDelta"),
    *("stopClientOrderId", "stopIcebergQty", "stopStrategyId", "stopStrategyType"),
    *("newOrderRespType", "selfTradePreventionMode"),
    *(
        f"{leg}{field}"
        for leg in ("above", "below", "working", "pending", "pendingAbove", "pendingBelow")
        for field in _LEG_FIELDS
    ),
)
_LISTS = Table(SYMBOL, *(Param(name, p.anything) for name in _LIST_FIELDS))


def trading(trade: Trading) -> list[Endpoint]:
    """What needs a key that may trade."""
    cancel = Table(SYMBOL, _ORDER_ID, _ORIG_ID, id_param("newClientOrderId"), RESTRICTIONS)
    listed = [
        Endpoint(route=f"POST /api/v3/{path}", frame=frame, handler=trade.lists, security=_TRADE, table=_LISTS)
        for path, frame in (
            ("order/oco", "orderList.place"),
            ("orderList/oco", "orderList.place.oco"),
            ("orderList/oto", "orderList.place.oto"),
            ("orderList/otoco", "orderList.place.otoco"),
        )
    ]
    return [
        *listed,
        Endpoint(
            route="POST /api/v3/order",
            frame="order.place",
            handler=trade.place,
            security=_TRADE,
            free=True,
            orders=1,
            table=Table(*ORDER),
        ),
        Endpoint(
            route="POST /api/v3/order/test",
            frame="order.test",
            handler=trade.test,
            security=_TRADE,
            weight=_test_weight,
            table=Table(*ORDER, Param("computeCommissionRates", p.boolean)),
        ),
        Endpoint(
            route="DELETE /api/v3/order",
            frame="order.cancel",
            handler=trade.cancel,
            security=_TRADE,
            free=True,
            table=cancel,
        ),
        Endpoint(
            route="DELETE /api/v3/openOrders",
            frame="openOrders.cancelAll",
            handler=trade.cancel_all,
            security=_TRADE,
            free=True,
            table=Table(SYMBOL),
        ),
        Endpoint(
            route="POST /api/v3/order/cancelReplace",
            frame="order.cancelReplace",
            handler=trade.replace,
            security=_TRADE,
            free=True,
            orders=1,
            table=Table(*_REPLACE),
        ),
        Endpoint(
            route="PUT /api/v3/order/amend/keepPriority",
            frame="order.amend.keepPriority",
            handler=trade.amend,
            security=_TRADE,
            weight=4,
            table=Table(
                SYMBOL,
                _ORDER_ID,
                _ORIG_ID,
                id_param("newClientOrderId"),
                Param("newQty", p.amount(), required=True),
            ),
        ),
        Endpoint(
            route="DELETE /api/v3/orderList",
            frame="orderList.cancel",
            handler=trade.no_list,
            security=_TRADE,
            table=Table(
                SYMBOL,
                Param("orderListId", p.long),
                id_param("listClientOrderId"),
                id_param("newClientOrderId"),
            ),
        ),
    ]


def reading(account: Account) -> list[Endpoint]:
    """What needs a key that may read."""
    timed = (_START, _END, _LIMIT)

    def endpoint(route: str, frame: str, handler: Any, weight: Any, *params: Param) -> Endpoint:
        return Endpoint(route=route, frame=frame, handler=handler, security=_DATA, weight=weight, table=Table(*params))

    return [
        endpoint("GET /api/v3/account", "account.status", account.info, 20, Param("omitZeroBalances", p.boolean)),
        endpoint("GET /api/v3/order", "order.status", account.order, 4, SYMBOL, _ORDER_ID, _ORIG_ID),
        endpoint("GET /api/v3/openOrders", "openOrders.status", account.open_orders, _open_weight, _ANY_SYMBOL),
        endpoint("GET /api/v3/allOrders", "allOrders", account.all_orders, 20, SYMBOL, _ORDER_ID, *timed),
        endpoint("GET /api/v3/myTrades", "myTrades", account.trades, _trades_weight, SYMBOL, _ORDER_ID, _FROM, *timed),
        endpoint("GET /api/v3/rateLimit/order", "account.rateLimits.orders", account.order_counts, 40),
        endpoint("GET /api/v3/account/commission", "account.commission", account.commission, 20, SYMBOL),
        endpoint("GET /api/v3/myFilters", "myFilters", account.filters, 40, SYMBOL),
        endpoint(
            "GET /api/v3/order/amendments",
            "order.amendments",
            account.amendments,
            4,
            SYMBOL,
            Param("orderId", p.long, required=True),
            Param("fromExecutionId", p.long),
            _LIMIT,
        ),
        endpoint(
            "GET /api/v3/orderList", "orderList.status", account.no_list, 4, Param("orderListId", p.long), _ORIG_ID
        ),
        endpoint("GET /api/v3/allOrderList", "allOrderLists", account.none, 20, _FROM, *timed),
        endpoint("GET /api/v3/openOrderList", "openOrderLists.status", account.none, 6),
        endpoint(
            "GET /api/v3/myPreventedMatches",
            "myPreventedMatches",
            account.none,
            20,
            SYMBOL,
            Param("preventedMatchId", p.long),
            _ORDER_ID,
            Param("fromPreventedMatchId", p.long),
            _LIMIT,
        ),
        endpoint(
            "GET /api/v3/myAllocations",
            "myAllocations",
            account.none,
            20,
            SYMBOL,
            Param("fromAllocationId", p.long),
            _ORDER_ID,
            *timed,
        ),
        endpoint("GET /sapi/v1/asset/tradeFee", "", account.trade_fee, 1, _ANY_SYMBOL),
        endpoint("GET /sapi/v1/capital/config/getall", "", account.coins, 10),
        Endpoint(
            route="GET /sapi/v1/margin/allPairs",
            handler=account.none,
            security=Security.KEY,
            table=Loose(),
        ),
        endpoint("GET /sapi/v1/margin/isolated/allPairs", "", account.none, 10, _ANY_SYMBOL),
        endpoint("GET /sapi/v1/account/status", "", account.account_status, 1),
        endpoint("POST /sapi/v3/asset/getUserAsset", "", account.user_assets, 5, *_USER_ASSETS),
        *wallet(),
    ]


def _test_weight(params: Mapping[str, Any]) -> int:
    return 20 if params.get("computeCommissionRates") else 1


def _open_weight(params: Mapping[str, Any]) -> int:
    return 6 if "symbol" in params else 80


def _trades_weight(params: Mapping[str, Any]) -> int:
    return 5 if "orderId" in params else 20
