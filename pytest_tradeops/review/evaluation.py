"""The record in which a team has evaluated CodSpeed, found by its claims.

```toml claims
[codspeed]
owner = "ann"
until = 2027-05-30                     # when it is looked at again
machine = "x86_64"
python = "CPython 3.12.1 (GCC 12.2.0)"
valgrind = "3.19.0"
pytest-codspeed = "5.0.4"
tolerance = 0.02                       # as a fraction

[codspeed.instructions]                # of one call, with hash seed 0
"benchmarks/test_core.py::test_parse" = 19310
```
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..exceptions import CheckFailed
from ..model import Finding
from .adr import AdrError, Status, claims_of, parse_record

REASON_MISSING = "codspeed-record: missing"
REASON_MALFORMED = "codspeed-record: malformed"
REASON_EXPIRED = "codspeed-record: expired"
_TABLE = "codspeed"
_TEXTS = ("owner", "machine", "python", "valgrind", "pytest-codspeed")
_REMEDY = "docs/benchmarks.md shows one: `pytest -m benchmark --bench-gate --bench-ir=all` counts the instructions."


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the record claims.

    Attributes:
        file: Its name in the folder of the records.
        until: The last day on which it counts.
        versions: `machine`, `python`, `valgrind` and `pytest-codspeed`, as they were.
        tolerance: A fraction by which a count may differ.
        instructions: Node id to instructions of one call.
    """

    file: str
    owner: str
    until: date
    versions: Mapping[str, str]
    tolerance: float
    instructions: Mapping[str, float]


def find_evaluation(folder: Path, shown: str) -> Evaluation:
    """The one accepted record whose claims have a table `[codspeed]`.

    Args:
        shown: What to call the folder in a message.

    Raises:
        CheckFailed: there is none, there are two, or its claims cannot be used.
    """
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("ADR-*.md")):
        text = path.read_text(encoding="utf-8", errors="replace")
        record, _ = parse_record(path.name, text)
        if record is None or record.status is not Status.ACCEPTED:
            continue  # what is wrong with it, KNO-001 says
        try:
            claims = claims_of(text, path.name) or {}
        except AdrError:
            continue
        if _TABLE in claims:
            found[path.name] = claims[_TABLE]
    if not found:
        raise _failed(REASON_MISSING, f"no accepted record in {shown} claims what CodSpeed was found to be.", shown)
    if len(found) > 1:
        raise _failed(REASON_MALFORMED, f"{', '.join(found)} both claim it.", shown, "Supersede all but one.")
    ((file, table),) = found.items()
    return _evaluation(file, table)


def _evaluation(file: str, table: Any) -> Evaluation:
    wrong = next(_wrong(table), "")
    if wrong:
        raise _failed(REASON_MALFORMED, wrong, file)
    counts = {str(name): float(count) for name, count in table["instructions"].items()}
    versions = {name: table[name] for name in _TEXTS if name != "owner"}
    return Evaluation(file, table["owner"], table["until"], versions, float(table["tolerance"]), counts)


def _wrong(table: Any) -> Any:
    if not isinstance(table, dict):
        yield "[codspeed] is no table."
        return
    for name in _TEXTS:
        if not isinstance(table.get(name), str) or not table[name].strip():
            yield f"{name} is no text."
    if type(table.get("until")) is not date:
        yield "until is no date."
    if not _is_number(table.get("tolerance")) or not 0 < table["tolerance"] <= 0.1:
        yield "tolerance is no number between 0 and 0.1."
    counts = table.get("instructions")
    if not isinstance(counts, dict) or not counts:
        yield "[codspeed.instructions] names no benchmark, so nothing could be counted again."
    elif not all(_is_number(one) and one > 0 for one in counts.values()):
        yield "a count is no number above zero."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def expired(evaluation: Evaluation, today: date) -> list[Finding]:
    """A finding if its last day is over."""
    if evaluation.until >= today:
        return []
    message = f"{evaluation.owner}'s evaluation counted until {evaluation.until}."
    return [Finding(REASON_EXPIRED, message, evaluation.file, "Evaluate it again, and write a record for that.")]


def altered(text: str, name: str, factor: float) -> str:
    """The record's text with one count changed; the same text if it does not stand there as a number."""
    lines = text.splitlines(keepends=True)
    for place, line in enumerate(lines):
        entry = re.match(rf'(\s*"?{re.escape(name)}"?\s*=\s*)(\d[\d_]*)(.*)', line, re.DOTALL)
        if entry:
            lines[place] = f"{entry[1]}{round(int(entry[2].replace('_', '')) * factor)}{entry[3]}"
    return "".join(lines)


def _failed(reason: str, message: str, place: str, remedy: str = _REMEDY) -> CheckFailed:
    return CheckFailed([Finding(reason, message, place, remedy)])
