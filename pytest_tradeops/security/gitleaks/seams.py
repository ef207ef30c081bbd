"""Writes a large file out anew so that gitleaks cuts it where we say, and not in the middle of a secret.

`gitleaks dir` reads a file of more than 100 kB in pieces. A piece ends at an empty line if one comes within 25 kB, and
anywhere at all if none does; what stands on such a seam is found in neither piece. So a large file is read twice more,
with empty lines put in: each time elsewhere, so that what one reading cuts is whole in the other. gitleaks reads a
commit in one piece; it is only files that this is for.
"""

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from .running import Leak

#: Bytes that gitleaks reads in one piece.
PIECE = 100_000
#: Two cuts of one reading are about this far apart, so that two come within 25 kB even where a place for one lacks.
_STEP = 12_288
#: So far after the place that it is meant for a cut may come. The rest of half a step is the longest secret that is
#: whole in one of the readings: 4 kB, which a PEM key of 4096 bits fits into.
_REACH = 2_048
#: No secret holds one of these; where no line ends, a cut may stand behind one.
_BETWEEN = re.compile(rb"[\s,;'\"`]")
#: Where the cuts of the two readings begin.
READINGS = (_STEP, _STEP + _STEP // 2)


@dataclass(frozen=True, slots=True)
class Lines:
    """Which line of the file itself a line of what was written anew is.

    Attributes:
        starts: For each part between two cuts the line that it begins on there, and in the file itself; from 1.
    """

    starts: tuple[tuple[int, int], ...]

    def itself(self, there: int) -> int:
        start, itself = self.starts[bisect.bisect_right(self.starts, there, key=itemgetter(0)) - 1]
        return itself + there - start


def spread(content: bytes, first: int = _STEP) -> tuple[bytes, Lines]:
    """Puts empty lines in, the first about `first` bytes from the start."""
    parts, starts, there, itself, begin = [], [], 1, 1, 0
    for cut in (*_cuts(content, first), len(content)):
        part = content[begin:cut]
        starts.append((there, itself))
        itself += part.count(b"\n")
        if cut < len(content):
            part += b"\n" if part.endswith(b"\n") else b"\n\n"
        there += part.count(b"\n")
        parts.append(part)
        begin = cut
    return b"".join(parts), Lines(tuple(starts))


def _cuts(content: bytes, first: int) -> Iterator[int]:
    for place in range(first, len(content) - _REACH, _STEP):
        line_end = content.find(b"\n", place, place + _REACH)
        if line_end >= 0:
            yield line_end + 1
        elif between := _BETWEEN.search(content, place, place + _REACH):
            yield between.end()


class Readings:
    """The large files of a folder, written anew below `place` once for each of the `READINGS`.

    Args:
        beside: A file that is written beside them as it is.

    Attributes:
        folders: One for each reading; none where no file is large.
    """

    def __init__(self, files: Path, names: Sequence[str], place: Path, beside: str) -> None:
        large = [name for name in names if (files / name).is_file() and (files / name).stat().st_size > PIECE]
        self.folders = [place / f"reading-{number}" for number in range(len(READINGS))] if large else []
        self._lines: list[dict[str, Lines]] = []
        for folder, first in zip(self.folders, READINGS, strict=False):
            lines = {}
            for name in (*large, beside):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                content, lines[name] = spread((files / name).read_bytes(), first)
                (folder / name).write_bytes(content)
            self._lines.append(lines)

    def itself(self, reading: int, leaks: Iterable[Leak]) -> set[Leak]:
        """What was found in one reading, with the lines of the files themselves."""
        lines = self._lines[reading]
        return {replace(leak, line=lines[leak.path].itself(leak.line)) for leak in leaks if leak.path in lines}
