"""SEC-004: what a strategy's handler raises is at Sentry before NautilusTrader has ended the process."""

import secrets

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.node import guarding, raised
from pytest_tradeops.standins.canaries import Canaries
from pytest_tradeops.standins.sentry import SentryCapture
from pytest_tradeops.standins.sentry_probe import after_start
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-004",
    suite="security",
    title="an exception in any strategy's handler reaches Sentry, tagged and scrubbed, before the process ends",
    severity="critical",
    covers=("1.4.4",),
    min_grade="embedded",
    budget="240s",
    requires=("nautilus_trader", "aiohttp", "sentry_sdk"),
)
def test_sec_004(_subject: Subject, _trading_node: Nodes, _sentry: SentryCapture, _evidence: Evidence) -> None:
    """Raises once inside a handler of each of the subject's strategies, in its backtest and in a live node.

    The subject's error tracking is started as SEC-002 starts it, with a DSN on loopback. The exception arises in the
    handler's own code, whatever is wrapped around it, when market data or an order call it. In the node nothing ends in
    order: NautilusTrader ends the process at once, as it does by default. When the processes have ended, each exception
    must be at the stand-in, once, with the tags strategy_id, handler and bot, and without the secret in its text.

    It does not prove that Sentry itself accepts the DSN. A collector in the node and the backtest does all of this, and
    `guard` for a single strategy: docs/telemetry.md.
    """
    guarding.require(_subject.root, _subject.settings.node)
    planted = Canaries.new()
    secret = planted.planted["exception"]
    entry, environ = _subject.settings.sentry.entry, {"SENTRY_DSN": _sentry.dsn}
    settings = _subject.settings.backtest
    backtest = raised.Backtest(_subject.root, settings.entry, settings.seed, entry, environ, seconds=settings.timeout)
    simulated = raised.in_backtest(backtest, _trading_node.host)
    raised.require_strategies(simulated, "backtest")
    done = [raised.in_backtest(backtest, _trading_node.host, one, _nonce(), secret) for one in simulated]
    live: list[str] = []
    while True:
        node = _trading_node(start_up=entry, environ=environ, graceful=False)
        live = live or [one.id for one in node.team()]
        raised.require_strategies(live, "node")
        done.append(raised.in_node(node, live.pop(0), _nonce(), secret))
        if not live:
            break
    _sentry.server.settle("10s")
    arrived = zip(_sentry.envelopes, _sentry.raw, strict=True)
    leaks = [leak for envelope, raw in arrived for leak in planted.leaks(envelope, raw)]
    _evidence.fact(strategies=sorted({one.strategy for one in done}), entry=entry)
    _evidence.examined(len(done), "exceptions in handlers", source=Grade.EMBEDDED)
    _evidence.report(raised.judge(done, _sentry.events, leaks))


@planted_fault(
    check="SEC-004",
    covers="1.4.4",
    title="nothing is flushed before the process ends",
    expects="sentry: event lost at exit",
)
def flush_removed(_subject: Subject) -> None:
    """Takes the SDK's flush away after the subject's own start-up, whoever would call it, on a slow network.

    Two seconds for the way to Sentry: on a busy machine a process may live long enough for a fast one.
    """
    without = (
        "import threading\n"
        "transport = sentry_sdk.get_client().transport\n"
        "sentry_sdk.flush = lambda *arguments, **named: None\n"
        "for one in (sentry_sdk.get_client(), transport):\n"
        "    if one is not None:\n"
        "        one.flush = lambda *arguments, **named: None\n"
        "if transport is not None:\n"
        "    send = transport.capture_envelope\n"
        "    def slowly(envelope):\n"
        "        way = threading.Timer(2.0, send, [envelope])\n"
        "        way.daemon = True\n"
        "        way.start()\n"
        "    transport.capture_envelope = slowly"
    )
    _subject.write(*after_start(_subject.root, _subject.settings.sentry.entry, without))


def _nonce() -> str:
    return f"probe {secrets.token_hex(4)}-{secrets.token_hex(4)}"
