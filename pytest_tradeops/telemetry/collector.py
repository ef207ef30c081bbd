"""The Actor that measures a bot: profit, orders, latency, positions, refusals, drawdown, connections, signs of life.

    ImportableActorConfig(
        actor_path="pytest_tradeops.telemetry.collector:MetricsCollector",
        config_path="pytest_tradeops.telemetry.collector:MetricsCollectorConfig",
        config={},
    )

On the trading loop an event is appended to a queue, and nothing else; rows are made in a thread of the collector's own
and written by the sink's. What fails here is counted and written down, and never ends the bot.
"""

import atexit
import contextlib
import os
import re
import sys
import uuid
import weakref
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from nautilus_trader.common.actor import Actor  # type: ignore[import-not-found]
from nautilus_trader.common.component import TestClock  # type: ignore[import-not-found]

from . import errors, sentry
from .books import Terms
from .collecting import MetricsCollectorConfig, Store, validate
from .intake import Intake
from .pipeline import Pipeline, Setting
from .sampling import Sampler, subscribed
from .watch import Feed, Watch

SAMPLE, BEAT = "tradeops-sample", "tradeops-heartbeat"
#: What a file's name should not hold.
_UNUSUAL = re.compile(r"[^\w.-]+")
#: Seconds that the end of a backtest or of the process may take until every row is safe.
_CLOSE = 5.0
#: Not the events of accounts: NautilusTrader changes the balances of such an event after it was published, so that it
#: records nothing. Equity is sampled on a timer.
_TOPICS = ("events.order.*", "events.position.*")


