"""The plain dictionary that a report carries from a worker to the controller, and back into typed records."""

import json
from collections.abc import Mapping
from typing import Any

from ..model import Artifact, CheckSpec, EvidenceRecord, Examined, FaultSpec, Finding, Grade, Phase, TwinResult

#: The attribute of `pytest.TestReport` that carries it; xdist serialises report attributes that are JSON-simple.
ATTRIBUTE = "tradeops"


def finding_to(finding: Finding) -> dict[str, str]:
    return {
        "reason": finding.reason,
        "message": finding.message,
        "where": finding.where,
        "remedy": finding.remedy,
    }


def phase_to(phase: Phase) -> dict[str, Any]:
    return {
        "nodeid": phase.nodeid,
        "when": phase.when,
        "status": phase.status,
        "message": phase.message,
        "remedy": phase.remedy,
        "findings": [finding_to(one) for one in phase.findings],
        "duration": phase.duration,
    }


def phase_from(data: Mapping[str, Any]) -> Phase:
    return Phase(**{**data, "findings": tuple(Finding(**one) for one in data["findings"])})


def spec_to(spec: CheckSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "suite": spec.suite,
        "title": spec.title,
        "severity": spec.severity,
        "covers": list(spec.covers),
        "min_grade": spec.min_grade.label,
        "budget": spec.budget,
        "requires": list(spec.requires),
    }


def spec_from(data: Mapping[str, Any]) -> CheckSpec:
    return CheckSpec(
        **{
            **data,
            "covers": tuple(data["covers"]),
            "min_grade": Grade.parse(data["min_grade"]),
            "requires": tuple(data["requires"]),
        }
    )


def evidence_to(record: EvidenceRecord) -> dict[str, Any]:
    return {
        "examined": [[one.count, one.what, one.grade.label] for one in record.examined],
        "facts": json.dumps(dict(record.facts)),  # execnet carries no number below -2**31
        "timings": dict(record.timings),
        "artifacts": [[one.name, one.media_type, one.text] for one in record.artifacts],
    }


def evidence_from(data: Mapping[str, Any]) -> EvidenceRecord:
    return EvidenceRecord(
        examined=tuple(Examined(count, what, Grade.parse(grade)) for count, what, grade in data["examined"]),
        facts=json.loads(data["facts"]),
        timings=data["timings"],
        artifacts=tuple(Artifact(*one) for one in data["artifacts"]),
    )


def twin_to(twin: TwinResult) -> dict[str, Any]:
    fault = twin.fault
    return {
        "fault": {
            "check": fault.check,
            "title": fault.title,
            "expects": fault.expects,
            "covers": fault.covers,
            "name": fault.name,
        },
        "caught": twin.caught,
        "why": twin.why,
        "duration": twin.duration,
    }


def twin_from(data: Mapping[str, Any]) -> TwinResult:
    return TwinResult(**{**data, "fault": FaultSpec(**data["fault"])})
