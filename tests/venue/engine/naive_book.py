"""What the engine is compared with: the rules of a spot exchange written down as plainly as possible.

One list of resting orders in order of arrival, linear scans, fractions. It shares no line with the engine.
"""

from fractions import Fraction
from math import floor


class Refused(Exception):
    pass


class NaiveOrder:
    def __init__(self, number, account, side, quantity, price):
        self.number = number
        self.account = account
        self.side = side
        self.quantity = quantity
        self.price = price
        self.filled = Fraction(0)
        self.cost = Fraction(0)
        self.state = "open"
        self.why = None

    def left(self):
        return self.quantity - self.filled


class NaiveSpot:
    def __init__(self, step, maker_rate, taker_rate, last):
        self.step = Fraction(step)
        self.rates = {"maker": Fraction(maker_rate), "taker": Fraction(taker_rate)}
        self.last = Fraction(last)
        self.resting = []
        self.orders = {}
        self.money = {}
        self.goods = {}
        self.fills = []
        self.fees = {"base": Fraction(0), "quote": Fraction(0)}

    def open(self, account, money, goods):
        self.money[account] = Fraction(money)
        self.goods[account] = Fraction(goods)

    # What is locked is never kept, always summed.
    def free_money(self, account):
        return self.money[account] - sum(
            o.left() * o.price for o in self.resting if o.account == account and o.side == "BUY"
        )

    def free_goods(self, account):
        return self.goods[account] - sum(o.left() for o in self.resting if o.account == account and o.side == "SELL")

    def submit(
        self, number, account, side, *, quantity=None, spend=None, price=None, tif="GTC", post=False, stp="NONE"
    ):
        order = NaiveOrder(number, account, side, Fraction(quantity or 0), None if price is None else Fraction(price))
        spend = None if spend is None else Fraction(spend)
        if spend is not None and spend < self.last * self.step:
            raise Refused("not one step")
        self.afford(order, spend, stp)
        self.orders[number] = order
        order.post, order.stp = post, stp
        self.work(order, spend, tif, post, stp)
        return order

    def afford(self, order, spend, stp):
        if order.price is not None:
            needed = order.quantity * order.price if order.side == "BUY" else order.quantity
        elif order.side == "SELL" and spend is None:
            needed = order.quantity
        else:
            found = self.sweep(order, None, spend, stp)
            got = sum((quantity for _, quantity in found), Fraction(0))
            cost = sum((maker.price * quantity for maker, quantity in found), Fraction(0))
            if order.side == "SELL":
                needed = got
            elif spend is not None:
                needed = spend
            else:
                needed = cost or order.quantity * self.last
        free = self.free_money(order.account) if order.side == "BUY" else self.free_goods(order.account)
        if needed > free:
            raise Refused("balance")

    def work(self, order, spend, tif, post, stp):
        if self.best_against(order, order.price) is not None:
            if post and order.price is not None:
                return self.finish(order, "EXPIRED", "post-only")
            if tif == "FOK" and spend is None:
                got = sum(quantity for _, quantity in self.sweep(order, order.price, None, stp))
                if got < order.quantity - order.filled:
                    return self.finish(order, "EXPIRED", "fok")
            if self.take(order, spend, stp):
                return self.finish(order, "EXPIRED", "self-trade")
            if order.state != "open":
                return None
        if order.price is None:
            return self.finish(order, "EXPIRED", "no liquidity")
        if tif != "GTC":
            return self.finish(order, "EXPIRED", tif.lower())
        self.resting.append(order)
        return None

    def best_against(self, order, price, skip=()):
        """The best resting order of the other side; of equal prices the one that arrived first."""
        best = None
        for other in self.resting:
            if other.side == order.side or other in skip:
                continue
            if price is not None and (other.price > price if order.side == "BUY" else other.price < price):
                continue
            if best is None or (other.price < best.price if order.side == "BUY" else other.price > best.price):
                best = other
        return best

    def sweep(self, order, price, spend, stp):
        """Whom it would trade with and how much, if it were to take now."""
        found, seen, cost = [], [], Fraction(0)
        left = order.quantity - order.filled
        while True:
            maker = self.best_against(order, price, seen)
            if maker is None:
                return found
            seen.append(maker)
            if maker.account == order.account and stp != "NONE":
                if stp == "EXPIRE_MAKER":
                    continue
                return found
            fits = left if spend is None else floor((spend - cost) / (maker.price * self.step)) * self.step
            quantity = min(maker.left(), fits)
            if quantity == 0:
                return found
            found.append((maker, quantity))
            cost += quantity * maker.price
            left -= quantity
            if quantity == fits:
                return found

    def take(self, order, spend, stp):
        while True:
            maker = self.best_against(order, order.price)
            if maker is None:
                return False
            if maker.account == order.account and stp != "NONE":
                if stp in ("EXPIRE_MAKER", "EXPIRE_BOTH"):
                    self.finish(maker, "EXPIRED", "self-trade")
                if stp in ("EXPIRE_TAKER", "EXPIRE_BOTH"):
                    return True
                continue
            if spend is None:
                fits = order.left()
            else:
                fits = floor((spend - order.cost) / (maker.price * self.step)) * self.step
            quantity = min(maker.left(), fits)
            if quantity == 0:
                return False
            self.exchange(maker, order, quantity)
            if spend is not None:
                order.quantity = order.filled
            if quantity == fits:
                order.state = "FILLED"
                return False

    def exchange(self, maker, taker, quantity):
        price = maker.price
        self.last = price
        fees = {}
        for order, role in ((maker, "maker"), (taker, "taker")):
            gained = quantity if order.side == "BUY" else quantity * price
            fee = Fraction(floor(gained * self.rates[role] * 10**8), 10**8)
            fees[role] = fee
            order.filled += quantity
            order.cost += quantity * price
            if order.side == "BUY":
                self.money[order.account] -= quantity * price
                self.goods[order.account] += quantity - fee
                self.fees["base"] += fee
            else:
                self.goods[order.account] -= quantity
                self.money[order.account] += quantity * price - fee
                self.fees["quote"] += fee
        self.fills.append((maker.number, taker.number, price, quantity, fees["maker"], fees["taker"]))
        if maker.left() == 0:
            maker.state = "FILLED"
            self.resting.remove(maker)

    def finish(self, order, state, why):
        order.state, order.why = state, why
        if order in self.resting:
            self.resting.remove(order)

    def cancel(self, number):
        order = self.orders.get(number)
        if order is None or order.state != "open":
            raise Refused("unknown")
        self.finish(order, "CANCELED", None)
        return order

    def amend(self, number, quantity, price):
        order = self.orders.get(number)
        if order is None or order.state != "open":
            raise Refused("unknown")
        quantity, price = Fraction(quantity), Fraction(price)
        if (quantity, price) == (order.quantity, order.price):
            raise Refused("nothing")
        if quantity <= order.filled:
            raise Refused("filled already")
        if order.side == "BUY":
            more, free = (quantity - order.filled) * price - order.left() * order.price, self.free_money(order.account)
        else:
            more, free = quantity - order.quantity, self.free_goods(order.account)
        if more > 0 and more > free:
            raise Refused("balance")
        stays = price == order.price and quantity < order.quantity
        order.quantity, order.price = quantity, price
        if not stays:
            self.resting.remove(order)
            self.work(order, None, "GTC", order.post, order.stp)
        return order

    def levels(self, side):
        found = {}
        for order in self.resting:
            if order.side == side:
                found[order.price] = found.get(order.price, 0) + order.left()
        return sorted(found.items(), reverse=side == "BUY")
