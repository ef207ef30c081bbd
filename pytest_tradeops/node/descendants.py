"""The processes that a node has started: what each was given in its environment and on its command line."""

import contextlib
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Started:
    """One process.

    Attributes:
        name: What the kernel calls it.
        given: Its environment and its command line; None where they may not be read.
    """

    pid: int
    name: str
    given: str | None = field(repr=False)


def of(pid: int) -> list[Started] | None:
    """Every process below `pid`, by process id; None where the kernel does not show its processes."""
    if not (_PROC / str(pid)).is_dir():
        return None
    children: dict[int, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    for entry in os.listdir(_PROC):  # noqa: PTH208 - a process may end between two lines, and this is one call
        if entry.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
                stat = (_PROC / entry / "stat").read_text(encoding="utf-8", errors="replace")
                head, _, rest = stat.rpartition(")")
                children[int(rest.split()[1])].append(int(entry))
                names[int(entry)] = head.partition("(")[2]
    found, waiting = [], list(children[pid])
    while waiting:
        one = waiting.pop()
        waiting += children[one]
        found.append(Started(one, names[one], _given(one)))
    return sorted(found, key=lambda one: one.pid)


def _given(pid: int) -> str | None:
    try:
        parts = [(_PROC / str(pid) / name).read_bytes() for name in ("environ", "cmdline")]
    except FileNotFoundError:
        return ""  # it has ended: nothing is left to be read by anybody
    except OSError:
        return None
    return "\n".join(part.replace(b"\0", b"\n").decode("utf-8", "replace") for part in parts)
