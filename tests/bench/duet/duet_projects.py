"""Small projects with benchmarks, in git, whose work tree differs from its base."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_tradeops.processes.child import clean_environment
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject

FILES = {
    "pyproject.toml": '[project]\nname = "bot"\nversion = "1"\n[tool.pytest.ini_options]\naddopts = "-p no:randomly"\n',
    ".gitignore": "__pycache__/\nreport.json\n",
    "bot/__init__.py": "",
    "bot/core.py": "def work(n=300):\n    return sum(i * i for i in range(n))\n",
    "benchmarks/test_core.py": "from bot.core import work\n\n\ndef test_work(benchmark):\n    assert benchmark(work) > 0\n",
}
#: The same twice as slow, and twice as fast: further apart than any machine's noise.
SLOWER = "def work(n=300):\n    return sum(i * i for i in range(2 * n))\n"
FASTER = "def work(n=300):\n    return sum(i * i for i in range(n // 2))\n"


@dataclass(frozen=True)
class Ran:
    """A run of pytest.

    Attributes:
        verdicts: Of JUnit's properties: the test's name to the verdict.
    """

    code: int
    out: str
    verdicts: Mapping[str, str]


@dataclass(frozen=True)
class Project:
    """A repository with one commit, and a work tree."""

    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def git(self, *arguments: str) -> str:
        person = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgSign=false"]
        done = subprocess.run(["git", *person, *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def bench(self, *arguments: str, cache: Path | None = None, timeout: float = 500, path: str | None = None) -> Ran:
        """`pytest -m benchmark --bench-gate`, in a process of its own, with a cache of its own."""
        junit = self.root.parent / "junit.xml"
        junit.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-m", "benchmark", "--bench-gate", f"--junitxml={junit}", *arguments]
        environ = clean_environment({"XDG_CACHE_HOME": str(cache or self.root.parent / "cache")})
        environ |= {"PATH": path} if path else {}
        done = subprocess.run(
            command, cwd=self.root, env=environ, check=False, capture_output=True, text=True, timeout=timeout
        )
        return Ran(done.returncode, done.stdout + done.stderr, _verdicts(junit))


def subject_of(project: Project) -> Subject:
    return open_subject(project.root, load_settings(project.root))


def _verdicts(junit: Path) -> dict[str, str]:
    from xml.etree import ElementTree

    if not junit.is_file():
        return {}
    cases = ElementTree.parse(junit).iter("testcase")  # noqa: S314 - pytest wrote it
    found = {}
    for case in cases:
        for one in case.iter("property"):
            if one.get("name") == "bench":
                found[str(case.get("name"))] = str(one.get("value"))
    return found


def benchmarks_in(report: Path) -> dict[str, Any]:
    """pytest-benchmark's own JSON report, by the benchmark's name."""
    return {one["name"]: one for one in json.loads(report.read_text())["benchmarks"]}
