"""What gitleaks never looks at, by any configuration: names that its own defaults allow, binary content, messages.

gitleaks passes over lock files, images and `gitleaks.toml` by their names, and over files that begin like a program or
an archive; of what has a NUL in it, git shows no line. A key stands in there as well as anywhere, be it in UTF-16. So
all of this is written out as plain text under names that gitleaks reads. Its general rule does not count there: what
looks like an assignment is noise in lock files and programs.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from .history import History, added_lines, annotations, messages, not_shown
from .provider import Binary
from .running import Leak
from .scanners import GENERAL, TreeScanner
from .tree import Tree

#: `paths` of the global allowlist that gitleaks 8.30 has built in, and every configuration that extends it.
PASSED_OVER = tuple(
    re.compile(one)
    for one in (
        r"gitleaks\.toml",
        r"(?i)\.(?:bmp|gif|jpe?g|png|svg|tiff?)$",
        r"(?i)\.(?:eot|[ot]tf|woff2?)$",
        r"(?i)\.(?:docx?|xlsx?|pdf|bin|socket|vsidx|v2|suo|wsuo|.dll|pdb|exe|gltf)$",
        r"go\.(?:mod|sum|work(?:\.sum)?)$",
        r"(?:^|/)vendor/modules\.txt$",
        r"(?:^|/)vendor/(?:github\.com|golang\.org/x|google\.golang\.org|gopkg\.in|istio\.io|k8s\.io|sigs\.k8s\.io)(?:/.*)?$",
        r"(?:^|/)gradlew(?:\.bat)?$",
        r"(?:^|/)gradle\.lockfile$",
        r"(?:^|/)mvnw(?:\.cmd)?$",
        r"(?:^|/)\.mvn/wrapper/MavenWrapperDownloader\.java$",
        r"(?:^|/)node_modules(?:/.*)?$",
        r"(?:^|/)(?:deno\.lock|npm-shrinkwrap\.json|package-lock\.json|pnpm-lock\.yaml|yarn\.lock)$",
        r"(?:^|/)bower_components(?:/.*)?$",
        r"(?:^|/)(?:angular|bootstrap|jquery(?:-?ui)?|plotly|swagger-?ui)[a-zA-Z0-9.-]*(?:\.min)?\.js(?:\.map)?$",
        r"(?:^|/)javascript\.json$",
        r"(?:^|/)(?:Pipfile|poetry)\.lock$",
        r"(?i)(?:^|/)(?:v?env|virtualenv)/lib(?:64)?(?:/.*)?$",
        r"(?i)(?:^|/)(?:lib(?:64)?/python[23](?:\.\d{1,2})+|python/[23](?:\.\d{1,2})+/lib(?:64)?)(?:/.*)?$",
        r"(?i)(?:^|/)[a-z0-9_.]+-[0-9.]+\.dist-info(?:/.+)?$",
        r"(?:^|/)vendor/(?:bundle|ruby)(?:/.*?)?$",
        r"\.gem$",
        r"verification-metadata\.xml",
        r"Database.refactorlog",
        r"(?:^|/)\.git$",
    )
)
#: Beginnings that gitleaks takes for programs, archives and documents.
_MAGIC = tuple(
    one.encode("latin-1")
    for one in (
        *("PK\x03\x04", "Rar!", "\x1f\x8b", "BZh", "7z\xbc\xaf", "\xfd7zXZ", "(\xb5/\xfd", "LZIP", "!<arch>", "Cr24"),
        *("%PDF", "%!PS", "{\\rtf", "MZ", "CWS", "FWS", "NES\x1a", "\x7fELF", "SQLite format 3", "\0asm", "dex\n"),
        *("\xed\xab\xee\xdb", "\xca\xfe\xba\xbe", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xd0\xcf\x11\xe0"),
    )
)
_BOMS = (
    ("utf-32-le", b"\xff\xfe\0\0"),
    ("utf-32-be", b"\0\0\xfe\xff"),
    ("utf-16-le", b"\xff\xfe"),
    ("utf-16-be", b"\xfe\xff"),
)
#: Text within other bytes, one character in one, two or four of them.
_RUNS = tuple(
    re.compile(shape, re.DOTALL)
    for shape in (
        rb"[\t\x20-\x7e]{8,}",
        rb"(?:[\t\x20-\x7e]\0){8,}",
        rb"(?:\0[\t\x20-\x7e]){8,}",
        rb"(?:[\t\x20-\x7e]\0\0\0){8,}",
        rb"(?:\0\0\0[\t\x20-\x7e]){8,}",
    )
)
#: Bytes of one binary content, and of all of a history; beyond it they are counted and not searched.
_LARGEST, _MOST = 5_000_000, 50_000_000
#: Stands before the texts of a file, which might begin like a program themselves.
_BEFORE = f"{' ' * 300}\n"
#: Bytes of one file that is laid out: less than gitleaks reads in one piece.
_SHEET = 60_000


@dataclass(frozen=True, slots=True)
class Part:
    """One text and where it comes from.

    Attributes:
        lines: The number of each of its lines in the file itself; None where they are the same.
    """

    path: str
    commit: str
    text: str
    lines: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """What was found there.

    Attributes:
        parts: How many texts were searched.
        left: How many contents were too large, or too many.
    """

    parts: int
    left: int
    leaks: tuple[Leak, ...]


def search(binary: Binary, tree: Tree, history: History | None, place: Path, timeout: float) -> Unseen:
    """Looks for secrets in what gitleaks passes over of a tree, and of a history.

    Args:
        place: A folder of its own, not yet there.

    Raises:
        Untrusted: as `TreeScanner.audit`.
    """
    parts = list(_of_tree(tree))
    left = 0
    if history:
        binaries, left = _of_binaries(history)
        names = [name for name in history.names if is_passed_over(name)]
        parts += binaries
        parts += [Part(*one) for one in added_lines(history, names)]
        parts += [Part(*one) for one in (*messages(history), *annotations(history))]
    if not parts:
        return Unseen(0, left, ())
    return Unseen(len(parts), left, tuple(sorted(_found(binary, parts, place, timeout))))


def is_passed_over(name: str) -> bool:
    """Whether gitleaks passes over a file because of its name."""
    return any(pattern.search(name) for pattern in PASSED_OVER)


def as_text(content: bytes) -> str:
    """The text of a file, whatever its encoding; of one that is none, the texts within it, one a line."""
    for encoding, mark in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    if b"\0" not in content:
        return content.decode("utf-8", "replace")
    runs = (run[0].replace(b"\0", b"").decode("ascii") for shape in _RUNS for run in shape.finditer(content))
    return "\n".join(runs)


def _of_tree(tree: Tree) -> Iterator[Part]:
    for name in tree.files:
        try:
            content = (tree.root / name).read_bytes()
        except FileNotFoundError:
            continue  # deleted a moment ago
        if is_passed_over(name) or _looks_binary(content):
            yield Part(name, "", as_text(content[:_LARGEST]))


def _looks_binary(content: bytes) -> bool:
    if b"\0" in content or content[257:262] == b"ustar":
        return True
    return content.startswith((*_MAGIC, *(mark for _, mark in _BOMS)))


def _of_binaries(history: History) -> tuple[list[Part], int]:
    contents, left = not_shown(history, _LARGEST, _MOST)
    return [Part(one.path, one.commit, as_text(content)) for one, content in contents], left


def _found(binary: Binary, parts: Iterable[Part], place: Path, timeout: float) -> Iterator[Leak]:
    sheets = list(_sheets(parts))
    place.mkdir()
    (place / "sheets").mkdir()
    names = [f"sheet-{number:05}.txt" for number in range(len(sheets))]
    for name, sheet in zip(names, sheets, strict=True):
        text = _BEFORE + "".join(part.text.rstrip("\n") + "\n\n" for _, part in sheet)
        (place / "sheets" / name).write_text(text, encoding="utf-8", errors="replace", newline="\n")
    tree = Tree(place / "sheets", tuple(names), 0, (), 0)
    origins = dict(zip(names, sheets, strict=True))
    for leak in TreeScanner.over(tree, binary, place, timeout).audit().leaks:
        if leak.rule != GENERAL:
            yield _itself(leak, origins[leak.path])


def _sheets(parts: Iterable[Part]) -> Iterator[list[tuple[int, Part]]]:
    """Parts that lie in one file together, each with the line that it begins on there."""
    sheet: list[tuple[int, Part]] = []
    line, size = 2, 0
    for part in parts:
        text = part.text.rstrip("\n")
        if sheet and size + len(text) > _SHEET:
            yield sheet
            sheet, line, size = [], 2, 0
        sheet.append((line, part))
        line, size = line + text.count("\n") + 2, size + len(text)
    if sheet:
        yield sheet


def _itself(leak: Leak, sheet: list[tuple[int, Part]]) -> Leak:
    start, part = sheet[bisect_right(sheet, leak.line, key=itemgetter(0)) - 1]
    number = leak.line - start
    line = part.lines[min(number, len(part.lines) - 1)] if part.lines else number + 1
    return replace(leak, path=part.path, commit=part.commit, line=line)
