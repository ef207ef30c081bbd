"""Reads a git repository through the `git` command; never writes to it."""

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_LISTED = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
#: Seconds for a whole revision to be written, which may have to be fetched by filters of git's.
_CHECKOUT = 300.0
_CLOSED = re.compile(r"^warning: could not open directory '(.*?)/?': .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class StagedFile:
    """A file of the index that the next commit adds or changes.

    Attributes:
        mode: As git writes it: `100644`, `100755`, `120000` for a link, `160000` for a submodule.
        blob: The id of its content.
    """

    name: str
    mode: str
    blob: str


@dataclass(frozen=True, slots=True)
class GitRepo:
    """The repository that holds `root`. Every answer is None or empty where there is no git or no repository."""

    root: Path

    def _git(self, *arguments: str) -> str | None:
        done = self._run(*arguments)
        return done.stdout if done and done.returncode == 0 else None

    def _run(self, *arguments: str, timeout: float = 30, **environment: str) -> subprocess.CompletedProcess[str] | None:
        # safe.directory: CI checkouts often belong to another user, and git then refuses to answer at all.
        # Neither GIT_DIR and its like nor replaced objects may show another history than the checkout's own.
        command = [
            "git",
            "--no-replace-objects",
            "-c",
            f"safe.directory={self.root}",
            "-c",
            "core.quotePath=false",
            "-C",
            str(self.root),
            *arguments,
        ]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environ |= environment
        try:
            return subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=timeout, check=False, env=environ
            )
        except (OSError, subprocess.TimeoutExpired):
            return None

    def _line(self, *arguments: str) -> str | None:
        answer = self._git(*arguments)
        return answer.strip() if answer and answer.strip() else None

    def is_repository(self) -> bool:
        """Whether `root` itself (not only a folder above it) is the top of a work tree."""
        top = self.top()
        return top is not None and top.resolve() == self.root.resolve()

    def objection(self) -> str:
        """Why `root` is not the top of a work tree, as a sentence without its end; empty if it is."""
        done = self._run("rev-parse", "--show-toplevel", LC_ALL="C")
        if done is None:
            return "git is not installed, or does not answer"
        if done.returncode and (self.root / ".git").exists():
            return f"The .git of {self.root} cannot be used"
        return "" if self.is_repository() else f"{self.root} is not the top of a git repository"

    def is_shallow(self) -> bool:
        return self._line("rev-parse", "--is-shallow-repository") == "true"

    def head(self) -> str | None:
        """The full id of the checked-out commit."""
        return self._line("rev-parse", "--verify", "HEAD^{commit}")

    def branch(self) -> str | None:
        """The checked-out branch; None when detached."""
        return self._line("symbolic-ref", "--short", "-q", "HEAD")

    def origin_branch(self) -> str | None:
        """The branch that `origin/HEAD` names: the remote's default branch, as far as this clone knows it."""
        name = self._line("symbolic-ref", "-q", "refs/remotes/origin/HEAD")
        return name.removeprefix("refs/remotes/origin/") if name else None

    def remote(self, name: str) -> str | None:
        """The URL of a remote, as git would use it; None if there is none of this name."""
        return self._line("remote", "get-url", "--", name)

    def resolve(self, revision: str) -> str | None:
        """The commit id of a revision; None if it does not exist here."""
        return self._line("rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}")

    def merge_base(self, one: str, other: str) -> str | None:
        return self._line("merge-base", one, other)

    def show(self, revision: str, path: str) -> str | None:
        """A file's text at a revision; None if it was not there."""
        return self._git("show", f"{revision}:{path}")

    def is_dirty(self) -> bool:
        """Whether tracked files differ from the commit, or untracked, not ignored files exist."""
        return bool(self._line("status", "--porcelain"))

    def files(self) -> list[str] | None:
        """Tracked and untracked, not ignored files, relative to `root`."""
        answer = self._git(*_LISTED)
        return None if answer is None else sorted({name for name in answer.split("\0") if name})

    def closed_folders(self) -> list[str]:
        """Folders of `files` that git could not look into: it leaves them out, warns and ends well."""
        done = self._run(*_LISTED, LC_ALL="C")
        return _CLOSED.findall(done.stderr) if done else []

    def staged(self) -> list[StagedFile] | None:
        """What the next commit adds or changes, as it stands in the index; the work tree has no say.

        Within a hook it is the index that git commits from, which for `git commit -a` is not the ordinary one.
        """
        answer = self._bytes("diff", "--cached", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "-z")
        if answer is None:
            return None
        parts = answer.split(b"\0")
        found = []
        for about, name in zip(parts[::2], parts[1::2], strict=False):
            _, mode, _, blob, status = about.decode("ascii").split(" ")
            if status[:1] not in "DU":
                found.append(StagedFile(name.decode("utf-8", "surrogateescape"), mode, blob))
        return sorted(found)

    def blobs(self, ids: Sequence[str]) -> list[bytes] | None:
        """The contents of objects, as they are stored: without filters and changed ends of lines."""
        answer = self._bytes("cat-file", "--batch", stdin="".join(f"{one}\n" for one in ids).encode())
        if answer is None:
            return None
        found, at = [], 0
        for _ in ids:
            end = answer.index(b"\n", at)
            words = answer[at:end].split(b" ")
            if len(words) != 3:  # it is missing
                return None
            found.append(answer[end + 1 : end + 1 + int(words[2])])
            at = end + 1 + int(words[2]) + 1
        return found

    def sizes(self, ids: Sequence[str]) -> list[int | None] | None:
        """The sizes of objects in bytes, None for one that is missing."""
        answer = self._bytes(
            "cat-file", "--batch-check=%(objectsize)", stdin="".join(f"{one}\n" for one in ids).encode()
        )
        return None if answer is None else [int(line) if line.isdigit() else None for line in answer.splitlines()]

    def check_out(self, revision: str, target: Path) -> str:
        """Writes a revision's files below `target`, with git's own filters and nothing else of a work tree.

        Returns:
            Why it could not be done; empty where it was.
        """
        with tempfile.TemporaryDirectory(prefix="tradeops-index-") as place:
            index = str(Path(place) / "index")
            for arguments in (("read-tree", revision), ("checkout-index", "--all", "--force", f"--prefix={target}/")):
                done = self._run(*arguments, timeout=_CHECKOUT, GIT_INDEX_FILE=index)
                if done is None:
                    return f"git {arguments[0]} cannot be run, or takes longer than {_CHECKOUT:.0f} seconds"
                if done.returncode != 0:
                    lines = done.stderr.strip().splitlines()
                    return f"git {arguments[0]}: {lines[-1] if lines else f'exit code {done.returncode}'}"
        return ""

    def top(self) -> Path | None:
        """The top of the work tree that holds `root`."""
        line = self._line("rev-parse", "--show-toplevel")
        return None if line is None else Path(line)

    def _bytes(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        index = os.environ.get("GIT_INDEX_FILE")
        if index:
            environ["GIT_INDEX_FILE"] = index
        command = ["git", "--no-replace-objects", "-c", f"safe.directory={self.root}", "-C", str(self.root), *arguments]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False, env=environ)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None

    def first_commit_time(self, path: str, *, follow: bool = True) -> datetime | None:
        """When the file was first committed (author time, UTC).

        Args:
            follow: Whether to follow renames. Git then follows copies, too: for a file that was filled in from a
                template it answers with the template's day.
        """
        following = ("--follow",) if follow else ()
        answer = self._line("log", *following, "--diff-filter=A", "--format=%at", "--", path)
        return datetime.fromtimestamp(int(answer.splitlines()[-1]), UTC) if answer else None
