"""Numbers as a panel writes them: Grafana's units, as far as dashboards of bots use them."""

import math

_TIMES = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6, "ns": 1e-9, "m": 60.0, "h": 3_600.0}
_LARGE = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def shown(value: float | None, unit: str = "none", decimals: int | None = None) -> str:
    """The number with its unit; an en dash for NULL and NaN."""
    if value is None or not math.isfinite(value):
        return "–"  # noqa: RUF001 - the dash is what is shown
    if unit == "percentunit":
        return f"{_plain(value * 100, decimals)} %"
    if unit == "percent":
        return f"{_plain(value, decimals)} %"
    if unit in _SECONDS:
        return _time(value * _SECONDS[unit], decimals)
    if unit == "currencyUSD":
        return f"${_plain(value, 2 if decimals is None else decimals)}"
    if unit == "short":
        return next(
            (f"{_plain(value / size, 1)}{mark}" for size, mark in _LARGE if abs(value) >= size), _plain(value, decimals)
        )
    return _plain(value, decimals)


def _time(seconds: float, decimals: int | None) -> str:
    if not seconds:
        return "0 s"
    size, mark = next(((size, mark) for size, mark in _TIMES if abs(seconds) >= size), _TIMES[-1])
    return f"{_plain(seconds / size, decimals)} {mark}"


def _plain(value: float, decimals: int | None) -> str:
    """With so many decimals; without a number of them, as many as are worth reading."""
    if decimals is None:
        text = f"{value:,.{2 if abs(value) >= 1 else 4}f}"
        return text.rstrip("0").rstrip(".")
    return f"{value:,.{decimals}f}"
