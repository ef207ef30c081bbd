"""The JSON report: every fact, for machines. Published as `schema-v1.json`; new keys may come, none may change."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from importlib import resources
from typing import Any

from ...model import CheckResult, EvidenceRecord, Grade, TwinResult
from .model import Report
from .summary import declared, sections, suite_of, total_items
from .text import encodable, natural

SCHEMA = "tradeops-report/1"

_DEEPEST = 40
_WIDEST_BITS = 1024  # longer integers are no measurement, and Python refuses to print some of them


def render_json(report: Report) -> str:
    """The report as JSON text: pure ASCII, so that no terminal and no encoding can stumble over it."""
    return json.dumps(document(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of `render_json`."""
    text = resources.files(__package__).joinpath("schema-v1.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def document(report: Report) -> dict[str, Any]:
    """The report as plain data. What may differ between two runs of the same subject stands under `timing` only."""
    return {
        "schema": SCHEMA,
        "verdict": report.verdict.value,
        "exit_code": report.exit_code,
        "profile": encodable(report.profile),
        "signature": report.signature,
        "subject": {"name": "", "revision": "", "dirty": False, **_table(report.subject)},
        "reasons": [encodable(reason) for reason in report.reasons],
        "remedies": [encodable(remedy) for remedy in report.remedies],
        "checks": [_check(result) for result in sorted(report.results, key=lambda result: natural(result.id))],
        "coverage": _coverage(report),
        "notes": [encodable(note) for note in report.notes],
        "environment": _table(report.environment),
        "timing": {"started": moment(report.started), "duration": _seconds(report.duration)},
    }


def normalised(document: Mapping[str, Any]) -> dict[str, Any]:
    """`document` without everything that may differ between two runs of the same subject: every `timing`.

    Facts, subject and environment are the checks' own names and are kept as they are.
    """
    return {key: _normalised(key, value) for key, value in document.items() if key != "timing"}


def _normalised(key: str, value: Any) -> Any:
    if key in ("facts", "subject", "environment"):
        return value
    if isinstance(value, Mapping):
        return normalised(value)
    return [_normalised("", item) for item in value] if isinstance(value, list) else value


def _check(result: CheckResult) -> dict[str, Any]:
    spec = result.spec
    return {
        "id": encodable(result.id),
        "outcome": result.outcome.value,
        "suite": encodable(suite_of(result)),
        "title": encodable(spec.title) if spec else "",
        "severity": spec.severity if spec else None,
        "required": result.required,
        "advisory": result.advisory,
        "reason": encodable(result.reason),
        "remedy": encodable(result.remedy),
        "grade": result.grade.label if result.grade is not None else None,
        "floor": result.floor.label,
        "budget": _seconds(result.budget),
        "examined": result.evidence.total,
        "findings": [
            {
                "reason": encodable(finding.reason),
                "message": encodable(finding.message),
                "where": encodable(finding.where),
                "remedy": encodable(finding.remedy),
            }
            for finding in result.findings
        ],
        "evidence": _evidence(result.evidence),
        "faults": [_fault(twin) for twin in result.twins],
        "covers": [encodable(item) for item in spec.covers] if spec else [],
        "covered": [encodable(item) for item in result.covered],
        "attempts": result.attempts,
        "waiver": encodable(result.waiver),
        "timing": {
            "duration": _seconds(result.duration),
            "evidence": {encodable(name): _seconds(value) for name, value in sorted(result.evidence.timings.items())},
        },
    }


def _evidence(record: EvidenceRecord) -> dict[str, Any]:
    return {
        "examined": [
            {"count": one.count, "what": encodable(one.what), "grade": one.grade.label} for one in record.examined
        ],
        "facts": _table(record.facts),
        # A picture of measured times differs between runs, so an attachment's text counts as timing.
        "artifacts": [
            {
                "name": encodable(one.name),
                "media_type": encodable(one.media_type),
                "timing": {"text": encodable(one.text)},
            }
            for one in record.artifacts
        ],
    }


def _fault(twin: TwinResult) -> dict[str, Any]:
    return {
        "name": encodable(twin.fault.name),
        "covers": encodable(twin.fault.covers),
        "title": encodable(twin.fault.title),
        "expects": encodable(twin.fault.expects),
        "caught": twin.caught,
        "why": encodable(twin.why),
        "timing": {"duration": _seconds(twin.duration)},
    }


def _coverage(report: Report) -> dict[str, Any]:
    return {
        "items": total_items(report),
        "covered": [encodable(item) for item in sorted(set(report.covered), key=natural)],
        "declared": [encodable(item) for item in sorted(declared(report), key=natural)],
        "sections": [
            {
                "section": encodable(section.name),
                "number": encodable(section.number),
                "items": len(section.items),
                "covered": section.count("covered"),
                "declared": section.count("covered") + section.count("declared"),
            }
            for section in sections(report)
        ],
    }


def _seconds(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def moment(value: datetime) -> str | None:
    """The moment in UTC, as ISO 8601 with milliseconds and `Z`; None for the model's default, which is no moment."""
    if value.replace(tzinfo=None) == datetime.min:
        return None
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _table(value: Mapping[str, Any]) -> dict[str, Any]:
    table = plain(value)
    return table if isinstance(table, dict) else {}


def plain(value: Any, depth: int = 0) -> Any:
    """A JSON value for anything: facts come from checks that anybody may write."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Grade):
        return value.label
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _WIDEST_BITS else hex(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if depth >= _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        table = {encodable(str(name)): plain(item, depth + 1) for name, item in value.items()}
        return dict(sorted(table.items()))
    if isinstance(value, set | frozenset):
        return sorted((plain(item, depth + 1) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    return encodable(str(value))
