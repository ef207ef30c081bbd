"""What can be asked of a running node, what can be told to it, and how to wait for what it hears."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import sockets
from .beliefs import NodeState
from .pipe import Pipe
from .places import Member, Place

#: Seconds until a node must answer.
ANSWER = 10.0
#: Seconds between two looks at its sockets while it is asked again and again: the kernel reads all of the machine's.
_OBSERVED = 0.2


class Conversation:
    """A node at the other end of a pipe.

    Attributes:
        remotes: Every remote that its process was seen connected to.
    """

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.remotes: frozenset[sockets.Remote] = frozenset()
        self._observed = 0.0

    @property
    def pid(self) -> int:
        return int(self._pipe.facts["pid"])

    @property
    def events(self) -> tuple[dict[str, Any], ...]:
        """Every order event that the node's bus carried, of all strategies, oldest first; times in nanoseconds.

        `mode` is `paper` for what happened inside of the node.
        """
        return tuple(self._pipe.events)

    @property
    def did(self) -> tuple[dict[str, str], ...]:
        """What its Python code has started (`started`, `given`) and opened to write (`wrote`), as `child.deeds` has it.

        Nothing without `spec.last_words`.
        """
        return tuple(self._pipe.did)

    # What it believes

    def state(self) -> NodeState:
        """What it believes now; after a stop, what it believed last."""
        if "stopped" in self._pipe.states and self._pipe.facts.get("snapshot"):
            return NodeState.from_json(self._pipe.facts["snapshot"])
        if time.monotonic() - self._observed > _OBSERVED:
            self.observe()
        return NodeState.from_json(self._ask("snapshot"))

    def places(self) -> tuple[Place, ...]:
        """The instruments that it can trade on the venue."""
        return tuple(Place.from_json(one) for one in self._ask("places"))

    def team(self) -> tuple[Member, ...]:
        """The strategies that are not ours."""
        rows = self._ask("team")
        return tuple(Member(one["id"], one["class"], tuple(one["instruments"]), one["running"]) for one in rows)

    def quote(self, instrument: str) -> dict[str, Any] | None:
        """The newest quote: `bid`, `ask`, sizes and times as texts and nanoseconds; None before the first."""
        found: dict[str, Any] | None = self._ask("quote", instrument=instrument)
        return found

    def collectors(self) -> list[dict[str, Any]]:
        """One row per collector of metrics that runs in it, `class` and `running`; from now on they are timed."""
        found: list[dict[str, Any]] = self._ask("collectors")
        return found

    def costs(self) -> tuple[list[int], list[int]]:
        """Nanoseconds of CPU that the collectors took on the trading loop, one per event since `collectors`.

        The second list is what the clock itself takes.
        """
        given = self._ask("costs")
        return given["events"], given["nothing"]

    def raise_in(self, strategy: str, said: str = "") -> list[str]:
        """Lets the team's own handler of that strategy that is called next raise, with these words; their names."""
        return [str(one) for one in self._ask("raise_in", strategy=strategy, said=said)]

    def observe(self) -> frozenset[sockets.Remote]:
        """The remotes it is connected to now; `remotes` holds all that were ever seen."""
        self._observed = time.monotonic()
        seen = sockets.observe(self.pid) or frozenset()
        self.remotes |= seen
        return seen

    # What the driver does

    def submit(self, instrument: str, side: str, quantity: str, type_: str = "market", **terms: Any) -> str:
        """Submits an order; its client order id.

        Args:
            side: `BUY` or `SELL`.
            type_: `market`, `limit`, `stop_market` or `stop_limit`.
            terms: `price`, `trigger_price`, `time_in_force`, `post_only`, `reduce_only`, `trigger_type`; `strategy`,
                the id of one of the team's, makes the order that strategy's own.
        """
        order = {"instrument": instrument, "side": side, "quantity": quantity, "type": type_, **terms}
        return str(self._ask("submit", given=order))

    def submit_all(self, instrument: str, side: str, quantities: Sequence[str]) -> list[str]:
        """Submits market orders at once, before the node can hear of any of them; their client order ids."""
        order = {"instrument": instrument, "side": side, "type": "market"}
        return [str(one) for one in self._ask("submit_all", given=[{**order, "quantity": one} for one in quantities])]

    def submit_list(self, orders: Sequence[Mapping[str, Any]]) -> list[str]:
        """Submits orders of one instrument as one list; their client order ids.

        Args:
            orders: As `submit` takes them: `instrument`, `side`, `quantity`, `type`, and what that type needs.
        """
        return [str(one) for one in self._ask("submit_list", given=[dict(one) for one in orders])]

    def cancel(self, order: str) -> None:
        """Asks for an order's cancellation."""
        self._ask("cancel", order=order)

    def cancel_all(self, instrument: str) -> None:
        """Asks for the cancellation of all of the driver's orders."""
        self._ask("cancel_all", instrument=instrument)

    def close_all(self, instrument: str) -> None:
        """Closes the driver's positions at the market."""
        self._ask("close_all", instrument=instrument)

    def modify(
        self, order: str, *, quantity: str | None = None, price: str | None = None, trigger_price: str | None = None
    ) -> None:
        """Asks for a change of an order."""
        self._ask("modify", order=order, quantity=quantity, price=price, trigger_price=trigger_price)

    def query(self, order: str) -> None:
        """Lets the node ask the venue how an order stands."""
        self._ask("query", order=order)

    def watch(self, instrument: str) -> None:
        """Subscribes to quotes; `state().quotes` counts them."""
        self._ask("watch", instrument=instrument)

    def fail(self, on: str = "quote") -> None:
        """Lets the driver raise in the handler of its next `quote`, or of an order event such as `OrderFilled`."""
        self._ask("fail", on=on)

    # Waiting

    def wait_for(self, condition: Callable[[tuple[dict[str, Any], ...]], bool], seconds: float = 10.0) -> bool:
        """Whether the condition over the events came true in time; it is False at once if the node ends."""
        self._pipe.wait(lambda: condition(self.events) or self._pipe.gone, seconds)
        return condition(self.events)

    def wait_for_event(self, name: str, order: str = "", seconds: float = 10.0) -> dict[str, Any] | None:
        """The first event of that name, of that order; None if it does not come in time."""

        def found() -> dict[str, Any] | None:
            return next(
                (one for one in self.events if one["event"] == name and order in ("", one["client_order_id"])), None
            )

        self._pipe.wait(lambda: found() is not None or self._pipe.gone, seconds)
        return found()

    def wait_until(self, condition: Callable[[NodeState], bool], seconds: float = 10.0) -> NodeState | None:
        """The first state for which the condition holds, looked at every 50 ms; None if there is none in time."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.state()
            if condition(state):
                return state
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)

    def _ask(self, command: str, **arguments: Any) -> Any:
        return self._pipe.ask(command, ANSWER, **arguments)
