"""The built wheel in somebody else's empty repository, with the environment inside of it, as uv makes it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_tradeops.gate.catalogue import packaged
from pytest_tradeops.processes.child import clean_environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

#: They take minutes, and `local` does not list them.
ON_DEMAND = {"BEN-003", "BEN-004", "BEN-005"}


@dataclass
class Foreign:
    """The repository; files written through `write` are gone after the test."""

    root: Path
    written: list[Path]

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.written.append(path)

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("pytest", "-p", "no:cacheprovider", *arguments)

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / ".venv" / "bin" / command, *arguments],
            cwd=self.root,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but a virtual environment that holds the wheel and its base dependencies."""
    root = tmp_path_factory.mktemp("their-bot")
    wheels = tmp_path_factory.mktemp("wheels")
    uv = [sys.executable, "-m", "uv"]

    def must(*command: str | Path) -> None:
        done = subprocess.run(
            [*command], capture_output=True, text=True, timeout=300, check=False, env=clean_environment()
        )
        assert done.returncode == 0, done.stderr

    must(*uv, "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", wheels, ROOT)
    must(*uv, "venv", "--quiet", "--seed", "--python", sys.executable, root / ".venv")
    (wheel,) = wheels.glob("*.whl")
    must(root / ".venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return root


@pytest.fixture
def foreign(installed: Path) -> Iterator[Foreign]:
    repository = Foreign(installed, [])
    yield repository
    for path in repository.written:
        path.unlink(missing_ok=True)


def test_an_empty_repository_fails_with_the_command_that_helps(foreign: Foreign) -> None:
    run = foreign.pytest("-m", "verification")
    assert run.returncode == 1, run.stdout
    assert "Run `tradeops init strategies`" in run.stdout
    assert "Run `tradeops init adr`" in run.stdout
    for entry in packaged():
        assert f"tradeops/{entry.file}" in run.stdout, entry.spec.id


def test_under_the_gate_it_is_21_and_every_check_says_what_is_missing(foreign: Foreign) -> None:
    run = foreign.pytest("-m", "verification", "--tradeops-gate=local", "--tradeops-report=out/report.json")
    foreign.written.append(foreign.root / "out" / "report.json")
    assert run.returncode == 21, run.stdout
    report = json.loads((foreign.root / "out" / "report.json").read_text())
    assert report["verdict"] == "BLOCK"
    assert {check["id"] for check in report["checks"]} == packaged().ids - ON_DEMAND
    assert any(all(check in note for check in ON_DEMAND) for note in report["notes"]), report["notes"]
    for check in report["checks"]:
        assert check["outcome"] in ("failed", "inconclusive"), check
        assert check["reason"], check
        assert check["remedy"], check


def test_a_plain_run_does_not_touch_the_suites(foreign: Foreign) -> None:
    foreign.write("test_own.py", "def test_own():\n    assert True\n")
    run = foreign.pytest("-v")
    assert run.returncode == 0, run.stdout
    assert "tradeops/" not in run.stdout
    assert "1 passed" in run.stdout


def test_benchmarks_come_first_and_then_what_may_take_longest(foreign: Foreign) -> None:
    run = foreign.pytest("-m", "verification", "--collect-only", "-q")
    order = [line.split("::")[0].removeprefix("tradeops/") for line in run.stdout.splitlines() if "::" in line]
    entries = {entry.file: entry for entry in packaged()}
    assert sorted(order) == sorted(entries)
    runs = [(entries[file].spec.suite != "benchmarks", 1 + len(entries[file].faults)) for file in order]
    longest = [(later, -runs * entries[file].spec.budget) for file, (later, runs) in zip(order, runs, strict=True)]
    assert longest == sorted(longest)
    assert len(set(longest)) > 3


@pytest.mark.parametrize("expression", ["not verification", "slow", "not slow"])
def test_other_marker_expressions_do_not_touch_them_either(foreign: Foreign, expression: str) -> None:
    foreign.write("test_own.py", "def test_own():\n    assert True\n")
    assert "tradeops/" not in foreign.pytest("-v", "-m", expression).stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_single_check_by_its_node_id(foreign: Foreign, workers: str) -> None:
    run = foreign.pytest("-v", "-n", workers, "tradeops/security/test_sec_001.py::test_sec_001")
    assert run.returncode == 1, run.stdout
    assert "1 failed" in run.stdout
    wrong = foreign.pytest("-n", workers, "tradeops/security/test_no_such.py")
    assert wrong.returncode not in (0, 5), wrong.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_hostile_ini_changes_nothing(foreign: Foreign, workers: str) -> None:
    foreign.write(
        "pytest.ini",
        "[pytest]\npython_files = nothing_*.py\npython_functions = nothing_*\npython_classes = *\n"
        "addopts = --import-mode=importlib --assert=plain\nnorecursedirs = *\ntestpaths = nowhere\n",
    )
    # One suite: what an ini would change, it would change in each.
    run = foreign.pytest("-m", "verification(suite='security')", "--tradeops-gate=local", "-n", workers)
    assert run.returncode == 21, run.stdout
    assert "FAILED tradeops/security/test_sec_001.py::test_sec_001 - SEC-001" in run.stdout


HOSTILE = """
import pytest

@pytest.fixture
def _subject():
    raise RuntimeError("the subject's own fixture was used")

@pytest.fixture
def subject():
    raise RuntimeError("the subject's own fixture was used")

@pytest.fixture
def _evidence(request):
    from unittest.mock import MagicMock
    return MagicMock()

@pytest.fixture(autouse=True)
def everything_passes(monkeypatch):
    raise RuntimeError("the subject's own fixture was used")
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_hostile_conftest_changes_nothing_and_is_named(foreign: Foreign, workers: str) -> None:
    foreign.write("conftest.py", HOSTILE)
    run = foreign.pytest(
        "-m", "verification", "--tradeops-gate=local", "-n", workers, "--tradeops-report=out/report.json"
    )
    foreign.written.append(foreign.root / "out" / "report.json")
    assert run.returncode == 21, run.stdout
    assert "the subject's own fixture was used" not in run.stdout
    report = json.loads((foreign.root / "out" / "report.json").read_text())
    notes = " ".join(report["notes"])
    assert "conftest.py was loaded" in notes
    if workers == "0":
        assert "everything_passes" in notes


def test_verify_keeps_the_subjects_conftest_and_ini_out(foreign: Foreign) -> None:
    foreign.write("conftest.py", "raise SystemExit('the conftest was imported')\n")
    foreign.write("pytest.ini", "[pytest]\naddopts = --collect-only\n")
    foreign.write("pytest.py", "raise SystemExit('the subject shadowed pytest')\n")
    only = ("--only", "SEC-001")  # enough to be refused: it starts as all of them would
    run = foreign.run("tradeops", "verify", "--profile", "local", *only, "--report-dir", str(foreign.root / "out"))
    assert run.returncode == 21, run.stdout + run.stderr
    assert "the conftest was imported" not in run.stdout + run.stderr
    assert "BLOCK" in run.stdout
