"""One half of a duet as a process: started, spoken to, and gone when the pair is over."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ... import processes
from ...exceptions import Inconclusive
from ...processes.child import clean_environment
from . import layout

#: Seconds between two looks at whether a process that has not called yet is still there.
_POLL = 0.1
#: Seconds within which a process is gone that has closed its end of the line.
_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Program:
    """How the tests of one tree are run.

    Attributes:
        label: `base` or `candidate`.
        root: The tree's copy of pytest's rootdir, which is the working directory.
        python: The interpreter.
        path: What goes first on `sys.path`.
        arguments: pytest's, without a selection.
        files: What is collected, relative to the root.
        origin: The project that the tree was copied from, nothing of which may be imported.
        harness: What of the tree measures, relative to the root.
    """

    label: str
    root: Path
    python: Path
    path: tuple[Path, ...]
    arguments: tuple[str, ...]
    files: tuple[str, ...]
    origin: Path
    harness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """A file beside this one that is loaded into a tree's pytest.

    Attributes:
        name: Under which it is loaded.
    """

    name: str
    file: str


PLUGIN = Plugin("_tradeops_duet", "worker.py")


class SideEnded(Exception):
    """The process is gone, or silent for too long; the text completes a sentence that begins with its tree."""


class Side:
    """A running half.

    Args:
        timeout: Seconds that it may be silent.

    Attributes:
        program: What it was started as.
        log: All that it printed.
    """

    def __init__(
        self, program: Program, process: subprocess.Popen[str], connection: socket.socket, log: Path, timeout: float
    ) -> None:
        self.program = program
        self.log = log
        self._process = process
        self._timeout = timeout
        self._stream = connection.makefile("rw", encoding="utf-8", newline="\n")

    def hear(self) -> dict[str, Any]:
        """The next event.

        Raises:
            SideEnded: there will be none.
        """
        try:
            line = self._stream.readline()
        except TimeoutError:
            raise SideEnded(f"said nothing for {self._timeout:.0f} seconds") from None
        except OSError:
            line = ""
        if not line:
            raise SideEnded(ending(self._process))
        return dict(json.loads(line))

    def tell(self, name: str, do: str, **values: Any) -> None:
        """A command for the benchmark `name`; that nobody hears it is noticed by `hear`."""
        with contextlib.suppress(OSError):
            self._stream.write(json.dumps({"name": name, "do": do, **values}) + "\n")
            self._stream.flush()


def ending(process: subprocess.Popen[str]) -> str:
    """How a process ended that has closed its end of the line."""
    try:
        code = process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        return "closed the line"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def last_words(log: Path) -> str:
    """The last line that a process printed, for an error sentence."""
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing"


@contextlib.contextmanager
def side(program: Program, names: Sequence[str] | None, place: Path, timeout: float, seed: int) -> Iterator[Side]:
    """Starts one half, and ends it with the block.

    Args:
        names: Node ids to run; None to collect only.
        place: A folder of this half's own.
        seed: Of the hashes of texts, and of the layout of memory.

    Raises:
        Inconclusive: the interpreter cannot be started.
        SideEnded: it ended before it was there.
    """
    lay_out_plugins(place, PLUGIN)
    log = place / "output.log"
    with contextlib.ExitStack() as stack:
        # Not below `place`: the address of a socket may have no more than 107 bytes.
        address = stack.enter_context(processes.scratch("tdo-")) / "s"
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(str(address))
        server.listen(1)
        given = {
            "socket": str(address),
            "files": program.files,
            "names": None if names is None else list(names),
            "origin": str(program.origin),
            "own": [str(one) for one in (program.root, *program.path)],
            "harness": [str(program.root / one) for one in (*program.files, *program.harness)],
        }
        command = command_line(program, PLUGIN, seed)
        environ = environment(program, place, given, seed)
        try:
            process = stack.enter_context(processes.running(command, cwd=program.root, env=environ, output=log))
        except OSError as error:
            raise Inconclusive(
                f"{program.python} cannot be started: {error.strerror or error}.", remedy="Repair the environment."
            ) from None
        connection = stack.enter_context(_accepted(server, process, timeout))
        if connection.fileno() < 0:
            raise SideEnded(f"did not start: {last_words(log)}")
        yield Side(program, process, connection, log, timeout)


def _accepted(server: socket.socket, process: subprocess.Popen[str], timeout: float) -> socket.socket:
    """The connection of the half; a closed one if it ends before it has made any."""
    server.settimeout(_POLL)
    deadline = time.monotonic() + timeout
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(TimeoutError):
            connection, _ = server.accept()
            connection.settimeout(timeout)
            return connection
    closed = socket.socket(socket.AF_UNIX)
    closed.close()
    return closed


def lay_out_plugins(place: Path, *plugins: Plugin) -> None:
    """Copies plugins into a folder, which is made: in the tree's interpreter this package may be another one."""
    place.mkdir(parents=True, exist_ok=True)
    for one in plugins:
        shutil.copyfile(Path(__file__).with_name(one.file), place / f"{one.name}.py")


def command_line(program: Program, plugin: Plugin, seed: int, *, under: Sequence[str | Path] = ()) -> list[str | Path]:
    """How a tree's pytest is started, with the layout of memory that the seed says.

    Args:
        under: A command that runs the interpreter, such as valgrind's.
    """
    pytest: list[str | Path] = [program.python, "-m", "pytest", *program.arguments, "-p", plugin.name]
    return [*layout.launcher(seed), *under, *pytest]


def environment(program: Program, place: Path, given: Mapping[str, Any], seed: int) -> dict[str, str]:
    """The variables of a process that measures a tree, with plugins from `place`."""
    environ = clean_environment({"TRADEOPS_DUET": json.dumps(given), "COVERAGE_FILE": str(place / "coverage")})
    environ["PYTHONHASHSEED"] = str(seed)
    environ["TRADEOPS_LAYOUT"] = layout.padding(seed)
    environ["PYTHONPATH"] = os.pathsep.join([str(place), *map(str, program.path)])
    return environ
