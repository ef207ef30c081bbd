"""The whole history of a repository, as gitleaks has to see it, and git's own count of what there is to see."""

from dataclasses import dataclass
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ...gitrepo import GitRepo
from .running import Untrusted, environment

#: Every branch and tag; merges against each parent, or what only a merge brought in would not be seen.
LOG_OPTIONS = ("--all", "-m")
_TIMEOUT = 120.0
#: Settings of a repository that change what `git log -p` prints, and with it what gitleaks can read.
_SETTINGS = {
    "safe.directory": "*",  # CI checkouts often belong to another user, and git then shows no history at all
    "color.ui": "false",
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
class History:
    """The history of one repository.

    Attributes:
        environ: For git and gitleaks, run in an empty folder: neither the work tree's attributes, which can declare
            every file binary, nor its ignore file, nor settings of a user have a say.
        commits: Commits that git shows text of; gitleaks must have scanned as many.
        reachable: All commits of all branches and tags.
    """

    environ: dict[str, str]
    commits: int
    reachable: int


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
    return History(environ, _with_text(root, environ), reachable)


def _with_text(root: Path, environ: dict[str, str]) -> int:
    """Commits of which git shows a line of a file that is still there after it.

    gitleaks counts these, and no others: not those that are empty, delete files, rename them, change modes only or
    hold nothing but binary files.
    """
    shown = _git(root, environ, "log", *LOG_OPTIONS, "--numstat", "--diff-filter=d", "--format=commit %H")
    found: set[str] = set()
    commit = ""
    for line in shown.splitlines():
        if line.startswith("commit "):
            commit = line[7:]
            continue
        counts = line.split("\t", 2)[:2]
        if len(counts) == 2 and all(one.isdigit() for one in counts) and any(int(one) for one in counts):
            found.add(commit)
    return len(found)


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
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _git(root: Path, environ: dict[str, str], *arguments: str, ends: tuple[int, ...] = (0,)) -> str:
    with processes.scratch("tradeops-git-") as empty:
        # With GIT_DIR set the folder it runs in counts as the work tree, and must have no attributes.
        cwd = empty if "GIT_DIR" in environ else root
        try:
            done = processes.run(["git", *arguments], cwd=cwd, timeout=_TIMEOUT, env=environ)
        except OSError:
            raise Inconclusive("git is not installed.", remedy="Install git.") from None
    if done.timed_out or done.code not in ends:
        why = f"took longer than {_TIMEOUT:.0f} seconds" if done.timed_out else f"failed: {done.tail.rstrip('.')}"
        raise Untrusted(
            f"`git {arguments[0]}` {why}.", remedy="Run `git fsck --full`, and clone again if it complains."
        )
    return done.stdout
