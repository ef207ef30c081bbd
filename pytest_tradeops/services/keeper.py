"""What removes a service's containers: at its stop, and by a supervisor when its owner is killed before."""

import secrets
import sys
from typing import TYPE_CHECKING, Any

from ..exceptions import ServiceUnavailable
from ..model import ServiceHandle
from ..processes import Service, Spec, start
from . import images, owned
from .engine import Engine, usable
from .line import plain

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

#: Seconds in which a container that was being made when its owner died may still appear.
_SETTLE = 3.0
_LOG_LINES = 12


class Keeper:
    """Looks after the containers of one run; made before the first of them, so that none is ever without it.

    Args:
        name: The service's, such as `questdb`.
        client: Closed with the last stop.

    Attributes:
        labels: For each container.
    """

    def __init__(self, name: str, client: "docker.DockerClient", engine: Engine) -> None:
        self._client = client
        self._engine = engine
        self._run = secrets.token_hex(6)
        self._stopped = False
        self._remove = [sys.executable, "-P", "-m", owned.__name__, engine.address, self._run]
        self._service: Service = start(Spec(name=name, cleanup_command=[*self._remove, str(_SETTLE)]))
        self.labels = owned.labels(self._run)

    def made(self, container: Any) -> None:
        """The container is there: nothing need settle any more before it is removed."""
        self._service.note(container=container.id, cleanup_command=self._remove)

    def serves(self, handle: ServiceHandle) -> None:
        """Writes down what `tradeops services` shows."""
        self._service.note(handle=plain(handle))

    def stop(self) -> None:
        """Removes the run's containers; never raises for an engine that is gone. A second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        try:
            with usable(self._engine.address):
                owned.remove_run(self._client, self._run)
            self._service.note(cleanup_command=[])  # nothing is left for it to do, which spares an interpreter's start
        except ServiceUnavailable as error:
            # The end of a run is no place to fail: the supervisor tries as well, and else its record stays for prune.
            images.say(f"{error.message} Its container may be left; `tradeops services prune` removes it.")
        finally:
            self._service.stop()
            self._client.close()


def last_lines(container: Any) -> str:
    """What a container wrote last, as the end of a sentence."""
    text = container.logs(tail=_LOG_LINES).decode(errors="replace").strip()
    return f"; its last lines:\n{text}\n" if text else "; it wrote no line."
