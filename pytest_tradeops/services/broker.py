"""One shared server per service and run: started at the first request, in the controller, stopped with it.

xdist's workers reach it over a loopback socket (`BrokerClient`), because `workerinput` is sent once, before anybody
knows whether a service will be needed at all.
"""

import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import exceptions
from ..exceptions import ServiceUnavailable
from ..model import ServiceHandle
from .line import Line, Listener, decode_error, encode_error, handle_from, plain
from .provider import Running
from .providers import SERVICES, offered, provider
from .settings import ServicesSettings

if TYPE_CHECKING:
    from .questdb.process import Instance

type Custom = Callable[[str], ServiceHandle | None]
#: Starts something that is shared by the run, and returns what ends it.
type Start = Callable[[], tuple[ServiceHandle, Callable[[], None]]]
type Answer = ServiceHandle | exceptions.TradeopsError


class Broker:
    """Gets services from the configured providers, in their order. Thread-safe.

    Args:
        custom: Asked before any provider; a handle that it returns is used as it is and never stopped here.
    """

    def __init__(self, settings: ServicesSettings, custom: Custom | None = None) -> None:
        self._settings = settings
        self._custom = custom
        self._guard = threading.Lock()
        self._offers: dict[str, Start] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._answers: dict[str, Answer] = {}
        self._running: list[Running] = []
        self._listener: Listener | None = None
        self._closed = False

    def offer(self, name: str, start: Start) -> None:
        """Adds something shared by the run that has no providers; started at the first `get`, ended by `close`."""
        self._offers[name] = start

    def get(self, name: str) -> ServiceHandle:
        """The run's one server; a failure is remembered, so that not every test waits for it anew.

        Raises:
            ServiceUnavailable: no provider could give it. With a single provider configured it is that provider's own
                class (`NoEngine`, `NoImage`, `NotReady`, `NoJava`, `NoJar`), else one sentence with every reason.
        """
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._answers:
                try:
                    self._answers[name] = self._find(name)
                except exceptions.TradeopsError as error:
                    self._answers[name] = error
            answer = self._answers[name]
        if isinstance(answer, exceptions.TradeopsError):
            raise decode_error(encode_error(answer))  # a fresh one: a traceback would grow with every raise
        return answer

    def instance(self, name: str) -> "Instance":
        """A second, own server: for a planted fault, or for a test that kills it. Stop it yourself.

        Raises:
            ServiceUnavailable: no Java, no jar, or it did not start.
        """
        return _instance(name, self._settings)

    def listen(self) -> str:
        """Opens the loopback socket for workers; its address, a token included, belongs into `workerinput` only."""
        with self._guard:
            if self._listener is None:
                self._listener = Listener(secrets.token_urlsafe(24), self._answer)
            return self._listener.address

    def versions(self) -> dict[str, str]:
        """Name of each service that this run had so far, to the version that the server said it has."""
        answers = dict(self._answers)
        # What is of this package has no version of its own.
        return {name: one.version for name, one in answers.items() if isinstance(one, ServiceHandle) and one.version}

    def close(self) -> None:
        """Stops every server that this broker started, and the socket; a second call does nothing."""
        with self._guard:
            self._closed = True
            listener, self._listener = self._listener, None
            running, self._running = self._running, []
        if listener is not None:
            listener.close()
        for one in reversed(running):
            one.stop()

    def _find(self, name: str) -> ServiceHandle:
        handle = self._custom(name) if self._custom is not None else None
        if handle is not None:
            return handle
        if name in self._offers:
            return self._keep(Running(*self._offers[name]()))
        if name not in SERVICES:
            raise ServiceUnavailable(f"No provider for the service {name!r}.", remedy=f"Known: {', '.join(SERVICES)}.")
        refusals: dict[str, ServiceUnavailable] = {}
        for kind in (kind for kind in self._settings.providers if kind in offered(name)):
            one = provider(name, kind)
            reason = one.available(self._settings)
            configured = kind != "remote" or not reason
            if reason and not configured:
                refusals[kind] = ServiceUnavailable(reason)
                continue
            try:
                return self._keep(one.start(self._settings))
            except ServiceUnavailable as error:
                refusals[kind] = error
                if kind == "remote":
                    break  # it was asked for by name: an embedded one in its place would prove something else
        raise _none(name, refusals)

    def _keep(self, running: Running) -> ServiceHandle:
        with self._guard:
            if not self._closed:
                self._running.append(running)
                return running.handle
        running.stop()
        raise ServiceUnavailable("The run is ending; no service is started any more.")

    def _answer(self, request: dict[str, str]) -> dict[str, object]:
        if request["ask"] == "settings":
            # What an own server in a worker needs; nothing secret.
            return {"questdb_jar": self._settings.questdb_jar, "start_timeout": self._settings.start_timeout}
        try:
            return {"handle": plain(self.get(request["name"]))}
        except exceptions.TradeopsError as error:
            return {"error": encode_error(error)}


class BrokerClient:
    """A worker's way to the controller's broker; its `get` is the broker's, errors included."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._handles: dict[str, ServiceHandle] = {}

    def get(self, name: str) -> ServiceHandle:
        """As `Broker.get`.

        Raises:
            ServiceUnavailable: as there; also when the broker is gone or refuses the token.
        """
        if name not in self._handles:
            answer = Line(self._address).ask({"ask": "service", "name": name})
            if "error" in answer:
                raise decode_error(answer["error"])
            self._handles[name] = handle_from(answer["handle"])
        return self._handles[name]

    def instance(self, name: str) -> "Instance":
        """As `Broker.instance`; the server belongs to this worker and dies with it."""
        given = Line(self._address).ask({"ask": "settings"})
        return _instance(name, ServicesSettings(**given))


def _instance(name: str, settings: ServicesSettings) -> "Instance":
    if name != "questdb":
        raise ServiceUnavailable(f"The process provider has no service {name!r}.", remedy="Known: questdb.")
    from .questdb.process import launch

    return launch(settings)


def _none(name: str, refusals: dict[str, ServiceUnavailable]) -> ServiceUnavailable:
    asked = list(refusals.values())
    if len(asked) == 1:
        return asked[0]
    if not asked:
        return ServiceUnavailable(
            f"No provider is configured for {name}.", remedy=f"Set providers to one of: {', '.join(offered(name))}."
        )
    said = "; ".join(f"{kind}: {str(error).rstrip('.')}" for kind, error in refusals.items())
    return ServiceUnavailable(
        f"No {name} could be had. {said}.", remedy="Run `tradeops doctor` to see what each provider lacks."
    )
