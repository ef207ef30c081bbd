"""One node in a process of its own: started, spoken to, and ended, whatever becomes of it.

with NodeProcess.start(spec, host) as node:
    order = node.submit("BTCUSDT.BINANCE", "BUY", "0.01")
    node.wait_for_event("OrderFilled", order)
    node.state().position("BTCUSDT.BINANCE")
node.end    # how it ended
"""

import contextlib
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from ..exceptions import CheckFailed, Inconclusive
from ..model import Finding
from .conversation import ANSWER, Conversation
from .ending import End, classify, last_word
from .guard import GuardEvidence, refused
from .pipe import NodeSilent, Pipe
from .server import NodeHost
from .spec import NodeSpec

#: Beyond the node's own deadline: loading the configuration and building the clients.
_BUILD = 15.0
_REMEDIES = {
    "missing": ("entry missing", "Run `tradeops init strategies`, or name yours in [tool.tradeops.node] config."),
    "raised": ("raised", "Correct the line, then run it again."),
    "wrong type": ("wrong type", "Let it return a TradingNodeConfig; see docs/venue.md."),
    "no face": ("not on the venue", "Remove the client for the mode `venue`, or examine it on the testnet."),
    "not started": ("not started", "Look into the node's log, which is attached."),
    "no telemetry": ("no telemetry", "pip install 'pytest-tradeops[telemetry]' into the bot's own environment."),
}


