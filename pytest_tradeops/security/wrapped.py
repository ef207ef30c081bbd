"""What a command line runs once the way to it is taken off: `uv run python -m bandit -r x` is `bandit -r x`."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

#: They run what follows them, after options of their own, and end as it ends.
_WRAPPERS = frozenset(
    {"uv", "uvx", "poetry", "pdm", "hatch", "pipenv", "pipx", "pixi", "rye", "coverage", "env", "nice", "timeout"}
    | {"time", "xvfb-run", "sudo", "exec", "command", "stdbuf"}
)
_PYTHON = re.compile(r"python[0-9.]*")
#: Options whose next word is no program.
_VALUED = frozenset({"--with", "--from", "--extra", "--group", "--python", "-p", "-c", "install", "add"})
#: What may follow a distribution's name: a version, or extras.
_VERSION = re.compile(r"[@=<>\[]")


def unwrapped(argv: Sequence[str], programs: Collection[str], modules: Mapping[str, str]) -> tuple[str, ...]:
    """From the name of one of the programs on; empty if the command line runs none of them.

    Args:
        modules: Module to the program that `python -m` of it is.
    """
    name = PurePosixPath(argv[0]).name
    if name in programs:
        return (name, *argv[1:])
    if _PYTHON.fullmatch(name):
        at = next((at for at, word in enumerate(argv[1:], start=1) if not word.startswith("-") or word == "-m"), 0)
        if at and argv[at] == "-m" and at + 1 < len(argv) and argv[at + 1] in modules:
            return (modules[argv[at + 1]], *argv[at + 2 :])
        return ()
    if name in _WRAPPERS:
        for at, word in enumerate(argv[1:], start=1):
            if argv[at - 1] in _VALUED:
                continue
            plain = _VERSION.split(PurePosixPath(word).name)[0]
            if plain in programs:
                return (plain, *argv[at + 1 :])
            if _PYTHON.fullmatch(PurePosixPath(word).name):
                return unwrapped(argv[at:], programs, modules)
    return ()
