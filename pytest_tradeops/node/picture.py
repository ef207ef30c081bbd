"""A small picture of a backtest: equity after every fill, and the fills as a table."""

from collections import Counter, defaultdict
from decimal import Decimal

from .report import BacktestResult

_WIDTH, _HEIGHT, _MARGIN = 640, 200, 24


def equity(result: BacktestResult) -> tuple[str, list[tuple[int, Decimal]]]:
    """Quote currency, and profit after every fill: nanoseconds, amount.

    Only the quote currency that most fills are in is drawn. Open quantity is marked at the price of its last fill,
    commissions in other currencies are left out: this is for looking at, `pnl` is for judging.
    """
    if not result.fills:
        return "", []
    quotes = {name: terms.quote for name, terms in result.instruments.items()}
    currency = Counter(quotes[fill.instrument] for fill in result.fills).most_common(1)[0][0]
    cash = Decimal(0)
    held: dict[str, Decimal] = defaultdict(Decimal)
    marks: dict[str, Decimal] = {}
    points: list[tuple[int, Decimal]] = []
    for fill in result.fills:
        if quotes[fill.instrument] != currency:
            continue
        multiplier = result.instruments[fill.instrument].multiplier
        cash -= fill.signed_qty * fill.px * multiplier
        cash -= fill.commission if fill.currency == currency else 0
        held[fill.instrument] += fill.signed_qty
        marks[fill.instrument] = fill.px * multiplier
        points.append((fill.ts, cash + sum((held[name] * marks[name] for name in held), Decimal(0))))
    return currency, points


def equity_svg(result: BacktestResult) -> str:
    """The equity curve as a self-contained SVG picture; empty without fills."""
    currency, points = equity(result)
    if not points:
        return ""
    start, end = points[0][0], points[-1][0]
    low, high = min(0.0, *(float(value) for _, value in points)), max(0.0, *(float(value) for _, value in points))
    wide, tall = max(end - start, 1), max(high - low, 1e-9)

    def at(ts: int, value: float) -> str:
        x = _MARGIN + (ts - start) / wide * (_WIDTH - 2 * _MARGIN)
        y = _HEIGHT - _MARGIN - (value - low) / tall * (_HEIGHT - 2 * _MARGIN)
        return f"{x:.1f},{y:.1f}"

    line = " ".join(at(ts, float(value)) for ts, value in points)
    title = f"Equity after each of {len(points)} fills: {points[-1][1]:+.2f} {currency}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">'
        f'<text x="{_MARGIN}" y="16" font-family="sans-serif" font-size="12" fill="currentColor">{title}</text>'
        f'<polyline points="{at(start, 0.0)} {at(end, 0.0)}" fill="none" stroke="#999" stroke-dasharray="4 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#0072b2" stroke-width="1.5"/></svg>'
    )


def fills_csv(result: BacktestResult, limit: int = 500) -> str:
    """The first `limit` fills as CSV."""
    rows = ["ts_ns,order,strategy,instrument,side,qty,px,commission,currency"]
    rows += [
        f"{one.ts},{one.order},{one.strategy},{one.instrument},{one.side},{one.qty},{one.px},{one.commission},"
        f"{one.currency}"
        for one in result.fills[:limit]
    ]
    return "\n".join(rows) + "\n"
