"""The two things that are scanned, each in the way that leaves a scan of nothing no chance to look clean."""

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
from .tree import Tree, lay_out

#: More commits than these are not named on a command line; the whole history is scanned again.
_MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class TreeScanner:
    """Scans files that were laid out in `files`, with a planted token among them.

    Attributes:
        planted: Where the token is. No file of a project has the name, and no allowlist knows it.
    """

    binary: Binary
    files: Path
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
        return cls(binary, files, planted, place, timeout)

    def scan(self, config: Path, ignore: Path | None = None, suspects: Sequence[Leak] | None = None) -> Pass:
        """As the subject has set it up; where `suspects` are given, their files only, and the planted one."""
        names = {self.planted, *(leak.path for leak in suspects or ())}
        # A name that is not UTF-8 comes back from gitleaks as another one.
        if suspects is None or not all((self.files / name).is_file() for name in names):
            return self._without_planted(self._scan(self.files, config, ignore, audit=False))
        chosen = self.place / "suspects"
        for name in names:
            (chosen / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.files / name, chosen / name)
        return self._without_planted(self._scan(chosen, config, ignore, audit=False))

    def audit(self) -> Pass:
        """By the built-in rules and this package's, hiding nothing.

        Raises:
            Untrusted: the planted token is not among what was found.
        """
        found = self._scan(self.files, RULES, None, audit=True)
        if self.planted not in {leak.path for leak in found.leaks}:
            raise Untrusted(
                "gitleaks did not find the secret that was planted beside the files.",
                remedy="Install the pinned one: pip install 'pytest-tradeops[secrets]'.",
            )
        return self._without_planted(found)

    def _scan(self, files: Path, config: Path, ignore: Path | None, *, audit: bool) -> Pass:
        return scan(
            self.binary.path,
            ["dir", "."],  # not its path: allowlists and fingerprints are relative to the project
            cwd=files,
            scratch=self.place,
            config=config,
            ignore=ignore,
            audit=audit,
            timeout=self.timeout,
        )

    def _without_planted(self, found: Pass) -> Pass:
        return replace(found, leaks=tuple(leak for leak in found.leaks if leak.path != self.planted))


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
