"""An account's equity over an hour, the rows that its bot writes, and the drawdown that the curve itself has."""

from collections.abc import Iterator, Mapping

from ..place import Value

BOT, VENUE, CURRENCY = "PROBE-001", "BINANCE", "USDT"
#: One sample every two minutes, so that no bucket of any panel holds two.
STEP_S = 120.0
EQUITY = (
    10_000.0, 10_060.0, 10_120.0, 10_090.0, 10_200.0, 10_310.0, 10_400.0, 10_290.0, 10_150.0, 9_980.0,
    9_750.0, 9_620.0, 9_880.0, 10_050.0, 10_210.0, 10_405.0, 10_520.0, 10_460.0, 10_300.0, 9_900.0,
    9_410.0, 9_230.0, 9_560.0, 9_980.0, 10_240.0,
)  # fmt: skip


def expected() -> tuple[float, ...]:
    """The drawdown of each sample in percent, from the curve alone: how far it is below anything before it."""
    return tuple(
        max((earlier - value) / earlier * 100.0 for earlier in EQUITY[: index + 1])
        for index, value in enumerate(EQUITY)
    )


def rows(now_ns: int) -> Iterator[Mapping[str, Value]]:
    """Rows of `trading_risk`: equity with its running peak, and beside it a position, which has no drawdown."""
    peak = 0.0
    for index, equity in enumerate(EQUITY):
        peak = max(peak, equity)
        common: Mapping[str, Value] = {
            "timestamp": now_ns - int((len(EQUITY) - 1 - index) * STEP_S * 1e9),
            "bot": BOT,
            "mode": "live",
            "venue": VENUE,
        }
        yield {
            **common,
            "currency": CURRENCY,
            "equity": equity,
            "peak": peak,
            "drawdown_pct": 100.0 * (peak - equity) / peak,
            "complete": True,
        }
        yield {**common, "instrument": "BTCUSDT.BINANCE", "position": 0.25, "position_max": 2.0}
