"""Trees that depend on different packages: each is run with its own, and a difference is never overlooked."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from duet_projects import Project

from pytest_tradeops.processes.child import clean_environment

type Make = Callable[[Mapping[str, str]], Project]

DEMANDS = """\
[project]
name = "bot"
version = "1"
requires-python = ">=3.12"
dependencies = ["six=={version}", "pytest>=9", "pytest-benchmark>=5.3.1"]
"""
CORE = """\
import six


def work():
    return sum(range(6000 if six.__version__ == "1.17.0" else 3000))
"""


def lock(root: Path) -> None:
    command = [sys.executable, "-m", "uv", "lock", "--quiet", "--python", sys.executable]
    subprocess.run(command, cwd=root, check=True, timeout=120, env=clean_environment())


@pytest.mark.slow
def test_another_version_of_a_package_is_what_is_measured(make_project: Make, tmp_path: Path) -> None:
    project = make_project({"pyproject.toml": DEMANDS.format(version="1.16.0"), "bot/core.py": CORE})
    lock(project.root)
    project.commit("Lock")
    project.write({"pyproject.toml": DEMANDS.format(version="1.17.0")})
    lock(project.root)
    ran = project.bench("--bench-base=HEAD")
    assert "bench: dependencies differ (six 1.16.0 -> 1.17.0), so each tree has an environment of its own" in ran.out
    assert (ran.code, ran.verdicts) == (1, {"test_work": "slower"}), ran.out
    environments = tmp_path / "cache" / "pytest-tradeops" / "bench" / "environments"
    made = {path: path.stat().st_mtime_ns for path in environments.glob("*/.complete")}
    assert len(made) == 2
    again = project.bench("--bench-base=HEAD")
    assert again.code == 1, again.out
    assert {path: path.stat().st_mtime_ns for path in environments.glob("*/.complete")} == made


def test_without_a_lock_to_make_an_environment_from_nothing_is_compared(make_project: Make) -> None:
    project = make_project({"requirements.txt": "six==1.16.0\n"})
    project.write({"requirements.txt": "six==1.17.0\n"})
    ran = project.bench()
    assert ran.code == 20, ran.out
    assert "HOLD: The trees depend on different packages (six 1.16.0 -> 1.17.0), and there is no uv.lock" in ran.out
