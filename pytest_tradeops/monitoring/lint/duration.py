"""Durations as Grafana's files write them."""

import re

_PROMETHEUS = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?",
)
_UNITS = (365 * 86400.0, 7 * 86400.0, 86400.0, 3600.0, 60.0, 1.0, 0.001)
_GO = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_GO_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(value: object) -> float | None:
    """Seconds of `20s`, `1h30m`, `1d`, or of a whole number of seconds, as the API has it; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value < 1e10 else None
    if not isinstance(value, str) or not value.strip() or len(value) > 40:
        return None
    given = value.strip()
    if given == "0":
        return 0.0
    match = _PROMETHEUS.fullmatch(given)
    if match is not None:
        return sum(int(part) * unit for part, unit in zip(match.groups(), _UNITS, strict=True) if part)
    if _GO.sub("", given) == "":
        return sum(float(number) * _GO_UNITS[unit] for number, unit in _GO.findall(given))
    return None


def written(value: float) -> str:
    """Seconds for a person: `20 s`."""
    return f"{value:g} s"