class MetricsCollector(Actor):  # type: ignore[misc]
    """Measures the node or backtest that it is added to.

    Args:
        store: What rows are given to instead of a sink, for tests.

    Raises:
        ValueError: a setting that cannot be.
    """

    def __init__(self, config: MetricsCollectorConfig | None = None, store: Store | None = None) -> None:
        config = config or MetricsCollectorConfig()
        validate(config)
        super().__init__(config)
        self._limits = {name: abs(Decimal(value)) for name, value in config.position_max.items()}
        self._store = store
        self._own_store = store is None
        self._pipeline: Pipeline | None = None
        self._intake: Intake | None = None
        self._sampler: Sampler | None = None
        self._watch = Watch(config.stale_after)
        self._paper: frozenset[str] = frozenset()
        self._backtest = False
        self._expected: dict[str, Any] = {}
        #: What failed on the loop, and was swallowed.
        self.failures = 0

    # NautilusTrader calls these

    def on_start(self) -> None:
        """Starts measuring; what fails is logged, and the bot trades without."""
        try:
            self._begin()
        except Exception as error:
            self.failures += 1
            self.log.error(f"No metrics: {type(error).__name__}: {sentry.clean(str(error))}")

    def on_stop(self) -> None:
        """Says that the connections are given up. Strategies stop after actors: events are heard until the end."""
        with contextlib.suppress(Exception):
            self._changes(self._watch.end("the bot was stopped"))
            if self._backtest and self._intake is not None:
                self._sample()
                self.drain(_CLOSE)

    def on_reset(self) -> None:
        """Forgets the run, for the next one of a backtest."""
        self._close()

    def on_dispose(self) -> None:
        """Writes what is left."""
        self._close()

    # `errors` calls these

    def failed(self, component: str, handler: str, error: BaseException) -> None:
        """Writes an exception down; never raises."""
        intake, pipeline = self._intake, self._pipeline
        if intake is not None and pipeline is not None:
            at = self.clock.timestamp_ns()
            where = f"{component}.{handler}" if handler else component
            intake.hear(partial(pipeline.converter.exception, at, str(uuid.uuid4()), component, where, error))

    def drain(self, seconds: float) -> bool:
        """Waits until all that was heard is a row, and every row with the server or in the spool."""
        if self._intake is None or self._store is None:
            return True
        return self._intake.drain(seconds) and self._store.drain(seconds)

    # Inside

    def _begin(self) -> None:
        config = self.config
        self._backtest = config.mode == "backtest" or (config.mode == "auto" and isinstance(self.clock, TestClock))
        bot = config.bot or self.trader_id.value
        store = self._store or self._sink(bot)
        if store is not None:
            store.start()
        self._store = store
        self._sampler = Sampler(self.cache, self.portfolio, config.currency)
        self._modes()
        setting = Setting(bot=bot, mode=self._mode, backtest=self._backtest, since=self.clock.timestamp_ns())
        keep = self._own_store and store is not None and not self._backtest
        peaks = Path(config.spool) / f"peaks-{_UNUSUAL.sub('-', bot)}.json" if keep else None
        self._pipeline = Pipeline(setting, store, peaks, self._terms, self.cache.order)
        self._intake = Intake(
            self._pipeline.take, limit=config.queue_events, wait=self._backtest, failed=self._pipeline.broken
        )
        self._pipeline.intake = self._intake
        self._intake.start()
        for topic in _TOPICS:
            self.msgbus.subscribe(topic, self._intake.hear)
        errors.observe(self)
        atexit.register(_close_if_there, weakref.ref(self))
        if config.guard_strategies:
            self._guard(bot)
        self._timers()
        self._sample()  # the peak begins before the first order

    def _sink(self, bot: str) -> Store | None:
        conf = os.environ.get("QDB_CLIENT_CONF", "") if self.config.conf is None else self.config.conf
        if not conf:
            self.log.warning("No QuestDB is configured, so no metrics are written: set QDB_CLIENT_CONF")
            return None
        from .sink import Sink, SinkConfig

        return Sink(
            SinkConfig(
                conf=conf,
                spool=self.config.spool,
                bot=bot,
                prefix=self.config.prefix,
                queue_rows=self.config.queue_rows,
                spool_bytes=self.config.spool_bytes,
            )
        )

    def _guard(self, bot: str) -> None:
        if os.environ.get("SENTRY_DSN", "").strip() and not _sentry_runs():
            with contextlib.suppress(ImportError):
                sentry.start()
        for one in self._owners():
            if hasattr(one, "order_factory"):  # a strategy: its own events lead to it from the beginning
                errors.guard(one, bot=bot, seconds=self.config.flush_seconds)

    def _owners(self) -> list[Any]:
        """The objects whose methods hear something on the message bus."""
        found = (getattr(one.handler, "__self__", None) for one in self.msgbus.subscriptions())
        return list({id(one): one for one in found if one is not None}.values())

    def _timers(self) -> None:
        interval = self.config.backtest_interval if self._backtest else self.config.sample_interval
        self.clock.set_timer(SAMPLE, timedelta(seconds=interval), callback=self._on_sample)
        if not self._backtest:
            self.clock.set_timer(BEAT, timedelta(seconds=self.config.heartbeat_interval), callback=self._on_beat)

    def _modes(self) -> None:
        clients = [one for one in self._owners() if type(one).__name__ == "SandboxExecutionClient"]
        self._paper = frozenset(str(one.venue) for one in clients)

    def _mode(self, venue: str) -> str:
        if self.config.mode != "auto":
            return str(self.config.mode)
        if self._backtest:
            return "backtest"
        return "paper" if venue in self._paper or (not venue and self._paper) else "live"

    def _terms(self, instrument_id: Any) -> Terms | None:
        one = self.cache.instrument(instrument_id)
        if one is None:
            return None
        base = one.get_base_currency()
        return Terms(
            base="" if base is None else base.code,
            quote=one.quote_currency.code,
            settlement=one.get_cost_currency().code,
            multiplier=one.multiplier.as_decimal(),
            inverse=bool(one.is_inverse),
            spot=one.instrument_class.name == "SPOT",
        )

    def _on_sample(self, _event: Any) -> None:
        try:
            self._sample()
        except Exception as error:
            self._swallow(SAMPLE, error)

    def _on_beat(self, _event: Any) -> None:
        try:
            self._beat()
        except Exception as error:
            self._swallow(BEAT, error)

    def _sample(self) -> None:
        sampler, pipeline, intake = self._sampler, self._pipeline, self._intake
        if sampler is None or pipeline is None or intake is None:
            return
        now = self.clock.timestamp_ns()
        positions = sampler.positions(self._limits)
        held = {one.instrument_id for one in self.cache.positions_open()}
        self._expected = subscribed(self.msgbus.topics())
        coming = frozenset((*self._expected, *(one.value for one in held)))
        equity = sampler.equity(coming)
        intake.hear(partial(pipeline.sample, now, equity, positions, self._limits, sampler.prices(iter(held))))

    def _beat(self) -> None:
        sampler, pipeline, intake = self._sampler, self._pipeline, self._intake
        if sampler is None or pipeline is None or intake is None:
            return
        self._modes()
        now = self.clock.timestamp_ns()
        self._expected = subscribed(self.msgbus.topics())
        feeds = [
            Feed(name, str(one.instrument.venue.value), sampler.newest(one), self._limit(name, one.every))
            for name, one in self._expected.items()
        ]
        venues = {str(account.id.get_issuer()) for account in self.cache.accounts()}
        signs, changes = self._watch.look(now, feeds, {venue: sampler.inflight(venue) for venue in venues})
        self._changes(changes)
        intake.hear(partial(pipeline.beat, now, signs))

    def _limit(self, instrument: str, every: float) -> float:
        return float(self.config.stale_after_by_instrument.get(instrument, self.config.stale_after)) + every

    def _changes(self, changes: Any) -> None:
        if self._intake is not None and self._pipeline is not None and changes:
            self._intake.hear(partial(self._pipeline.changes, self.clock.timestamp_ns(), list(changes)))

    def _swallow(self, where: str, error: Exception) -> None:
        """What fails here is the collector's own business, never the bot's."""
        self.failures += 1
        if self.failures <= _TOLD:
            with contextlib.suppress(Exception):
                self.failed(f"{self.id}", where, error)

    def _close(self) -> None:
        errors.forget(self)
        intake, self._intake = self._intake, None
        if intake is not None:
            for topic in _TOPICS:
                with contextlib.suppress(Exception):
                    self.msgbus.unsubscribe(topic, intake.hear)
            intake.close(_CLOSE)
        if self._pipeline is not None:
            with contextlib.suppress(OSError):
                self._pipeline.peaks.save()
        if self._own_store and self._store is not None:
            with contextlib.suppress(Exception):
                self._store.close(_CLOSE)
            self._store = None


#: Failures of the collector's own that are written down one by one; the rest is only counted.
_TOLD = 10


def _sentry_runs() -> bool:
    sdk: Any = sys.modules.get("sentry_sdk")
    return sdk is not None and bool(sdk.get_client().is_active())


def _close_if_there(reference: "weakref.ref[MetricsCollector]") -> None:
    """At the end of the process: nobody need have disposed of the node."""
    collector = reference()
    if collector is not None:
        with contextlib.suppress(Exception):
            collector._close()


__all__ = ["MetricsCollector", "MetricsCollectorConfig", "Store"]
