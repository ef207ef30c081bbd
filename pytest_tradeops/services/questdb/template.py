"""What a server's root holds before its first start: little memory, loopback only, nothing unpacked."""

import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Every port 0: the server takes a free one and says which in its log. A port chosen here could be taken meanwhile,
#: and whoever took it would answer in the server's place.
HOST = "127.0.0.1"
USER = "admin"
#: On the PG side, may only read: for Grafana, whose viewers can send any statement.
READER = "reader"

_SMALL = {
    # The defaults map 16 MB per column: 91 MB on disk for a hundred rows, against less than one with these.
    "cairo.writer.data.append.page.size": "64k",
    "cairo.wal.writer.data.append.page.size": "64k",
    "cairo.o3.column.memory.size": "64k",
    "cairo.writer.data.index.value.append.page.size": "64k",
    "cairo.writer.data.index.key.append.page.size": "16k",
    "cairo.system.writer.data.append.page.size": "16k",
    "cairo.system.o3.column.memory.size": "16k",
    "cairo.sql.small.map.page.size": "64k",
    "cairo.sql.small.map.key.capacity": "1024",
    "cairo.sql.hash.join.value.page.size": "64k",
    "cairo.sql.sort.value.page.size": "64k",
    # Pools of the SQL compiler are filled at the start: 40 MB of heap and a quarter of a second with the defaults.
    "cairo.model.pool.capacity": "64",
    "cairo.expression.pool.capacity": "1024",
    "cairo.column.pool.capacity": "512",
    "cairo.lexer.pool.capacity": "512",
    "http.net.connection.sndbuf": "64k",
    "http.net.connection.rcvbuf": "64k",
    "http.send.buffer.size": "128k",
    "http.connection.pool.initial.capacity": "1",
    "pg.recv.buffer.size": "64k",
    "pg.send.buffer.size": "64k",
    "pg.connection.pool.capacity": "2",
    "shared.worker.count": "1",
    # After each request a thread asks for more without a pause for some 15 ms: half of what a run's many small
    # statements cost. With these it naps a millisecond between two looks, and answers as fast.
    "shared.worker.nap.threshold": "10",
    "wal.apply.worker.yield.threshold": "10",
    "wal.apply.worker.nap.threshold": "20",
}

_CONSTANT = {
    "line.tcp.enabled": "false",
    "line.udp.enabled": "false",
    "telemetry.enabled": "false",
    "metrics.enabled": "true",
    # A misspelt key would otherwise pass silently.
    "config.validation.strict": "true",
}

#: What every server of ours runs with, wherever it runs.
SETTINGS = {**_SMALL, **_CONSTANT}

_LOG = """\
writers=stdout
w.stdout.class=io.questdb.log.LogConsoleWriter
w.stdout.level=ADVISORY,CRITICAL,ERROR
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens on loopback; 0 lets it choose."""

    http: int = 0
    pg: int = 0
    min: int = 0


def reader(password: str) -> dict[str, str]:
    """The settings that let `READER` in."""
    return {"pg.readonly.user.enabled": "true", "pg.readonly.user": READER, "pg.readonly.password": password}


def write(
    root: Path, jar: Path, *, password: str, reader_password: str, ports: Ports, extra: Mapping[str, str]
) -> None:
    """Writes the root's files; `root` exists and is empty, or holds an earlier start's database.

    Args:
        extra: Server settings beyond the usual ones; they win.
    """
    for name in ("conf", "db", "public", "tmp"):
        (root / name).mkdir(exist_ok=True)
    settings = {
        **SETTINGS,
        "http.net.bind.to": f"{HOST}:{ports.http}",
        "http.min.net.bind.to": f"{HOST}:{ports.min}",
        "pg.net.bind.to": f"{HOST}:{ports.pg}",
        "pg.user": USER,
        "pg.password": password,
        **reader(reader_password),
        **extra,
    }
    config = root / "conf" / "server.conf"
    config.touch(mode=0o600)
    config.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")
    (root / "conf" / "log.conf").write_text(_LOG, encoding="utf-8")
    # A console newer than the jar's own is left alone: its 500 files are not unpacked. It does need the MIME types.
    (root / "public" / "version.txt").write_text("9" * 13, encoding="ascii")
    mime = root / "conf" / "mime.types"
    if not mime.exists():
        with zipfile.ZipFile(jar) as archive:
            mime.write_bytes(archive.read("io/questdb/site/conf/mime.types"))


def discard(root: Path) -> None:
    """Removes a root that no server was ever started on."""
    shutil.rmtree(root, ignore_errors=True)
