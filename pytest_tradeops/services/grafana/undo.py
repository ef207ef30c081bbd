"""What a run changed on a Grafana that is not its own, written to disk before it is changed, and taken back.

Taken back by whoever comes first: the run at its end; its supervisor, when the run was killed; the next start and
`tradeops services prune`, when that was killed, too, or the server did not answer. The file holds no credentials:
they are the environment's. Also a command, for the supervisor: `python -m pytest_tradeops.services.grafana.undo FILE`.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...exceptions import TradeopsError
from ...processes import Service, Spec, registry, runtime_folder, start
from ...processes.supervisor import identity
from . import policies
from .api import Grafana, GrafanaError, quoted

#: Of each removal, with seconds between them, and for each.
_ATTEMPTS, _PAUSE, _PATIENCE = 3, 0.5, 20.0
URL, TOKEN, USER, PASSWORD = (f"TRADEOPS_GRAFANA_{name}" for name in ("URL", "TOKEN", "USER", "PASSWORD"))


@dataclass(slots=True)
class Changes:
    """What was changed, or was about to be.

    Attributes:
        run: Value of our label; also the beginning of every uid and name that we give.
        tree: The policy tree before our route was added; None as long as it was not.
    """

    url: str
    run: str
    folders: list[str] = field(default_factory=list)
    datasources: list[str] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)
    tree: dict[str, Any] | None = None
    owner: dict[str, Any] = field(default_factory=lambda: identity(os.getpid()))
    place: dict[str, str] = field(default_factory=registry.place)


class Undo:
    """Keeps `changes` on disk. Nothing is there before the first `save`.

    Args:
        durable: False for a server that is thrown away with its run: nothing is written then.
    """

    def __init__(self, url: str, run: str, *, durable: bool) -> None:
        self.changes = Changes(url, run)
        self._durable = durable
        self._path = folder() / f"{run}.json" if durable else None
        self._keeper: Service | None = None

    def save(self) -> None:
        """Call it after adding to `changes`, and before the server is changed."""
        if self._path is None:
            return
        _write(self._path, asdict(self.changes))
        if self._keeper is None:
            command = [sys.executable, "-P", "-m", "pytest_tradeops.services.grafana.undo", str(self._path)]
            self._keeper = start(Spec(name="grafana", cleanup_command=command))

    def take_back(self, api: Grafana) -> None:
        """Undoes everything; what could not be undone stays on disk for another try.

        Raises:
            ExceptionGroup: of `GrafanaError`, everything that failed.
        """
        failed = take_back(api, self.changes)
        if not failed and self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._keeper is not None:
            if not failed:
                self._keeper.note(cleanup_command=[])
            self._keeper.stop()
            self._keeper = None
        if failed:
            raise ExceptionGroup("Grafana was not left as it was found", failed)


def take_back(api: Grafana, changes: Changes) -> list[TradeopsError]:
    """Removes what is ours, in the order in which it can be removed; what went wrong. Absent things are no problem."""
    failed: list[TradeopsError] = []

    def attempt(remove: Callable[[], object]) -> None:
        for left in reversed(range(_ATTEMPTS)):
            try:
                remove()
            except GrafanaError as error:
                if error.kind == "missing":
                    return
                # With its SQLite busy a server says 500, and means later.
                if left and error.status >= 500:
                    time.sleep(_PAUSE)
                    continue
                failed.append(error)
            except TradeopsError as error:
                failed.append(error)
            return

    def delete(path: str) -> None:
        attempt(lambda: api.call("DELETE", path, timeout=_PATIENCE))

    # A contact point that a route uses cannot be deleted.
    if changes.tree is not None:
        attempt(lambda: policies.remove(api, changes.run))
    for uid in changes.folders:
        delete(f"/api/folders/{quoted(uid)}?forceDeleteRules=true")
    for uid in changes.contacts:
        delete(f"/api/v1/provisioning/contact-points/{quoted(uid)}")
    for uid in changes.datasources:
        delete(f"/api/datasources/uid/{quoted(uid)}")
    return failed


def folder() -> Path:
    """Where changes are kept: in the user's state folder, which outlives a restart of the machine."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    path = Path(base) / "pytest-tradeops" / "grafana"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        path = runtime_folder() / "grafana"
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def left_behind() -> list[Path]:
    """Files of runs that are gone, oldest first."""
    found = [(path, _read(path)) for path in sorted(folder().glob("*.json"), key=lambda one: one.stat().st_mtime)]
    gone = {"supervisor": None}
    return [path for path, changes in found if changes and registry.is_leftover({**asdict(changes), **gone})]


def sweep() -> list[tuple[str, str]]:
    """Takes back what killed runs left behind on the environment's server: run and problem, empty where there was none.

    For another server it only says so: its credentials are not known here.
    """
    api = _configured()
    found = []
    for path in left_behind():
        try:
            finish(path, api)
            found.append((path.stem, ""))
        except TradeopsError as error:
            found.append((path.stem, str(error)))
    return found


def finish(path: Path, api: Grafana | None) -> None:
    """Takes back what one file says, and removes it; nothing if it is gone.

    Args:
        api: Of the configured server; None if there is none.

    Raises:
        TradeopsError: the file is about another server, or something could not be undone.
    """
    changes = _read(path)
    if changes is None:
        return
    if api is None or api.url != changes.url:
        raise TradeopsError(
            f"An ended run left something on the Grafana at {changes.url}, which {URL} does not name.",
            remedy=f"Set {URL} and its credentials, and run `tradeops services prune`; {path.name} says what it is.",
        )
    failed = take_back(api, changes)
    if failed:
        said = " ".join(error.message for error in failed)
        raise TradeopsError(
            f"Something of an ended run is still on the Grafana at {api.place}: {said}",
            remedy="Run `tradeops services prune` when it answers.",
        )
    path.unlink(missing_ok=True)


def _configured(environ: Mapping[str, str] = os.environ) -> Grafana | None:
    url = environ.get(URL, "")
    try:
        return (
            Grafana(url, token=environ.get(TOKEN, ""), user=environ.get(USER, ""), password=environ.get(PASSWORD, ""))
            if url
            else None
        )
    except ValueError:
        return None


def new_run() -> str:
    """A name that no other place has."""
    return f"tradeops-{secrets.token_hex(4)}"


def _read(path: Path) -> Changes | None:
    try:
        return Changes(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # removed meanwhile, or not ours


def _write(path: Path, value: object) -> None:
    """Whole or not at all, also when the machine loses power: what follows changes somebody else's server."""
    staged = path.with_suffix(".tmp")
    with staged.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, indent=2)
        stream.flush()
        os.fsync(stream.fileno())
    staged.replace(path)
    with suppress(OSError):
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def main(arguments: list[str]) -> int:
    """Takes back one file's changes. Always 0: what could not be undone stays in its file, and is tried again."""
    try:
        finish(Path(arguments[0]), _configured())
    except TradeopsError as error:
        sys.stderr.write(f"{error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
