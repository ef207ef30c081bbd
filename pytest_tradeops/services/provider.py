"""The one shape every provider has, and what it hands back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..model import Grade, ServiceHandle
from .settings import ServicesSettings


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers, and how to end it.

    Attributes:
        stop: Ends it and removes what it left behind; a second call does nothing. For `remote` it does nothing.
    """

    handle: ServiceHandle
    stop: Callable[[], None]


class Provider(Protocol):
    """One way to have one service."""

    #: `remote`, `container` or `process`.
    name: str

    def available(self, settings: ServicesSettings) -> str:
        """Empty when `start` is worth trying; else one sentence why not. Cheap, starts nothing, for `doctor`."""
        ...

    def grade(self, settings: ServicesSettings) -> Grade:
        """What evidence from it would count as here, as far as that can be told without starting it."""
        ...

    def start(self, settings: ServicesSettings) -> Running:
        """Starts the service, or finds it, and waits until it answers.

        Raises:
            ServiceUnavailable: one of its subclasses, each with its own message: no engine, no image, not ready in
                time, no Java, no jar.
        """
        ...


class ServiceSource(Protocol):
    """Where fixtures get services: the broker itself, or a worker's client of it."""

    def get(self, name: str) -> ServiceHandle:
        """The handle of the run's one shared service, started at the first request.

        Raises:
            ServiceUnavailable: no provider could give it; the message names every provider's reason.
        """
        ...
