"""Kills a process group, or removes a folder, when its owner is gone. Stdlib only, run by file path; starts fast.

Started by `child.run` and `child.scratch` as `python -I -S guard.py OWNER [FOLDER]`, with the read end of a pipe as its
standard input. The owner writes the group's number and later kills the guard; when the pipe reaches its end instead, or
the guard has another parent, the owner died, however it did. Why not PDEATHSIG: see `supervisor.py`.
"""

import os
import select
import signal
import sys

#: Seconds between two looks at the parent: a second net, should a forked sibling hold the pipe open.
_LOOK = 1.0
#: Seconds within which the folder's last writers are gone: other guards kill them at the same time.
_STRAGGLERS = 5.0


def main() -> None:
    owner, heard = int(sys.argv[1]), b""
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    while True:
        gone = os.getppid() != owner  # before the look into the pipe: what it wrote at the last moment is still read
        if select.select([0], [], [], 0.0 if gone else _LOOK)[0]:
            data = os.read(0, 64)
            heard += data
            gone = gone or not data
        if gone:
            break
    if heard.endswith(b"\n"):
        _kill(int(heard))
    if len(sys.argv) > 2:
        remove(sys.argv[2])


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def remove(folder: str) -> None:
    """Removes the folder, and again while somebody still writes into it."""
    import shutil
    import time

    deadline = time.monotonic() + _STRAGGLERS
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder) or time.monotonic() > deadline:
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
