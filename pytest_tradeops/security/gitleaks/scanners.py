"""The two things that are scanned, each in the way that leaves a scan of nothing no chance to look clean."""

import hashlib
import random
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import RULES
from .history import LOG_OPTIONS, History
from .provider import Binary
from .running import Leak, Pass, Untrusted, scan
from .samples import github_token
from .seams import Readings
from .tree import Tree, lay_out

#: More commits than these are not named on a command line; the whole history is scanned again.
_MOST_NAMED = 500
#: The rule that gitleaks itself drops where a more special one matches the same line.
GENERAL = "generic-api-key"
type _Mark = tuple[Path, str, bytes]
#: What an audit in this process has found in a file. Check and planted faults read the same files, but for a few.
_AUDITED: dict[_Mark, tuple[Leak, ...]] = {}


@dataclass(frozen=True, slots=True)
class TreeScanner:
    """Scans files that were laid out in `files`, with a planted token among them.

    Attributes:
        names: The files but for the planted one; `size` their bytes.
        planted: Where the token is. No file of a project has the name, and no allowlist knows it.
    """

    binary: Binary
    files: Path
    names: tuple[str, ...]
    size: int
    planted: str
    place: Path
    timeout: float

    @classmethod
    def over(cls, tree: Tree, binary: Binary, place: Path, timeout: float) -> "TreeScanner":
        """Lays the tree's files out below `place`, with a token that was made up just now."""
        files = place / "files"
        files.mkdir()
        lay_out(tree, files)
        planted = f"tradeops-self-test-{secrets.token_hex(8)}.py"
        token = github_token(random.SystemRandom())
        (files / planted).write_text(f'TOKEN = "{token}"\n', encoding="utf-8")
        there = {name: (files / name).stat().st_size for name in tree.files if (files / name).exists()}
        return cls(binary, files, tuple(there), sum(there.values()), planted, place, timeout)

    def scan(self, config: Path, ignore: Path | None = None, suspects: Sequence[Leak] | None = None) -> Pass:
        """As the subject has set it up; where `suspects` are given, their files only, and the planted one."""
        names = {leak.path for leak in suspects or ()}
        # A name that is not UTF-8 comes back from gitleaks as another one.
        whole = suspects is None or not all((self.files / name).is_file() for name in names)
        return self._read(self.names if whole else sorted(names), config, ignore, audit=False)

    def audit(self) -> Pass:
        """By the built-in rules and this package's, hiding nothing.

        Raises:
            Untrusted: the planted token is not among what was found.
        """
        marks = {name: self._mark(name) for name in self.names}
        unread = [name for name, mark in marks.items() if mark not in _AUDITED]
        found = self._read(unread, RULES, None, audit=True)
        earlier = {leak for name, mark in marks.items() if name not in unread for leak in _AUDITED.get(mark, ())}
        if {leak.path for leak in found.leaks} <= set(unread):
            for name in unread:
                _AUDITED[marks[name]] = tuple(leak for leak in found.leaks if leak.path == name)
        return replace(found, leaks=tuple(sorted({*found.leaks, *earlier})), size=self.size)

    def _mark(self, name: str) -> _Mark:
        """What decides what is found in a file: which gitleaks reads it, by our rules, and its name and content."""
        with (self.files / name).open("rb") as file:
            return self.binary.path, name, hashlib.file_digest(file, "sha256").digest()

    def _read(self, names: Sequence[str], config: Path, ignore: Path | None, *, audit: bool) -> Pass:
        """Scans these files, and the large ones among them again, cut elsewhere."""
        place = self.place / ("audit" if audit else "plain")
        files = self._only(names, place)
        found = self._scan(files, config, ignore, audit=audit)
        readings = Readings(files, names, place, beside=self.planted)
        again: set[Leak] = set()
        for number, folder in enumerate(readings.folders):
            # Ignored are lines of the files themselves, which gitleaks does not see here.
            again |= readings.itself(number, self._scan(folder, config, None, audit=audit).leaks)
        ignored = _ignored(ignore)
        leaks = {*found.leaks, *(leak for leak in again if leak.fingerprint not in ignored)}
        # Of a secret that it cuts, gitleaks sees a piece that only the general rule knows.
        special = {leak.place for leak in leaks if leak.rule != GENERAL}
        kept = (one for one in leaks if one.path != self.planted and (one.rule != GENERAL or one.place not in special))
        return replace(found, leaks=tuple(sorted(kept)))

    def _only(self, names: Sequence[str], place: Path) -> Path:
        """A folder with these files alone, and the planted one; the whole one where that is all of them."""
        if len(names) == len(self.names):
            return self.files
        for name in (*names, self.planted):
            (place / "files" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.files / name, place / "files" / name)
        return place / "files"

    def _scan(self, files: Path, config: Path, ignore: Path | None, *, audit: bool) -> Pass:
        found = scan(
            self.binary.path,
            ["dir", "."],  # not its path: allowlists and fingerprints are relative to the project
            cwd=files,
            scratch=self.place,
            config=config,
            ignore=ignore,
            audit=audit,
            timeout=self.timeout,
        )
        if audit and self.planted not in {leak.path for leak in found.leaks}:
            raise Untrusted(
                "gitleaks did not find the secret that was planted beside the files.",
                remedy="Install the pinned one: pip install 'pytest-tradeops[secrets]'.",
            )
        return found


def _ignored(ignore: Path | None) -> frozenset[str]:
    lines = ignore.read_text(encoding="utf-8", errors="replace").splitlines() if ignore else ()
    return frozenset(line.strip() for line in lines)


@dataclass(frozen=True, slots=True)
class HistoryScanner:
    """Scans a history from an empty folder, in which no file of the work tree has a say.

    Attributes:
        files: Where gitleaks itself runs: a configuration may extend another by a path that is relative to it.
    """

    binary: Binary
    history: History
    files: Path
    place: Path
    timeout: float

    def scan(self, config: Path, ignore: Path | None = None, suspects: Sequence[Leak] | None = None) -> Pass:
        """As the subject has set it up; where `suspects` are given, their commits only."""
        commits = None if suspects is None else sorted({leak.commit for leak in suspects})
        if commits == []:
            return Pass((), 0, 0)
        if commits is None or len(commits) > _MOST_NAMED:
            return self._scan(config, ignore, LOG_OPTIONS, audit=False)
        return self._scan(config, ignore, ("--no-walk", "-m", *commits), audit=False)

    def _scan(self, config: Path, ignore: Path | None, options: Sequence[str], *, audit: bool) -> Pass:
        empty = self.place / "empty"
        empty.mkdir(exist_ok=True)
        return scan(
            self.binary.path,
            ["git", str(empty), f"--log-opts={' '.join(options)}"],
            cwd=self.files,
            scratch=self.place,
            config=config,
            ignore=ignore,
            audit=audit,
            environ=self.history.environ,
            timeout=self.timeout,
        )

    def audit(self) -> Pass:
        """By the built-in rules and this package's, hiding nothing.

        Raises:
            Untrusted: gitleaks scanned another number of commits than git shows text of. Only here: allowlists of a
                subject may leave commits out.
        """
        found = self._scan(RULES, None, LOG_OPTIONS, audit=True)
        if found.commits != self.history.commits:
            raise Untrusted(
                f"gitleaks scanned {found.commits or 0} commits, and git shows text in {self.history.commits}.",
                remedy="Run `git fsck --full`, and clone again if it complains.",
            )
        return found
