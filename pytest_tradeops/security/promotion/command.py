"""Whether a command runs the gate, whatever it is wrapped in."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from .words import LEADING

#: Programs that run what follows them and end as it ends.
_WRAPPERS = frozenset(
    {"uv", "uvx", "poetry", "pdm", "hatch", "pipenv", "pixi", "rye", "coverage", "env", "nice", "timeout", "time"}
    | {"xvfb-run", "sudo", "exec", "command", "stdbuf"}
)
_PROGRAMS = ("tradeops", "pytest", "py.test")
_MODULES = {"pytest_tradeops": "tradeops", "pytest": "pytest"}
_PYTHON = re.compile(r"python[0-9.]*")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
#: With these, nothing is judged.
_SHOWING = frozenset({"-h", "--help", "--version", "-V", "--collect-only", "--co", "--setup-only", "--setup-plan"})
#: Options whose next word is no program.
_VALUED = frozenset({"--with", "--from", "--extra", "--group", "--python", "-p", "-c", "install", "add"})


def is_gate(words: Sequence[str]) -> bool:
    """Whether the words of one command are a run of the gate that judges."""
    argv = _unwrapped(words)
    if not argv or _SHOWING & set(argv):
        return False
    if argv[0] == "tradeops":
        return argv[1:2] == ["verify"]
    return argv[0] in _PROGRAMS[1:] and any(
        word == "--tradeops-gate" or word.startswith("--tradeops-gate=") for word in argv
    )


def _unwrapped(words: Sequence[str]) -> list[str]:
    """From the program on, without assignments and wrappers; empty if it is hidden behind another program."""
    rest = list(words)
    while rest and (ASSIGNMENT.match(rest[0]) or rest[0] in LEADING):
        rest = rest[1:]
    if not rest:
        return []
    name = PurePosixPath(rest[0]).name
    if name in _PROGRAMS:
        return [name, *rest[1:]]
    if _PYTHON.fullmatch(name) or name in _WRAPPERS:
        for at, word in enumerate(rest[1:], start=1):
            if rest[at - 1] == "-m" and word in _MODULES:
                return [_MODULES[word], *rest[at + 1 :]]
            if rest[at - 1] in _VALUED:
                continue
            if name in _WRAPPERS and PurePosixPath(word).name in _PROGRAMS:
                return [PurePosixPath(word).name, *rest[at + 1 :]]
    return []
