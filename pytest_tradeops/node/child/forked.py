"""Does one thing in a copy of this process, so that what it does to an engine, or to the process, ends with it."""

import json
import os
import signal
from collections.abc import Callable
from typing import Any


def in_fork(function: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the function returns, JSON values; with `crashed` where the copy ended without an answer.

    What it raises is given as `raised`, `Type: words`. Native loggers have lost their thread in a copy: what they are
    given is not written.
    """
    here, there = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(here)
        try:
            answer = function()
        except BaseException as error:  # the subject's code may do anything, also exit
            answer = {"raised": told(error)}
        with os.fdopen(there, "wb") as pipe:
            pipe.write(json.dumps(answer).encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(pid, 0)
    if not data:
        code = os.waitstatus_to_exitcode(status)
        return {"crashed": signal.Signals(-code).name if code < 0 else f"exit code {code}"}
    answer = json.loads(data)
    return dict(answer)


def told(error: BaseException) -> str:
    """An exception in one phrase, with those that it was made of."""
    parts: list[str] = []
    one: BaseException | None = error
    while one is not None and len(parts) < 4:
        parts.append(" ".join(f"{type(one).__name__}: {one}".split())[:300])
        one = one.__cause__ or one.__context__
    return " < ".join(parts)
