"""Runs a step's script on a stage: real shells and real make, and a stub in the place of every other program.

What a step leads to (a make target, scripts, variables) is then seen and not guessed: each stub writes down how it was
called. And whether a failing program fails the step is decided by the shell itself, which knows `|| true`, pipes,
`set +e`, `&&` and conditions better than any reading of the text. Nothing is installed, fetched or deleted, since
nothing that could do it is there.
"""

import contextlib
import os
import re
import shlex
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ... import processes
from ...exceptions import Inconclusive
from ..project_tree import Tree
from .runner import of_a_run
from .steps import Step

#: Programs that are what they are: they start others, or only show and compare texts.
REAL = (
    "[", "basename", "bash", "cat", "cut", "date", "dash", "dirname", "env", "expr", "false", "grep", "head", "make",
    "mktemp", "nice", "printf", "pwd", "readlink", "realpath", "sh", "sort", "tail", "test", "timeout", "tr", "true",
    "uname", "uniq", "wc", "xargs",
)  # fmt: skip
_TIMEOUT = 20.0
_SCRIPT_LARGEST = 200_000
_MOST_WORDS = 20_000
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_PATH = re.compile(r"(?<![\w./$}~-])(?:\./)?[\w.-]+(?:/[\w.+-]+)+")
_FOLDER = re.compile(r"(?<![\w./$}~-])[\w.-]+(?=/?(?:[\s\"';)]|$))")
_SHELL_SCRIPT = re.compile(r"#!\s*\S*/(?:env\s+)?(?:ba|da)?sh\b")
_MAKE = re.compile(r"(?:GNUm|[mM])akefile|.*\.mk")
#: What reaches beyond the stage, however it is written.
_BEYOND = {
    r"(?m)^(?!#!)(?:.*[\s;&|(=])?[\"']?/(?:usr/(?:local/)?|opt/\S*)?s?bin/(?!env\b|(?:ba|da)?sh\b|true\b|false\b)\w": (
        "calls a program by its absolute path"
    ),
    r">\s*[\"']?/(?!dev/(?:null|stdout|stderr|tty)\b)\w": "writes to an absolute path",
    r"/dev/(?:tcp|udp)/": "opens a connection from the shell",
    r"\bPATH=[\"']?(?:[^\s\"';]*:)?/": "puts folders of this machine on PATH",
    r"\bcommand\s+-[vV]*p": "looks for programs beside PATH",
    r"\bkill\b[^\n;]*\s-1\b": "ends processes that are not its own",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One program that a step started.

    Attributes:
        argv: As it was started, its path included.
        folder: Where, relative to the checkout.
        number: Which one it is of its own name, from 1.
    """

    argv: tuple[str, ...]
    folder: str
    number: int

    @property
    def name(self) -> str:
        return os.path.basename(self.argv[0])  # noqa: PTH119 - a name that was recorded, no path of this machine


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one run of a step's script, with every program succeeding or one call doing something else.

    Attributes:
        said: The last line that it wrote; `output` all of it, and the summary of the job.
        failed: Whether it came to that call.
    """

    code: int
    calls: tuple[Call, ...]
    said: str
    failed: bool
    output: str = ""


class Stage:
    """A checkout without content but for shell scripts, makefiles and small files at its top."""

    def __init__(self, tree: Tree, place: Path, folder: str, coming: Iterable[str] = ()) -> None:
        """Lays the checkout out.

        Args:
            place: An empty folder.
            folder: Of the tree, one whose files are all there, if empty.
            coming: Names of files to be there as well, so that a pattern in a script finds them.
        """
        self._tree = tree
        self._root = tree.root
        self._place = place
        self.checkout = place / "checkout"
        self._bin = place / "bin"
        self._log = place / "log"
        self._stub = place / "stub"
        for made in (self.checkout, self._bin, place / "home", place / "temp"):
            made.mkdir()
        self._write_stub("", 0, "")
        self._texts: dict[str, str] = {}
        self._names = frozenset(tree.names)
        self._folders = {one.as_posix() for name in tree.names for one in PurePosixPath(name).parents}
        for name in (*tree.names, *coming):
            self._lay_out(tree, name, always=name.startswith(f"{folder.strip('/')}/") or "/" not in name)
        for program in REAL:
            found = shutil.which(program)
            if found:
                (self._bin / program).symlink_to(found)

    def run(self, step: Step, failing: Call | None = None, *, doing: str = "exit 1", timeout: float = _TIMEOUT) -> Run:
        """Runs the step's script; every program succeeds but `failing`.

        Args:
            doing: What that one call does instead, in a shell's words.
            timeout: Seconds.

        Raises:
            Inconclusive: it reaches beyond the stage, needs another shell, or does not end.
        """
        if "PATH" in step.env:
            raise Inconclusive(f"{step.place} is not followed: it sets PATH.", remedy=_PLAIN)
        for name, text in (("the step", step.script), *self.led_to(step.script)):
            for pattern, what in _BEYOND.items():
                if re.search(pattern, text):
                    raise Inconclusive(f"{step.place} is not followed: {name} {what}.", remedy=_PLAIN)
            self._add_stubs(text)
        self._write_stub(failing.name if failing else "", failing.number if failing else 0, doing)
        for left in ("log", "failed", "counts"):
            (self._place / left).unlink(missing_ok=True)
        summary = self._place / "temp" / _SUMMARY.lower()
        summary.unlink(missing_ok=True)
        script = self._place / "step.sh"
        script.write_text(step.script, encoding="utf-8")
        cwd = (self.checkout / step.folder).resolve()
        if not cwd.is_relative_to(self.checkout.resolve()) or not cwd.is_dir():
            raise Inconclusive(f"{step.place} is not followed: it runs in {step.folder}.", remedy=_PLAIN)
        done = processes.run(self._command(step, script), cwd=cwd, timeout=timeout, env=self._environment(step))
        if done.timed_out:
            raise Inconclusive(
                f"{step.place} is not followed: it does not end where every program succeeds at once.", remedy=_PLAIN
            )
        shown = summary.read_text(encoding="utf-8", errors="replace") if summary.exists() else ""
        output = "\n".join((done.stdout, done.stderr, shown))
        return Run(done.code, tuple(self._calls()), done.tail, (self._place / "failed").exists(), output)

    def shows(self, run: Run, mark: str) -> bool:
        """Whether what a program wrote came to the log, to the summary, or to a file below the checkout."""
        if mark in run.output:
            return True
        places = (self.checkout, self._place / "temp")
        files = (path for place in places for path in place.rglob("*") if path.is_file() and not path.is_symlink())
        return any(mark.encode() in path.read_bytes() for path in files if path.stat().st_size <= _SCRIPT_LARGEST)

    def _command(self, step: Step, script: Path) -> list[str]:
        words = shlex.split(step.shell)
        if not words or words[0] not in ("bash", "sh", "dash"):
            raise Inconclusive(f"{step.place} is not followed: its shell is {step.shell}.", remedy=_PLAIN)
        program = self._bin / words[0]
        if not program.exists():
            raise Inconclusive(f"{words[0]} is not installed, so that {step.place} is not followed.")
        return [str(program), *(str(script) if word == "{0}" else word for word in words[1:])]

    def _environment(self, step: Step) -> dict[str, str]:
        at = {name: str(self._place / "temp" / name.lower()) for name in _FILES}
        return {
            **of_a_run(step.event, step.branch, step.job),
            "GITHUB_WORKSPACE": str(self.checkout),
            "RUNNER_TEMP": str(self._place / "temp"),
            **at,
            **step.env,
            "HOME": str(self._place / "home"),
            "TMPDIR": str(self._place / "temp"),
            "LC_ALL": "C.UTF-8",
            "PATH": str(self._bin),
        }

    def _lay_out(self, tree: Tree, name: str, *, always: bool) -> None:
        target = self.checkout / name
        source = tree.root / name
        text = tree.text(name) if is_followed(source, name) else None
        if text is None and not always:
            return  # until a script names it
        target.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            target.touch()
            return
        target.write_text(text, encoding="utf-8")
        target.chmod(stat.S_IMODE(source.stat().st_mode) | 0o600)
        if _SHELL_SCRIPT.match(text) or name.endswith((".sh", ".bash")) or _MAKE.fullmatch(target.name):
            self._texts[name] = text

    def led_to(self, script: str) -> Iterator[tuple[str, str]]:
        """The scripts and makefiles that a text names, directly or through another of them."""
        waiting, seen = [script], set()
        while waiting:
            text = waiting.pop()
            for name, content in self._texts.items():
                made = bool(_MAKE.fullmatch(Path(name).name)) and re.search(r"\bmake\b|\$\(MAKE\)", text)
                if name not in seen and (name in text or made):
                    seen.add(name)
                    waiting.append(content)
                    yield name, content

    def _add_stubs(self, text: str) -> None:
        """A stub for every word, since any of them may be a program; and for programs below the checkout."""
        for word in sorted(set(_WORD.findall(text)))[:_MOST_WORDS]:
            if not os.path.lexists(self._bin / word):
                (self._bin / word).hardlink_to(self._stub)
        for path in sorted({*_PATH.findall(text), *_FOLDER.findall(text)})[:_MOST_WORDS]:
            self._add_path(PurePosixPath(path).as_posix())

    def _add_path(self, path: str) -> None:
        """What a script names by its path: a file or folder of the project, or a program that a step before made."""
        target = self.checkout / path
        if ".." in target.parts or os.path.lexists(target):
            return
        is_program = bool({"bin", ".bin"} & set(PurePosixPath(path).parent.parts))
        with contextlib.suppress(OSError):  # a file where it would want a folder
            if path in self._folders:
                target.mkdir(parents=True)
            elif path in self._names or is_program:
                target.parent.mkdir(parents=True, exist_ok=True)
                if (not is_program and not os.access(self._root / path, os.X_OK)) or target.name.startswith("activate"):
                    text = None if is_program else self._tree.text(path)
                    target.write_text(text if text and len(text) <= _SCRIPT_LARGEST else "", encoding="utf-8")
                else:
                    target.hardlink_to(self._stub)

    def _write_stub(self, failing: str, number: int, doing: str) -> None:
        """One file of which every stub is a hard link; it fails at the `number`th call of the name `failing`."""
        log, failed, counts = (shlex.quote(str(self._place / name)) for name in ("log", "failed", "counts"))
        self._stub.write_text(
            "#!/bin/sh\n"
            # One write, so that the programs of a pipe do not write into each other's lines.
            f'printf \'%s\\0\' "$#" "$PWD" "$0" "$@" >>{log}\n'
            f'[ "${{0##*/}}" = {shlex.quote(failing or "/")} ] || exit 0\n'
            f"echo >>{counts}\nn=0; while read -r _; do n=$((n + 1)); done <{counts}\n"
            f"[ $n -eq {number} ] || exit 0\necho >{failed}\n{doing}\n",
            encoding="utf-8",
        )
        self._stub.chmod(0o755)

    def _calls(self) -> Iterator[Call]:
        if not self._log.exists():
            return
        parts = self._log.read_bytes().decode("utf-8", "replace").split("\0")
        at, numbers = 0, dict[str, int]()
        while at + 2 < len(parts):
            count, folder, program = int(parts[at]), parts[at + 1], parts[at + 2]
            argv = (program, *parts[at + 3 : at + 3 + count])
            at += 3 + count
            name = Path(program).name
            numbers[name] = numbers.get(name, 0) + 1
            here = os.path.relpath(folder, self.checkout.resolve())
            yield Call(argv, here, numbers[name])


_SUMMARY = "GITHUB_STEP_SUMMARY"
_FILES = (_SUMMARY, "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")
_PLAIN = "Let CI call the scanner in a plain step, such as `run: tradeops verify --profile local`."


def is_followed(path: Path, name: str) -> bool:
    """Whether the text of a file counts on the stage; all others are there, and empty."""
    try:
        if path.stat().st_size > _SCRIPT_LARGEST:
            return False
        if "/" not in name and not name.endswith(".py"):
            return True
        if name.endswith((".sh", ".bash")) or _MAKE.fullmatch(path.name):
            return True
        with path.open("rb") as file:
            return _SHELL_SCRIPT.match(file.read(80).decode("utf-8", "replace")) is not None
    except OSError:
        return False
