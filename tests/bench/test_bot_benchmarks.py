"""The fixtures that benchmark a bot, on the reference bot and real services: what they time, and what they note."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.bench.nodes import peak_memory
from pytest_tradeops.processes.child import clean_environment

ROOT = Path(__file__).parents[2]
SETTINGS = """\
[tool.tradeops.backtest]
entry = "strategies.backtest:build"

[tool.tradeops.node]
config = "strategies.node:node_config"
"""


def ran(root: Path, text: str) -> tuple[subprocess.CompletedProcess[str], dict[str, dict[str, Any]]]:
    """The benchmarks run once by pytest-benchmark itself, and its report by name."""
    root.mkdir()
    shutil.copytree(ROOT / "strategies", root / "strategies", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(SETTINGS)
    (root / "test_speed.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n0",
        "-p",
        "no:cacheprovider",
        "--benchmark-json=out.json",
        "test_speed.py",
    ]
    environ = clean_environment({"TRADEOPS_PROVIDERS": "process"})
    done = subprocess.run(command, cwd=root, env=environ, check=False, capture_output=True, text=True, timeout=300)
    out = root / "out.json"
    found = json.loads(out.read_text())["benchmarks"] if out.is_file() and out.stat().st_size else []
    return done, {one["name"]: one for one in found}


def of_the_guide() -> str:
    """The block of the guide that shows them."""
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    return next(block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "bench_node" in block)


@pytest.mark.slow
def test_the_benchmarks_of_the_guide_run_as_they_are_written(tmp_path: Path) -> None:
    done, found = ran(tmp_path / "bot", of_the_guide())
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(found) == set(re.findall(r"def (test_\w+)", of_the_guide()))
    assert found["test_start_up"]["extra_info"]["peak_rss_mb"] > 50
    assert 0.0005 < found["test_round_trip"]["stats"]["min"] < 5
    assert found["test_collector"]["extra_info"]["events"] > 10
    assert found["test_collector"]["stats"]["min"] < found["test_rows"]["stats"]["min"]
    assert found["test_ingest"]["extra_info"]["rows"] == 10_000
    assert found["test_query"]["extra_info"]["rows"] == 100_000


@pytest.mark.slow
def test_what_cannot_be_measured_is_said_in_a_sentence(tmp_path: Path) -> None:
    text = (
        "def test_query(bench_questdb): bench_questdb.query('select 1')\n"
        "def test_trip(bench_node): bench_node.round_trip(quantity='1000000', orders=1)\n"
    )
    done, _ = ran(tmp_path / "bot", text)
    assert done.returncode == 1
    assert "The query names no {table}." in done.stdout
    assert "An order to BUY 1000000 BTCUSDT.BINANCE was not filled but denied by the bot's own limits." in done.stdout


def test_the_peak_of_a_process_is_known_and_that_of_none_is_zero() -> None:
    before = peak_memory(0) or peak_memory(2**22 + 1)
    assert before == 0.0
    assert peak_memory(os.getpid()) > 10e6
