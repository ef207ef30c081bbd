"""Runs a command to its end, in a process group of its own, within a deadline."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Live credentials are never handed to a child, whoever asks.
_LIVE = ("BINANCE_API_", "BINANCE_FUTURES_API_", "BYBIT_API_", "OKX_API_", "KRAKEN_API_", "HYPERLIQUID_PK")
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

    Args:
        timeout: Seconds.
        env: The whole environment; default `clean_environment()`.
        stdin: Text to feed; default none.

    Raises:
        OSError: the command cannot be started.
    """
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


def _kill_group(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
