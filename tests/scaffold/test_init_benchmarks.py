"""`tradeops init benchmarks`: a gate for pull requests where there are benchmarks, and CI has no other one."""

from pathlib import Path

import pytest
import yaml

from pytest_tradeops.cli import main

FILE = ".github/workflows/benchmarks.yml"
BENCHMARK = "def test_one(benchmark): benchmark(sum, [1])\n"


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["init", *arguments, "--subject", str(root)])
    return capsys.readouterr().out


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_it_gates_pull_requests_of_the_default_branch_with_the_whole_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(
        tmp_path / "pyproject.toml", '[tool.tradeops]\ndefault_branch = "on"\n[tool.tradeops.bench]\npaths = ["perf"]\n'
    )
    put(tmp_path / "perf" / "test_one.py", BENCHMARK)
    init(tmp_path, capsys, "benchmarks")
    written = yaml.safe_load((tmp_path / FILE).read_text(encoding="utf-8"))
    assert written[True] == {"pull_request": {"branches": ["on"]}, "push": {"branches": ["on"]}}
    assert written["jobs"]["benchmarks"]["if"] == "github.event_name == 'pull_request'"
    checkout, *_ = written["jobs"]["benchmarks"]["steps"]
    assert checkout["with"]["fetch-depth"] == 0
    runs = [step.get("run", "") for step in written["jobs"]["benchmarks"]["steps"]]
    assert any(run.startswith("python -m pytest perf -m benchmark --bench-gate ") for run in runs)
    (codspeed,) = [
        step["with"]["run"]
        for step in written["jobs"]["codspeed"]["steps"]
        if "codspeed" in step.get("uses", "").lower()
    ]
    assert codspeed == "python -m pytest perf -m benchmark --codspeed"


def test_without_benchmarks_it_is_left_out_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "benchmarks/ holds no benchmark: write one" in init(tmp_path, capsys, "benchmarks")
    assert not (tmp_path / FILE).exists()


def test_a_gate_of_another_name_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "benchmarks" / "test_one.py", BENCHMARK)
    put(tmp_path / ".github/workflows/speed.yml", "steps:\n  - run: pytest -m benchmark --bench-gate\n")
    said = init(tmp_path, capsys, "benchmarks")
    assert "CI compares benchmarks with their base already: .github/workflows/speed.yml." in said
    assert not (tmp_path / FILE).exists()
