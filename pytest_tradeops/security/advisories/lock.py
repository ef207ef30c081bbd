"""The components that a `uv.lock` pins: every extra and group, every platform, without the project itself."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...exceptions import Inconclusive
from . import LOCK

#: Bytes; the lock of a bot with every exchange's client is below one megabyte.
LARGEST = 50_000_000
_OWN = ("editable", "virtual", "directory")


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """One package in one version.

    Attributes:
        name: Normalised, as PyPI compares names.
        source: `registry`, or from where else: `git`, `url`, `path`. Of the latter no database of PyPI knows anything.
    """

    name: str
    version: str
    source: str = "registry"

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock pins.

    Attributes:
        components: Sorted; a package twice where the lock forks.
        own: Normalised names of the project and of its workspace's members.
    """

    file: Path
    components: tuple[Component, ...]
    own: frozenset[str]

    @property
    def known(self) -> tuple[Component, ...]:
        """Those that a database of PyPI can know."""
        return tuple(one for one in self.components if one.source == "registry")

    @property
    def foreign(self) -> tuple[Component, ...]:
        """Those that come from elsewhere, such as a commit of a repository."""
        return tuple(one for one in self.components if one.source != "registry")


def normalised(name: str) -> str:
    """A name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(file: Path) -> Lock:
    """Reads a `uv.lock`.

    Raises:
        Inconclusive: there is none, or it is no lock.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise Inconclusive(f"{file.name} is larger than {LARGEST // 1_000_000} MB.", remedy="Run `uv lock` anew.")
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Inconclusive(
            f"{file.name} cannot be read: {error.strerror}.", remedy="Run `uv lock`, which writes uv.lock."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise Inconclusive(f"{file.name} is no TOML.", remedy="Run `uv lock` anew.") from None
    packages = document.get("package")
    if document.get("version") != 1 or not isinstance(packages, list):
        raise Inconclusive(f"{file.name} is no lock of uv's version 1.", remedy="Run `uv lock` with a current uv.")
    found: set[Component] = set()
    own: set[str] = set()
    for package in packages:
        name, version, source = _fields(package, file)
        if source in _OWN:
            own.add(name)
        else:
            found.add(Component(name, version, source))
    return Lock(file, tuple(sorted(found)), frozenset(own))


def find(root: Path) -> Lock:
    """The lock of a project.

    Raises:
        Inconclusive: as `read`.
    """
    return read(root / LOCK)


def _fields(package: Any, file: Path) -> tuple[str, str, str]:
    source = package.get("source") if isinstance(package, dict) else None
    name = package.get("name") if isinstance(package, dict) else None
    if not isinstance(name, str) or not isinstance(source, dict) or not source:
        raise Inconclusive(f"{file.name} names a package without name or source.", remedy="Run `uv lock` anew.")
    return normalised(name), str(package.get("version", "")), str(next(iter(source)))
