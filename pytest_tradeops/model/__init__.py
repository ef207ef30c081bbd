"""Small frozen classes that every domain speaks: data only, no behaviour beyond parsing themselves."""

from .check import CheckSpec, FaultSpec, Suite
from .evidence import Artifact, EvidenceRecord, Examined
from .finding import Finding
from .grade import Grade
from .handle import ServiceHandle
from .outcome import Outcome, Verdict
from .result import CheckResult, Phase, TwinResult

__all__ = [
    "Artifact",
    "CheckResult",
    "CheckSpec",
    "EvidenceRecord",
    "Examined",
    "FaultSpec",
    "Finding",
    "Grade",
    "Outcome",
    "Phase",
    "ServiceHandle",
    "Suite",
    "TwinResult",
    "Verdict",
]
