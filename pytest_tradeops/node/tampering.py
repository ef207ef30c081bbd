"""Functions, as text, that `faults.wrapped` puts around an entry of a copied subject."""

#: The hidden dependency on hash order that PYTHONHASHSEED exists to find: a set decides when an order is sent.
HASH_ORDER = """
def tamper(engine, *arguments):
    from nautilus_trader.config import StrategyConfig
    from nautilus_trader.model.enums import OrderSide
    from nautilus_trader.trading.strategy import Strategy

    instrument = sorted(engine.cache.instruments(), key=lambda one: str(one.id))[0]

    class ByHash(Strategy):
        def on_start(self):
            delay = int(list({str(number) for number in range(10_000)})[0])  # nanoseconds
            self.clock.set_time_alert_ns("by-hash", self.clock.timestamp_ns() + 1_000 + delay, self.act)

        def act(self, event):
            # Filled or denied does not matter: the moment of the order stands in the report.
            self.submit_order(self.order_factory.market(instrument.id, OrderSide.BUY, instrument.make_qty(1)))
            self.close_all_positions(instrument.id)

    engine.add_strategy(ByHash(StrategyConfig(strategy_id="ByHash", order_id_tag="902")))
    return engine
"""

#: Money that no fill explains.
UNEXPLAINED_MONEY = """
def tamper(engine, *arguments):
    from decimal import Decimal

    from nautilus_trader.config import ActorConfig
    from nautilus_trader.common.actor import Actor
    from nautilus_trader.model.objects import AccountBalance, Money

    class Gift(Actor):
        def on_stop(self):
            for account in self.cache.accounts():
                currency = sorted(account.balances_total(), key=lambda one: one.code)[0]
                more = Money(account.balance_total(currency).as_decimal() + Decimal("12.5"), currency)
                account.update_balances([AccountBalance(more, Money(0, currency), more)])

    engine.add_actor(Gift(ActorConfig(component_id="Gift")))
    return engine
"""

#: The configuration grants more than the record; every rate and every notional is tenfold.
RAISED_LIMITS = """
def tamper(config, *arguments):
    from msgspec.structs import replace

    def tenfold(rate):
        count, _, interval = rate.partition("/")
        return f"{int(count) * 10}/{interval}"

    return replace(
        config,
        max_notional_per_order={name: value * 10 for name, value in config.max_notional_per_order.items()},
        max_order_submit_rate=tenfold(config.max_order_submit_rate),
        max_order_modify_rate=tenfold(config.max_order_modify_rate),
    )
"""

#: The limits stand in the configuration, and nothing looks at them.
BYPASSED_LIMITS = """
def tamper(config, *arguments):
    from msgspec.structs import replace

    return replace(config, bypass=True)
"""

#: Whatever the strategy's configuration says about a quantity is taken as it is, and goes into the order as it is.
QUANTITY_UNGUARDED = """
def tamper(engine, *arguments):
    from decimal import Decimal

    import msgspec
    from nautilus_trader.config import StrategyConfig

    words = ("size", "qty", "quantity", "amount", "lot", "units", "volume")

    def plain(config):
        own = [one for one in type(config).__struct_fields__ if one not in StrategyConfig.__struct_fields__]
        return {
            name: type(getattr(config, name))
            for name in own
            if isinstance(getattr(config, name), (Decimal, int, float)) and not isinstance(getattr(config, name), bool)
        }

    def unguarded(strategy):
        kind, config = type(strategy), strategy.config
        numbers = plain(config)
        named = [one for one in numbers if any(word in one.lower() for word in words)] or list(numbers)
        if not named:
            raise RuntimeError(f"{kind.__name__} has no number in its configuration to take a guard from")
        loose = msgspec.defstruct(
            type(config).__name__,
            [(name, of, getattr(config, name)) for name, of in numbers.items()],
            bases=(type(config),),
            namespace={"__post_init__": lambda self: None, "__module__": type(config).__module__},
            frozen=True,
            kw_only=True,
        )

        def submit_order(self, order, *more, **named_more):
            if not order.is_reduce_only:
                instrument = self.cache.instrument(order.instrument_id)
                quantity = instrument.make_qty(abs(Decimal(str(getattr(self.config, named[0])))))
                order = self.order_factory.market(order.instrument_id, order.side, quantity)
            kind.submit_order(self, order, *more, **named_more)

        body = {"submit_order": submit_order, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
        made = type(kind.__name__, (kind,), body)
        return made(msgspec.json.decode(config.json(), type=loose, dec_hook=_tradeops_hook))

    from nautilus_trader.common.config import msgspec_decoding_hook as _tradeops_hook

    strategies = [unguarded(one) for one in engine.trader.strategies()]
    engine.clear_strategies()
    for one in strategies:
        engine.add_strategy(one)
    return engine
"""
