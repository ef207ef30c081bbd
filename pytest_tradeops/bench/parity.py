"""Compares a serial with a parallel run of the same tests, and CI's run with the cores of this machine."""

from ..exceptions import Inconclusive
from ..model import Finding
from .nested import USAGE, NestedReport

REASON_DIFFER = "xdist: outcomes differ"
REASON_FAILING = "xdist: smoke tests do not pass"
REASON_REFUSED = "xdist: pytest refuses the options"
REASON_SERIAL = "xdist: CI runs serially"
REASON_WORKERS = "xdist: CI workers differ from the cores"
_CALLED = ("passed", "failed", "xfailed", "xpassed")


def refused(report: NestedReport, options: str) -> list[Finding]:
    """A finding if pytest did not take the command line, although it and xdist are installed."""
    if report.tests or report.code != USAGE:
        return []
    message = f"pytest does not run with `{options}`: {report.tail}"
    return [Finding(REASON_REFUSED, message, remedy="Allow pytest-xdist in the pytest settings.")]


def compare(serial: NestedReport, parallel: NestedReport) -> list[Finding]:
    """What differs between a run with `-n0` and one with `-n2`; empty if the tests do not notice their worker.

    Raises:
        Inconclusive: fewer than two tests ran, one of the runs broke, or only one worker had something to do.
    """
    found = refused(serial, "-n0") or refused(parallel, "-n2")
    if found:
        return found
    for report, way in ((serial, "Without workers"), (parallel, "With two workers")):
        if not report.tests:
            raise Inconclusive(
                f"{way}, none of the smoke tests ran: {report.tail}", remedy="Correct `smoke_tests` in [tool.tradeops]."
            )
    one = serial.outcomes
    # `--dist loadgroup` appends the group's name to the node id.
    two = {_known(name, one): outcome for name, outcome in parallel.outcomes.items()}
    different = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
    if different:
        name = different[0]
        more = f" (and {len(different) - 1} more)" if len(different) > 1 else ""
        message = f"serially {one.get(name, 'not run')}, with two workers {two.get(name, 'not run')}{more}."
        return [Finding(REASON_DIFFER, message, name, "Take what the test shares with others from a fixture.")]
    failing = sorted(name for name, outcome in one.items() if outcome == "failed") or list(serial.broken)
    if failing:
        return [Finding(REASON_FAILING, "it fails with and without workers.", failing[0], "Repair it first.")]
    if sum(outcome in _CALLED for outcome in one.values()) < 2:
        raise Inconclusive(
            f"Fewer than two smoke tests ran ({serial.tail}).",
            remedy="Name at least two tests that are not skipped as `smoke_tests` in [tool.tradeops].",
        )
    if len(parallel.busy) < 2:
        raise Inconclusive(
            "Only one of two workers had something to do.",
            remedy="Name `smoke_tests` that `--dist` may give to different workers, such as tests of two files.",
        )
    return []


def workers(report: NestedReport, command: str) -> list[Finding]:
    """A finding unless the run of CI's command used as many workers as there are cores.

    Raises:
        Inconclusive: no test ran.
    """
    found = refused(report, command)
    if found:
        return found
    if not report.tests:
        raise Inconclusive(f"CI's command ran none of the smoke tests: {report.tail}", remedy=f"Try `{command}`.")
    if report.workers == 0:
        message = f"`{command}` set up no worker; expected {expected(report)}."
        return [Finding(REASON_SERIAL, message, remedy="Write `-n auto`, and no later `-n0`.")]
    if report.workers not in report.cores.values():
        message = f"`{command}` set up {report.workers} workers; expected {expected(report)}."
        return [Finding(REASON_WORKERS, message, remedy="Write `-n auto` or `-n logical` instead of a number.")]
    return []


def expected(report: NestedReport) -> str:
    """The numbers of workers that count as all cores, for a message: `4 (available, logical) or 2 (physical)`."""
    ways: dict[int, list[str]] = {}
    for way, number in sorted(report.cores.items()):
        ways.setdefault(number, []).append(way)
    return " or ".join(f"{number} ({', '.join(names)})" for number, names in sorted(ways.items(), reverse=True))


def _known(name: str, others: dict[str, str]) -> str:
    base = name.rpartition("@")[0]
    return base if name not in others and base in others else name
