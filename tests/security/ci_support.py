"""Subjects whose CI runs the scanners, for the tests of the checks about CI."""

from pathlib import Path
from typing import Any

import yaml

from pytest_tradeops.security.gitleaks import RULES
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject

FILE = ".github/workflows/ci.yml"
BANDIT = "bandit -r strategies -lll"
GITLEAKS = "gitleaks git . --verbose"


def workflow(*runs: str, **more: Any) -> dict[str, Any]:
    """A workflow whose job checks everything out and then runs one step for each text."""
    checkout = {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}}
    job = {"runs-on": "ubuntu-24.04", "steps": [checkout, *({"run": run} for run in runs)], **more}
    return {"on": {"pull_request": None}, "jobs": {"scan": job}}


def write(root: Path, document: dict[str, Any]) -> None:
    (root / FILE).parent.mkdir(parents=True, exist_ok=True)
    (root / FILE).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def job(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["jobs"]["scan"]
    return found


def a_subject(root: Path) -> Subject:
    """A subject with a strategy, gitleaks' rules, and a plain step for each scanner."""
    (root / "strategies").mkdir(parents=True)
    (root / "strategies" / "trend.py").write_text("X = 1\n", encoding="utf-8")
    (root / ".gitleaks.toml").write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    write(root, workflow(BANDIT, GITLEAKS))
    return open_subject(root, load_settings(root))


def with_runs(subject: Subject, *runs: str, **more: Any) -> Subject:
    write(subject.root, workflow(*runs, **more))
    return subject
