"""The packaged checks about scanners, run in a small project as `tradeops verify` runs them there.

Their planted faults are left out, since they would take minutes and are caught in the run that this one is part of. So
the gate itself gives no verdict here; whether its profile requires the check is asked beside it.
"""

import sys
import xml.etree.ElementTree as ET
from collections.abc import Collection, Mapping
from pathlib import Path

from ...exceptions import Inconclusive
from .commands import CHECKS
from .probes import Project, Said

#: The settings that `tradeops verify` gives to pytest.
_INI = Path(__file__).resolve().parents[2] / "commands" / "verify.ini"


def run_checks(project: Project, scanners: Collection[str], env: Mapping[str, str], gitleaks: str) -> dict[str, Said]:
    """What the check of each scanner says; code 1 if it failed, 0 if it passed.

    Raises:
        Inconclusive: one of them came to no such end.
    """
    modules = {one: f"test_{CHECKS[one].lower().replace('-', '_')}" for one in sorted(scanners)}
    report = project.home / "junit.xml"
    command = [sys.executable, "-P", "-m", "pytest", "--rootdir", str(project.root), "-c", str(_INI), "--noconftest"]
    command += ["-q", "-p", "no:xdist", f"--junitxml={report}"]
    command += [f"tradeops/security/{module}.py" for module in modules.values()]
    said = project.execute(command, cwd=project.home, env=env, gitleaks=gitleaks)
    try:
        cases = {str(case.get("name")): case for case in ET.parse(report).getroot().iter("testcase")}  # noqa: S314
    except (OSError, ET.ParseError):
        cases = {}
    found = {}
    for scanner, module in modules.items():
        case = cases.get(module)
        lacking = next((case.find(one) for one in ("error", "skipped") if case.find(one) is not None), None) if (
            case is not None
        ) else None  # fmt: skip
        if case is None or lacking is not None:
            why = said.tail if lacking is None else str(lacking.get("message"))
            raise Inconclusive(f"{CHECKS[scanner]} came to no end in a project with a planted fault: {why}")
        failure = case.find("failure")
        found[scanner] = Said(int(failure is not None), "" if failure is None else str(failure.text))
    return found
