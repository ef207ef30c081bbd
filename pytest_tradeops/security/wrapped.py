"""What a command line runs once the way to it is taken off: `uv run python -m bandit -r x` is `bandit -r x`."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

#: They run what follows them, after options of their own, and end as it ends.
_WRAPPERS = frozenset({"uvx", "env", "nice", "timeout", "time", "xvfb-run", "sudo", "exec", "command", "stdbuf"})
#: They do so behind this word only; behind others they install, list or lock.
_RUNNERS = frozenset({"uv", "poetry", "pdm", "hatch", "pipenv", "pipx", "pixi", "rye", "coverage"})
_RUN = "run"
_PYTHON = re.compile(r"python[0-9.]*")
#: Options whose next word is no program.
_VALUED = frozenset({"--with", "--from", "--extra", "--group", "--python", "-p", "-c"})
#: What stands before a program: `A=1` behind env, `10m` behind timeout.
_SETTING = re.compile(r"[A-Za-z_]\w*=.*|[0-9.]+[smhd]?", re.DOTALL)
#: Programs that only name what follows them.
_SHOWING = frozenset({"echo", "printf", "cat", "true", "false", ":", "test", "ls", "which", "type", "grep", "sleep"})
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
    return _behind(argv, programs, modules) if name in _WRAPPERS or name in _RUNNERS else ()


def _behind(argv: Sequence[str], programs: Collection[str], modules: Mapping[str, str]) -> tuple[str, ...]:
    """What a wrapper runs: the first word that is neither an option nor the value of one."""
    wrapper = PurePosixPath(argv[0]).name
    running = wrapper in _WRAPPERS
    for at, word in enumerate(argv[1:], start=1):
        before = argv[at - 1]
        if word in ("-h", "--help") or (wrapper == "command" and word in ("-v", "-V")):
            return ()  # nothing is run: `command -v` says where a program is
        if not running:
            running = word == _RUN
            continue
        if word.startswith("-") or before in _VALUED or _SETTING.fullmatch(word):
            continue
        if before == "-m":
            return (modules[word], *argv[at + 1 :]) if word in modules else ()
        own = PurePosixPath(word).name
        plain = _VERSION.split(own)[0]
        if plain in programs:
            return (plain, *argv[at + 1 :])
        if _PYTHON.fullmatch(own) or own in _WRAPPERS or own in _RUNNERS:
            return unwrapped(argv[at:], programs, modules)
        if not before.startswith("-") or before == "--" or own in _SHOWING:
            return ()  # another program; else it may be the value of an option that is not known here
    return ()
