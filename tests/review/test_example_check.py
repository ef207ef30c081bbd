"""The example in `docs/writing-a-check.md` runs as it stands, and notices what it says it notices."""

import json
import re
import sys
from pathlib import Path

import pytest

from pytest_tradeops.processes import run

GUIDE = (Path(__file__).parents[2] / "docs" / "writing-a-check.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture
def adopter(tmp_path: Path) -> Path:
    """A project with the guide's example; its profile requires nothing else."""
    settings = block("toml").replace('extends = "local"\n', "")
    (tmp_path / "pyproject.toml").write_text(f"{settings}\n[tool.pytest.ini_options]\n", encoding="utf-8")
    for name, text in {"verification/test_acme_001.py": block("python"), "config/live.toml": "leverage = 2\n"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def judged(adopter: Path) -> tuple[int, str]:
    """Exit code, and the outcome of the example."""
    report = adopter / "report.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--tradeops-gate",
        "acme",
        "--tradeops-report",
        str(report),
        "-k",
        "acme_001",
    ]
    done = run([*command, "-p", "no:cacheprovider", "verification"], cwd=adopter, timeout=60)
    (check,) = [one for one in json.loads(report.read_text())["checks"] if one["id"] == "ACME-001"]
    return done.code, check["outcome"]


@pytest.mark.slow
def test_it_is_promoted_and_its_fault_is_caught(adopter: Path) -> None:
    assert judged(adopter) == (0, "passed")


@pytest.mark.slow
def test_it_blocks_what_it_says(adopter: Path) -> None:
    (adopter / "config" / "live.toml").write_text("leverage = 4\n")
    assert judged(adopter) == (21, "failed")


@pytest.mark.slow
def test_it_is_not_trusted_once_it_looks_elsewhere(adopter: Path) -> None:
    check = adopter / "verification" / "test_acme_001.py"
    check.write_text(check.read_text().replace('glob("*.toml")', 'glob("live.toml")'))
    assert judged(adopter) == (20, "inconclusive")


def test_it_is_as_short_as_promised() -> None:
    assert len([line for line in block("python").splitlines() if line]) == 15
