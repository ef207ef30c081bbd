"""KNO-001 and KNO-002 as a whole, on a project that is not ours: they pass, and each planted fault is caught."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject
from verification.knowledge import test_kno_001 as kno_001
from verification.knowledge import test_kno_002 as kno_002

RECORD = """# ADR-001 - Entry and core

Status: Superseded by ADR-003
Date: 2020-02-29

## Context and Problem Statement
Two parts, see `acme/core.py`.

## Considered Options
One part.

## Decision Outcome
`acme.core:Engine` knows nothing of `acme.cli`.

```toml claims
[[layers]]
name = "entry"
modules = ["acme.cli"]
[[layers]]
name = "core"
modules = ["acme.core", "acme"]
[[not_loaded]]
by = "acme.core"
modules = ["colorsys"]
```

## Consequences
Fine.
"""
TREE = {
    "pyproject.toml": "[tool.tradeops.adr]\npath = 'doc/decisions'\narchitecture = 'ADR-003'\n",
    "src/acme/__init__.py": "",
    "src/acme/core.py": "import json\nclass Engine: ...\n",
    "src/acme/cli.py": "from .core import Engine\n",
    "doc/decisions/ADR-001-entry-and-core.md": RECORD,
    "doc/decisions/ADR-003-once-more.md": RECORD.replace("ADR-001", "ADR-003")
    .replace("Superseded by ADR-003", "accepted")
    .replace("Date:", "Supersedes: ADR-001\nDate:")
    .replace("acme/core.py", "src/acme/core.py"),
    "doc/decisions/README.md": "[1](ADR-001-entry-and-core.md), ADR-002 was lost, [3](ADR-003-once-more.md)\n",
    "doc/decisions/template.md": "# ADR-NNN: title\n\nStatus: Proposed\nDate: YYYY-MM-DD\n\n## Context\n## Decision\n"
    "## Alternatives\n<!-- and why not -->\n## Consequences\n{{what follows}}\n",
}
type Body = Callable[[Subject, Evidence], None]


@pytest.fixture
def stranger(tmp_path: Path) -> Subject:
    for name, text in TREE.items():
        path = tmp_path / "stranger" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("`acme/core.py`", "`src/acme/core.py`"), encoding="utf-8")
    root = tmp_path / "stranger"
    return open_subject(root, load_settings(root))


BODIES: list[Body] = [kno_001.test_kno_001, kno_002.test_kno_002]
FAULTS = [
    pytest.param(body, fault, plant, id=fault.name)
    for module, body, check in ((kno_001, BODIES[0], "KNO-001"), (kno_002, BODIES[1], "KNO-002"))
    for fault, plant in declared_faults(vars(module), check)
]


@pytest.mark.parametrize("body", BODIES)
def test_a_strangers_project_passes_and_says_how_much_was_examined(stranger: Subject, body: Body) -> None:
    evidence, again = Evidence(), Evidence()
    body(stranger, evidence)
    body(stranger, again)
    record = evidence.record(Redactor({}))
    assert all(one.count > 0 for one in record.examined)
    assert record == again.record(Redactor({}))


@pytest.mark.parametrize(("body", "fault", "plant"), FAULTS)
def test_each_planted_fault_is_caught_for_its_reason_alone(
    stranger: Subject, tmp_path: Path, body: Body, fault: Any, plant: Callable[[Subject], None]
) -> None:
    copy = stranger.copy_to(tmp_path / "copy")
    body(copy, Evidence())
    plant(copy)
    with pytest.raises(CheckFailed) as caught:
        body(copy, Evidence())
    assert set(caught.value.reasons) == {fault.expects}


def test_every_item_has_its_fault() -> None:
    modules = ((kno_001, "KNO-001"), (kno_002, "KNO-002"))
    faults = [fault for module, check in modules for fault, _ in declared_faults(vars(module), check)]
    assert {fault.covers for fault in faults} == {"6.1.1", "6.1.2", "6.1.3"}


@pytest.mark.parametrize(
    ("body", "reason"), [(BODIES[0], "adr: records missing"), (BODIES[1], "adr-001: claims missing")]
)
def test_an_empty_project_fails_with_the_command_in_one_sentence(tmp_path: Path, body: Body, reason: str) -> None:
    with pytest.raises(CheckFailed, match="tradeops init adr") as caught:
        body(open_subject(tmp_path, load_settings(tmp_path)), Evidence())
    assert caught.value.reasons == (reason,)


def test_records_that_cite_nothing_prove_nothing(stranger: Subject) -> None:
    for file in (stranger.root / "doc" / "decisions").glob("ADR-*"):
        file.write_text(file.read_text().replace("`", "'").replace("'''", "```"))
    with pytest.raises(Inconclusive, match="cites"):
        kno_001.test_kno_001(stranger, Evidence())


def test_a_record_without_claims_fails(stranger: Subject) -> None:
    file = stranger.root / "doc" / "decisions" / "ADR-003-once-more.md"
    file.write_text(file.read_text().replace("```toml claims", "```toml"))
    with pytest.raises(CheckFailed, match="no block of claims"):
        kno_002.test_kno_002(stranger, Evidence())


def test_a_module_that_is_loaded_early_fails(stranger: Subject) -> None:
    (stranger.root / "src" / "acme" / "core.py").write_text("import colorsys\nclass Engine: ...\n")
    with pytest.raises(CheckFailed, match=r"Importing acme\.core loads colorsys"):
        kno_002.test_kno_002(stranger, Evidence())


def test_a_missing_folder_is_called_as_it_is_configured(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TREE["pyproject.toml"])
    with pytest.raises(CheckFailed, match="There is no folder 'doc/decisions'"):
        kno_002.test_kno_002(open_subject(tmp_path, load_settings(tmp_path)), Evidence())
