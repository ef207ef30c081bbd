"""A venue as a child process that dies with its owner: `with start_venue(folder) as venue: ...`."""

import contextlib
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..exceptions import NotReady
from ..processes import Service, Spec, start
from .client import AccountKey, VenueClient

#: Seconds. Measured: 0.5 s on an idle machine, of which the interpreter and aiohttp are most.
READY = 30.0


class VenueProcess:
    """A running venue; made by `start_venue`.

    Attributes:
        client: Its control endpoint.
        urls: Per face, what clients are configured with.
        state: Its directory: journals, keys.
    """

    def __init__(self, state: Path, arguments: Sequence[str], *, temporary: bool = False) -> None:
        self.state = state
        self._arguments = list(arguments)
        self._temporary = temporary
        self._service: Service | None = None
        self._about: dict[str, Any] = {}
        self._start()

    @property
    def pid(self) -> int:
        return self._service.pid if self._service is not None else 0

    @property
    def client(self) -> VenueClient:
        return VenueClient(self._about["control"])

    @property
    def control(self) -> str:
        """The control endpoint's URL; the page is there, too."""
        return str(self._about["control"])

    @property
    def urls(self) -> dict[str, dict[str, str]]:
        return dict(self._about["faces"])

    @property
    def accounts(self) -> list[AccountKey]:
        return self.client.accounts()

    def journal(self, face: str) -> Path:
        """What `tradeops venue replay` takes."""
        return Path(self._about["journals"][face])

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing written any more."""
        if self._service is not None:
            self._service.kill()
            self._service.stop(keep=True)
            self._service = None

    def restart(self) -> None:
        """Starts it again on the same state and ports, after a `kill` or at once."""
        self._end()
        self._start()

    def stop(self) -> None:
        """Ends it; a second call does nothing. The state directory stays, unless it is a temporary one."""
        self._end()
        if self._temporary:
            shutil.rmtree(self.state, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self) -> None:
        if self._service is not None:
            self._service.stop(keep=True)
            self._service = None

    def _start(self) -> None:
        ready, log = self.state / "ready.json", self.state / "log"
        ready.unlink(missing_ok=True)
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest_tradeops.venue", str(self.state), str(ready), *self._arguments]
        places = [self.state] if self._temporary else []  # whoever owns it may be killed
        self._service = service = start(Spec(name="venue", command=command, log=log, grace=5.0, directories=places))
        deadline = time.monotonic() + READY
        pause = 0.005
        while (about := _read(ready)) is None:
            if service.poll() is not None or time.monotonic() > deadline:
                late = service.poll() is None
                self._end()
                said = service.tail(1) or "it said nothing"
                self.stop()
                raise NotReady(
                    f"The venue {f'was not ready within {READY:g} s' if late else 'ended at its start'}: {said}",
                    remedy="`tradeops venue serve` says more; it needs `pip install 'pytest-tradeops[venue]'`.",
                )
            time.sleep(pause)
            pause = min(pause * 1.3, 0.05)
        self._about = about
        service.note(endpoints={"control": about["control"]})


def start_venue(
    state: Path,
    faces: Sequence[str] = (),
    *,
    seed: int | None = None,
    port_base: int | None = None,
    limits: bool = True,
    temporary: bool = False,
) -> VenueProcess:
    """Starts a venue and waits until it answers.

    Args:
        state: Its directory, made if need be; one that a venue has left is gone on with.
        faces: Default all of them.
        limits: Whether rate limits refuse anything.
        temporary: Remove the directory in the end, also if this process is killed.

    Raises:
        NotReady: it did not come up, with its own sentence.
    """
    arguments = ["--faces", ",".join(faces)]
    arguments += ["--seed", str(seed)] if seed is not None else []
    arguments += ["--port-base", str(port_base)] if port_base is not None else []
    arguments += [] if limits else ["--no-limits"]
    return VenueProcess(state, arguments, temporary=temporary)


def _read(path: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    return None
