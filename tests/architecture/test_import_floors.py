"""The floors of ADR-001, held by import-linter: a second opinion on the graph that KNO-002 computes itself."""

import configparser
import os
import shutil
import sys
from pathlib import Path

import pytest

from pytest_tradeops.processes import Completed, run
from pytest_tradeops.review.adr import read_claims
from pytest_tradeops.review.architecture_claims import parse_claims

ROOT = Path(__file__).parents[2]
PACKAGE = "pytest_tradeops"
LINT = """
import sys
from importlinter import api
from importlinter.application import use_cases
sys.exit(0 if use_cases.lint_imports(config_filename=".importlinter", cache_dir=None) else 1)
"""


def lint(root: Path) -> Completed:
    """In a child: the linter finds packages by importing them, and here this tree's are imported already."""
    environ = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"}
    return run([sys.executable, "-c", LINT], cwd=root, timeout=60, env=environ)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in (PACKAGE, "verification"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_contracts_are_kept_in_this_tree() -> None:
    done = lint(ROOT)
    assert done.code == 0, done.stdout + done.stderr
    assert "Contracts: 3 kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("file", "statement", "broken"),
    [
        ("model/grade.py", "from pytest_tradeops.gate import judge", "Imports go down"),
        ("gate/profile.py", "from pytest_tradeops.services import provider", "Imports go down"),
        ("security/bandit.py", "from pytest_tradeops import review", "Imports go down"),
        ("a_new_module.py", "x = 1", "Imports go down"),
        ("gate/judge/verdict.py", "import pytest", "nobody imports pytest"),
        ("session/keys.py", "import verification", "Nothing imports the suites"),
    ],
)
def test_a_violation_breaks_its_contract_even_inside_a_function(
    copied: Path, file: str, statement: str, broken: str
) -> None:
    path = copied / PACKAGE / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n\ndef planted():\n    {statement}\n", encoding="utf-8")
    done = lint(copied)
    assert done.code == 1, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if " BROKEN" in line]  # how many imports it ignored may follow
    assert broken in line


def test_a_review_may_read_what_the_scanners_found(copied: Path) -> None:
    path = copied / PACKAGE / "review" / "settings.py"
    path.write_text(f"{path.read_text(encoding='utf-8')}\nfrom ..security import bandit\n", encoding="utf-8")
    assert lint(copied).code == 0


def test_the_contracts_and_the_claims_of_the_record_are_the_same() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    lines = contracts["importlinter:contract:floors"]["layers"].split("\n")
    linted = [{f"{PACKAGE}.{name.strip()}" for name in line.replace("|", ":").split(":")} for line in lines if line]
    claims = parse_claims(read_claims(ROOT / "docs" / "adr", "ADR-001"), "ADR-001")
    assert linted == [set(layer.modules) for layer in claims.layers if layer.name != "suites"]
    assert [layer.sideways for layer in claims.layers[1:]] == [":" in line for line in lines if line]
    pytest_free = set(contracts["importlinter:contract:pytest"]["source_modules"].split())
    named = {name for rule in claims.forbidden for name in rule.layers}
    assert pytest_free == {module for layer in claims.layers if layer.name in named for module in layer.modules}
