"""Which version of a package a project's lock pins."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Asked in this order; the first file that names the package counts.
LOCKS = (
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock.toml",
    "pylock.*.toml",
    "requirements*.txt",
    "requirements/*.txt",
)


@dataclass(frozen=True, slots=True)
class Locked:
    """What the lock says.

    Attributes:
        file: The lock that names the package, relative to the project; where none does, the first lock there is; empty
            without any lock.
        versions: More than one where the lock forks by platform or Python; empty where the package is not pinned.
    """

    file: str = ""
    versions: tuple[str, ...] = ()


def locked_version(root: Path, package: str) -> Locked:
    """The version of `package` that the lock in `root` pins. A broken lock pins nothing."""
    wanted = _canonical(package)
    first = ""
    for pattern in LOCKS:
        for path in sorted(root.glob(pattern)):
            name = path.relative_to(root).as_posix()
            first = first or name
            read = _from_requirements if path.suffix == ".txt" else _from_toml
            versions = read(path.read_text(encoding="utf-8", errors="replace"), wanted)
            if versions:
                return Locked(name, tuple(sorted(versions)))
    return Locked(first)


def _from_toml(text: str, wanted: str) -> set[str]:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return set()
    lists = [document[key] for key in ("package", "packages") if isinstance(document.get(key), list)]
    tables = [one for listed in lists for one in listed if isinstance(one, dict)]
    return {
        str(one["version"]) for one in tables if "version" in one and _canonical(str(one.get("name", ""))) == wanted
    }


def _from_requirements(text: str, wanted: str) -> set[str]:
    found = re.finditer(r"(?m)^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]\n]*\])?\s*===?\s*([\w.!+-]+)", text)
    return {match[2] for match in found if _canonical(match[1]) == wanted}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
