"""Tries out whether the subject's settings run a failing test again, and show that they did."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from .. import processes
from ..exceptions import Inconclusive
from ..model import Finding
from .ci import CiCommand
from .nested import SETTINGS_FILES, NestedReport, TestRecord, has_module, run_pytest

REASON_NOT_APPLIED = "retries: not applied"
REASON_HIDES = "retries: a failing test passes"
_FILE = "test_tradeops_probes.py"
_PROBES = '''\
import os
import pathlib


class TradeopsProbe(Exception):
    """Raised on purpose."""


def test_fails_once():
    state = pathlib.Path(os.environ["TRADEOPS_PROBE_STATE"])
    if not state.exists():
        state.touch()
        raise TradeopsProbe("the first attempt fails on purpose")


def test_always_fails():
    raise TradeopsProbe("every attempt fails on purpose")
'''
#: Neither kind of probe may be lost to the subject's naming rules or to `-x`.
_NEUTRAL = ("-o", "python_functions=test_*", "--maxfail=0")
#: The policy is tried, not its patience, nor its list of exceptions.
_RERUN_NEUTRAL = ("--reruns-delay=0", "--only-rerun=TradeopsProbe")
_UNKNOWN = "unrecognized arguments: "
_MODES = {"serially": "-n0", "with two workers": "-n2"}


def settings_files(root: Path, command: CiCommand) -> list[str]:
    """The names, relative to `root`, of the files that may hold pytest settings, incl. one that `-c` names."""
    named = (word.rpartition("=")[2].removeprefix("-c") for word in command.arguments)
    return sorted(
        {
            name
            for name in (*SETTINGS_FILES, *named)
            if name.endswith((".toml", ".ini", ".cfg")) and not Path(name).is_absolute() and (root / name).is_file()
        }
    )


def probe(python: Path, root: Path, command: CiCommand) -> dict[str, NestedReport]:
    """Runs a test that fails once and one that always fails, under the settings of `root` and CI's options.

    The tests run in a folder of their own, so that no conftest of the subject takes part.

    Returns:
        `serially` and `with two workers` to what happened.

    Raises:
        Inconclusive: a tool is missing, or pytest did not accept the settings there.
    """
    with processes.scratch("tradeops-retries-") as scratch:
        place = scratch / "subject"
        for name in settings_files(root, command):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, place / name)
        place.mkdir(exist_ok=True)
        (place / _FILE).write_text(_PROBES, encoding="utf-8")
        # The file comes first: a path also keeps pytest from warning about `testpaths` that are not here.
        options = [_FILE, *command.arguments, f"--rootdir={place}", *_NEUTRAL]
        if has_module(python, "pytest_rerunfailures", root):
            texts = [(place / name).read_text("utf-8", "replace") for name in settings_files(place, command)]
            if not any("no:rerunfailures" in text for text in (*texts, *command.arguments)):
                options += _RERUN_NEUTRAL
        found = {}
        for mode, workers in _MODES.items():
            env = {**command.env, "TRADEOPS_PROBE_STATE": str(scratch / f"state{workers}")}
            # Settings may name plugins and warnings of the project, which its own folder provides.
            given = command.env.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
            env["PYTHONPATH"] = os.pathsep.join(filter(None, (given, str(root), str(root / "src"))))
            found[mode] = _run(python, place, [*options, workers], env, command.as_module)
        return found


def _run(python: Path, place: Path, options: list[str], env: dict[str, str], as_module: bool) -> NestedReport:
    report = run_pytest(python, place, options, select=(_FILE,), env=env, as_module=as_module)
    unknown = report.tail.partition(_UNKNOWN)[2].split()
    if any(option in unknown for option in options):  # CI's command may use options that a conftest defines
        options = [option for option in options if option not in unknown]
        report = run_pytest(python, place, options, select=(_FILE,), env=env, as_module=as_module)
    if len(report.tests) != 2:
        raise Inconclusive(
            f"The probes did not run under the subject's pytest settings: {report.tail}.",
            remedy="Move options that a conftest defines out of `addopts`, into a plugin or CI's command.",
        )
    return report


def findings(reports: dict[str, NestedReport]) -> list[Finding]:
    """What speaks against the retries; empty if both probes came out as they must, in every mode."""
    return [finding for mode, report in reports.items() for finding in _judge(mode, report)]


def _judge(mode: str, report: NestedReport) -> Iterator[Finding]:
    once, always = _named(report, "test_fails_once"), _named(report, "test_always_fails")
    if once.outcome != "passed" or once.reruns == 0:
        yield Finding(
            REASON_NOT_APPLIED,
            f"{mode}, a test that fails once was run {once.reruns} times again and counts as {once.outcome}.",
            report.ini or "",
            "Write `--reruns 1` into CI's test command or into `addopts`, and install pytest-rerunfailures.",
        )
    if always.outcome != "failed" or report.code == 0:
        yield Finding(
            REASON_HIDES,
            f"{mode}, a test that always fails counts as {always.outcome}, and pytest ended with {report.code}.",
            report.ini or "",
            "Take out what turns failures into passes.",
        )
    elif once.reruns and not always.reruns:
        yield Finding(REASON_NOT_APPLIED, f"{mode}, a test that always fails was not run again.", report.ini or "")


def _named(report: NestedReport, name: str) -> TestRecord:
    return next(test for nodeid, test in report.tests.items() if nodeid.split("::")[1].split("@")[0] == name)
