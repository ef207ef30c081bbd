"""`tradeops verify`: runs the checks isolated from the subject's conftest files and pytest settings, and judges."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from ..exceptions import ConfigError, PolicyError, TradeopsError
from ..gate.profile import load_profile
from ..gate.report.write import check_places
from .context import Context, Verbs, add_verb, warn

#: More than one process: less time, and the verdict is given by one in which nothing of the subject was imported.
WORKERS = "auto"
#: There are few checks, and each worker may start servers of its own.
_MOST_WORKERS = 6
HOLD, INVALID = 20, 23
_REPORTS = {"report.json": "JSON", "report.html": "HTML", "summary.md": "Markdown", "junit.xml": "JUnit"}

_DESCRIPTION = (
    "Runs every packaged check and the subject's own (`checks` in [tool.tradeops]) with their planted faults in a "
    "process of its own: without the subject's conftest files, pytest settings and PYTEST_* variables. "
    "Exit codes: 0 PROMOTE, 20 HOLD (also a run that ended without a verdict), 21 BLOCK, 22 guard tripped, "
    "23 policy invalid (unknown profile, a profile, waiver file or [tool.tradeops] that cannot be used), 2 usage."
)


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(
        verbs,
        [common],
        "verify",
        "Run the checks and say whether the build may be promoted",
        description=_DESCRIPTION,
        epilog="Arguments after `--` go to pytest.",
    )
    parser.add_argument("--profile", metavar="P", help="Judge by this profile (default: `profile` in [tool.tradeops])")
    parser.add_argument(
        "-n",
        dest="workers",
        default=WORKERS,
        metavar="N",
        help=f"Processes, or auto: two more than cores, at most {_MOST_WORKERS} (default: {WORKERS})",
    )
    parser.add_argument("--report-dir", type=Path, metavar="DIR", help="Default: tradeops-report/ in the subject")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="ID",
        help="Run only these checks; the verdict is then HOLD at best, as the profile's others are missing",
    )
    parser.set_defaults(run=run, passes_on=True)


def run(context: Context, options: argparse.Namespace) -> int:
    folder = prepare_report_folder(options.report_dir or context.root / "tradeops-report")
    try:
        profile = options.profile or context.settings.profile
        load_profile(profile, context.settings.profiles, context.catalogue.ids)  # a typing error must not cost a run
    except (PolicyError, ConfigError) as error:
        warn(str(error))
        return INVALID
    return _judged_run(context, options, profile, folder)


def _judged_run(context: Context, options: argparse.Namespace, profile: str, folder: Path) -> int:
    from .isolated import run_pytest

    if options.workers != "auto" and not options.workers.isdigit():
        raise TradeopsError(f"-n {options.workers} is not a number of processes.", remedy="Write -n 2 or -n auto.")
    report, page, summary, junit = (str(folder / name) for name in _REPORTS)
    arguments = [
        *("--tradeops-gate", profile, "--tradeops-report", report, "--tradeops-html", page),
        *("--tradeops-summary", summary, "--junitxml", junit, "-n", _workers(options.workers, options.only)),
        # One at a time: what a worker holds in advance waits behind a long one, while another worker has nothing.
        "--maxschedchunk=1",
        *_what(context, options.only),
        *options.rest,
    ]
    code = run_pytest(context.root, arguments)
    return code if code != 0 else _confirmed(Path(report), profile)


def _workers(asked: str, only: list[str] | None) -> str:
    """Two more than there are cores: much of the time a check waits for what its planted fault keeps from coming.

    No more than there are checks, where `--only` names them.
    """
    most = min(_MOST_WORKERS, len(set(only))) if only else _MOST_WORKERS
    return str(min(len(os.sched_getaffinity(0)) + 2, most)) if asked == "auto" else asked


def _confirmed(report: Path, profile: str) -> int:
    """The exit code of a run whose pytest ended with 0: that number alone is no verdict.

    Checks run in that process: one that calls `os._exit(0)`, or an option such as `--collect-only`, ends it with 0
    before anything was judged. The report is of this run, as the folder was emptied before.
    """
    problem, code = "", HOLD
    try:
        said: Any = json.loads(report.read_text(encoding="utf-8"))
        verdict, its_code, its_profile = said["verdict"], said["exit_code"], said["profile"]
    except FileNotFoundError:
        problem = f"pytest ended with 0 but {report.name} was not written"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        problem = f"pytest ended with 0 but {report.name} cannot be read"
    else:
        if verdict == "PROMOTE" and its_code == 0 and its_profile == profile:
            return 0
        problem = f"pytest ended with 0 but {report.name} says {verdict} with exit code {its_code} for {its_profile!r}"
        code = its_code if type(its_code) is int and 0 < its_code < 256 else HOLD
    warn(
        f"The run ended without a verdict: {problem}. "
        "Look for a check that ends the process, and for an option behind `--` that runs nothing."
    )
    return code


def prepare_report_folder(folder: Path) -> Path:
    """Makes the folder, without what an earlier run left: a run that ends at once must not look like that one.

    Raises:
        TradeopsError: it cannot be written, or a file in it that bears a report's name is none.
    """
    check_places((form, folder / name) for name, form in _REPORTS.items())
    try:
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        if new:
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        for name in _REPORTS:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise TradeopsError(
            f"{folder} cannot be written: {error.strerror}.", remedy="Name another --report-dir."
        ) from None
    return folder.resolve()


def _what(context: Context, only: list[str] | None) -> list[str]:
    """The tests to run: own check files as absolute paths, because the run's current folder is an empty one."""
    paths = [str(context.root / path) for path in context.settings.checks]
    if not only:
        return paths
    entries = [context.entry(check) for check in only]
    # Packaged ones by their node ids, too: one that measures is left out unless it is named.
    named = [context.nodeid(entry) for entry in entries if context.own.get(entry.spec.id) is None]
    return [*paths, *named, "-m", " or ".join(f"verification(id='{entry.spec.id}')" for entry in entries)]
