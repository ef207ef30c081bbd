"""How a node's process ended: exit code 0 is not health, and a signal is not always a crash."""

import signal
from dataclasses import dataclass
from typing import Literal

type Kind = Literal["stopped", "shut down", "refused", "not started", "exited", "crashed", "killed", "lost"]

#: NautilusTrader's last line before it ends itself; why stands above it.
_FAREWELL = "System will terminate immediately"


@dataclass(frozen=True, slots=True)
class End:
    """The end of one node.

    Attributes:
        kind: `stopped` when asked to; `shut down` by itself, in order and with exit code 0, after an exception;
            `refused` by the guard; `not started` for a named problem; `exited` at once with a code, as NautilusTrader
            does after an exception in a handler; `crashed` by a signal, such as SIGABRT from a native panic; `killed`
            by us; `lost` when the server that forked it is gone as well.
        code: Exit code, None if a signal ended it.
        signal: Its name, or empty.
        reason: What the node said last, one phrase; empty where NautilusTrader ended the process before it was written.
    """

    kind: Kind
    code: int | None = None
    signal: str = ""
    reason: str = ""

    @property
    def healthy(self) -> bool:
        return self.kind == "stopped"

    def __str__(self) -> str:
        how = f" by {self.signal}" if self.signal else f" with code {self.code}" if self.code else ""
        return f"{self.kind}{how}{f': {self.reason}' if self.reason else ''}"


def last_word(output: str) -> str:
    """What a node printed last that says why it ended: a panic of native code, an error of its log, or its last line.

    NautilusTrader may end a process before its log file is written; what it prints is there more often.
    """
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for at in range(len(lines) - 1, -1, -1):
        if " panicked at " in lines[at]:
            return " ".join(lines[at : at + 2])[:300]
        _, found, said = lines[at].partition(" [ERROR] ")
        if found and _FAREWELL not in said:
            # The exception stands on a line of its own, before the traceback.
            more = lines[at + 1 : at + 2] if not any("[ERROR]" in line for line in lines[at + 1 : at + 2]) else []
            return " ".join([said[:200], *(line for line in more if not line.startswith("Traceback"))])[:300]
    return lines[-1][:300] if lines else ""


def classify(
    status: int | None, *, stopped: bool, asked: bool, killed: bool, refused: bool, problem: str, reason: str
) -> End:
    """The end of a node.

    Args:
        status: Exit code, negative for a signal; None if nobody saw it.
        stopped: Whether the node said that it has stopped, and `asked` whether that was wanted.
        killed: Whether we sent SIGKILL.
        refused: Whether the guard tripped; `problem` is the sentence of another reason not to start.
        reason: The node's own reason to shut down, or its log's last error.
    """
    if status is None:
        return End("lost", reason=reason)
    if status < 0:
        name = {one.value: one.name for one in signal.Signals}.get(-status, f"signal {-status}")
        return End("killed" if killed and -status == signal.SIGKILL else "crashed", None, name, reason)
    if refused:
        return End("refused", status, reason=reason)
    if problem:
        return End("not started", status, reason=problem)
    if status == 0 and stopped:
        return End("stopped", 0) if asked else End("shut down", 0, reason=reason)
    return End("exited", status, reason=reason)
