"""Reads `.pre-commit-config.yaml`: which hooks run a scanner when something is committed."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..yaml_files import Unreadable, parse, read_text
from . import FILE

BANDIT, SECRETS = "bandit", "gitleaks"
#: What the id or the entry of a hook names, and which scanner that is.
_NAMES = {
    BANDIT: re.compile(r"(?<![\w])(?:tradeops[- ])?bandit(?![\w])"),
    SECRETS: re.compile(r"(?<![\w])(?:gitleaks(?:-system|-docker)?|tradeops[- ]secrets)(?![\w])"),
}
_COMMIT_STAGES = frozenset({"pre-commit", "commit"})
#: Their environment is made from what is here, or from nothing.
_OFFLINE_LANGUAGES = frozenset({"system", "unsupported", "script", "unsupported_script", "pygrep", "fail"})


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook of the configuration.

    Attributes:
        name: As pre-commit shows it; empty if only its repository knows.
        scanner: `BANDIT` or `SECRETS`; empty for any other hook.
        objection: Why it cannot run here without network, as the end of a sentence; empty if it can.
        at_commit: Whether it runs when something is committed.
    """

    repo: str
    id: str
    name: str
    scanner: str
    objection: str
    at_commit: bool


@dataclass(frozen=True, slots=True)
class Config:
    """The file as it stands, and its hooks in their order."""

    document: Mapping[str, Any]
    hooks: tuple[Hook, ...]

    def of(self, scanner: str) -> tuple[Hook, ...]:
        """The hooks that run a scanner when something is committed."""
        return tuple(one for one in self.hooks if one.scanner == scanner and one.at_commit)

    def reduced(self) -> dict[str, Any]:
        """The configuration with the scanners' hooks alone that can run here: what others need may not be here."""
        waiting = list(self.hooks)
        repos = []
        for repo in self.document["repos"]:
            kept = []
            for one in repo["hooks"]:
                hook = waiting.pop(0)
                if hook.scanner and hook.at_commit and not hook.objection:
                    kept.append(one)
            if kept:
                repos.append({**repo, "hooks": kept})
        return {**self.document, "repos": repos}


def read_config(root: Path) -> Config:
    """Reads the file.

    Raises:
        Unreadable: it is not there, is no YAML, or has not the shape of a configuration.
    """
    return of_document(parse(read_text(root / FILE)))


def of_document(document: Any) -> Config:
    """The same of what the file holds."""
    if not _has_shape(document):
        raise Unreadable("is no configuration of pre-commit: it wants `repos` with `repo` and `hooks` with `id`")
    stages = document.get("default_stages") or sorted(_COMMIT_STAGES)
    return Config(document, tuple(_hook(repo, one, stages) for repo in document["repos"] for one in repo["hooks"]))


def hooked_scanners(root: Path) -> frozenset[str]:
    """Which scanners the hooks run, also those of other stages; none where there is no configuration."""
    try:
        return frozenset(one.scanner for one in read_config(root).hooks if one.scanner)
    except Unreadable:
        return frozenset()


def hooked_commands(root: Path, scanner: str, files: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
    """What the local hooks of a scanner run for these files, as argument vectors, and where each stands."""
    try:
        config = read_config(root)
    except Unreadable:
        return []
    found = []
    for repo in config.document["repos"]:
        for one in repo["hooks"]:
            if repo["repo"] == "local" and _scanner(one) == scanner and one.get("entry"):
                args = one.get("args")
                given = [str(word) for word in args] if isinstance(args, list) else []
                passed = files if one.get("pass_filenames", True) else ()
                found.append(((*_words(str(one["entry"]))[:-1], *given, *passed), f"{FILE}: {one['id']}"))
    return found


def _has_shape(document: Any) -> bool:
    """As far as it is read here; pre-commit itself says the rest when it runs."""
    repos = document.get("repos") if isinstance(document, dict) else None
    if not isinstance(repos, list) or not all(isinstance(repo, dict) and "repo" in repo for repo in repos):
        return False
    hooks = [repo.get("hooks") for repo in repos]
    return all(isinstance(one, list) and all(isinstance(hook, dict) and "id" in hook for hook in one) for one in hooks)


def _hook(repo: Mapping[str, Any], one: Mapping[str, Any], stages: Any) -> Hook:
    where, language = str(repo["repo"]), str(one.get("language", ""))
    objection = ""
    if where != "local":
        objection = f"it comes from {where}, which would have to be fetched"
    elif language not in _OFFLINE_LANGUAGES:
        objection = f"its environment of language {language} would have to be fetched"
    listed = one.get("stages") or stages
    listed = listed if isinstance(listed, list) else [listed]
    name = str(one.get("name") or one["id"])
    return Hook(where, str(one["id"]), name, _scanner(one), objection, bool(_COMMIT_STAGES & set(map(str, listed))))


def _scanner(one: Mapping[str, Any]) -> str:
    """By id and name first, which say what a hook is for; an entry may have been replaced."""
    texts = [str(one.get("id", "")), str(one.get("name", "")), *_words(str(one.get("entry", "")))]
    for text in texts:
        for scanner, pattern in _NAMES.items():
            if pattern.search(text):
                return scanner
    return ""


def _words(entry: str) -> list[str]:
    try:
        words = shlex.split(entry)
    except ValueError:
        return [entry, entry]
    return [*words, " ".join(words[:3])]
