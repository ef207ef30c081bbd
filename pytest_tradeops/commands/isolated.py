"""Starts pytest for a subject without letting the subject take part in it."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from ..gate.report.write import STARTED_IN

_INI = Path(__file__).with_name("verify.ini")
#: Would change what the run does, imports or asserts (`-O` strips every assertion).
_DROPPED = frozenset(
    {
        *("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONBREAKPOINT", "PYTHONHOME"),
        *("PYTHONPLATLIBDIR", "PYTHONCASEOK", "PY_COLORS_PLUGIN"),
    }
)


#: How the name of a run's own empty folder begins.
FOLDER = "tradeops-verify-"
#: Tells the child the number of its lifeline; see `tidy`.
LIFELINE = "TRADEOPS_LIFELINE"


def run_pytest(subject: Path, arguments: Sequence[str]) -> int:
    """Runs pytest in a child whose output goes straight to the terminal; returns its exit code.

    The child's current folder is an empty one: `-P` keeps the current folder out of the imports of the child itself,
    but not out of those of the workers it starts.
    """
    command = [
        *(sys.executable, "-P", "-m", "pytest", "--rootdir", str(subject), "-c", str(_INI), "--noconftest"),
        *arguments,
    ]
    with tempfile.TemporaryDirectory(prefix=FOLDER) as empty, _lifeline() as lifeline:
        sys.stdout.flush()
        environ = {**scrubbed(os.environ, subject), LIFELINE: str(lifeline), STARTED_IN: str(Path.cwd())}
        child = subprocess.Popen(command, cwd=empty, env=environ, pass_fds=(lifeline,))
        with _forwarding(child):
            code = _wait(child)
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _lifeline() -> Iterator[int]:
    """The reading end of a pipe whose writing end only this process holds: at its end-of-file this process is gone."""
    ours, theirs = os.pipe()
    try:
        yield ours
    finally:
        os.close(ours)
        os.close(theirs)


def scrubbed(environ: Mapping[str, str], subject: Path) -> dict[str, str]:
    """The environment without what steers pytest or Python, and without import paths inside the subject."""
    kept = {name: value for name, value in environ.items() if not name.startswith("PYTEST_") and name not in _DROPPED}
    if "PYTHONPATH" in kept:
        paths = [path for path in kept["PYTHONPATH"].split(os.pathsep) if path and not _inside(path, subject)]
        kept["PYTHONPATH"] = os.pathsep.join(paths)
    return {name: value for name, value in kept.items() if name != "PYTHONPATH" or value}


def _inside(path: str, subject: Path) -> bool:
    return Path(path).resolve().is_relative_to(subject.resolve())


def _wait(child: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The terminal sent it to the child as well, which now writes its reports and ends.
            continue


@contextlib.contextmanager
def _forwarding(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hands SIGTERM on to the child, so that a cancelled CI job does not leave it behind."""

    def forward(number: int, _: FrameType | None) -> None:
        child.send_signal(number)

    try:
        before = signal.signal(signal.SIGTERM, forward)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
