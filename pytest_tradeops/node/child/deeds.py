"""Tells which processes this one starts, and with what, and which files it opens to write, however short they live."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

#: More than these are not told; each is told once.
_MOST = 1_000
_WRITING = os.O_WRONLY | os.O_RDWR
#: Event of the interpreter to where in its arguments the command line and the environment stand.
_STARTS = {"subprocess.Popen": (1, 3), "os.posix_spawn": (1, 2), "os.exec": (1, 2), "os.spawn": (2, 3)}


def tell(send: Callable[..., None]) -> None:
    """Sends a message `did` for each, from now to the end of the process: nothing ends an audit hook.

    One of `{"started": name, "given": environment and command line}` and `{"wrote": absolute path}`. What native code
    does is not heard.
    """
    owner = os.getpid()
    told: set[tuple[str, ...]] = set()

    def did(**deed: str) -> None:
        key = tuple(deed.values())
        if key not in told and len(told) < _MOST:
            told.add(key)
            send(did=deed)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if os.getpid() != owner:
            return  # a copy of this process: it has the pipe, and the locks as they were
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str | bytes) and isinstance(flags, int) and flags & _WRITING:
                did(wrote=os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - links stay links
        elif event == "sqlite3.connect":
            did(wrote=os.path.abspath(_text(arguments[0])))  # noqa: PTH100
        elif event == "os.system":
            command = _text(arguments[0])
            did(started=command.split()[0] if command.split() else "sh", given=f"{_given(None)}\n{command}")
        elif event in _STARTS:
            line, environ = _STARTS[event]
            words = [_text(one) for one in _words(arguments[line])]
            name = Path(words[0]).name if words else "?"
            did(started=name, given="\n".join([_given(arguments[environ]), *words]))

    sys.addaudithook(hook)


def _given(environ: Mapping[Any, Any] | None) -> str:
    items = os.environ.items() if environ is None else dict(environ).items()
    return "\n".join(f"{_text(name)}={_text(value)}" for name, value in items)


def _words(line: Any) -> Iterable[Any]:
    return [line] if isinstance(line, str | bytes | os.PathLike) else list(line or ())


def _text(value: Any) -> str:
    try:
        return os.fsdecode(value)
    except TypeError:
        return str(value)
