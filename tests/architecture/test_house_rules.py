"""What the floors do not say: what loading the plugin costs, and how long a file may be."""

import ast
import json
import sys
from pathlib import Path

import pytest

from pytest_tradeops.processes import run
from pytest_tradeops.review.citations import CitationReader

ROOT = Path(__file__).parents[2]
CEILING = 450
HEAVY = frozenset(
    {
        "aiohttp",
        "anthropic",
        "bandit",
        "docker",
        "nautilus_trader",
        "psycopg",
        "questdb",
        "sentry_sdk",
        "testcontainers",
        "yaml",
    }
)


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after the statement."""
    code = (
        f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = run([sys.executable, "-c", code], cwd=ROOT, timeout=60)
    assert done.code == 0, done.stderr
    return set(json.loads(done.stdout))


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    loaded = loaded_by("import pytest_tradeops.plugin")
    assert "pytest_tradeops" in loaded
    assert not loaded & HEAVY


def test_a_heavy_module_would_be_seen() -> None:
    assert loaded_by("import yaml") & HEAVY == {"yaml"}


def test_the_package_itself_imports_nothing() -> None:
    tree = ast.parse((ROOT / "pytest_tradeops" / "__init__.py").read_bytes())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)]


@pytest.mark.parametrize("folder", ["pytest_tradeops", "verification", "tests"])
def test_no_file_is_longer_than_the_ceiling(folder: str) -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > CEILING} == {}


def test_every_test_file_has_a_name_of_its_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_the_page_on_architecture_names_only_what_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    cited = CitationReader(ROOT, ROOT / "docs").read(page, "docs/architecture.md")
    assert cited.findings == ()
    assert cited.resolved > 30
