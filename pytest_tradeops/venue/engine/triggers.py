"""Conditional orders that wait for their price."""

from bisect import bisect_left, bisect_right, insort
from decimal import Decimal

from .model import Order, OrderType, Side, TriggerBy

_STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)

type _Key = tuple[Decimal, int]


def rising(order_type: OrderType, side: Side) -> bool:
    """Whether the price has to come up to the trigger: a stop that buys, a profit taken by selling."""
    return (order_type in _STOPS) is (side is Side.BUY)


def reached(order_type: OrderType, side: Side, trigger: Decimal, price: Decimal) -> bool:
    return price >= trigger if rising(order_type, side) else price <= trigger


class Triggers:
    """Of one market: four sorted lists, by the price that counts and by the direction it has to move in."""

    __slots__ = ("_orders", "_waiting")

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._waiting: dict[tuple[TriggerBy, bool], list[_Key]] = {
            (by, up): [] for by in TriggerBy for up in (True, False)
        }

    def __bool__(self) -> bool:
        return bool(self._orders)

    def add(self, order: Order) -> None:
        assert order.trigger_price is not None  # noqa: S101 - conditional orders have one: filters.py
        self._orders[order.id] = order
        insort(self._list(order), (order.trigger_price, order.id))

    def discard(self, order: Order) -> None:
        """Before its trigger price is changed; nothing if it does not wait any more."""
        if self._orders.pop(order.id, None) is None or order.trigger_price is None:
            return
        waiting = self._list(order)
        del waiting[bisect_left(waiting, (order.trigger_price, order.id))]

    def due(self, low: Decimal, high: Decimal, mark: Decimal) -> list[Order]:
        """Take out what triggers, oldest first: the last price went from `low` to `high` since it was asked last."""
        found: list[int] = []
        for (by, up), waiting in self._waiting.items():
            if not waiting:
                continue
            if up:
                price = high if by is TriggerBy.LAST else mark
                count = bisect_right(waiting, price, key=_price)
                found += [id_ for _, id_ in waiting[:count]]
                del waiting[:count]
            else:
                price = low if by is TriggerBy.LAST else mark
                start = bisect_left(waiting, price, key=_price)
                found += [id_ for _, id_ in waiting[start:]]
                del waiting[start:]
        return [self._orders.pop(id_) for id_ in sorted(found)]

    def _list(self, order: Order) -> list[_Key]:
        return self._waiting[order.trigger_by, rising(order.type, order.side)]


def _price(key: _Key) -> Decimal:
    return key[0]
