"""Runs several commands at a time, in the process group that it was started in; imports nothing but the library.

A process between the scan and its shards: one deadline, one guard and one kill of the group reach all of them, which
threads in the scanning process would not allow. Standard error is the shards' own, so that nothing waits for a reader.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence


def run_all(commands: Sequence[Sequence[str]], workers: int) -> list[int]:
    """Runs every command, at most `workers` at a time; their exit codes in order, negative for a signal."""
    waiting = list(enumerate(commands))
    running: dict[int, tuple[int, subprocess.Popen[bytes]]] = {}
    codes = [0] * len(commands)
    while waiting or running:
        while waiting and len(running) < workers:
            number, command = waiting.pop(0)
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            running[child.pid] = number, child
        pid, status = os.wait()
        number, child = running.pop(pid)
        codes[number] = child.returncode = os.waitstatus_to_exitcode(status)
    return codes


if __name__ == "__main__":
    order = json.load(sys.stdin)
    json.dump(run_all(order["commands"], order["workers"]), sys.stdout)
