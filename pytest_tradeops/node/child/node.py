"""One node from its configuration to its end: load, guard, render, guard, build, guard, run."""

import asyncio
import contextlib
import os
import threading
from pathlib import Path
from typing import Any, NoReturn

from nautilus_trader.common.component import sync_logger_to_disk  # type: ignore[import-not-found]
from nautilus_trader.live.node import TradingNode

from . import built, deeds, metrics, places, rules, view
from .channel import Channel
from .driver import COMMANDS, Driver
from .entry import Problem, call, start_up
from .factories import factory
from .kinds import KINDS
from .load import load
from .probes import probe_backtest
from .raising import Raiser
from .refusal import Tripped, enforce
from .render import graceful_engines, hides_rejections, render, resolve

#: Between two looks at whether the trader runs.
_LOOK = 0.005
#: Exit codes of our own: could not start, guard tripped.
NOT_STARTED, TRIPPED = 3, 22


def main(task: dict[str, Any], channel: Channel) -> int:
    """Runs the node; the exit code of its process."""
    try:
        channel.send(state="starting")
        if task.get("backtest"):
            return probe_backtest(task, channel)
        node, config = _build(task, channel)
        if task["inspect"]:
            channel.send(state="stopped", asked=True, reason="", snapshot=None)
            return 0
        return _Run(node, config, task, channel).run()
    except Tripped as tripped:
        channel.send(tripped=tripped.plain())
        return TRIPPED
    except Problem as problem:
        channel.send(problem={name: getattr(problem, name) for name in ("kind", "message", "where", "word")})
        return NOT_STARTED


def _build(task: dict[str, Any], channel: Channel) -> tuple[Any, Any]:
    """The node with its clients, not yet connected to anything, and its configuration."""
    root, mode = Path(task["root"]), task["mode"]
    given = {url for face in task["faces"].values() for url in face["urls"].values()}
    start_up(task)
    if task["last_words"]:
        deeds.tell(channel.send)
    config, knows = load(task["entry"], mode, root)
    enforce(rules.environment())  # after the load: the subject's modules may have set something
    enforce(rules.node(config) or rules.importable(config))
    config = resolve(config)
    enforce(rules.written(config, mode))
    written, engines, hidden = built.facts(config), graceful_engines(config), hides_rejections(config)
    team = metrics.own(load(task["collector_of"], mode, root)[0] if task["collector_of"] else config)
    config = metrics.place(render(config, task, switch=not knows), team, task)
    enforce(rules.rendered(config, mode, given) + metrics.rules(config, task["peers"]))
    asyncio.set_event_loop(asyncio.new_event_loop())
    node = call(lambda: TradingNode(config=config), root=root, doing="Building the node", word="node")
    _add_factories(node, config, task)
    call(node.build, root=root, doing="Building the clients", word="node")
    refusals, rows = built.examine(node, config, mode, given)
    enforce(refusals + rules.environment())  # building has imported the team's strategies
    channel.send(
        guard={
            "mode": mode,
            "told": knows,
            "written": written,
            "rendered": built.facts(config),
            "built": rows,
            "engines": engines,
            "hides_rejections": hidden,
            "collectors": [one.actor_path for one in team],
        }
    )
    return node, config


def _add_factories(node: Any, config: Any, task: dict[str, Any]) -> None:
    adapters = {kind.type: kind for kind in KINDS}
    for role, add in (("data_clients", node.add_data_client_factory), ("exec_clients", node.add_exec_client_factory)):
        for name in {name.partition("-")[0]: None for name in getattr(config, role)}:
            kinds = {
                adapters[type(one)].adapter
                for key, one in getattr(config, role).items()
                if key.partition("-")[0] == name
            }
            if len(kinds) > 1:
                message = f"{role} named {name}-... belong to different adapters, and NautilusTrader has one factory."
                raise Problem("wrong type", message, word="node")
            (adapter,) = kinds
            urls = task["faces"][adapter]["urls"] if adapter in task["faces"] and task["mode"] != "testnet" else None
            add(name, factory(adapter, role, urls))


def _write_the_log_first() -> None:
    """Before NautilusTrader ends the process in which a handler raised: a thread writes the log, and is cut off."""
    end = os._exit

    def ending(status: int) -> NoReturn:
        sync_logger_to_disk()
        end(status)

    os._exit = ending


