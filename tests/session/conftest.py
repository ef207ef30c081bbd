"""A small repository of an adopter, run under the gate in a process of its own, with and without workers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from lean import LEAN

PROFILE = """
[tool.tradeops]
checks = ["checks"]

[tool.tradeops.profiles.own]
required = ["ACME-001", "ACME-002"]
flaky_budget = 0
"""

HEADER = """
import pytest
from pytest_tradeops.gate import planted_fault, Grade
"""

CHECK = """
@pytest.mark.verification(id="ACME-{number}", suite="acme", title="the limit is there", covers=("1.4.2",))
def test_acme_{number}(subject, evidence):
    text = subject.path("limits.txt").read_text()
    evidence.examined(len(text.split()), "limits")
    if "max={number}" not in text:
        evidence.fail("acme: limit missing", "limits.txt names no limit.", remedy="Write max={number} into it.")


@planted_fault(check="ACME-{number}", title="the limit is gone", expects="acme: limit missing", covers="1.4.2")
def limit_removed(subject):
    subject.edit("limits.txt", "max={number}", "min={number}")
"""


#: What there is in the repository. Without it, every packaged check would be run, with services and nodes.
OURS = ("-m", "not verification or verification(suite='acme')")


@dataclass
class Outcome:
    """What a gated run left behind."""

    code: int
    output: str
    report: dict[str, Any] | None

    @property
    def verdict(self) -> str:
        assert self.report is not None, self.output
        return str(self.report["verdict"])

    def outcome(self, check: str) -> str:
        return str(self.check(check)["outcome"])

    def check(self, check: str) -> dict[str, Any]:
        assert self.report is not None, self.output
        (found,) = [one for one in self.report["checks"] if one["id"] == check]
        return found


class Repository:
    """The adopter's repository; two passing checks until a test breaks something."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.root = pytester.path
        pytester.makepyprojecttoml(PROFILE)
        self.write("limits.txt", "max=001 max=002\n")
        self.check("001")
        self.check("002")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def check(self, number: str, body: str = "", header: str = HEADER) -> None:
        """Writes the check ACME-`number`: the passing one, or `body` in its place."""
        self.write(f"checks/test_acme_{number}.py", header + (dedent(body) or CHECK.format(number=number)))

    def run(self, *arguments: str, workers: int = 0, profile: str = "own", select: bool = True) -> Outcome:
        """One run under the gate; its report is read back."""
        report = self.root / "out" / "report.json"
        chosen = ("-m", "verification(suite='acme')") if select else ()
        result = self._pytester.runpytest_subprocess(
            f"-n{workers}",
            *LEAN,
            f"--tradeops-gate={profile}",
            f"--tradeops-report={report}",
            *chosen,
            *(arguments or ("checks",)),
        )
        document = json.loads(report.read_text()) if report.exists() else None
        return Outcome(int(result.ret), "\n".join((*result.outlines, *result.errlines)), document)


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Repository:
    return Repository(pytester)


@pytest.fixture(params=[0, 2], ids=["serial", "two-workers"])
def run(request: pytest.FixtureRequest, repository: Repository) -> Callable[..., Outcome]:
    """Runs the repository once serially and once with two workers: the test must hold for both."""

    def once(*arguments: str, **options: Any) -> Outcome:
        return repository.run(*arguments, workers=request.param, **options)

    return once
