"""Each way in which SEC-012 breaks a configuration of pre-commit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..yaml_files import Unreadable, parse, written
from . import starter
from .config import BANDIT, SECRETS, of_document, read_config


def matching_nothing(root: Path) -> str:
    """The configuration, each hook for bandit with a file pattern that matches nothing."""

    def change(hook: dict[str, Any]) -> None:
        hook.update({"entry": hook.get("entry", "tradeops bandit"), "files": "^$", "always_run": False})

    return _changed(root, BANDIT, change)


def succeeding(root: Path) -> str:
    """The configuration, the entry of each hook for secrets replaced by a command that always succeeds."""

    def change(hook: dict[str, Any]) -> None:
        hook.update({"entry": "true", "args": [], "additional_dependencies": []})
        hook.update({"name": "gitleaks"})  # what it is for, now that the entry does not say it

    return _changed(root, SECRETS, change)


def _changed(root: Path, scanner: str, change: Callable[[dict[str, Any]], None]) -> str:
    try:
        config = read_config(root)
    except Unreadable:
        config = of_document(parse(starter()))
    if not config.of(scanner):
        config = of_document(parse(starter()))
    hooks = list(config.hooks)
    repos: list[dict[str, Any]] = []
    for repo in config.document["repos"]:
        kept = []
        for one in repo["hooks"]:
            if hooks.pop(0).scanner != scanner:
                kept.append(one)
                continue
            # As a hook of the project itself: one that has to be fetched could not be run here.
            mine = {"name": str(one.get("name") or one["id"]), **one, "language": "system"}
            change(mine)
            repos.append({"repo": "local", "hooks": [mine]})
        if kept:
            repos.append({**repo, "hooks": kept})
    return written({**config.document, "repos": repos})
