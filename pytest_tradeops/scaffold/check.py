"""Writes a first check of the adopter's own: an example that runs and catches its planted fault.

It is inconclusive until a person has replaced it: a title that nobody examined must not count for a promotion.
"""

import json
from pathlib import Path

from ..exceptions import TradeopsError
from ..model import Suite
from ..model.check import CHECK_ID

_CHECK = '''\
"""{id}: {title}."""

import tomllib

import pytest

from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.subject import Subject

# REPLACE: what follows examines an example file, not what the title says. Write your own body and planted fault,
# then delete the line that ends the check as inconclusive, and the example file.
FILE = "{data}"


@pytest.mark.verification(id="{id}", suite="{suite}", title={literal}, severity="high")
def test_{function}(subject: Subject, evidence: Evidence) -> None:
    """Says that the number in the example file is at most ten. `tradeops explain {id}` shows this text."""
    numbers = tomllib.loads(subject.path(FILE).read_text(encoding="utf-8"))
    evidence.examined(len(numbers), "numbers")  # a check that examined nothing does not pass
    if numbers["max_open_orders"] > 10:
        evidence.fail("{suite}: number too high", "max_open_orders is above 10.", where=FILE, remedy="Lower it.")
    evidence.inconclusive("{id} is still the example.", remedy="Replace its body, then delete this.")  # REPLACE


@planted_fault(check="{id}", title="a number of five hundred", expects="{suite}: number too high")
def raise_the_number(subject: Subject) -> None:
    subject.edit(FILE, "max_open_orders = 5", "max_open_orders = 500")  # a copy of the subject, never the subject
'''
_DATA = "# The example that {id} examines until its body is replaced; then delete this file.\nmax_open_orders = 5\n"


def new_check(root: Path, check: str, title: str | None, taken: frozenset[str]) -> tuple[Path, ...]:
    """Writes `verification/<suite>/test_<id>.py` and the example file that it examines; returns both paths.

    Raises:
        TradeopsError: the id is malformed, packaged or taken, the title is not one line, or a file is there already.
    """
    if not CHECK_ID.fullmatch(check):
        raise TradeopsError(
            f"{check!r} is not a check id.", remedy="Write 3-8 capitals, a dash, three digits: ACME-001."
        )
    prefix = check.split("-")[0]
    if any(suite.prefix == prefix for suite in Suite):
        raise TradeopsError(
            f"{prefix} is a prefix of the packaged suites.", remedy="Use one of your own, such as ACME."
        )
    if prefix.lower() in {suite.value for suite in Suite}:
        raise TradeopsError(f"{prefix.lower()!r} is a packaged suite.", remedy="Use another prefix, such as ACME.")
    if check in taken:
        raise TradeopsError(f"{check} is declared already.", remedy=f"`tradeops explain {check}` shows where.")
    words = (title or f"{check} holds").strip().rstrip(".")
    if not words or "\n" in words or '"""' in words or "\\" in words:
        raise TradeopsError("A title is one line of plain text.", remedy="Correct --title.")
    suite, function = prefix.lower(), check.lower().replace("-", "_")
    folder = root / "verification" / suite
    data = f"verification/{suite}/{function}.toml"
    files = {
        folder / f"test_{function}.py": _CHECK.format(
            # A JSON string is a Python literal, too, in the quotes that formatters ask for.
            id=check,
            suite=suite,
            title=words,
            literal=json.dumps(words, ensure_ascii=False),
            function=function,
            data=data,
        ),
        root / data: _DATA.format(id=check),
    }
    for path in files:
        if path.exists():
            raise TradeopsError(f"{path.relative_to(root)} exists.", remedy="Choose another id, or delete it.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return tuple(files)
