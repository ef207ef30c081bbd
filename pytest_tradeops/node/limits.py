"""Compares the limits that a decision record claims with those that the bot loads, and sees each of them hold."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..model import Finding
from .backtest import run_task

#: What NautilusTrader denies with, per limit.
_DENIAL = {
    "max_notional_per_order": "NOTIONAL_EXCEEDS_MAX_PER_ORDER",
    "max_order_submit_rate": "Exceeded MAX_ORDER_SUBMIT_RATE",
    "max_order_modify_rate": "Exceeded MAX_ORDER_MODIFY_RATE",
}

type Limits = dict[tuple[str, str], str]


def inspect(root: Path, python: Path, entry: str, risk_entry: str, seed: int, *, timeout: float) -> dict[str, Any]:
    """What the child found: `config`, the limits that the bot loads, and `probes`, one row per exceeded limit.

    Raises:
        CheckFailed: `risk: entry missing` and the like, or the same of the backtest's entry.
        Inconclusive: the subject's interpreter has no NautilusTrader.
    """
    task = {"task": "risk", "entry": entry, "risk_entry": risk_entry, "seed": seed}
    return run_task(root, python, task, timeout=timeout)


def flatten(limits: Mapping[str, Any]) -> Limits:
    """Limit and instrument (empty for a rate) to a comparable text; unknown names are kept, so that they differ."""
    flat: Limits = {}
    for name, value in limits.items():
        if isinstance(value, Mapping):
            flat.update({(name, str(instrument)): _number(one) for instrument, one in value.items()})
        else:
            flat[name, ""] = _rate(value)
    return flat


def differences(claimed: Mapping[str, Any], loaded: Mapping[str, Any], record: str) -> list[Finding]:
    """One finding per limit that the record and the configuration do not agree on, in either direction."""
    written, configured = flatten(claimed), flatten(loaded)
    return [
        Finding(
            "adr-003: limit differs",
            f"{label(limit, instrument)} is {written.get((limit, instrument), 'not named')} in {record} and "
            f"{configured.get((limit, instrument), 'not set')} in the configuration.",
            remedy=f"Change {record} and the risk configuration together.",
        )
        for limit, instrument in sorted(written.keys() | configured.keys())
        if written.get((limit, instrument)) != configured.get((limit, instrument))
    ]


def not_enforced(probes: list[dict[str, Any]]) -> Iterator[Finding]:
    """One finding per limit that was exceeded and did not stop the order, or stopped one inside of it."""
    for probe in probes:
        name = label(probe["limit"], probe["instrument"])
        problem = _position_problem(probe) if probe["limit"] == "max_position" else _denial_problem(probe)
        if problem:
            yield Finding(
                "adr-003: limit not enforced",
                f"{name} = {probe['value']}: {problem}",
                remedy="Give the engine this risk configuration; on margin accounts, where NautilusTrader 1.231 checks "
                "no notional, keep the limit in the strategy.",
            )


def _denial_problem(probe: Mapping[str, Any]) -> str:
    expected = _DENIAL[probe["limit"]]
    if not probe["sent"]:
        return f"it could not be exceeded, because the order before it was denied ({_first(probe['outside'])})."
    inside = [reason for reason in probe["inside"] if reason.startswith(expected)]
    if inside:
        return f"an order inside the limit was denied ({inside[0]})."
    let_through = [reason for reason in probe["outside"] if not reason.startswith(expected)]
    if let_through:
        how = "it was let through" if not let_through[0] else f"it was denied by something else ({let_through[0]})"
        return f"an order beyond the limit was sent, and {how}."
    return ""


def _position_problem(probe: Mapping[str, Any]) -> str:
    if not probe["wanted"]:
        return "no strategy ever opens a position in the backtest, so nothing shows that the limit holds."
    if abs(Decimal(probe["held"])) < abs(Decimal(probe["value"])) * Decimal("0.999"):
        return f"the position could only be brought to {probe['held']}, so nothing shows that the limit holds."
    if probe["breaches"]:
        return f"with the position at it, the strategies added to it {probe['breaches']} times ({probe['side']})."
    return ""


def label(limit: str, instrument: str) -> str:
    """`max_order_submit_rate`, or `max_position[BTCUSDT.BINANCE]`."""
    return f"{limit}[{instrument}]" if instrument else limit


def _first(reasons: list[str]) -> str:
    return reasons[0] if reasons and reasons[0] else "no reason given"


def _number(value: Any) -> str:
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except InvalidOperation:
        return str(value)


def _rate(value: Any) -> str:
    """`10/00:00:01` with leading zeros gone from the count; anything else as it is."""
    count, slash, interval = str(value).partition("/")
    return f"{int(count)}/{interval.strip()}" if slash and count.strip().isdigit() else str(value)