class NodeProcess(Conversation):
    """A running node, or one that has ended. Made by `start`."""

    def __init__(self, spec: NodeSpec, pipe: Pipe, method: str) -> None:
        super().__init__(pipe)
        self.spec = spec
        self.method = method
        self._killed = False
        self._asked = False
        self._end: End | None = None

    @classmethod
    def start(cls, spec: NodeSpec, host: NodeHost) -> Self:
        """Starts a node and waits until its trader runs (or until it is built, with `spec.inspect`).

        Raises:
            Refused: the guard cannot prove that it stays away from live venues.
            CheckFailed: `node: entry missing`, `raised`, `wrong type`, `not on the venue`, `not started` or `crashed`.
            Inconclusive: NautilusTrader is not installed for the subject, or no node can be had at all.
        """
        spec.log_directory.mkdir(parents=True, exist_ok=True)
        methods = {"fork": ("fork",), "spawn": ("spawn",)}.get(spec.start, ("fork", "spawn"))
        for method in methods:
            node = cls(spec, Pipe(host.connect(spec.task(), method, spec.log_directory / "output.txt")), method)
            if node._has_begun():
                break
            node.close()
        else:
            raise Inconclusive(
                f"No node could be started: {node._why_not_begun()}.",
                remedy="Look into output.txt in its log directory.",
            )
        try:
            node._wait_until_running()
        except BaseException:
            node.close()
            raise
        return node

    @property
    def guard(self) -> GuardEvidence:
        """What the guard examined before the node connected to anything."""
        given: dict[str, Any] = self._pipe.facts["guard"]
        rows = {name: tuple(given[name]) for name in ("written", "rendered", "built")}
        return GuardEvidence(
            given["mode"],
            given["told"],
            **rows,
            engines=given["engines"],
            collectors=tuple(given["collectors"]),
            hides_rejections=given["hides_rejections"],
        )

    @property
    def times(self) -> Mapping[str, float]:
        """State (`starting`, `running`, `stopping`, `stopped`) to when it was heard, `time.monotonic()`."""
        return dict(self._pipe.states)

    @property
    def status(self) -> str:
        """`starting`, `running`, `stopping`, or how it ended."""
        if self._pipe.gone or "ended" in self._pipe.facts:
            return self.wait(0).kind
        return list(self._pipe.states or ["starting"])[-1]

    @property
    def end(self) -> End | None:
        """How it ended; None while it runs."""
        return self._end

    # Ending

    def stop(self) -> End:
        """Asks it to stop and waits; it is killed if it takes longer than `spec.stop_timeout`."""
        with contextlib.suppress(KeyError):
            self.observe()
        self._asked = True
        self._pipe.tell("stop")
        return self.wait(self.spec.stop_timeout)

    def kill(self, number: int = signal.SIGKILL) -> End:
        """Sends it a signal, SIGKILL by default, and waits for its end."""
        if self._end is None and "ended" not in self._pipe.facts:
            self._killed = number == signal.SIGKILL
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
        return self.wait(self.spec.stop_timeout)

    def wait(self, seconds: float) -> End:
        """Waits for its end; it is killed if that takes longer."""
        if self._end is None:
            self._pipe.wait(lambda: "ended" in self._pipe.facts or self._pipe.gone, seconds)
            self._end = self._classify()
        return self._end

    def close(self) -> None:
        """Ends it, if it still runs, and lets go of it; a second call does nothing."""
        if self._end is None and "ended" not in self._pipe.facts and not self._pipe.gone and "pid" in self._pipe.facts:
            self.kill()
        self._pipe.close()
        if self._end is None:
            self._end = self._classify()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._end is None:
            self.stop()
        self.close()

    # What it wrote

    @property
    def log(self) -> Path:
        """Its log, JSON lines."""
        return self.spec.log_directory / "node.jsonl"

    def log_lines(self, *levels: str) -> list[dict[str, Any]]:
        """Its log's lines of these levels (`ERROR`, `WARN`, ...), all of them without any."""
        if not self.log.exists():
            return []
        found = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):  # its last line may be cut
                row = json.loads(line)
                if not levels or row.get("level") in levels:
                    found.append(row)
        return found

    # Inside

    def _has_begun(self) -> bool:
        """Whether its process runs our code, so that everything from here on is the node's own doing."""
        facts = self._pipe.facts
        self._pipe.wait(lambda: "starting" in self._pipe.states or self._pipe.gone, self.spec.preload_timeout)
        return "starting" in self._pipe.states or "problem" in facts

    def _why_not_begun(self) -> str:
        facts = self._pipe.facts
        if "refused" in facts or "ended" in facts:
            return str(facts.get("refused") or f"its process ended at once with {facts['ended']}")
        return f"no answer within {self.spec.preload_timeout:g} s"

    def _wait_until_running(self) -> None:
        facts, states = self._pipe.facts, self._pipe.states
        goal = "stopped" if self.spec.inspect else "running"

        def told() -> bool:
            return goal in states or bool({"tripped", "problem", "ended"} & facts.keys()) or self._pipe.gone

        heard = self._pipe.wait(told, self.spec.start_timeout + _BUILD)
        if goal in states:
            self._asked = self.spec.inspect
            self.observe()
            return
        if "tripped" in facts:
            raise refused(facts["tripped"])
        if "problem" in facts:
            self._raise(facts["problem"])
        if not heard:
            raise _failed(
                "node: not started", "The node neither started nor said why.", remedy=_REMEDIES["not started"][1]
            )
        end = self.wait(1.0)
        raise _failed("node: crashed", f"The node's process ended before it ran: {end}.")

    def _raise(self, told: Mapping[str, str]) -> None:
        output = self.spec.log_directory / "output.txt"  # more of it is written in time than of the log
        printed = last_word(output.read_text(encoding="utf-8", errors="replace")) if output.exists() else ""
        last = printed or "".join(row["message"] for row in self.log_lines()[-1:])
        said = f" The log's last word: {last[:200]}" if told["kind"] == "not started" and last else ""
        raise problem({**told, "message": told["message"] + said, "word": "node"})

    def _classify(self) -> End:
        facts = self._pipe.facts
        if "ended" not in facts and not self._pipe.gone:
            self._killed = True
            with contextlib.suppress(ProcessLookupError, KeyError):
                os.kill(self.pid, signal.SIGKILL)
            self._pipe.wait(lambda: "ended" in facts or self._pipe.gone, ANSWER)
        said = facts.get("problem", {}).get("message", "")
        output = self.spec.log_directory / "output.txt"
        printed = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
        return classify(
            facts.get("ended"),
            stopped="stopped" in self._pipe.states,
            asked=self._asked and facts.get("asked", True),  # it may have shut down before it heard of it
            killed=self._killed,
            refused="tripped" in facts,
            problem="" if "running" in self._pipe.states else said,
            reason=facts.get("reason") or said or last_word(printed),
        )


def inspect(spec: NodeSpec, host: NodeHost) -> GuardEvidence:
    """Builds the node, lets the guard examine it, and ends it without a connection.

    Raises:
        Refused, CheckFailed, Inconclusive: as `NodeProcess.start`.
    """
    from dataclasses import replace

    with NodeProcess.start(replace(spec, inspect=True), host) as node:
        return node.guard


def problem(told: Mapping[str, str]) -> CheckFailed | Inconclusive:
    """The exception for what a child could not do.

    Args:
        told: `kind`, `message`, `where`, and `word`, which the reason begins with.
    """
    if told["kind"] == "no nautilus":
        return Inconclusive(told["message"], remedy="pip install 'pytest-tradeops[nautilus]'")
    reason, remedy = _REMEDIES[told["kind"]]
    return _failed(f"{told['word']}: {reason}", told["message"], told["where"], remedy)


def _failed(reason: str, message: str, where: str = "", remedy: str = "") -> CheckFailed:
    return CheckFailed([Finding(reason, message, where, remedy)])


__all__ = ["NodeProcess", "NodeSilent", "inspect", "problem"]
