"""Runs a command to its end, in a process group of its own, within a deadline and never beyond its owner's end."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Live credentials are never handed to a child, whoever asks.
_LIVE = ("BINANCE_API_", "BINANCE_FUTURES_API_", "BYBIT_API_", "OKX_API_", "KRAKEN_API_", "HYPERLIQUID_PK")
_GUARD = Path(__file__).with_name("guard.py")
#: An outer run's own switches would change what an inner pytest does.
_OUTER = ("PYTEST_", "COV_", "COVERAGE_")


@dataclass(frozen=True, slots=True)
class Completed:
    """What a child left behind.

    Attributes:
        code: Exit code, negative for a signal.
        timed_out: It was killed at its deadline.
    """

    code: int
    stdout: str
    stderr: str
    timed_out: bool = False

    @property
    def tail(self) -> str:
        """The last line that says something, for an error sentence."""
        lines = [line for line in (self.stderr or self.stdout).splitlines() if line.strip()]
        return lines[-1].strip() if lines else "no output"


def clean_environment(extra: Mapping[str, str] | None = None, *, python_path: Path | None = None) -> dict[str, str]:
    """This process's environment without live credentials and without an outer pytest's switches.

    Args:
        extra: Added last.
        python_path: Becomes `PYTHONPATH`, so that a subject's packages can be imported.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith((*_LIVE, *_OUTER))}
    if python_path is not None:
        environ["PYTHONPATH"] = str(python_path)
    return {**environ, **(extra or {})}


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: Path,
    timeout: float,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> Completed:
    """Runs `command` and waits for its end; at the deadline its whole process group is killed.

    It is also killed when this process ends before it, even by SIGKILL.

    Args:
        timeout: Seconds.
        env: The whole environment; default `clean_environment()`.
        stdin: Text to feed; default none.

    Raises:
        OSError: the command cannot be started.
    """
    with _guarded() as watch:
        process = subprocess.Popen(
            [os.fspath(part) for part in command],
            cwd=cwd,
            env=clean_environment() if env is None else dict(env),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            watch(process.pid)
            out, err = process.communicate(stdin, timeout=timeout)
            return Completed(process.returncode, out, err)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            out, err = process.communicate()
            return Completed(process.returncode, out, err, timed_out=True)
        finally:
            if process.poll() is None:
                _kill_group(process)
                process.communicate()


@contextlib.contextmanager
def running(
    command: Sequence[str | os.PathLike[str]], *, cwd: Path, env: Mapping[str, str], output: Path
) -> Iterator[subprocess.Popen[str]]:
    """A command that runs beside the block; at its end, or at this process's, its whole process group is killed.

    Args:
        output: Where it writes both its streams.

    Raises:
        OSError: the command cannot be started.
    """
    with _guarded() as watch, output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [os.fspath(part) for part in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            watch(process.pid)
            yield process
        finally:
            _kill_group(process)
            process.wait()


@contextlib.contextmanager
def scratch(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """A folder for the block. It is also removed when this process is killed, even by SIGKILL.

    Args:
        place: Where to make it; the temp folder without.
    """
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as folder, _guarded(folder):
        yield Path(folder)


@contextlib.contextmanager
def _guarded(*folder: str) -> Iterator[Callable[[int], None]]:
    """Starts a guard, which kills the process group it was told of should this process end within the block.

    Args:
        folder: One that the guard then removes, if any.

    A guard beside the command and not around it: exit code, streams and deadline stay the command's own. It runs
    before the command starts, so that the two start at the same time and no moment is long without it.
    """
    theirs, ours = os.pipe()
    try:
        try:
            guard = subprocess.Popen(
                [sys.executable, "-I", "-S", os.fspath(_GUARD), str(os.getpid()), *folder],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        try:
            yield lambda group: _tell(ours, group)
        finally:
            guard.kill()  # before the pipe is closed: its end means that this process is gone
            guard.wait()
    finally:
        os.close(ours)


def _tell(pipe: int, group: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # somebody killed the guard: the command runs as well without it
        os.write(pipe, b"%d\n" % group)


def _kill_group(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
