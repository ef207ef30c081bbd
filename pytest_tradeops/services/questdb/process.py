"""QuestDB as a child process: the real server jar on a Java runtime, on loopback, gone with its owner."""

import os
import re
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ...exceptions import NotReady, ServiceUnavailable
from ...model import Grade, ServiceHandle
from ...processes import Service, Spec, memory_folder, start
from ...processes.child import clean_environment
from ...questdb_sql import QuestDb, QuestDbError
from ..line import plain
from ..provider import Running
from ..settings import ServicesSettings
from . import jar, java, pgwire, startup, template
from .template import Ports
from .version import version_of

_LISTENING = {
    "http": re.compile(r"\bhttp-server listening on 127\.0\.0\.1:(\d+)"),
    "min": re.compile(r"\bhttp-min-server listening on 127\.0\.0\.1:(\d+)"),
    "pg": re.compile(r"\bpg-server listening on 127\.0\.0\.1:(\d+)"),
}
#: `QDB_...` would override our settings, the others Java's options.
_FOREIGN = ("QDB_", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
_TRAINING_TIMEOUT = 90.0
_NOTICE_AFTER = 3.0
#: Lines of a log that say what went wrong; `*` lists a setting that is refused.
_TELLING = re.compile(r"rror|Exception|could not|Unrecognized|No space| [CE] |^\* ")


@dataclass(frozen=True, slots=True)
class Instance(Running):
    """A server of its own, for a planted fault or a test of durability.

    Attributes:
        kill: SIGKILL to the server; its data stays.
        restart: Starts it again on the same data and the same ports, and waits until it answers.
        pid: The server's pid now; 0 while it is down.
    """

    kill: Callable[[], None]
    restart: Callable[[], None]
    pid: Callable[[], int]


class ProcessProvider:
    """The embedded server: grade `embedded`."""

    name = "process"

    def available(self, settings: ServicesSettings) -> str:
        try:
            java.find()
            if settings.questdb_jar:
                jar.get(settings.questdb_jar)
            elif not jar.present():
                jar.require_resolver()
        except ServiceUnavailable as error:
            return str(error)
        return ""

    def grade(self, settings: ServicesSettings) -> Grade:  # noqa: ARG002 - every provider is asked alike
        return Grade.EMBEDDED

    def start(self, settings: ServicesSettings) -> Running:
        return launch(settings)


def launch(
    settings: ServicesSettings,
    *,
    extra: Mapping[str, str] | None = None,
    ports: Ports | None = None,
    detached: bool = False,
    label: str = "",
) -> Instance:
    """Starts a server and waits until it answers.

    Args:
        extra: Server settings beyond the usual ones, such as `{"dev.mode.enabled": "true"}`.
        ports: Fixed ports instead of free ones.
        detached: It has no owner: it lives until `tradeops services stop`.
        label: The checkout it belongs to; default the working directory.

    Raises:
        NoJava, NoJar, NotReady: each with its own sentence.
    """
    runtime = java.find()
    archive = jar.get(settings.questdb_jar)
    cache = startup.ensure(runtime, archive.path, lambda path: _train(runtime, archive, path, settings))
    server = _Server(runtime, archive, startup.use(runtime, cache), settings.start_timeout)
    server.prepare(extra or {}, ports or Ports())
    try:
        server.start(detached=detached, label=label)
    except BaseException:
        server.stop()
        raise
    return Instance(server.handle, server.stop, server.kill, server.restart, lambda: server.pid)


class _Server:
    """One root folder and the server process on it."""

    def __init__(self, runtime: java.Java, archive: jar.Jar, cache: list[str], timeout: float) -> None:
        self._java = runtime
        self._jar = archive
        self._cache = cache
        self._timeout = timeout
        self._password, self._reader = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
        self._root = Path(tempfile.mkdtemp(prefix="questdb-", dir=memory_folder()))
        self._log = self._root / "server.log"
        self._extra: dict[str, str] = {}
        self._ports = Ports()
        self._service: Service | None = None
        self._lock = threading.RLock()
        self.handle: ServiceHandle

    @property
    def pid(self) -> int:
        return self._service.pid if self._service is not None and self._service.poll() is None else 0

    def prepare(self, extra: Mapping[str, str], ports: Ports) -> None:
        self._extra, self._ports = dict(extra), ports
        template.write(
            self._root,
            self._jar.path,
            password=self._password,
            reader_password=self._reader,
            ports=ports,
            extra=self._extra,
        )
        self._log.touch(mode=0o600)

    def start(self, *, detached: bool = False, label: str = "") -> None:
        command = [
            str(self._java.path),
            *startup.java_options(self._java, self._root),
            *self._cache,
            "-cp",
            str(self._jar.path),
            "io.questdb.ServerMain",
            "-d",
            str(self._root),
        ]
        environ = {name: value for name, value in clean_environment().items() if not name.startswith(_FOREIGN)}
        begun = self._log.stat().st_size
        spec = Spec(
            name="questdb",
            command=command,
            cwd=self._root,
            env=environ,
            log=self._log,
            directories=[self._root],
            detached=detached,
            label=label,
        )
        self._service = start(spec)
        self.handle = self._await(begun, time.monotonic() + self._timeout)
        # For `tradeops services show`; the registry is the user's own.
        self._service.note(handle=plain(self.handle))
        if detached:
            self._service.release()

    def kill(self) -> None:
        with self._lock:
            if self._service is not None:
                self._service.kill()

    def restart(self) -> None:
        with self._lock:
            if self._service is not None:
                self._service.stop(keep=True)
            urls = self.handle.endpoints
            ports = Ports(*(int(re.search(r":(\d+)(?:/|$)", urls[name])[1]) for name in ("http", "pg", "min")))  # type: ignore[index]
            self.prepare(self._extra, ports)
            self.start()

    def stop(self) -> None:
        with self._lock:
            if self._service is not None:
                self._service.stop()
            else:
                template.discard(self._root)

    def end_in_order(self, timeout: float) -> int | None:
        """SIGTERM, and all the time it wants: a training run writes its cache now."""
        if self._service is None:
            return None
        os.kill(self._service.pid, signal.SIGTERM)
        return self._service.wait(timeout)

    def _await(self, begun: int, deadline: float) -> ServiceHandle:
        """Reads the ports from the log, then asks on both of them."""
        found = self._listening(begun, deadline)
        user = f"{self._extra['http.user']}:{self._extra['http.password']}@" if "http.user" in self._extra else ""
        http, minimal = (f"http://{user}{template.HOST}:{found[name]}" for name in ("http", "min"))
        while True:
            try:
                with QuestDb(http, timeout=max(0.1, deadline - time.monotonic())) as database:
                    build = str(database.sql("select build").scalar())
                pgwire.handshake(template.HOST, found["pg"], template.USER, self._password)
                break
            except (QuestDbError, OSError, pgwire.HandshakeError) as error:
                self._check_alive()
                if time.monotonic() > deadline:
                    raise self._late(f"it listens, but does not answer ({error})") from None
                time.sleep(0.02)
        return ServiceHandle(
            name="questdb",
            provider="process",
            grade=Grade.EMBEDDED,
            version=version_of(build),
            endpoints={
                "http": http,
                "pg": f"postgresql://{template.USER}:{self._password}@{template.HOST}:{found['pg']}/qdb",
                "pg_readonly": f"postgresql://{template.READER}:{self._reader}@{template.HOST}:{found['pg']}/qdb",
                "min": minimal,
            },
            origin=f"{self._jar.origin} on Java {self._java.version}",
        )

    def _listening(self, begun: int, deadline: float) -> dict[str, int]:
        text, begin, told = "", time.monotonic(), False
        with self._log.open("rb") as log:
            log.seek(begun)
            while True:
                text += log.read().decode(errors="replace")
                matches = {name: pattern.search(text) for name, pattern in _LISTENING.items()}
                if all(matches.values()):
                    return {name: int(match[1]) for name, match in matches.items() if match}
                self._check_alive()
                if time.monotonic() > deadline:
                    raise self._late("it has not opened its ports")
                if not told and time.monotonic() - begin > _NOTICE_AFTER:
                    told = True
                    sys.stderr.write("tradeops: waiting for QuestDB to start\n")
                    sys.stderr.flush()
                time.sleep(0.005)

    def _check_alive(self) -> None:
        code = self._service.poll() if self._service is not None else None
        if code is None:
            return
        said = telling(self._service.tail(60) if self._service else "")
        if "could not bind socket" in said:
            taken = ", ".join(str(port) for port in asdict(self._ports).values() if port) or "chosen"
            raise NotReady(
                f"QuestDB could not start: a port is taken on {template.HOST} ({taken}).",
                remedy="End what listens there, or let the server choose its ports.",
            )
        remedy = ""
        if "failed to map segment" in said:
            remedy = "Its folder does not allow programs to run: point TMPDIR to one that does."
        elif "No space left" in said:
            remedy = "Free some space where TMPDIR points to."
        raise NotReady(f"QuestDB ended during its start with exit code {code}: {said}", remedy=remedy)

    def _late(self, what: str) -> NotReady:
        said = telling(self._service.tail(60) if self._service else "")
        return NotReady(
            f"QuestDB was not ready within {self._timeout:g} s: {what}. Its log ends with: {said}",
            remedy="Raise start_timeout in [tool.tradeops.services] if this machine is slow.",
        )


def telling(log: str) -> str:
    """The lines of a log's end that say what went wrong, as one line; its last lines when none does."""
    lines = [line.strip() for line in log.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    errors = [line for line in lines if _TELLING.search(line)]
    return " | ".join(dict.fromkeys((errors or lines)[-4:]))[-600:] or "nothing was logged"


def _train(runtime: java.Java, archive: jar.Jar, cache: Path, settings: ServicesSettings) -> None:
    server = _Server(runtime, archive, startup.write(runtime, cache), settings.start_timeout)
    try:
        server.prepare({}, Ports())
        server.start()
        with QuestDb(server.handle.endpoints["http"]) as database:  # what every test does is in the cache, too
            database.sql("create table warm (ts timestamp, s symbol, v double) timestamp(ts) partition by day wal")
            database.sql("insert into warm values (now(), 'a', 1.0)")
            database.sql("select wait_wal_table('warm')")
            database.sql("select count(), s from warm")
            database.sql("drop table warm")
        server.end_in_order(_TRAINING_TIMEOUT)
    finally:
        server.stop()
