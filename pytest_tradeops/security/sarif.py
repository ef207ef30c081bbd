"""Writes what bandit found as SARIF 2.1.0, for code scanning and editors.

bandit's own formatter needs a package more, links trading rules to a page of bandit that does not exist, gives no
fingerprints, and says nothing of what is suppressed. Paths are relative to the repository here.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .bandit import BanditReport, Issue, unread
from .baseline import Entry, Excused, Key

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"HIGH": "error", "MEDIUM": "warning", "LOW": "note"}
#: What code scanning sorts by, from 0 to 10.
_SCORES = {"HIGH": "8.0", "MEDIUM": "5.5", "LOW": "2.0"}
_PRECISIONS = {"HIGH": "high", "MEDIUM": "medium", "LOW": "low"}
_ORDER = ("LOW", "MEDIUM", "HIGH")


def log(report: BanditReport, folder: str, keys: Mapping[int, Key], excused: Excused) -> dict[str, Any]:
    """The whole log, as JSON values.

    Args:
        folder: The scanned folder, relative to the repository.
        keys: Of every issue, by its number in `report.issues`.
        excused: What the baseline accounts for. What it will once it is merged is `underReview`.
    """
    rules = {test: number for number, test in enumerate(sorted({issue.test for issue in report.issues}))}
    seen: Counter[Key] = Counter()
    results = []
    for number, issue in enumerate(report.issues):  # sorted by file and line, so that occurrences are in order
        seen[keys[number]] += 1
        entries = (excused.accepted.get(number), excused.pending.get(number))
        results.append(_result(issue, rules[issue.test], keys[number], seen[keys[number]], entries))
    unseen = unread(report, folder)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "bandit",
                        "version": report.version,
                        "informationUri": "https://bandit.readthedocs.io/",
                        "rules": [_rule(test, [one for one in report.issues if one.test == test]) for test in rules],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not unseen,
                        "toolExecutionNotifications": [
                            {
                                "level": "error",
                                "message": {"text": f"{one.reason}: {one.message}"},
                                "locations": [_location(one.where)],
                            }
                            for one in unseen
                        ],
                    }
                ],
                "results": results,
            }
        ],
    }


def _rule(test: str, issues: list[Issue]) -> dict[str, Any]:
    worst = max(issues, key=lambda one: _ORDER.index(one.severity) if one.severity in _ORDER else -1)
    own = test.startswith("T")
    page = "docs/trading-rules.md of pytest-tradeops" if own else worst.link
    weakness = f"https://cwe.mitre.org/data/definitions/{worst.cwe}.html"
    # A trading rule's text has no address that every reader reaches; the weakness that it is an instance of has.
    link = (weakness if worst.cwe else "") if own else worst.link
    tags = ["security", *([f"external/cwe/cwe-{worst.cwe}"] if worst.cwe else [])]
    return {
        "id": test,
        **({"name": worst.name} if worst.name else {}),
        "shortDescription": {"text": (worst.name or test).replace("_", " ")},
        **({"helpUri": link} if link else {}),
        "help": {"text": f"{page} explains {test}."},
        "defaultConfiguration": {"level": _level(worst)},
        "properties": {
            "tags": tags,
            "precision": _PRECISIONS.get(worst.confidence, "medium"),
            "security-severity": _SCORES.get(worst.severity, "2.0"),
        },
    }


def _result(
    issue: Issue, rule: int, key: Key, occurrence: int, entries: tuple[Entry | None, Entry | None]
) -> dict[str, Any]:
    accepted, pending = entries
    suppressions: list[dict[str, Any]] = []
    if issue.suppressed:
        suppressions.append({"kind": "inSource"})
    for entry, status in ((accepted, "accepted"), (pending, "underReview")):
        if entry is not None:
            why = f"{entry.reason} ({entry.owner}, until {entry.expires.isoformat()})"
            suppressions.append({"kind": "external", "status": status, "justification": why})
    known = hashlib.sha256("\0".join((key.rule, key.file, key.within, key.line)).encode()).hexdigest()
    return {
        "ruleId": issue.test,
        "ruleIndex": rule,
        "level": _level(issue),
        "message": {"text": issue.text},
        "locations": [
            {
                **_location(key.file, issue.line),
                "logicalLocations": [{"fullyQualifiedName": key.within}],
            }
        ],
        # The second is the one that code scanning goes by.
        "partialFingerprints": {
            "tradeopsBaseline/v1": f"{known}:{occurrence}",
            "primaryLocationLineHash": f"{key.line}:{occurrence}",
        },
        "properties": {"severity": issue.severity, "confidence": issue.confidence},
        # An empty list says that nothing suppresses it; without the property a reader could not tell.
        "suppressions": suppressions,
    }


def _location(file: str, line: int = 0) -> dict[str, Any]:
    region = {"region": {"startLine": line}} if line > 0 else {}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(file)}, **region}}


def _level(issue: Issue) -> str:
    return _LEVELS.get(issue.severity, "note")
