"""With pytest-codspeed installed beside pytest-benchmark: its mode is its own, and the gate stays what it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_tradeops.processes import find_uv
from pytest_tradeops.processes.child import clean_environment

FILES = {
    "pyproject.toml": '[project]\nname = "bot"\nversion = "1"\n',
    "bot/__init__.py": "",
    "bot/core.py": "def work(n=300):\n    return sum(i * i for i in range(n))\n",
    "test_plain.py": "def test_plain(): pass\n",
    "benchmarks/test_core.py": (
        "from bot.core import work\n\n\n"
        "def test_call(benchmark): assert benchmark(work) > 0\n\n\n"
        "def test_rounds(benchmark):\n    benchmark.pedantic(work, setup=lambda: ((200,), {}), rounds=4, warmup_rounds=1)\n"
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "bot"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def pytest_with_codspeed(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest in this environment with pytest-codspeed on top of it."""
    uv = find_uv()
    if uv is None:
        pytest.skip("there is no uv to add pytest-codspeed with")
    command = [str(uv), "run", "--quiet", "--no-project", "--python", sys.executable, "--with", "pytest-codspeed>=4"]
    # The plugin from this checkout, and what else is installed here, behind what uv adds.
    paths = [str(Path(__file__).parents[2]), *(one for one in sys.path if one.endswith("site-packages"))]
    environ = clean_environment({"PYTHONPATH": os.pathsep.join(paths), "XDG_CACHE_HOME": str(root.parent / "cache")})
    whole = [*command, "python", "-m", "pytest", *arguments]
    done = subprocess.run(whole, cwd=root, env=environ, check=False, capture_output=True, text=True, timeout=500)
    if done.returncode not in range(6) and "pytest-codspeed" in done.stderr:
        pytest.skip(f"pytest-codspeed cannot be had: {done.stderr.strip().splitlines()[-1]}")
    return done


@pytest.mark.slow
def test_its_mode_measures_what_the_marker_selects(project: Path) -> None:
    done = pytest_with_codspeed(project, "-m", "benchmark", "--codspeed")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 benchmarked" in done.stdout
    assert "1 deselected" in done.stdout


@pytest.mark.slow
def test_both_at_once_are_refused_and_the_gate_works_beside_it(project: Path) -> None:
    both = pytest_with_codspeed(project, "-m", "benchmark", "--codspeed", "--bench-gate")
    assert both.returncode == 4, both.stdout + both.stderr
    assert "--bench-gate and --codspeed both take the `benchmark` fixture: leave one out." in both.stderr
    shutil.copytree(project, project.with_name("base"))
    gate = pytest_with_codspeed(project, "-m", "benchmark", "--bench-gate", "--bench-base=../base")
    assert gate.returncode == 0, gate.stdout + gate.stderr
    assert "test_rounds" in gate.stdout
