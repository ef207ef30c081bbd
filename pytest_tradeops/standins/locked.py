"""Which version of a package a project's lock pins."""

from dataclasses import dataclass
from pathlib import Path

from .. import locks


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
    """The version of `package` that a lock in `root` pins; the first that names it counts, broken ones pin nothing."""
    wanted = locks.normalised(package)
    first = ""
    for path in locks.find(root):
        name = path.relative_to(root).as_posix()
        first = first or name
        try:
            versions = {pin.version for pin in locks.read(path).pins if pin.name == wanted and pin.version}
        except locks.Unreadable:
            continue
        if versions:
            return Locked(name, tuple(sorted(versions)))
    return Locked(first)
