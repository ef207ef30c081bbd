"""The reference bot with its records in a folder of a test's, to be broken, and a check judged on it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from lean import LEAN

ROOT = Path(__file__).resolve().parents[1]


def copy(root: Path, check: str) -> Path:
    """Writes the bot and a profile `own` that requires one check."""
    for name in ("strategies", "docs/adr"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(f'[tool.tradeops.profiles.own]\nrequired = ["{check}"]\n', encoding="utf-8")
    return root


def edit(root: Path, name: str, *changes: tuple[str, str]) -> None:
    """Replaces texts of a file that must be there."""
    text = (root / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (root / name).write_text(text, encoding="utf-8")


def path_of(check: str) -> str:
    """The packaged check's file, as pytest takes it."""
    return f"tradeops/security/test_{check.lower().replace('-', '_')}.py"


def judged(pytester: pytest.Pytester, check: str) -> tuple[int, dict[str, Any]]:
    """Exit code of a gated run with that check, its planted faults included, and the check's part of the report."""
    judging = ("--tradeops-gate=own", "--tradeops-report=out/report.json")
    done = pytester.runpytest_subprocess(*LEAN, *judging, path_of(check))
    report = json.loads((pytester.path / "out" / "report.json").read_text())
    (found,) = [one for one in report["checks"] if one["id"] == check]
    return int(done.ret), found


def fails(pytester: pytest.Pytester, check: str, told: str) -> None:
    """Runs the check without faults: it must fail with a line of that shape."""
    done = pytester.runpytest_subprocess(*LEAN, path_of(check))
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines([told])
