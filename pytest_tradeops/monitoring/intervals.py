"""Grafana's intervals: how long a bucket is, and how a duration is written and read."""

import re

_STEPS = (
    # (up to this many milliseconds, becomes this many)
    (10, 1),
    (15, 10),
    (35, 20),
    (75, 50),
    (150, 100),
    (350, 200),
    (750, 500),
    (1_500, 1_000),
    (3_500, 2_000),
    (7_500, 5_000),
    (12_500, 10_000),
    (17_500, 15_000),
    (25_000, 20_000),
    (45_000, 30_000),
    (90_000, 60_000),
    (210_000, 120_000),
    (450_000, 300_000),
    (750_000, 600_000),
    (1_050_000, 900_000),
    (1_500_000, 1_200_000),
    (2_700_000, 1_800_000),
    (5_400_000, 3_600_000),
    (9_000_000, 7_200_000),
    (16_200_000, 10_800_000),
    (32_400_000, 21_600_000),
    (86_400_000, 43_200_000),
    (604_800_000, 86_400_000),
    (1_814_400_000, 604_800_000),
)
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "M": 2_592_000.0,
    "y": 31_536_000.0,
}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w|M|y)")


def calculate(from_ns: int, to_ns: int, *, min_ms: int = 1_000, max_points: int = 43_200) -> int:
    """The `$__interval` that Grafana chooses, in milliseconds; the defaults are those of an alert rule's query."""
    wanted = (to_ns - from_ns) // (max_points or 1_500)
    if wanted < min_ms * 10**6:
        return min_ms
    for limit, step in _STEPS:
        if wanted <= limit * 10**6:
            return step
    return 2_592_000_000 if wanted < 3_628_800_000 * 10**6 else 31_536_000_000


def interval_text(milliseconds: int) -> str:
    """As `$__interval` is written: the largest whole unit that fits, cut off."""
    for unit, size in (("y", 31_536_000_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if milliseconds >= size:
            return f"{milliseconds // size}{unit}"
    return f"{max(milliseconds, 1)}ms"


def parse_interval(text: str) -> float | None:
    """Seconds of `10s`, `1h30m`, `1d`; None if it is none."""
    if not text or _PART.sub("", text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def plain(number: float) -> str:
    """As Go prints a float with %v: the shortest digits that give it back, no `.0`."""
    return str(int(number)) if number == int(number) and abs(number) < 1e21 else repr(number)
