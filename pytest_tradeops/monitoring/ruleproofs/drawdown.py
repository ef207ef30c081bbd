"""Drawdown: fires above its limit and only there, not on a NULL, in time, and ends when the equity recovers."""

import math
from collections.abc import Mapping
from pathlib import Path

from ..contacts.parse import read
from ..contacts.routing import Routing
from ..place import MetricsPlace, Value
from ..testing import RuleTrial
from .common import ALERTING, RuleProof, firing, opened

#: Seconds from the row to the message that a critical alert may take at worst.
BUDGET = 30.0
_CALM = 0.01


def examine(folder: Path, uid: str, limit: float, severity: str, place: MetricsPlace) -> RuleProof:
    """Evaluates the rule on bots just below, at and above the limit, on a calm one and on one without a number."""
    proof = opened(folder, uid, f"drawdown-{severity}")
    proof.must_be(severity)
    below, at, above = f"{limit - 0.1:g}", f"{limit:g}", f"{limit + 0.1:g}"
    trial = proof.trial(place)
    trial.with_rows("trading_risk", *(_sample(name, float(name)) for name in (below, at, above)), every="10s")
    trial.with_rows("trading_risk", _sample("calm", _CALM), _sample("unknown", None), every="10s")
    trial.after(proof.settling)
    proof.examined(trial)
    if wrong := firing(trial, ("calm",)):
        proof.add("no threshold", f"A drawdown of {_CALM} percent fires, so there is no limit.")
    if wrong or (wrong := firing(trial, (below, at))):
        proof.add(
            "fires below limit", f"It fires at {wrong[0]} percent; the limit is {limit:g}, and not reached by it."
        )
    if not trial.is_silent(bot="unknown"):
        proof.add("fires on NULL", "A sample without a drawdown makes an alert.", "Leave rows with NULL out.")
    if not trial.is_firing(bot=above):
        proof.add("silent above limit", f"It does not fire at {above} percent.")
    else:
        _end(proof, trial, above)
    proof.facts["limit"] = limit
    return proof


def _end(proof: RuleProof, trial: RuleTrial, above: str) -> None:
    trial.stops("trading_risk", bot=above).with_rows("trading_risk", _sample(above, _CALM), every="10s")
    trial.after(f"{int(3 * proof.group.interval)}s")
    proof.examined(trial)
    if trial.is_firing(bot=above) or trial.told("resolved", bot=above) is None:
        proof.add("does not resolve", f"It still fires after the drawdown has gone back to {_CALM} percent.")


def examine_delay(proof: RuleProof, folder: Path, budget: float = BUDGET) -> None:
    """Adds up interval, `for` and the waits of the rule's own routes: the worst case must be within the budget."""
    interval = proof.group.interval
    evaluation = interval + math.ceil(proof.rule.wait / interval) * interval
    policy = read(folder / ALERTING).policy
    if policy is None:
        proof.add("no route", "There is no policy tree, so alerts go to nobody.", "Run: tradeops init monitoring.")
        return
    labels = {"alertname": proof.rule.title, "grafana_folder": proof.group.folder, **proof.rule.labels}
    waits = [
        one.group_wait if one.each else max(one.group_wait, one.group_interval) for one in Routing(policy).route(labels)
    ]
    worst = evaluation + max(waits)
    proof.facts["worst_case_s"] = worst
    if worst > budget:
        proof.add(
            "too late",
            f"Its message comes {worst:g} s after the row in the worst case; the budget is {budget:g} s.",
            "Shorten interval, for, group_wait or group_interval.",
        )


def _sample(bot: str, drawdown: float | None) -> Mapping[str, Value]:
    equity = None if drawdown is None else 10_000 * (1 - drawdown / 100)
    return {
        "bot": bot,
        "mode": "live",
        "venue": "BINANCE",
        "currency": "USDT",
        "equity": equity,
        "peak": 10_000.0,
        "drawdown_pct": drawdown,
        "complete": drawdown is not None,
    }
