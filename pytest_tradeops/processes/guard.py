"""Kills a process group when its owner is gone. Stdlib only, run by file path; imports nothing that costs time.

Started by `child.run` as `python -I -S guard.py OWNER`, with the read end of a pipe as its standard input. The owner
writes the group's number and later kills the guard; when the pipe reaches its end instead, or the guard has another
parent, the owner died, however it did. Why not PDEATHSIG: see `supervisor.py`.
"""

import os
import select
import signal
import sys

#: Seconds between two looks at the parent: a second net, should a forked sibling hold the pipe open.
_LOOK = 1.0


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
        try:
            os.killpg(int(heard), signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


if __name__ == "__main__":
    main()
