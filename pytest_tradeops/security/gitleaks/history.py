"""The whole history of a repository, as gitleaks has to see it, and git's own count of what there is to see."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ...gitrepo import GitRepo
from .running import Untrusted, environment

#: Every branch and tag; merges against each parent, or what only a merge brought in would not be seen.
LOG_OPTIONS = ("--all", "-m")
_TIMEOUT = 120.0
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
#: Settings of a repository that change what `git log -p` prints, and with it what gitleaks can read.
_SETTINGS = {
    "safe.directory": "*",  # CI checkouts often belong to another user, and git then shows no history at all
    "color.ui": "false",
    "core.attributesFile": "/dev/null",  # it can declare files binary
    "core.bigFileThreshold": "512m",
    "advice.graftFileDeprecated": "false",
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "diff.relative": "false",
    "diff.orderFile": "/dev/null",
    "diff.submodule": "short",
    "log.abbrevCommit": "false",
    "log.date": "default",
    "log.decorate": "no",
    "log.diffMerges": "separate",
    "log.follow": "false",
    "log.showRoot": "true",
    "log.showSignature": "false",
    "format.pretty": "medium",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a commit has put into a file."""

    commit: str
    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class History:
    """The history of one repository.

    Attributes:
        environ: For git and gitleaks, run in an empty folder: neither the work tree's attributes, which can declare
            every file binary, nor its ignore file, nor settings of a user have a say.
        commits: Commits that git shows text of; gitleaks must have scanned as many.
        reachable: All commits of all branches and tags.
        names: Of all files that git shows text of.
        binaries: What git shows no line of.
    """

    root: Path
    environ: dict[str, str]
    commits: int
    reachable: int
    names: frozenset[str] = frozenset()
    binaries: tuple[Content, ...] = ()


def open_history(root: Path) -> History:
    """The history of the repository whose top is `root`.

    Raises:
        Untrusted: it is no such repository, has no commit, or is a shallow or partial clone.
    """
    repository = GitRepo(root)
    if objection := repository.objection():
        raise Untrusted(
            f"{objection}, so there is no history to scan.",
            remedy="Name the top folder of a full clone.",
        )
    folder = _git(root, environment(_overrides()), "rev-parse", "--absolute-git-dir").strip()
    common = _git(root, environment(_overrides()), "rev-parse", "--git-common-dir").strip()
    environ = environment({**_overrides(), "GIT_DIR": folder})
    if repository.is_shallow():
        raise Untrusted(
            "This is a shallow clone: most commits are not here to be scanned.",
            remedy="Run `git fetch --unshallow`; in CI, check out with fetch-depth: 0.",
        )
    if _is_partial(root, environ):
        raise Untrusted(
            "This is a partial clone: the content of old commits is not here to be scanned.",
            remedy="Clone again without --filter.",
        )
    attributes = (root / common).resolve() / "info" / "attributes"
    if attributes.is_file() and attributes.read_bytes().strip():
        raise Untrusted(
            f"{attributes} can declare files binary, whose content git then does not show.", remedy="Remove that file."
        )
    reachable = int(_git(root, environ, "rev-list", "--all", "--count"))
    if not reachable:
        raise Untrusted("The repository has no commit, so there is no history to scan.", remedy="Commit first.")
    commits, names, binaries = _shown(root, environ)
    return History(root, environ, commits, reachable, names, binaries)


def _shown(root: Path, environ: dict[str, str]) -> tuple[int, frozenset[str], tuple[Content, ...]]:
    """How many commits git shows a line of, of a file that is still there after it; the names; what it does not show.

    gitleaks counts these, and no others: not those that are empty, delete files, rename them, change modes only or
    hold nothing but binary files.
    """
    options = (*LOG_OPTIONS, "--raw", "--no-abbrev", "--numstat", "--diff-filter=d", "--format=commit %H")
    found: set[str] = set()
    names: set[str] = set()
    binaries: dict[tuple[str, str], Content] = {}
    commit = ""
    waiting: list[tuple[str, str]] = []  # of one commit, first a line per file with its blob, then one with its counts
    for line in _git(root, environ, "log", *options).splitlines():
        if line.startswith("commit "):
            commit, waiting = line[7:], []
        elif line.startswith(":"):
            about, *paths = line.split("\t")
            waiting.append((about.split()[3], unquoted(paths[-1])))
        elif line:
            added, removed, _ = line.split("\t", 2)
            blob, path = waiting.pop(0)
            if added == "-":
                binaries.setdefault((blob, path), Content(commit, path, blob))
            elif int(added) or int(removed):
                found.add(commit)
                names.add(path)
    return len(found), frozenset(names), tuple(binaries.values())


def unquoted(name: str) -> str:
    """A file's name as it is, where git has written it in quotes."""
    if not name.startswith('"'):
        return name
    return name[1:-1].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")


