"""Position MAX: fires beyond the maximum of the risk configuration, long and short, each instrument by its own."""

from collections.abc import Mapping
from pathlib import Path

from ..place import MetricsPlace, Value
from .common import RuleProof, firing, opened

_WORD = "position-max"
#: Bot to position and maximum: each is one instrument of its own, too.
SILENT = {"long below": (0.9, 1.0), "long at": (1.0, 1.0), "short below": (-0.9, 1.0), "short at": (-1.0, 1.0)}
#: The same position as below: only its maximum tells them apart.
OTHER_MAX = {"large max": (5.0, 10.0)}
LONG, SHORT = {"long above": (1.1, 1.0), "small max": (5.0, 4.0)}, {"short above": (-1.1, 1.0)}


def examine(folder: Path, uid: str, place: MetricsPlace) -> RuleProof:
    """Evaluates the rule on positions below, at and above their maximum, and after they were reduced."""
    proof = opened(folder, uid, _WORD)
    proof.must_be("critical")
    everything = {**SILENT, **OTHER_MAX, **LONG, **SHORT}
    trial = proof.trial(place)
    trial.with_rows("trading_risk", *(_sample(name, *amounts) for name, amounts in everything.items()), every="10s")
    trial.after(proof.settling)
    proof.examined(trial)
    if wrong := firing(trial, SILENT):
        position, most = SILENT[wrong[0]]
        proof.add("fires below limit", f"It fires at a position of {position:g} where the maximum is {most:g}.")
    if firing(trial, OTHER_MAX) or not trial.is_firing(bot="small max"):
        proof.add(
            "MAX not read",
            "A position of 5 must fire where the maximum is 4, and not where it is 10.",
            "Compare with trading_risk.position_max, which comes from the bot's risk configuration.",
        )
    if not trial.is_firing(bot="long above"):
        proof.add("long ignored", "A long position above its maximum does not fire.")
    if not firing(trial, SHORT):
        proof.add(
            "short ignored", "A short position above its maximum does not fire.", "Compare the size without sign."
        )
    one = next(iter(SHORT if firing(trial, SHORT) else LONG))
    trial.stops("trading_risk", bot=one).with_rows("trading_risk", _sample(one, -0.1, 1.0), every="10s")
    trial.after(f"{int(3 * proof.group.interval)}s")
    proof.examined(trial)
    if trial.is_firing(bot=one):
        proof.add("does not resolve", "It still fires after the position was reduced.")
    return proof


def _sample(name: str, position: float, most: float) -> Mapping[str, Value]:
    return {
        "bot": name,
        "mode": "live",
        "venue": "BINANCE",
        "instrument": f"{name.replace(' ', '')}.BINANCE",
        "position": position,
        "position_max": most,
        "complete": True,
    }
