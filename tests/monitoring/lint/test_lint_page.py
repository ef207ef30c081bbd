"""`docs/monitoring-lint.md` is what the registry says, and every name in the code is in the registry."""

import re
from pathlib import Path

from pytest_tradeops.monitoring.lint import KINDS
from pytest_tradeops.monitoring.lint.probing import BROKEN
from pytest_tradeops.monitoring.lint.reference import reference

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "pytest_tradeops" / "monitoring" / "lint"


def test_the_page_has_not_drifted() -> None:
    page = (ROOT / "docs" / "monitoring-lint.md").read_text(encoding="utf-8")
    assert page == reference(), "run: python -m pytest_tradeops.monitoring.lint.reference > docs/monitoring-lint.md"


def test_every_kind_is_on_it_with_an_example_and_a_remedy() -> None:
    page = reference()
    for kind in KINDS.values():
        assert f"#### `{kind.name}`" in page
        assert kind.bad.splitlines()[0] in page
        assert kind.remedy.endswith(".")
        assert kind.bad != kind.good


def test_what_is_reported_is_registered_and_what_is_registered_is_reported() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
    named = set(re.findall(r'\.add\(\s*f?"([a-z-]+)"', text))
    built = {f"dashboard-{key}-duplicate" for key in ("uid", "title")}
    assert {*named, *built} - {"dashboard-"} == set(KINDS)
    assert set(KINDS) >= BROKEN
