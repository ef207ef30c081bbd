"""Checks of a packaged suite that `-m` leaves out: they are deselected as all others, but never imported.

Importing a suite costs what its domain costs. A run of an adopter's own checks would pay that for every packaged one,
in each of its workers, only to deselect them all.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Never

import pytest
from _pytest.mark import expression as marks
from _pytest.mark.expression import Expression

from ..exceptions import DeclarationError, Inconclusive
from ..gate.catalogue import CatalogueEntry, packaged_root, read_module
from .keys import MARKER

type _Atom = tuple[str, frozenset[tuple[str, object]]]
#: What pytest raises for an expression that it cannot read; before 9.0 a class of its own.
_UNREADABLE: type[Exception] = getattr(marks, "ParseError", SyntaxError)
#: More marks than these in one expression are not tried out.
_MOST = 6


class Unselected(pytest.Item):
    """Stands for one check of a file that was not imported. It is there to be deselected, and cannot be run."""

    def __init__(self, *, entry: CatalogueEntry, **given: Any) -> None:
        super().__init__(**given)
        self.add_marker(getattr(pytest.mark, MARKER)(**entry.marker))
        self._line = entry.line - 1

    def runtest(self) -> Never:
        raise Inconclusive(
            f"{self.nodeid} was not imported, since `-m` leaves it out, and was selected all the same.",
            remedy="Select it by -m or by its node id, and by no hook.",
        )

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._line, self.name


def unselected(expression: str, path: Path) -> Sequence[CatalogueEntry]:
    """The checks of a file if that `-m` expression can select none of them, whatever other marks they have; else none.

    A file that cannot be read so is left to its import.
    """
    try:
        entries = read_module(path, root=packaged_root()) if expression else []
        compiled = Expression.compile(expression)
        return () if any(_may_be_selected(compiled, entry.marker, {}) for entry in entries) else entries
    except (DeclarationError, OSError, SyntaxError, _UNREADABLE):
        return ()


def _may_be_selected(expression: Expression, marker: Mapping[str, object], assumed: Mapping[_Atom, bool]) -> bool:
    """Tries both answers for each mark that only an import would tell of."""

    def has(name: str, /, **keywords: object) -> bool:
        if name == MARKER:
            return all(key in marker and marker[key] == value for key, value in keywords.items())
        atom = name, frozenset(keywords.items())
        if atom not in assumed:
            raise _Open(atom)
        return assumed[atom]

    try:
        return expression.evaluate(has)
    except _Open as open_:
        if len(assumed) >= _MOST:
            return True
        return any(_may_be_selected(expression, marker, {**assumed, open_.atom: answer}) for answer in (True, False))


class _Open(Exception):
    def __init__(self, atom: _Atom) -> None:
        super().__init__(atom)
        self.atom = atom


def stand_ins(parent: pytest.Collector, entries: Sequence[CatalogueEntry]) -> Iterator[Unselected]:
    """One item per entry, under the node id that the check itself has."""
    for entry in entries:
        yield Unselected.from_parent(parent, name=entry.function, entry=entry)
