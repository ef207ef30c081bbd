"""A duet as JSON: every pair, so that whoever doubts a verdict can compute it again."""

import math
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .rule import Rule
from .suite import Benchmark, Suite

#: Raised where a field changes its meaning or goes away.
SCHEMA = 1


def as_json(suite: Suite, base: str) -> dict[str, Any]:
    """All that is known at the end.

    Args:
        base: The base's name, for a person.

    Returns:
        `benchmarks` has one entry each, with `verdict`, `change` (a fraction, 0.05 for 5 % slower; null where nothing
        was measured), `low` and `high` of its interval with their `coverage`, and `pairs`, a fraction for each pair;
        `instructions` is null where they were not counted, else their `change` and, by hash seed, how many a call of
        `base` and `candidate` takes.
    """
    rule = suite.rule
    return {
        "schema": SCHEMA,
        "held": None,
        "base": base,
        "rule": {
            "benchmarks": rule.benchmarks,
            "alpha": rule.alpha,
            "beta": rule.beta,
            "target": rule.target,
            **_boundaries(rule),
            "noisy": _boundaries(rule.patient),
        },
        "machine": machine(),
        "pairs": suite.number,
        "seconds": round(suite.seconds, 3),
        "benchmarks": [_one(one) for one in suite.benchmarks.values()],
    }


def held(kind: str, reason: str, base: str) -> dict[str, Any]:
    """What there is to say where nothing was compared.

    Args:
        kind: `empty` if no benchmark was selected, `no-baseline`, or `inconclusive`.
        base: Empty if none was found.
    """
    why = {"kind": kind, "reason": reason}
    return {"schema": SCHEMA, "held": why, "base": base, "machine": machine(), "pairs": 0, "benchmarks": []}


def _boundaries(rule: Rule) -> dict[str, Any]:
    return {"wrong": rule.wrong, "cap": rule.cap, "against": rule.against, "in_favour": rule.in_favour}


def machine() -> dict[str, Any]:
    """What a time depends on beside the code."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": list(os.getloadavg()),
        "kernel": platform.release(),
        "python": f"{platform.python_implementation()} {platform.python_version()} {' '.join(platform.python_build())}",
    }


def _one(one: Benchmark) -> Mapping[str, Any]:
    interval = one.interval
    return {
        "name": one.name,
        "verdict": one.decision.verdict,
        "target": one.decision.target,
        "reason": one.decision.reason,
        "change": _fraction(one.estimate),
        "low": _fraction(interval.low) if interval else None,
        "high": _fraction(interval.high) if interval else None,
        "coverage": interval.coverage if interval else None,
        "deviation": math.expm1(one.deviation),
        "waits": one.waits,
        "instructions": _instructions(one),
        "pairs": [_fraction(estimate) for estimate in one.estimates],
        "seconds": min((min(pair.candidate) for pair in one.pairs), default=None),
        "base_seconds": min((min(pair.base) for pair in one.pairs), default=None),
    }


def _instructions(one: Benchmark) -> Mapping[str, Any] | None:
    if one.counts is None:
        return None
    return {
        "change": _fraction(one.counts.estimate),
        "base": list(one.counts.base),
        "candidate": list(one.counts.candidate),
    }


def _fraction(estimate: float | None) -> float | None:
    return None if estimate is None else math.expm1(estimate)


def _cpu() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        return platform.processor()
