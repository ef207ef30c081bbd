"""The venue's process: every face and the control endpoint on loopback ports of their own, until it is told to stop."""

import asyncio
import contextlib
import itertools
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..exceptions import TradeopsError
from . import collection, faces
from .accounts import key_json, make_key
from .control import control_app
from .journal import Journal
from .kit.clock import VenueClock
from .kit.exchange import Exchange
from .kit.keys import ApiKey, KeyType
from .kit.serve import FaceServer, Listener
from .state import State, all_keys

#: Seconds between two looks at the clock. The background market moves on its own grid, a tenth of a second.
TICK = 0.01
#: Of so many looks, an exchange that nobody listens to is given one: requests bring it to now by themselves.
_IDLE = 5
CONTROL = "control"


class VenueServer:
    """All of it. `run` serves until `stop` or a signal.

    Args:
        names: The faces.
        port_base: The control endpoint's port; the faces follow, each at its fixed distance. None: as it was in this
            state directory, else free ones.
        limits: Whether rate limits refuse anything.
        retired: Whether Binance Spot answers where it has been switched off; see `BinanceSpot`.
        clock: Makes each exchange's.
    """

    def __init__(
        self,
        state: State,
        names: Sequence[str],
        *,
        port_base: int | None = None,
        limits: bool = True,
        retired: bool = False,
        clock: Callable[[], VenueClock] = VenueClock,
        package: str = "",
    ) -> None:
        self.state = state
        self.names = tuple(names)
        self._clock = clock
        self._limits = limits
        self._retired = retired
        self._package = package
        self._port_base = port_base
        self._servers: dict[str, FaceServer] = {}
        self._control: Listener | None = None
        self._stop = asyncio.Event()

    @property
    def exchanges(self) -> dict[str, Exchange]:
        return {name: server.exchange for name, server in self._servers.items()}

    @property
    def servers(self) -> dict[str, FaceServer]:
        return dict(self._servers)

    def ready(self) -> dict[str, Any]:
        """What whoever started it needs to know."""
        if self._control is None:
            raise RuntimeError("not started")
        return {
            "control": self._control.origin,
            "faces": {name: server.urls for name, server in self._servers.items()},
            "accounts": [{"face": face, **key_json(key)} for face, key in all_keys(self.state, self.names)],
            "seed": self.state.seed,
            "state": str(self.state.path),
            "journals": {name: str(self.state.journal(name)) for name in self.names},
        }

    def new_account(
        self,
        face: str,
        name: str,
        balances: dict[str, Any],
        permissions: Sequence[str],
        key_type: KeyType,
    ) -> ApiKey:
        """Opens an account with a key; raises Rejected if there is one of that name."""
        exchange = self._servers[face].exchange
        exchange.call("open_account", name, balances)
        key = make_key(face, name, name, key_type, permissions)
        exchange.keys.add(key)
        self.state.keys.setdefault(face, []).append(key)
        self.state.save()
        exchange.note("key", name=name, key_type=key_type, permissions=sorted(permissions))
        return key

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        """Ends `run`."""
        self._stop.set()

    async def run(self, on_ready: Callable[[dict[str, Any]], None]) -> None:
        """Serves; `on_ready` is called once everything answers.

        Raises:
            TradeopsError: a port is taken, the state cannot be used, or an engine broke.
        """
        loop = asyncio.get_running_loop()
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
            await self._start()
            on_ready(self.ready())
            await self._serve()
        finally:
            await self._end()

    async def _start(self) -> None:
        for name in self.names:
            exchange = self.state.exchange(
                name,
                clock=self._clock(),  # one each: a fault may make an exchange's clock wrong
                package=self._package,
                enforce_limits=self._limits,
                config={"limits": "exchange" if self._limits else "off"},
                progress=lambda sentence: print(sentence, file=sys.stderr, flush=True),  # noqa: T201 - a server's log
            )
            server = FaceServer(faces.make_face(name, exchange, retired=self._retired), exchange, self._port(name))
            self._servers[name] = server
            await server.start()
        self._control = Listener(control_app(self), self._port(CONTROL))
        await self._control.start()
        ports = {name: server.port for name, server in self._servers.items()}
        self.state.ports = {**self.state.ports, **ports, CONTROL: self._control.port}
        self.state.save()

    async def _serve(self) -> None:
        for look in itertools.count():
            if self._stop.is_set():
                return
            for name, server in self._servers.items():
                if look % _IDLE and server.exchange.idle:
                    continue
                try:
                    await server.tick()
                except Exception as error:
                    server.exchange.crashed("tick", error)
                    raise TradeopsError(
                        f"The engine of {name} broke: {type(error).__name__}: {error}.",
                        remedy=f"Its last lines: {self.state.journal(name)}",
                    ) from error
                recorder = server.exchange.recorder
                if isinstance(recorder, Journal):
                    recorder.mark(server.exchange.engine.now_ns)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), TICK)

    async def _end(self) -> None:
        if self._control is not None:
            await self._control.stop()
        try:
            for name, server in self._servers.items():
                await server.stop()
                self.state.end(name, server.exchange)
        finally:
            self.state.close()

    def _port(self, name: str) -> int:
        if self._port_base is not None:
            return self._port_base + (0 if name == CONTROL else 1 + list(faces.FACES).index(name))
        return self.state.ports.get(name, 0)


def serve(
    path: Path,
    names: Sequence[str],
    on_ready: Callable[[dict[str, Any]], None],
    *,
    seed: int | None = None,
    port_base: int | None = None,
    limits: bool = True,
    retired: bool = False,
    package: str = "",
) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises:
        TradeopsError: as `VenueServer.run`, and as `State.open`.
    """
    state = State.open(path, seed)

    async def run() -> None:
        server = VenueServer(state, names, port_base=port_base, limits=limits, retired=retired, package=package)
        await server.run(on_ready)

    collection.seldom()
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.run(run())


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed: about a third more requests per second."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