def not_shown(history: History, largest: int, most: int) -> tuple[list[tuple[Content, bytes]], int]:
    """The contents that git shows no line of, what tags lead to beside commits included; and how many were left out.

    Args:
        largest: Bytes of one of them; `most` of all together.
    """
    wanted = (*history.binaries, *_tagged(history))
    repository = GitRepo(history.root)
    sizes = repository.sizes([one.blob for one in wanted])
    chosen, total = [], 0
    for one, size in zip(wanted, sizes or (), strict=False):
        if size is not None and size <= largest and total + size <= most:
            chosen.append(one)
            total += size
    contents = repository.blobs([one.blob for one in chosen])
    if sizes is None or contents is None:
        raise Untrusted(
            "Objects of the history cannot be read.", remedy="Run `git fsck --full`, and clone again if it complains."
        )
    return list(zip(chosen, contents, strict=True)), len(wanted) - len(chosen)


def _tagged(history: History) -> Iterator[Content]:
    """Files that a tag leads to without a commit."""
    format_ = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)"
    for line in _git(history.root, history.environ, "for-each-ref", f"--format={format_}").splitlines():
        kind, object_, inner, target, name = line.split(" ", 4)
        kind, object_ = (inner, target) if kind == "tag" else (kind, object_)
        if kind == "blob":
            yield Content("", name, object_)
        elif kind == "tree":
            listed = _git(history.root, history.environ, "ls-tree", "-r", object_)
            for about, path in (one.split("\t", 1) for one in listed.splitlines()):
                if about.split()[1] == "blob":
                    yield Content("", f"{name}:{unquoted(path)}", about.split()[2])


def added_lines(history: History, names: Collection[str]) -> Iterator[tuple[str, str, str, tuple[int, ...]]]:
    """Path, commit, text and numbers of the lines that each commit has put into these files."""
    if not names:
        return
    options = (*LOG_OPTIONS, "-p", "--unified=0", "--no-renames", "--diff-filter=d", "--format=commit %H", "--stdin")
    chosen = "--\n" + "".join(f":(literal,top){name}\n" for name in sorted(names) if "\n" not in name)
    commit, path, number = "", "", 0
    text: list[str] = []
    numbers: list[int] = []
    for line in [*_git(history.root, history.environ, "log", *options, stdin=chosen).split("\n"), "commit "]:
        if line.startswith(("commit ", "diff --git ")):
            if text:
                yield path, commit, "\n".join(text), tuple(numbers)
            text, numbers = [], []
            commit = line[7:] if line.startswith("commit ") else commit
        elif line.startswith("+++ ") and not text:
            path = unquoted(line[4:].rstrip("\t")).removeprefix("b/")
        elif match := _HUNK.match(line):
            number = int(match[1])
        elif line.startswith("+"):
            text.append(line[1:])
            numbers.append(number)
            number += 1


def messages(history: History) -> Iterator[tuple[str, str, str]]:
    """`commit message`, commit and text, names of author and committer included, of each commit."""
    format_ = "%x00%H%n%an %ae%n%cn %ce%n%B"
    for one in _git(history.root, history.environ, "log", "--all", f"--format={format_}").split("\0")[1:]:
        commit, _, text = one.partition("\n")
        yield "commit message", commit, text


def annotations(history: History) -> Iterator[tuple[str, str, str]]:
    """Name, no commit, and text of each annotated tag."""
    shown = _git(history.root, history.environ, "for-each-ref", "--format=%00%(objecttype) %(refname)%0a%(contents)")
    for one in shown.split("\0")[1:]:
        about, _, text = one.partition("\n")
        kind, _, name = about.partition(" ")
        if kind == "tag":
            yield name, "", text


def _is_partial(root: Path, environ: dict[str, str]) -> bool:
    pattern = r"^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$"
    return bool(_git(root, environ, "config", "--get-regexp", pattern, ends=(0, 1)).strip())


def _overrides() -> dict[str, str]:
    numbered = {}
    for number, (name, value) in enumerate(_SETTINGS.items()):
        numbered[f"GIT_CONFIG_KEY_{number}"], numbered[f"GIT_CONFIG_VALUE_{number}"] = name, value
    return {
        **numbered,
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": "/dev/null",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _git(
    root: Path, environ: dict[str, str], *arguments: str, ends: tuple[int, ...] = (0,), stdin: str | None = None
) -> str:
    with processes.scratch("tradeops-git-") as empty:
        # With GIT_DIR set the folder it runs in counts as the work tree, and must have no attributes.
        cwd = empty if "GIT_DIR" in environ else root
        try:
            done = processes.run(["git", *arguments], cwd=cwd, timeout=_TIMEOUT, env=environ, stdin=stdin)
        except OSError:
            raise Inconclusive("git is not installed.", remedy="Install git.") from None
    if done.timed_out or done.code not in ends:
        why = f"took longer than {_TIMEOUT:.0f} seconds" if done.timed_out else f"failed: {done.tail.rstrip('.')}"
        raise Untrusted(
            f"`git {arguments[0]}` {why}.", remedy="Run `git fsck --full`, and clone again if it complains."
        )
    return done.stdout
