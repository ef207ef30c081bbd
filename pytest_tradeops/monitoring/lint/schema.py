"""Which tables there are: of the subject's DDL, of a running server, and those that the package itself defines."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...telemetry.tables import TABLES
from .load import PASSED_OVER
from .sqltext import Token, statements

#: Where the package's own tables come from.
PACKAGE = "the package"
MAX_SQL_BYTES = 4 << 20
MAX_SQL_FILES = 2_000
#: SQL in tests defines what tests need.
_TESTS = frozenset({"test", "tests"})


@dataclass(frozen=True, slots=True)
class Definition:
    """A table or view.

    Attributes:
        statements: CREATE, then every ALTER of its columns, with the place of the name in each (start, end).
        source: Where it was found, for messages.
        units: Column to its unit, where that is known.
    """

    name: str
    statements: tuple[tuple[str, int, int], ...]
    source: str
    is_view: bool = False
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Schema:
    """Every definition by lower-cased name."""

    tables: dict[str, Definition] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    server: str = ""

    def find(self, name: str) -> Definition | None:
        return self.tables.get(name.lower())

    def describe(self) -> str:
        """Where the tables come from, one phrase."""
        parts = [f"{len(self.files)} SQL {'file' if len(self.files) == 1 else 'files'}"] if self.files else []
        parts += [self.server] if self.server else []
        return ", ".join([*parts, "the package's own tables"])


def schema(paths: Iterable[Path], *, server: Mapping[str, str] | None = None, server_name: str = "") -> Schema:
    """From SQL files, then a server, then the package: the first to define a name has it.

    Args:
        paths: SQL files, or folders with them.
        server: Table to the CREATE statement that a running server shows for it.
    """
    made = Schema(server=server_name if server else "")
    for file in _sql_files(paths):
        try:
            if file.stat().st_size > MAX_SQL_BYTES:
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if _read(text, str(file), made.tables):
            made.files.append(str(file))
    for name, ddl in (server or {}).items():
        if name.lower() not in made.tables:
            _read(ddl, server_name, made.tables)
    for table in TABLES.values():
        units = {column.name: str(column.unit) for column in table.columns if column.unit}
        if table.name not in made.tables:
            _read(table.ddl(), PACKAGE, made.tables)
        # The subject may have a copy of its own: units are those of the columns that kept their names.
        found = made.tables[table.name]
        made.tables[table.name] = Definition(found.name, found.statements, found.source, found.is_view, units)
    return made


def _sql_files(paths: Iterable[Path]) -> Iterator[Path]:
    number = 0
    for path in paths:
        if not path.is_dir():
            if path.suffix.lower() == ".sql":
                yield path
            continue
        for folder, folders, names in os.walk(path):
            here = Path(folder)
            folders[:] = sorted(
                one for one in folders if one not in PASSED_OVER and not one.startswith(".") and one not in _TESTS
            )
            for name in sorted(names):
                if name.lower().endswith(".sql"):
                    number += 1
                    if number > MAX_SQL_FILES:
                        return
                    yield here / name


def _read(text: str, source: str, into: dict[str, Definition]) -> bool:
    """Takes up what the text defines; whether there was anything."""
    found = False
    for statement in statements(text):
        verb = statement[0].low
        if verb not in ("create", "alter", "drop"):
            continue
        at, is_view = _name(statement)
        if at is None:
            continue
        key = at.name.lower()
        first, last = statement[0].start, statement[-1]
        body = text[first : last.start + len(last.text)]
        placed = (body, at.start - first, at.start - first + len(at.text))
        if verb == "create":
            found = True
            if key not in into:
                into[key] = Definition(at.name, (placed,), source, is_view)
        elif key in into:
            known = into[key]
            if verb == "drop":
                del into[key]
            elif any(token.low == "column" for token in statement):
                into[key] = Definition(known.name, (*known.statements, placed), known.source, known.is_view)
    return found


def _name(statement: list[Token]) -> tuple[Token | None, bool]:
    """The token that names a table or view in CREATE, ALTER or DROP."""
    is_view = False
    for index, token in enumerate(statement[:8]):
        if token.kind == "word" and token.low in ("table", "view"):
            is_view = token.low == "view"
            at = index + 1
            while at < len(statement) and statement[at].low in ("if", "not", "exists"):
                at += 1
            # A schema's name, as PostgreSQL writes it, is not part of the table's.
            while at + 2 < len(statement) and statement[at + 1].text == ".":
                at += 2
            if at < len(statement) and statement[at].kind in ("word", "quoted", "string"):
                return statement[at], is_view
            return None, is_view
    return None, is_view
