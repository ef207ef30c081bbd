"""Connection lost: at once, for the component that is dead and no other, as long as it is dead, and no longer."""

from collections.abc import Mapping
from pathlib import Path

from ..place import MetricsPlace, Value
from ..testing import RuleTrial
from .common import RuleProof, opened

_WORD = "connection-lost"
DEAD, ALIVE, DROPPED = "data:BINANCE", "exec:BINANCE", "data:BYBIT"
#: Seconds after the last heartbeat.
DEADLINE = 40


def examine(folder: Path, uid: str, place: MetricsPlace) -> RuleProof:
    """Lets three components live, stops one, lets another say that it is disconnected, waits an hour, revives them."""
    proof = opened(folder, uid, _WORD)
    proof.must_be("critical")
    trial = proof.trial(place)
    trial.with_rows("heartbeats", *(_beat(one) for one in (DEAD, ALIVE, DROPPED)), every="10s")
    trial.after("20s")
    proof.examined(trial)
    if not trial.is_silent():
        proof.add("fires while alive", "It fires although every component sends heartbeats.")
    trial.stops("heartbeats", component=DEAD).stops("heartbeats", component=DROPPED)
    trial.with_rows("heartbeats", _beat(DROPPED, connected=False), every="10s")
    trial.after(f"{DEADLINE}s")
    proof.examined(trial)
    _while_dead(proof, trial)
    for component in (DEAD, DROPPED):
        trial.stops("heartbeats", component=component).with_rows("heartbeats", _beat(component), every="10s")
    trial.after(f"{int(3 * proof.group.interval)}s")
    proof.examined(trial)
    if trial.is_firing(component=DEAD) or trial.is_firing(component=DROPPED):
        proof.add("does not resolve", "It still fires although the component is back.")
    return proof


def _while_dead(proof: RuleProof, trial: RuleTrial) -> None:
    if not trial.is_firing(component=DEAD):
        proof.add("silent", f"A component that sent nothing for {DEADLINE} s makes no alert.")
        return
    if not trial.is_firing(component=DROPPED):
        proof.add("disconnect ignored", "A component that says that it is disconnected makes no alert.")
    # Evaluated half-way, too: an alert that comes back would hide that it was gone.
    for _ in range(2):
        trial.leap("30m").after(f"{int(3 * proof.group.interval)}s")
        proof.examined(trial)
        if not trial.is_firing(component=DEAD) or trial.told("resolved", component=DEAD) is not None:
            proof.add(
                "resolved while dead",
                "Within an hour the alert ends, though the component is still dead.",
                "Leave out the lower bound in time: LATEST ON keeps the last heartbeat of a dead component.",
            )
    if not trial.is_silent(component=ALIVE):
        proof.add("others blamed", "It fires for a component that is alive, too.")


def _beat(component: str, *, connected: bool = True) -> Mapping[str, Value]:
    return {"bot": "PROBE-001", "mode": "live", "component": component, "connected": connected}
