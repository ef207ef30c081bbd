"""The checklist: 174 items in the order of the specification, shipped as `spec/checklist.json`."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the checklist.

    Attributes:
        id: `1.4.2`, or `V.security.1` in the part that verifies the others.
        section: The heading it stands under.
        text: As written in the specification.
    """

    id: str
    section: str
    text: str


@cache
def items() -> tuple[ChecklistItem, ...]:
    """Every item, in the order of the specification."""
    text = resources.files(__package__).joinpath("spec", "checklist.json").read_text(encoding="utf-8")
    return tuple(ChecklistItem(entry["id"], entry["section"], entry["text"]) for entry in json.loads(text))


@cache
def item_ids() -> frozenset[str]:
    """The ids of every item."""
    return frozenset(item.id for item in items())
