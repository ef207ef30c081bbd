"""The collector of metrics in a node: found among the team's actors, led to the run's own database, and looked at.

The class is looked up by its name in the subject's interpreter; where that has no such package, there is none.
"""

import importlib
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from nautilus_trader.config import ImportableActorConfig

from .addresses import is_loopback_ip
from .entry import Problem
from .refusal import Refusal

_MODULE, _CLASS = "pytest_tradeops.telemetry.collector", "MetricsCollector"
_ADDRESS = re.compile(r"(?:^|;)\s*addr\s*=\s*([^;]*)")
_PEER = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\[\]]+):([0-9]{1,5})")
_TOPICS = ("events.order.*", "events.position.*")


def own(config: Any) -> list[Any]:
    """The configurations of those actors that are collectors, subclasses included."""
    return [one for one in config.actors if _is_collector(one.actor_path)]


def place(config: Any, team: list[Any], task: Mapping[str, Any]) -> Any:
    """The configuration with its collectors led to the run's database, or, where the run has none for it, to nothing.

    Args:
        team: The team's collectors, which may be another configuration's.
        task: `telemetry`, None or `conf`, `prefix` and `settings` (fields of the collector's configuration);
            `log_directory`, where the spool is put.

    Raises:
        Problem: a collector is wanted and the subject's interpreter has none.
    """
    wanted = task["telemetry"]
    given = {"conf": "", "prefix": "", "spool": str(Path(task["log_directory"], "spool"))}
    if wanted is not None:
        given |= {"conf": wanted["conf"], "prefix": wanted["prefix"], **wanted["settings"]}
        team = team or [_default()]
    elif not task["strategies"]:
        team = []
    placed = [replace(one, config={**one.config, **given}) for one in team]
    others = [one for one in config.actors if not _is_collector(one.actor_path)]
    return replace(config, actors=[*placed, *others])


def rules(config: Any, peers: list[str]) -> list[Refusal]:
    """What is wrong with where metrics are led to.

    Args:
        peers: `host:port` of databases that the run's configuration declares; everything else is loopback.
    """
    found = []
    for one in own(config):
        for address in addresses(str(one.config.get("conf") or "")):
            match = _PEER.fullmatch(address)
            loopback = match is not None and is_loopback_ip(match[1].strip("[]"))
            if not loopback and address not in peers:
                message = (
                    "The collector would write to a database that is neither on loopback nor declared for the run."
                )
                remedy = "Set TRADEOPS_QUESTDB_URL to the database that checks may write to."
                found.append(Refusal("guard: metrics lead elsewhere", message, one.actor_path, remedy))
    return found


def addresses(conf: str) -> list[str]:
    """Every `host:port` of a client configuration string; what cannot be read is one that nobody has declared."""
    if not conf:
        return []
    found = [one.strip() for match in _ADDRESS.finditer(conf.partition("::")[2]) for one in match[1].split(",")]
    return found or ["unreadable"]


class Costs:
    """Times what the collectors do on the trading loop, in CPU time of its thread: others' load is not in it.

    Beside each handler one that does nothing is timed, before it or after it in turn: what is cold is so for both.
    """

    def __init__(self) -> None:
        self._times: list[int] = []
        self._nothing: list[int] = []
        self._collectors: list[Any] = []

    def attach(self, node: Any) -> list[dict[str, Any]]:
        """Puts a clock around each handler of events that belongs to a collector; one row per collector."""
        kind = _collector_type()
        self._collectors = [one for one in node.trader.actors() if kind is not None and isinstance(one, kind)]
        bus = node.kernel.msgbus
        for one in bus.subscriptions():
            if one.topic in _TOPICS and self._belongs(one.handler):
                bus.unsubscribe(one.topic, one.handler)
                bus.subscribe(one.topic, self._timed(one.handler))
        return [
            {"class": f"{type(one).__module__}:{type(one).__qualname__}", "running": bool(one.is_running)}
            for one in self._collectors
        ]

    def nanoseconds(self) -> dict[str, list[int]]:
        """One per event so far, and `nothing`, what the clock itself takes."""
        return {"events": list(self._times), "nothing": list(self._nothing)}

    def _belongs(self, handler: Any) -> bool:
        owner = getattr(handler, "__self__", None)
        return any(owner is one for one in self._collectors) or type(owner).__module__.startswith(
            _MODULE.rpartition(".")[0]
        )

    def _timed(self, handler: Callable[[Any], None]) -> Callable[[Any], None]:
        def measured(called: Callable[[Any], Any], event: Any, times: list[int]) -> None:
            start = time.thread_time_ns()
            try:
                called(event)
            finally:
                times.append(time.thread_time_ns() - start)

        def nothing(_event: Any) -> None:
            return

        def hear(event: Any) -> None:
            if len(self._times) % 2:
                measured(nothing, event, self._nothing)
                measured(handler, event, self._times)
            else:
                measured(handler, event, self._times)
                measured(nothing, event, self._nothing)

        return hear


def _default() -> Any:
    if _collector_type() is None:
        message = "The subject's interpreter has no pytest_tradeops.telemetry, so nothing can measure the bot."
        raise Problem("no telemetry", message, word="node")
    return ImportableActorConfig(actor_path=f"{_MODULE}:{_CLASS}", config_path=f"{_MODULE}:{_CLASS}Config", config={})


def _is_collector(path: str) -> bool:
    kind = _collector_type()
    name, _, attribute = path.partition(":")
    try:
        found = getattr(importlib.import_module(name), attribute, None)
    except Exception:  # building the node will say so, with the line
        return False
    return kind is not None and isinstance(found, type) and issubclass(found, kind)


def _collector_type() -> type[Any] | None:
    try:
        found: type[Any] = getattr(importlib.import_module(_MODULE), _CLASS)
    except ImportError:
        return None
    return found
