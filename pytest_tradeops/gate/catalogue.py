"""The catalogue: which checks exist, read from the source without importing or running anything.

Completeness cannot be judged from inside a run, because a run does not know what it lacks. So the declarations,
`@pytest.mark.verification(...)` and the `@planted_fault(...)`s of the same module, are read with `ast`. That is why
their arguments must be literals.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..config import suggestion
from ..exceptions import DeclarationError, TradeopsError
from ..model import Finding, Suite
from .checklist import item_ids
from .declarations import CatalogueEntry, read_declarations

_PACKAGE = Path(__file__).resolve().parent.parent
_PATTERNS = ("test_*.py", "*_test.py")

__all__ = ["Catalogue", "CatalogueEntry", "packaged", "packaged_root", "read_module", "read_tree"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Declared checks, sorted by id.

    Attributes:
        strays: What is wrong with single modules: a planted fault without its check, a name defined twice.
    """

    entries: tuple[CatalogueEntry, ...] = ()
    strays: tuple[Finding, ...] = ()

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(entry.spec.id for entry in self.entries)

    def get(self, check: str) -> CatalogueEntry | None:
        """The entry of that id."""
        return next((entry for entry in self.entries if entry.spec.id == check), None)

    def covering(self, item: str) -> tuple[CatalogueEntry, ...]:
        """The checks that declare to cover a checklist item."""
        return tuple(entry for entry in self.entries if item in entry.spec.covers)

    def joined(self, own: "Catalogue") -> "Catalogue":
        """This catalogue with an adopter's own checks.

        Raises:
            DeclarationError: an own check bears a packaged prefix, or an id that is taken.
        """
        packaged = {suite.prefix for suite in Suite}
        for entry in own.entries:
            if entry.spec.id.split("-")[0] in packaged:
                raise DeclarationError(
                    f"{entry.place}: {entry.spec.id} bears a prefix of the packaged suites.",
                    remedy="Use a prefix of your own of 3-8 capitals, such as ACME-001.",
                )
        return _catalogue([*self.entries, *own.entries], [*self.strays, *own.strays])

    def problems(self) -> list[Finding]:
        """Every declaration that cannot be kept: unknown items, checks and items without a planted fault."""
        return [*self.strays, *(finding for entry in self.entries for finding in _entry_problems(entry))]


def read_module(path: Path, *, root: Path | None = None) -> list[CatalogueEntry]:
    """The checks declared in one Python file, in source order.

    Args:
        root: What `CatalogueEntry.file` is relative to; default the file's folder.

    Raises:
        DeclarationError: naming file and line: not Python, a non-literal or malformed argument.
    """
    return read_declarations(path, root or path.parent)[0]


def read_tree(paths: Iterable[Path], *, root: Path | None = None) -> Catalogue:
    """The checks declared in files, and in folders' `test_*.py` and `*_test.py`, virtual environments left out.

    Args:
        root: What `CatalogueEntry.file` is relative to; default each folder itself, or a file's folder.

    Raises:
        DeclarationError: a path is missing, a declaration is malformed, or an id is declared twice.
    """
    entries: list[CatalogueEntry] = []
    strays: list[Finding] = []
    done: set[Path] = set()
    for path in paths:
        base = root or (path if path.is_dir() else path.parent)
        for file in _files(path):
            if file not in done:
                done.add(file)
                found, stray = read_declarations(file, base)
                entries += found
                strays += stray
    return _catalogue(entries, strays)


def packaged_root() -> Path:
    """The folder of the packaged suites: inside the installed package, or `verification/` of a checkout."""
    for folder in (_PACKAGE / "_suites", _PACKAGE.parent / "verification"):
        if folder.is_dir():
            return folder
    raise TradeopsError("This installation carries no suites.", remedy="Reinstall it: pip install pytest-tradeops.")


@cache
def packaged() -> Catalogue:
    """The checks that ship with the package."""
    return read_tree([packaged_root()])


def _catalogue(entries: Sequence[CatalogueEntry], strays: Sequence[Finding]) -> Catalogue:
    seen: dict[str, CatalogueEntry] = {}
    for entry in entries:
        first = seen.setdefault(entry.spec.id, entry)
        if first is not entry:
            raise DeclarationError(
                f"{entry.spec.id} is declared twice: {first.place} and {entry.place}.",
                remedy="Give one of them another id.",
            )
    return Catalogue(tuple(sorted(entries, key=lambda entry: entry.spec.id)), tuple(strays))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DeclarationError(f"{path} does not exist.", remedy="Correct `checks` in [tool.tradeops].")
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise DeclarationError(f"{error.filename} cannot be read: {error.strerror}.", remedy="Correct its rights.")

    for place, folders, names in os.walk(path, onerror=refuse):
        here = Path(place)
        folders[:] = [name for name in folders if not _is_foreign(here / name)]
        files = (here / name for name in names if not name.startswith("."))
        found += [file for file in files if any(map(file.match, _PATTERNS)) and file.is_file()]
    return sorted(found)


def _is_foreign(folder: Path) -> bool:
    """Hidden, or full of what others wrote: installed packages bring tests of their own."""
    return folder.name.startswith(".") or folder.name == "node_modules" or (folder / "pyvenv.cfg").exists()


def _entry_problems(entry: CatalogueEntry) -> Iterator[Finding]:
    spec, place = entry.spec, entry.place
    proven = {fault.covers for fault in entry.faults}
    if not entry.faults:
        yield Finding(
            "catalogue: check without planted fault",
            f"{spec.id} has no planted fault, so nothing proves that it can fail.",
            place,
            f"Add a function with @planted_fault(check={spec.id!r}, ...) to the same file.",
        )
    for item in spec.covers:
        if item not in item_ids():
            yield Finding(
                "catalogue: unknown checklist item",
                f"{spec.id} covers {item!r}, which the checklist does not have.",
                place,
                suggestion(item, item_ids()) if len(item) < 20 else "See `tradeops list --by-spec`.",
            )
        elif item not in proven and entry.faults:
            yield Finding(
                "catalogue: item without planted fault",
                f"{spec.id} covers {item}, but no planted fault of it says so.",
                place,
                f"Add covers={item!r} to the fault that proves it, or add one.",
            )
    for fault in entry.faults:
        if fault.covers and fault.covers not in spec.covers:
            yield Finding(
                "catalogue: fault for an item its check does not cover",
                f"{fault.name} proves {fault.covers}, which {spec.id} does not cover.",
                place,
                "Correct covers= of one of the two.",
            )
