"""Numbers, times and sides as Bybit prints them."""

from decimal import ROUND_DOWN, Decimal, InvalidOperation

from ..engine.model import Instrument, Side

NANOS_PER_MS = 1_000_000


def ms(time_ns: int) -> str:
    return str(time_ns // NANOS_PER_MS)


def side(value: Side) -> str:
    return "Buy" if value is Side.BUY else "Sell"


def plain(value: Decimal) -> str:
    """Without exponent and trailing zeros: `1E+3` is "1000", `0.50` is "0.5"."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal, places: int = 8) -> str:
    """Cut off, never rounded up: Bybit shows balances and fees with eight digits."""
    return plain(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN))


def like(value: Decimal, step: Decimal) -> str:
    """With as many decimals as the step is written with: 100 like 0.10 is "100.00"."""
    exponent = step.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{value:.{places}f}"


def price(instrument: Instrument, value: Decimal | None) -> str:
    return like(value, instrument.tick) if value is not None else ""


def quantity(instrument: Instrument, value: Decimal) -> str:
    return like(value, instrument.step)


def number(text: str) -> Decimal | None:
    """The plain decimal number that Bybit accepts; None for exponents, NaN, signs and what is too long to be meant."""
    if not text or len(text) > 40 or not text.isascii():
        return None
    digits = text.replace(".", "", 1)
    if not digits.isdigit():
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - a lone "." has no digits and is refused above
        return None
