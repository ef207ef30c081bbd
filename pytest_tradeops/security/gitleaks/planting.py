"""Breaks a copy of a subject as a careless commit would, for planted faults and tests."""

import random
from pathlib import Path

from ... import processes
from ...exceptions import DeclarationError
from .running import environment
from .samples import unworded

_PERSON = {
    "GIT_AUTHOR_NAME": "planted",
    "GIT_AUTHOR_EMAIL": "planted@localhost",
    "GIT_COMMITTER_NAME": "planted",
    "GIT_COMMITTER_EMAIL": "planted@localhost",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}
#: When a secret was committed long ago, and when work went on: seconds since 1970, in UTC.
LONG_AGO = "1577880000 +0000"
_LATER = 1_600_000_000


def git(root: Path, *arguments: str, date: str = "", stdin: str = "") -> str:
    """Runs git in `root` as nobody in particular, without hooks and settings of a user.

    Args:
        date: Of a commit, where it is not now.

    Raises:
        DeclarationError: it failed, so that nothing is planted.
    """
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", *arguments]
    dated = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    done = processes.run(command, cwd=root, timeout=60, env=environment({**_PERSON, **dated}), stdin=stdin or None)
    if done.code != 0:
        raise DeclarationError(f"git {arguments[0]} failed: {done.tail}", remedy="Plant the fault otherwise.")
    return done.stdout


def new_repository(root: Path) -> None:
    """A repository of its own in a copy, which comes without one."""
    git(root, "init", "--quiet", "--initial-branch=main")


def commit(root: Path, name: str, text: str | None, message: str) -> str:
    """Commits one file, or its removal; returns the commit's id."""
    path = root / name
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(root, "add", "--force", "--", name)
    git(root, "commit", "--quiet", "--message", message)
    return git(root, "rev-parse", "HEAD").strip()


def bury(root: Path, number: int) -> None:
    """Puts as many commits on top of the branch's last one, each of which changes one file of its own."""
    branch = f"refs/heads/{git(root, 'rev-parse', '--abbrev-ref', 'HEAD').strip()}"
    stream = []
    for at in range(number):
        line = f"step {at}"
        stream += [
            f"commit {branch}",
            f"committer planted <planted@localhost> {_LATER + at} +0000",
            "data 7",
            "Go on.\n",
        ]
        stream += ([f"from {branch}^0"] if at == 0 else []) + [
            "M 100644 inline .tradeops-steps",
            f"data {len(line)}",
            line,
        ]
    git(root, "fast-import", "--quiet", stdin="\n".join([*stream, "done", ""]))
    git(root, "reset", "--quiet", "--hard", branch)


def key_line() -> str:
    """A line of Python with a secret that was made up just now."""
    return f'BINANCE_API_SECRET = "{unworded(random.SystemRandom(), 64)}"\n'
