"""Checks, planted faults, evidence, outcomes and the verdict."""

from ..model import CheckSpec, Finding, Grade, Outcome, Verdict
from .collect.evidence import Evidence
from .faults import planted_fault
from .judge import judge

__all__ = ["CheckSpec", "Evidence", "Finding", "Grade", "Outcome", "Verdict", "judge", "planted_fault"]