class _Run:
    """The node while it runs, and what it is told meanwhile."""

    def __init__(self, node: Any, config: Any, task: dict[str, Any], channel: Channel) -> None:
        self._node = node
        self._config = config
        self._task = task
        self._channel = channel
        self._loop = node.get_event_loop()
        self._started = threading.Event()
        self._asked = False
        self._reason = ""
        self._costs = metrics.Costs()
        self._raiser = Raiser(node.trader)
        self._driver = Driver(task["claims"], node.trader.strategies) if task["driver"] else None
        if self._driver is not None:
            node.trader.add_strategy(self._driver)

    def run(self) -> int:
        if self._task["last_words"]:
            _write_the_log_first()
        bus = self._node.kernel.msgbus
        bus.subscribe("events.order.*", self._tell)
        bus.subscribe("commands.system.shutdown", self._shut_down)
        threading.Thread(target=self._listen, name="tradeops-control", daemon=True).start()
        threading.Thread(target=self._watch, name="tradeops-watch", daemon=True).start()
        self._loop.call_soon(self._look)
        call(self._node.run, root=Path(self._task["root"]), doing="Running the node", word="node")
        last = view.snapshot(self._node)
        sync_logger_to_disk()  # else the process ends before its log is written
        with contextlib.suppress(Exception):  # what is wrong with tidying up is no statement about trading
            self._node.dispose()
        self._channel.send(state="stopped", asked=self._asked, reason=self._reason, snapshot=last)
        return 0

    def _look(self) -> None:
        """Tells when the trader runs; until then it is looked at every few milliseconds."""
        if self._node.trader.is_running:
            self._started.set()
            self._channel.send(state="running")
        else:
            self._loop.call_later(_LOOK, self._look)

    def _watch(self) -> None:
        """Gives up at the deadline, from a thread of its own: whoever blocks the loop cannot hold this up.

        A failed connection never comes out of `TradingNode.run`, which then waits for ever.
        """
        seconds = self._task["start_timeout"]
        if self._started.wait(seconds) or self._asked:
            return
        engines = {"data": self._node.kernel.data_engine, "execution": self._node.kernel.exec_engine}
        missing = [name for name, one in engines.items() if not one.check_connected()]
        what = " and ".join(missing) + " not connected" if missing else "connected, and not ready"
        problem = {"kind": "not started", "message": f"The node did not start within {seconds:g} s: {what}."}
        self._channel.send(problem={**problem, "where": "", "word": "node"})
        self._channel.flush()
        os._exit(NOT_STARTED)

    def _listen(self) -> None:
        for message in self._channel.lines():
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._obey, message)
        with contextlib.suppress(RuntimeError):  # whoever started us is gone
            self._loop.call_soon_threadsafe(self._stop)

    def _obey(self, message: dict[str, Any]) -> None:
        try:
            result = self._do(message["command"], message["arguments"])
        except Exception as error:  # of the command, not of the node
            self._channel.send(reply=message["id"], error=f"{type(error).__name__}: {error}")
        else:
            self._channel.send(reply=message["id"], result=result)

    def _do(self, command: str, arguments: dict[str, Any]) -> Any:
        if command == "snapshot":
            quotes = dict(self._driver.quotes) if self._driver is not None else {}
            return {**view.snapshot(self._node), "quotes": quotes}
        if command == "places":
            return places.places(self._node, self._config)
        if command == "team":
            return places.team(self._node)
        if command == "collectors":
            return self._costs.attach(self._node)
        if command == "costs":
            return self._costs.nanoseconds()
        if command == "raise_in":
            return self._raiser.arm(**arguments)
        if command == "quote":
            return view.quote(self._node, arguments["instrument"])
        if command == "stop":
            return self._stop()
        if self._driver is None:
            raise LookupError("This node was started without the driver.")
        return COMMANDS[command](self._driver, **arguments)

    def _stop(self) -> None:
        if not self._asked and not self._reason:  # else it is on its way already, for a reason of its own
            self._asked = True
            self._channel.send(state="stopping")
            self._node.stop()

    def _tell(self, event: Any) -> None:
        with contextlib.suppress(Exception):  # an exception here would end the node
            self._channel.send(event={**view.event(event), "mode": self._mode_of(event)})

    def _mode_of(self, event: Any) -> str:
        """`paper` for what happened inside of the node, by the client that it happened at and not by what was asked."""
        clients = self._node.kernel.exec_engine._clients.values()
        if any(places.is_sandbox(one) and one.venue == event.instrument_id.venue for one in clients):
            return "paper"
        return "testnet" if self._task["mode"] == "testnet" else "venue"

    def _shut_down(self, command: Any) -> None:
        if not self._asked:
            self._reason = str(getattr(command, "reason", "") or "no reason given")
