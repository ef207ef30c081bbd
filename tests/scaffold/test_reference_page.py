"""`docs/checks.md` is what the declarations say, and the examples of the other pages work."""

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.gate.catalogue import packaged
from pytest_tradeops.gate.profile import load_profile
from pytest_tradeops.gate.profile import packaged as packaged_profiles
from pytest_tradeops.gate.waivers import parse
from pytest_tradeops.scaffold.reference import reference

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGE = DOCS / "checks.md"


def test_the_page_has_not_drifted() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(packaged()), (
        "run: python -m pytest_tradeops.scaffold.reference > docs/checks.md"
    )


def test_every_check_fault_and_item_is_on_it() -> None:
    page = reference(packaged())
    for entry in packaged():
        assert f"### {entry.spec.id}: {entry.spec.title}\n" in page
        for fault in entry.faults:
            assert f"| `{fault.expects}` | {fault.covers} |" in page
        for item in entry.spec.covers:
            assert f"- Covers {item}: " in page


def test_the_command_writes_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--format", "markdown", "--subject", str(tmp_path)]) == 0
    assert capsys.readouterr().out == reference(packaged())


def example(page: str) -> str:
    [found] = re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def test_the_example_waiver_is_a_valid_one() -> None:
    expires = tomllib.loads(example("waivers.md"))["waiver"][0]["expires"]
    assert isinstance(expires, date)
    waivers, problems = parse(example("waivers.md"), packaged().ids, expires - timedelta(days=30))
    assert (len(waivers), problems) == (1, [])


def test_the_example_profile_is_a_valid_one_and_the_packaged_ones_are_described() -> None:
    own = tomllib.loads(example("profiles.md"))["tool"]["tradeops"]["profiles"]
    profile = load_profile("canary", own, packaged().ids)
    assert "ACME-001" in profile.required
    assert profile.advised("BEN-002") is not None
    text = (DOCS / "profiles.md").read_text(encoding="utf-8")
    for name in packaged_profiles():
        assert f"| `{name}` |" in text
