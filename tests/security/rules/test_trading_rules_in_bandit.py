"""The rules as bandit's users meet them: by the command, without pytest, with their reasons and their silence."""

import importlib.metadata
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from trading_rules_clean import CLEAN
from trading_rules_defects import DEFECTS

from pytest_tradeops.processes import run
from pytest_tradeops.security import bandit

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "trading-rules.md"
SWALLOWED = (
    "def enter(bot, order):\n    try:\n        bot.submit_order(order)\n    except Exception:{comment}\n        pass\n"
)

type Scan = Callable[[str], list[tuple[str, str, str]]]


def command(folder: Path, *arguments: str) -> tuple[int | None, list[dict[str, object]]]:
    """The exit code and the trading rules' results of plain `bandit`."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    call = [
        sys.executable,
        "-P",
        "-m",
        "bandit",
        "-q",
        "-r",
        "-f",
        "json",
        "-o",
        str(folder / "report.json"),
        *arguments,
        ".",
    ]
    done = run(call, cwd=folder, timeout=120, env=environ)
    results = json.loads((folder / "report.json").read_text())["results"]
    return done.code, [one for one in results if one["test_id"].startswith("T")]


def test_plain_bandit_uses_the_rules(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(SWALLOWED.format(comment=""))
    code, results = command(tmp_path, "-lll")
    assert code == 1
    (one,) = results
    assert (one["test_id"], one["issue_severity"], one["line_number"]) == ("T105", "HIGH", 2)
    assert "raise the rest again" in str(one["issue_text"])


@pytest.mark.parametrize(
    "comment", ["  # nosec T105 # the venue's mock raises on purpose", "  # nosec swallowed_order_error"]
)
def test_a_comment_silences_one_rule_and_the_gate_still_sees_it(tmp_path: Path, comment: str) -> None:
    (tmp_path / "bot.py").write_text(SWALLOWED.format(comment=comment))
    assert command(tmp_path, "-lll") == (0, [])
    assert [one.reason for one in bandit.findings(bandit.scan(tmp_path))] == ["bandit: HIGH suppressed by nosec"]


def test_a_finding_of_the_gate_names_our_page(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(SWALLOWED.format(comment=""))
    (finding,) = bandit.findings(bandit.scan(tmp_path))
    assert finding.reason == "bandit: T105 HIGH"
    assert "docs/trading-rules.md" in finding.remedy


def test_every_registered_rule_loads_and_is_named_like_its_function() -> None:
    points = importlib.metadata.distribution("pytest-tradeops").entry_points.select(group="bandit.plugins")
    assert {point.name: point.value for point in points if point.value.rpartition(":")[2] != point.name} == {}
    assert len(points) == 18


def test_the_rules_load_without_pytest_and_with_nothing_of_ours_but_themselves() -> None:
    code = (
        "import importlib.metadata, sys, warnings\nwarnings.simplefilter('ignore')\nimport bandit.core.manager\n"
        "before = set(sys.modules)\n"
        "[point.load() for point in importlib.metadata.distribution('pytest-tradeops').entry_points if point.group == 'bandit.plugins']\n"
        "print(*sorted(name for name in sys.modules if name.startswith(('pytest', '_pytest', 'pluggy', 'nautilus'))))"
    )
    done = run([sys.executable, "-c", code], cwd=ROOT, timeout=60)
    assert done.code == 0, done.stderr
    loaded = set(done.stdout.split())
    package = "pytest_tradeops.security.rules"
    assert {name for name in loaded if not name.startswith(package)} == {"pytest_tradeops", "pytest_tradeops.security"}
    modules = {f"{package}.{path.stem}" for path in (ROOT / "pytest_tradeops" / "security" / "rules").glob("*.py")}
    assert modules - loaded == {f"{package}.__init__"}


def test_the_public_examples_have_nothing_of_high_severity(scan: Scan) -> None:
    nautilus = pytest.importorskip("nautilus_trader")
    files = sorted((Path(nautilus.__file__).parent / "examples").rglob("*.py"))
    assert len(files) > 20
    found = [(file.name, *one) for file in files for one in scan(file.read_text(encoding="utf-8"))]
    lighter = Counter(identifier for _, identifier, _, _ in found)
    print(f"{len(files)} public examples: {dict(lighter)}")  # noqa: T201 - shown by `pytest -rP`
    assert [one for one in found if one[2] == "HIGH"] == []
    assert sum(lighter.values()) <= 2  # a float mid price of the grid market maker


def test_our_own_bot_is_clean(scan: Scan) -> None:
    files = sorted((ROOT / "strategies").glob("*.py"))
    assert files
    assert {file.name: found for file in files if (found := scan(file.read_text(encoding="utf-8")))} == {}


def test_every_message_is_one_sentence_with_its_remedy(scan: Scan) -> None:
    texts = {text for case in DEFECTS for _, _, text in scan(case.source)}
    assert len(texts) > 40
    for text in texts:
        assert text.count(": ") == 1, text  # what is wrong, and what to do
        assert text.endswith("."), text
        assert ". " not in text, text


def test_only_what_loses_money_or_keys_by_itself_is_high(scan: Scan) -> None:
    high = {identifier for case in DEFECTS for identifier, severity, _ in scan(case.source) if severity == "HIGH"}
    assert high == {"T103", "T104", "T105", "T108", "T114"}


def test_the_page_has_a_section_with_two_examples_for_every_rule(scan: Scan, rule_ids: frozenset[str]) -> None:
    sections = {part[:4]: part for part in PAGE.read_text(encoding="utf-8").split("\n## ") if part.startswith("T1")}
    assert set(sections) == rule_ids
    for identifier, section in sections.items():
        defect, clean = (part.split("```")[0] for part in section.split("```python\n")[1:])
        assert {found for found, _, _ in scan(defect)} == {identifier}, section
        assert scan(clean) == [], section


def test_the_corpora_do_not_share_a_source() -> None:
    sources = [case.source for case in (*DEFECTS, *CLEAN)]
    assert len(sources) == len(set(sources))
