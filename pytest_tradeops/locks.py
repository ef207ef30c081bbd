"""What a project's locks pin, whichever tool wrote them: uv, Poetry, PDM, PEP 751 or a list for pip."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Asked in this order.
LOCKS = (
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock.toml",
    "pylock.*.toml",
    "requirements*.txt",
    "requirements/*.txt",
)
REGISTRY = "registry"
#: Bytes; the lock of a bot with every exchange's client is below one megabyte.
LARGEST = 50_000_000
#: The project itself and its workspace's members, as uv, PDM and PEP 751 mark them.
_OWN = frozenset({"editable", "virtual", "directory"})
_FROM = ("git", "url", "path", "vcs", "archive", "directory")


class Unreadable(Exception):
    """A lock that cannot be read; the text completes a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One package in one version.

    Attributes:
        name: Normalised, as PyPI compares names.
        source: `registry`, or from where else, such as `git` or `url`.
    """

    name: str
    version: str
    source: str = REGISTRY

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Pins:
    """What one lock holds.

    Attributes:
        pins: Sorted; a package twice where the lock forks.
        own: Normalised names of the project and of its workspace's members.
        loose: Normalised names that it demands without naming one version.
    """

    pins: tuple[Pin, ...]
    own: frozenset[str] = frozenset()
    loose: tuple[str, ...] = ()


def normalised(name: str) -> str:
    """A name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find(root: Path) -> list[Path]:
    """The locks of a project, in the order in which they count."""
    return list(dict.fromkeys(path for pattern in LOCKS for path in sorted(root.glob(pattern)) if path.is_file()))


def read(path: Path) -> Pins:
    """Reads one lock.

    Raises:
        Unreadable: it is too large, not what its name says, or cannot be opened.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"is larger than {LARGEST // 1_000_000} MB")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8 text") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    return _from_requirements(text) if path.suffix == ".txt" else _from_toml(text)


def _from_toml(text: str) -> Pins:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise Unreadable("is no TOML") from None
    packages = document.get("package", document.get("packages", []))
    if not isinstance(packages, list) or not all(isinstance(one, dict) for one in packages):
        raise Unreadable("has no list of packages")
    pins: set[Pin] = set()
    own: set[str] = set()
    loose: set[str] = set()
    for package in packages:
        name, version, source = package.get("name"), package.get("version", ""), _source(package)
        if not isinstance(name, str) or not isinstance(version, str):
            raise Unreadable("names a package without a name or version")
        if source in _OWN:
            own.add(normalised(name))
        elif version or source != REGISTRY:
            pins.add(Pin(normalised(name), version, source))
        else:
            loose.add(normalised(name))
    return Pins(tuple(sorted(pins)), frozenset(own), tuple(sorted(loose)))


def _source(package: Mapping[str, Any]) -> str:
    source = package.get("source")
    if isinstance(source, dict) and source:
        if isinstance(source.get("type"), str):  # Poetry; `legacy` is what it calls another index
            return REGISTRY if source["type"] == "legacy" else source["type"]
        return str(next(iter(source)))
    return next((one for one in _FROM if one in package), REGISTRY)


def _from_requirements(text: str) -> Pins:
    from packaging.requirements import InvalidRequirement, Requirement

    pins: set[Pin] = set()
    loose: set[str] = set()
    for line in _logical_lines(text):
        try:
            wanted = Requirement(re.split(r"\s+--?[a-z]", line)[0].strip())
        except InvalidRequirement:
            continue  # an option, a path or an address: it names no package
        exact = [one for one in wanted.specifier if one.operator in ("==", "===") and "*" not in one.version]
        if wanted.url:
            pins.add(Pin(normalised(wanted.name), "", "url"))
        elif exact:
            pins.add(Pin(normalised(wanted.name), exact[0].version))
        else:
            loose.add(normalised(wanted.name))
    return Pins(tuple(sorted(pins)), loose=tuple(sorted(loose)))


def _logical_lines(text: str) -> Iterator[str]:
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        plain = re.sub(r"(^|\s)#.*$", "", line).strip()
        if plain and not plain.startswith("-"):
            yield plain
