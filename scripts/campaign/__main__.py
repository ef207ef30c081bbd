"""Runs the gate often enough to say how often it is wrong, beside pytest-benchmark's own comparison. Resumable.

Every run makes a project, runs `pytest --bench-gate` on it, and has pytest-benchmark compare a stored run of the base
with one of the work tree, as its users do. One line a run is appended to `docs/campaign/runs.jsonl`, failures included.

    make bench-campaign                          # goes on until the plan is done
    python -m scripts.campaign --minutes 30      # stops after half an hour; the next call goes on
    python -m scripts.campaign --summary         # what there is so far
    python -m scripts.campaign --summary --file docs/campaign/first.jsonl    # of the campaign that changed the rule
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from .projects import KINDS, create
from .summary import summary

RUNS = Path("docs/campaign/runs.jsonl")
#: Percent slower to verdicts wanted.
PLAN = {0: 620, 5: 320, 10: 120}


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many")
    parser.add_argument("--summary", action="store_true", help="only say what there is so far")
    parser.add_argument("--file", type=Path, default=RUNS, help="where the runs are written to (%(default)s)")
    given = parser.parse_args()
    done = load(given.file)
    begin = time.monotonic()
    while not given.summary and (percent := wanted(done)) is not None and time.monotonic() - begin < 60 * given.minutes:
        one = run(percent, number=len(done))
        given.file.parent.mkdir(parents=True, exist_ok=True)
        with given.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(one) + "\n")
        done.append(one)
        left = {percent: max(0, want - have(done, percent)) for percent, want in PLAN.items()}
        sys.stdout.write(f"run {len(done)}: {percent:+d} %: {counts(one)}, {one['seconds']:.0f} s; left: {left}\n")
        sys.stdout.flush()
    sys.stdout.write(summary(done))
    return 0


def counts(one: dict[str, Any]) -> str:
    found = Counter(one["verdicts"].values())
    return ", ".join(f"{count} {verdict}" for verdict, count in found.most_common()) or "nothing"


def load(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def have(done: list[dict[str, Any]], percent: int) -> int:
    return sum(len(one["verdicts"]) for one in done if one["percent"] == percent)


def wanted(done: list[dict[str, Any]]) -> int | None:
    """What has come least far, so that a campaign that is cut off has some of everything."""
    shares = {percent: have(done, percent) / want for percent, want in PLAN.items()}
    least = min(shares, key=lambda percent: shares[percent])
    return least if shares[least] < 1 else None


def run(percent: int, number: int) -> dict[str, Any]:
    """One project, judged by both. A suite of all six kinds, twenty benchmarks."""
    kinds = tuple(KINDS)
    with tempfile.TemporaryDirectory(prefix="tradeops-campaign-") as place:
        root = Path(place) / "project"
        create(root, 1 + percent / 100, kinds)
        load = os.getloadavg()[0]
        begin = time.monotonic()
        report = Path(place) / "bench.json"
        pytest = [sys.executable, "-m", "pytest", "-q"]
        environ = {**os.environ, "XDG_CACHE_HOME": str(Path(place) / "cache")}
        done = subprocess.run(
            [*pytest, "-m", "benchmark", "--bench-gate", f"--bench-report={report}"],
            cwd=root, env=environ, capture_output=True, text=True, timeout=3600, check=False,
        )  # fmt: skip
        seconds = time.monotonic() - begin
        nothing: dict[str, Any] = {"benchmarks": [], "pairs": 0}
        told: dict[str, Any] = json.loads(report.read_text()) if report.exists() else nothing
        return {
            "number": number,
            "at": round(time.time()),
            "percent": percent,
            "code": done.returncode,
            "load": load,
            "seconds": round(seconds, 1),
            "rule": told.get("rule", {}),  # a run that was held has none
            "rounds": told["pairs"],
            "verdicts": {one["name"]: one["verdict"] for one in told["benchmarks"]},
            "targets": {one["name"]: one["target"] for one in told["benchmarks"] if one["target"] != 0.05},
            "pairs": {one["name"]: [round(pair, 5) for pair in one["pairs"]] for one in told["benchmarks"]},
            "peer": peer(root, environ, pytest),
        }


def peer(root: Path, environ: dict[str, str], pytest: list[str]) -> dict[str, dict[str, float]]:
    """pytest-benchmark: the base is stored, then the work tree is run. Per benchmark how much slower it reads."""
    plain = ["-p", "no:tradeops", "--benchmark-quiet", "--benchmark-storage=file://../stored"]
    command = [*pytest, *plain]
    subprocess.run(["git", "stash", "--quiet"], cwd=root, check=True, timeout=60)
    found: dict[str, dict[str, Any]] = {}
    for name in ("base", "work"):
        told = [*command, f"--benchmark-json=../{name}.json"]
        subprocess.run(told, cwd=root, env=environ, capture_output=True, timeout=3600, check=True)
        if name == "base":
            subprocess.run(["git", "stash", "pop", "--quiet"], cwd=root, check=True, timeout=60)
        benchmarks = json.loads((root.parent / f"{name}.json").read_text())["benchmarks"]
        found[name] = {one["fullname"]: one["stats"] for one in benchmarks}
    return {
        name: {field: round(found["work"][name][field] / stats[field] - 1, 5) for field in ("min", "median", "mean")}
        for name, stats in found["base"].items()
        if name in found["work"]
    }


if __name__ == "__main__":
    sys.exit(main())
