"""Error rate: fires above one percent and only there, is silent while nothing happens, and ends."""

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..place import MetricsPlace, Value
from .common import RuleProof, firing, opened

#: Bot to orders and errors: 0.9, 1.0 and 1.1 percent as whole numbers allow, and a rate that nobody can overlook.
CASES = {"below": (111, 1), "at": (100, 1), "above": (91, 1), "blatant": (4, 2)}
_WORD = "error-rate"
_NAMESPACE = uuid.UUID("5b1a5c36-9a53-4a3e-8d39-1f5f5b7f1b55")


def examine(folder: Path, uid: str, place: MetricsPlace) -> RuleProof:
    """Evaluates the rule on a bot that only lives, then on orders and errors, and long after the last of them."""
    proof = opened(folder, uid, _WORD)
    proof.must_be("warning")
    trial = proof.trial(place)
    trial.with_rows("heartbeats", {"bot": "idle", "mode": "live", "component": "bot", "connected": True})
    trial.after(proof.settling)
    proof.examined(trial)
    if not trial.is_silent() or trial.notifications:
        proof.add(
            "idle alerts",
            "It alerts while no order is sent at all.",
            "Let no data be OK, and the rate of nothing no number.",
        )
    trial.with_rows("trading_orders", *_orders()).with_rows("trading_errors", *_errors())
    trial.after(proof.settling)
    proof.examined(trial)
    if wrong := firing(trial, ("below", "at")):
        rate = 100 * CASES[wrong[0]][1] / CASES[wrong[0]][0]
        proof.add("fires below limit", f"It fires at {rate:.1f} percent; the limit is 1.")
    if not firing(trial, ("above", "blatant")):
        proof.add("cannot fire", "Not even one error in every second order fires.")
    elif not trial.is_firing(bot="above"):
        proof.add("silent above limit", "It does not fire at 1.1 percent.")
    elif not trial.leap("25h").after(f"{int(3 * proof.group.interval)}s").is_silent(bot="above"):
        proof.add("does not resolve", "It still fires a day after the last error.")
    proof.examined(trial)
    return proof


def _orders() -> Iterator[Mapping[str, Value]]:
    for bot, (orders, _) in CASES.items():
        for number in range(orders):
            yield {**_common(bot), "event": "submitted", "event_id": _id(bot, number), "reconciliation": False}


def _errors() -> Iterator[Mapping[str, Value]]:
    for bot, (_, errors) in CASES.items():
        for number in range(errors):
            yield {**_common(bot), "kind": "rejected", "error_id": _id(bot, "error", number), "reason": "a probe"}


def _common(bot: str) -> Mapping[str, Value]:
    return {"bot": bot, "mode": "live", "strategy": "ALPHA-001", "instrument": "BTCUSDT.BINANCE", "venue": "BINANCE"}


def _id(*parts: object) -> str:
    return str(uuid.uuid5(_NAMESPACE, " ".join(map(str, parts))))
