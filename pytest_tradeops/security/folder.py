"""Our own list of a strategies folder: what a scanner must read, and what it must never be given."""

import os
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

#: What bandit's walk takes; anything else that holds Python code is only counted in the facts.
SCANNED = frozenset({".py", ".pyw"})
NOT_SCANNED = frozenset({".pyi", ".pyx", ".pxd", ".ipynb", ".so", ".pyd"})
#: Bytes; no strategy that a person wrote is that long, and bandit takes a thousand times that much memory for it.
LARGEST = 5_000_000
#: Regular by name only: reading there may wait for ever, and never end.
_NO_FILES = tuple(Path(place) for place in ("/proc", "/sys"))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds; names are relative to it.

    Attributes:
        python: Files that bandit must mention; `dangling` those that cannot be looked at, which it reports itself.
        closed: Folders that cannot be read, which bandit passes over without a word.
        others: Suffix to number of files.
        links: Linked folders, which bandit does not enter.
    """

    python: tuple[str, ...]
    dangling: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    others: Counter[str]
    links: tuple[str, ...]
    closed: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """What to hand to bandit: the folder, unless it would then open what was refused."""
        if not self.refused:
            return (".", *self.links)
        return tuple(f"./{name}" for name in (*self.python, *self.dangling))


def list_folder(folder: Path) -> Listing:
    """Lists `folder`, linked folders included (each real folder once); opens no file."""
    python: list[str] = []
    dangling: list[str] = []
    refused: list[tuple[str, str]] = []
    others: Counter[str] = Counter()
    links: list[str] = []
    seen: set[Path] = set()
    closed: list[str] = []

    def note(error: OSError) -> None:
        closed.append(Path(error.filename).relative_to(folder).as_posix())

    for place, folders, names in os.walk(folder, followlinks=True, onerror=note):
        here = Path(place)
        folders.sort()
        if here.resolve() in seen:  # a link back up, or a second link to the same folder
            folders.clear()
            continue
        seen.add(here.resolve())
        if here.is_symlink() and here != folder:
            links.append(here.relative_to(folder).as_posix())
        for name in names:
            suffix = Path(name).suffix
            if suffix in SCANNED:
                relative = (here / name).relative_to(folder).as_posix()
                try:
                    objection = _objection(here / name)
                except OSError:
                    dangling.append(relative)
                    continue
                if objection:
                    refused.append((relative, objection))
                else:
                    python.append(relative)
            elif suffix in NOT_SCANNED:
                others[suffix] += 1
    return Listing(
        python=tuple(sorted(python)),
        dangling=tuple(sorted(dangling)),
        refused=tuple(sorted(refused)),
        others=others,
        links=tuple(links),
        closed=tuple(sorted(closed)),
    )


def _objection(file: Path) -> str:
    """Why bandit must not open it; empty if it may."""
    found = file.stat()
    if not stat.S_ISREG(found.st_mode) or any(file.resolve().is_relative_to(place) for place in _NO_FILES):
        return "it is not a regular file, nor a link to one"
    if found.st_size > LARGEST:
        return f"it is larger than {LARGEST // 1_000_000} MB"
    return ""
