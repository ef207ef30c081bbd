"""A Java start-up cache: trained once per jar and Java, then every start takes half the time.

Java 25 writes an ahead-of-time cache (`-XX:AOTCache`), older ones a class archive (`-XX:SharedArchiveFile`). Java
ignores a cache that does not fit, with a warning in the log: a bad cache only starts slower.
"""

import contextlib
import fcntl
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ...processes import cache_folder
from .java import Java

#: Seconds.
_UNUSED = 30 * 86_400.0
_NOTICE = "tradeops: preparing QuestDB for fast starts, once (about 8 s)\n"


def java_options(java: Java, root: Path) -> list[str]:
    """The Java options that every start shares; the cache is only valid for the same ones."""
    options = [
        "-Xmx128m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",  # its file in the shared temp folder would survive a SIGKILL
        "-Duser.timezone=UTC",
        f"-Djava.io.tmpdir={root / 'tmp'}",
    ]
    if java.version >= 23:
        options.append("--sun-misc-unsafe-memory-access=allow")
    if java.version >= 22:
        options.append("--enable-native-access=ALL-UNNAMED")
    return options


def cache_path(java: Java, jar: Path) -> Path:
    """Where the cache for this pair is, or would be."""
    stat = jar.stat()
    parts = (str(java.path), java.full, str(jar), stat.st_size, stat.st_mtime_ns, java_options(java, Path("/")))
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return cache_folder() / f"start-{java.version}-{key}.{'aot' if java.version >= 25 else 'jsa'}"


def use(java: Java, cache: Path) -> list[str]:
    """The Java option that uses the cache; empty when there is none."""
    if not cache.is_file():
        return []
    with contextlib.suppress(OSError):
        os.utime(cache)  # still in use: see _forget_old
    return [f"-XX:AOTCache={cache}" if java.version >= 25 else f"-XX:SharedArchiveFile={cache}"]


def write(java: Java, cache: Path) -> list[str]:
    """The Java option that writes the cache when the program ends."""
    return [f"-XX:AOTCacheOutput={cache}" if java.version >= 25 else f"-XX:ArchiveClassesAtExit={cache}"]


def ensure(java: Java, jar: Path, train: Callable[[Path], None]) -> Path:
    """The path of the cache, trained now when it is missing; the file may still be missing afterwards.

    Not trained on a CI machine (`CI` is set), which is thrown away before the eight seconds pay; nor while another
    run trains; nor again after a failure.

    Args:
        train: Starts a server that writes the cache to the given path, and ends it in good order.
    """
    cache = cache_path(java, jar)
    failed = cache.with_suffix(".failed")
    if cache.is_file() or failed.exists() or os.environ.get("CI"):
        return cache
    with _sole(cache.with_suffix(".lock")) as ours:
        if not ours or cache.is_file():
            return cache
        _forget_old(cache.parent)
        sys.stderr.write(_NOTICE)
        sys.stderr.flush()
        staged = cache.with_name(f"{cache.stem}.{os.getpid()}{cache.suffix}")
        try:
            train(staged)
            if staged.stat().st_size < 1 << 20:
                raise OSError("the cache is too small to be whole")
            staged.replace(cache)
        except Exception as error:  # whatever it was: without a cache everything works, a second slower
            failed.write_text(f"{type(error).__name__}: {error}\n", encoding="utf-8")
        finally:
            staged.unlink(missing_ok=True)
            # Java 25 leaves its recorded configuration beside the cache it was asked for.
            staged.with_name(f"{staged.name}.config").unlink(missing_ok=True)
    return cache


def _forget_old(folder: Path) -> None:
    """Removes caches that no start has used for long: of virtual environments and jars that are gone."""
    for old in folder.glob("start-*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _UNUSED:
                old.unlink()


@contextlib.contextmanager
def _sole(path: Path) -> Iterator[bool]:
    """Whether this process alone holds the lock; another holder's death frees it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
