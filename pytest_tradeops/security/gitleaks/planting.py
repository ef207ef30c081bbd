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


def git(root: Path, *arguments: str) -> str:
    """Runs git in `root` as nobody in particular, without hooks and settings of a user.

    Raises:
        DeclarationError: it failed, so that nothing is planted.
    """
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", *arguments]
    done = processes.run(command, cwd=root, timeout=60, env=environment(_PERSON))
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


def key_line() -> str:
    """A line of Python with a secret that was made up just now."""
    return f'BINANCE_API_SECRET = "{unworded(random.SystemRandom(), 64)}"\n'
