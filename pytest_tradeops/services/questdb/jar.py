"""The server jar: pinned, resolved once by PyPI `jgo`, kept in the user's cache, its checksum checked at every use."""

import contextlib
import hashlib
import importlib.util
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...exceptions import NoJar
from ...processes import cache_folder

GROUP, ARTIFACT = "org.questdb", "questdb"
VERSION = "9.3.4"
SHA256 = "939bc53ab22f93dbaa6545143a6e7c536d4904c07b7f2d381e8eef10436be062"

_OFFLINE = "Connect once, or set TRADEOPS_QUESTDB_JAR to a copy of the jar."
#: Work that takes longer says so.
_PROGRESS_AFTER = 1.0
#: Characters of a library's own error.
_LONGEST_REASON = 160

type Resolver = Callable[[Path], Path]


@dataclass(frozen=True, slots=True)
class Jar:
    """A checked server jar.

    Attributes:
        origin: One phrase for the service's handle, without a path of this machine.
    """

    path: Path
    origin: str


def get(configured: str = "", *, resolver: Resolver | None = None) -> Jar:
    """The jar: the configured one, the cached one, or a freshly resolved one.

    Args:
        configured: Path of a jar; it must be the pinned version, too.
        resolver: Puts the jar under a folder and returns its path; default `jgo` on Maven's central repository.

    Raises:
        NoJar: it is not there, could not be resolved, or is not the pinned one.
    """
    if configured:
        path = Path(configured).expanduser()
        if not path.is_file():
            raise NoJar(f"TRADEOPS_QUESTDB_JAR names no file: {path}.", remedy="Correct or unset it.")
        _check(path, "The configured jar", f"Give the jar of QuestDB {VERSION}, or unset TRADEOPS_QUESTDB_JAR.")
        return Jar(path.resolve(), f"jar {VERSION}")
    kept = cache_folder() / f"{ARTIFACT}-{VERSION}.jar"
    if not kept.is_file() or digest(kept) != SHA256:
        _fetch(kept, resolver or resolve_with_jgo)
    return Jar(kept, f"jar {VERSION}")


def present(configured: str = "") -> bool:
    """Whether `get` would need no network; reads no checksum."""
    return Path(configured).is_file() if configured else (cache_folder() / f"{ARTIFACT}-{VERSION}.jar").is_file()


def digest(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(kept: Path, resolver: Resolver) -> None:
    # A folder of our own, and one rename at the end: two runs that download at once do not meet, and an interrupted
    # download leaves nothing half-made where somebody would find it.
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".fetch-") as folder:
        try:
            found = resolver(Path(folder))
        except NoJar:
            raise
        except Exception as error:  # jgo lets every library's own errors through
            raise NoJar(
                f"QuestDB {VERSION} is not in the cache and could not be downloaded: {_reason(error)}", remedy=_OFFLINE
            ) from None
        _check(found, "The downloaded jar", "Something between here and the repository changes it; ask who runs it.")
        staged = Path(folder) / "checked.jar"
        shutil.copyfile(found, staged)
        staged.replace(kept)


def resolve_with_jgo(folder: Path) -> Path:
    """Resolves the jar: from the local Maven repository when the pinned one is there, else by download into `folder`.

    Raises:
        NoJar: `jgo` is not installed.
    """
    local = Path.home() / ".m2" / "repository" / GROUP.replace(".", "/") / ARTIFACT / VERSION
    ready = local / f"{ARTIFACT}-{VERSION}.jar"
    if ready.is_file() and digest(ready) == SHA256:
        return ready
    require_resolver()
    from jgo.maven import MavenContext, PythonResolver

    context = MavenContext(repo_cache=folder, resolver=PythonResolver(progress_callback=_progress))
    artifact = context.project(GROUP, ARTIFACT).at_version(VERSION).artifact()
    return Path(artifact.resolve())


def require_resolver() -> None:
    """Says so when the jar could not be downloaded for want of `jgo`.

    Raises:
        NoJar: `jgo` is not installed.
    """
    if importlib.util.find_spec("jgo") is None:
        raise NoJar(
            f"QuestDB {VERSION} is not in the cache, and `jgo`, which downloads it, is not installed.",
            remedy="Run `pip install 'pytest-tradeops[embedded]'`, or set TRADEOPS_QUESTDB_JAR to a copy of the jar.",
        )


@contextlib.contextmanager
def _progress(name: str, size: int) -> Iterator[Callable[[int], None]]:
    begun = shown = time.monotonic()
    done = 0

    def update(count: int) -> None:
        nonlocal done, shown
        done += count
        now = time.monotonic()
        if now - begun > _PROGRESS_AFTER and now - shown > _PROGRESS_AFTER:
            shown = now
            sys.stderr.write(f"\rtradeops: downloading {name} {done / size:.0%} of {size / 1e6:.0f} MB")
            sys.stderr.flush()

    yield update
    if shown != begun:
        sys.stderr.write(f"\rtradeops: downloaded {name}, {size / 1e6:.0f} MB, once{' ' * 12}\n")


def _check(path: Path, what: str, remedy: str) -> None:
    found = digest(path)
    if found != SHA256:
        raise NoJar(f"{what} is not QuestDB {VERSION}: SHA-256 {found[:12]}..., not {SHA256[:12]}....", remedy=remedy)


def _reason(error: BaseException) -> str:
    """The error's first line as the end of a sentence, cut between words if it is long."""
    text = type(error).__name__ if "Connection" in type(error).__name__ else f"{type(error).__name__}: {error}"
    line = text.splitlines()[0]
    if len(line) <= _LONGEST_REASON:
        return f"{line.rstrip(' .')}."
    # One character more shows whether the last word is whole; an address may be so long that it has to be cut.
    whole = line[: _LONGEST_REASON + 1].rpartition(" ")[0]
    return f"{(whole if len(whole) > _LONGEST_REASON // 2 else line[:_LONGEST_REASON]).rstrip(' .,;:')}..."
