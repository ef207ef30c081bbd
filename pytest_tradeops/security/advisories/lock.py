"""The components that a project's locks pin, and a project that pins exactly these for uv to ask about."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ... import locks, processes
from ...exceptions import Inconclusive
from ...locks import Pin

_NATIVE = "uv.lock"
#: These pin everything; of a list for pip there may be several, each a part.
_WHOLE = ("uv.lock", "poetry.lock", "pdm.lock")


@dataclass(frozen=True, slots=True)
class Lock:
    """What is pinned.

    Attributes:
        name: What to call it in a sentence.
        components: Every extra and group and every platform, without the project itself; sorted.
        own: Normalised names of the project and of its workspace's members.
        loose: Names that a list demands without naming one version.
        project: The folder whose `uv.lock` it is; None for other locks.
    """

    name: str
    components: tuple[Pin, ...]
    own: frozenset[str] = frozenset()
    loose: tuple[str, ...] = ()
    project: Path | None = None

    @property
    def known(self) -> tuple[Pin, ...]:
        """Those that a database of PyPI can know."""
        return tuple(one for one in self.components if one.source == locks.REGISTRY)

    @property
    def foreign(self) -> tuple[Pin, ...]:
        """Those that come from elsewhere, such as a commit of a repository."""
        return tuple(one for one in self.components if one.source != locks.REGISTRY)


def read(*files: Path) -> Lock:
    """Reads one lock, or several lists for pip as one.

    Raises:
        Inconclusive: one cannot be read.
    """
    found = []
    for file in files:
        try:
            found.append(locks.read(file))
        except locks.Unreadable as error:
            raise Inconclusive(f"{file.name} {error}.", remedy="Write the lock anew, such as by `uv lock`.") from None
    return Lock(
        ", ".join(file.name for file in files),
        tuple(sorted({pin for one in found for pin in one.pins})),
        frozenset(name for one in found for name in one.own),
        tuple(sorted({name for one in found for name in one.loose})),
        files[0].parent if [file.name for file in files] == [_NATIVE] else None,
    )


def find(root: Path) -> Lock:
    """The lock of a project: that of uv, Poetry or PDM, or everything that the other ones pin.

    Raises:
        Inconclusive: there is none, or it cannot be read.
    """
    there = locks.find(root)
    if not there:
        raise Inconclusive(
            "There is no lock: neither uv.lock, poetry.lock, pdm.lock, pylock.toml nor requirements.txt.",
            remedy="Run `uv lock`, which writes uv.lock.",
        )
    whole = [file for file in there if file.name in _WHOLE]
    return read(*(whole[:1] or there))


def beside(root: Path, lock: Lock) -> dict[str, frozenset[tuple[str, str]]]:
    """File of each lock that is no part of `lock` to what it pins from a registry, and `lock` does not.

    A list for pip that was exported from the lock has nothing else in it.

    Raises:
        Inconclusive: one cannot be read.
    """
    known = {(one.name, one.version) for one in lock.components}
    mine = set(lock.name.split(", "))
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for file in locks.find(root):
        if file.name not in mine:
            more = frozenset((one.name, one.version) for one in read(file).known) - known
            found |= {file.relative_to(root).as_posix(): more} if more else {}
    return found


@contextlib.contextmanager
def project(lock: Lock, index: str = "") -> Iterator[Path]:
    """A folder in which uv sees what the lock pins: its own, or a made one with a `uv.lock` of the same packages.

    Args:
        index: Address that uv is to ask about the projects, instead of the registries of the lock.
    """
    if lock.project is not None and not index:
        yield lock.project
        return
    with processes.scratch("tradeops-lock-") as place:
        (place / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
        (place / _NATIVE).write_text(_text(lock.known, index or _PYPI), encoding="utf-8")
        yield place


_PROJECT = '[project]\nname = "tradeops-locked"\nversion = "0"\nrequires-python = ">=3.12"\ndependencies = []\n'


def _text(pins: tuple[Pin, ...], index: str) -> str:
    source = f'{{ registry = "{index}" }}'
    # A package in two versions is one in two extras: a project cannot want both at once.
    needs = "".join(
        f'e{number} = [{{ name = "{pin.name}", version = "{pin.version}", source = {source} }}]\n'
        for number, pin in enumerate(pins)
    )
    packages = "".join(
        f'[[package]]\nname = "{pin.name}"\nversion = "{pin.version}"\nsource = {source}\n\n' for pin in pins
    )
    return (
        'version = 1\nrevision = 3\nrequires-python = ">=3.12"\n\n'
        '[[package]]\nname = "tradeops-locked"\nversion = "0"\nsource = { virtual = "." }\n\n'
        f"[package.optional-dependencies]\n{needs}\n{packages}"
    )


_PYPI = "https://pypi.org/simple"
