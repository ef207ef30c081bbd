"""How Binance prints numbers and times."""

from decimal import ROUND_DOWN, Decimal

MILLI, MICRO = 1_000_000, 1_000
_EIGHT = Decimal("0.00000001")
_ZERO = "0.00000000"


def fixed(value: Decimal | None, places: int = 8) -> str:
    """With that many decimals, never rounded up: `0.01000000`. None is zero."""
    if not value:
        return _ZERO if places == 8 else f"{Decimal(0):.{places}f}"
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -places:
        value = value.quantize(_EIGHT if places == 8 else Decimal(1).scaleb(-places), rounding=ROUND_DOWN)
    return f"{value:.{places}f}"


def plain(value: Decimal) -> str:
    """Without needless zeros: `0.01`, `5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(part: Decimal, whole: Decimal, places: int = 3) -> str:
    """`-0.317`; zero of nothing."""
    return f"{(part / whole * 100 if whole else Decimal(0)):.{places}f}"


def decimals(value: Decimal) -> int:
    """How many digits it has after the point, needless zeros included."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def to_ns(stamp: int) -> int:
    """A client's timestamp in nanoseconds; it may be in milliseconds or, with 16 digits, in microseconds."""
    return stamp * MICRO if stamp >= 100_000_000_000_000 else stamp * MILLI
