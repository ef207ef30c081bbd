"""The watchdog: metrics that stop, a database that fails, and one that hangs are each noticed by somebody."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ...questdb_sql import QuestDbError, Result
from ..evaluator.engine import Evaluator
from ..place import MetricsPlace, Value
from ..watchdog import frozen
from .common import RuleProof, opened

_WORD = "watchdog"
#: Seconds after the last heartbeat.
DEADLINE = 60
_START = datetime(2026, 1, 1, tzinfo=UTC)


def examine(folder: Path, uid: str, limit: float, place: MetricsPlace) -> RuleProof:
    """Stops every heartbeat, then lets the database fail, then hang.

    Args:
        limit: Seconds after which `tradeops monitoring watch` calls a rule frozen.
    """
    proof = opened(folder, uid, _WORD)
    proof.must_be("critical")
    _stopped(proof, place)
    _failing(proof)
    _hanging(proof, limit)
    return proof


def _stopped(proof: RuleProof, place: MetricsPlace) -> None:
    trial = proof.trial(place)
    trial.with_rows("heartbeats", _beat(), every="10s").after("20s")
    proof.examined(trial)
    if not trial.is_silent():
        proof.add("fires while alive", "It fires although heartbeats arrive.")
    trial.stops("heartbeats").after(f"{DEADLINE}s")
    proof.examined(trial)
    soon = bool(trial.is_firing())
    trial.leap("47h").after(f"{int(3 * proof.group.interval)}s")
    if not soon or not trial.is_firing():
        when = "two days" if soon else f"{DEADLINE} s"
        proof.add("dead pipeline not noticed", f"Nothing has arrived for {when}, and no alert fires.")
    trial.with_rows("heartbeats", _beat(), every="10s").after(f"{int(3 * proof.group.interval)}s")
    if trial.is_firing():
        proof.add("does not resolve", "It still fires although heartbeats arrive again.")


def _failing(proof: RuleProof) -> None:
    evaluator = Evaluator([proof.group], _refused, start=_START)
    sent = evaluator.advance(3 * proof.group.interval)
    proof.evaluations += 4
    if not sent:
        proof.add(
            "failing database not noticed",
            "Every query fails, and nobody is told.",
            "Set execErrState to Alerting, or to Error with a route for DatasourceError.",
        )


def _hanging(proof: RuleProof, limit: float) -> None:
    """Grafana 9.4 says nothing of a query that does not end: the rule looks healthy and is never evaluated again."""
    hung = False
    evaluator = Evaluator([proof.group], lambda sql: (_hung if hung else _empty)(sql), start=_START)
    evaluator.advance(proof.group.interval)
    hung = True
    evaluator.advance(DEADLINE + 3 * proof.group.interval)
    proof.evaluations += 2
    view = evaluator.rule(proof.rule.uid)
    proof.facts["frozen_after_s"] = limit
    if not frozen({view.uid: view.evaluated_at}, evaluator.now, limit):
        proof.add(
            "frozen evaluation not noticed",
            f"The last evaluation is {evaluator.now - (view.evaluated_at or 0):g} s old, and that is within the limit.",
            "Set frozen_after in [tool.tradeops.monitoring] to a minute.",
        )


def _refused(sql: str) -> Result:
    raise QuestDbError("Not reachable: Connection refused.", kind="unreachable", query=sql)


def _hung(sql: str) -> Result:
    raise QuestDbError("No answer within 10 s.", kind="timeout", query=sql)


def _empty(_: str) -> Result:
    return Result()


def _beat() -> Mapping[str, Value]:
    return {"bot": "PROBE-001", "mode": "live", "component": "bot", "connected": True}
