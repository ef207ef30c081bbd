"""Small repositories that are subjects of the benchmarks suite."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.bench.duet import counting
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject

PYPROJECT = """\
[tool.tradeops]
smoke_tests = ["tests/test_one.py", "tests/test_two.py::TestClass::test_b"]
ci_test_command = "pytest -n auto --reruns 1"
"""
#: Plugins of this environment that a small subject does not need, and that take most of a start.
QUICK = "-p no:hypothesispytest -p no:benchmark -p no:tradeops"
FILES = {
    "pytest.ini": f"[pytest]\naddopts = {QUICK}\n",
    "pyproject.toml": PYPROJECT,
    ".github/workflows/ci.yml": "jobs:\n  test:\n    steps:\n      - run: uv run pytest -n auto --reruns 1\n",
    "tests/test_one.py": "def test_a():\n    assert True\n",
    "tests/test_two.py": "class TestClass:\n    def test_b(self): assert True\n",
}


@pytest.fixture
def make_subject(tmp_path: Path) -> Callable[[dict[str, str]], Subject]:
    """Writes a small repository: the files above, replaced or extended by the given ones; an empty text removes."""

    def make(files: dict[str, str]) -> Subject:
        root = tmp_path / "subject"
        for name, text in {**FILES, **files}.items():
            if text:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
        return open_subject(root, load_settings(root))

    return make


@pytest.fixture
def valgrind() -> None:
    """Skips the test where instructions cannot be counted."""
    try:
        counting.find_valgrind()
    except counting.NoValgrind as error:
        pytest.skip(str(error))
