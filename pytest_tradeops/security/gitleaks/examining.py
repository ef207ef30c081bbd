"""Scans a tree and a history twice: without anything that could hide, and as the subject has set gitleaks up."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ... import processes
from ...model import Finding
from . import CONFIG, IGNORE, RULES
from .allowlist import Config, read_config
from .history import History
from .provider import Binary
from .running import Leak, Untrusted
from .scanners import HistoryScanner, TreeScanner
from .tree import Tree
from .unseen import Unseen, search

REASON_HIDDEN = "gitleaks: hidden by allowlist"
REASON_WIDE = "gitleaks: allowlist covers production code"


@dataclass(frozen=True, slots=True)
class Examination:
    """What was examined and found.

    Attributes:
        config: The subject's own; None if it has none, and then this package's rules are what it is scanned with.
        shown: Found as the subject has set gitleaks up.
        hidden: Found only without its allowlists, its ignore file and its `gitleaks:allow` comments.
        unseen: What was searched beside, since gitleaks never looks at it.
    """

    binary: Binary
    config: Config | None
    tree: Tree
    history: History | None
    size: int
    shown: tuple[Leak, ...]
    hidden: tuple[Leak, ...]
    unseen: Unseen

    @property
    def unexplained(self) -> tuple[Leak, ...]:
        """Hidden by nothing that says why, or in code that runs."""
        entries = self.config.entries if self.config else ()
        return tuple(leak for leak in self.hidden if not any(one.explains(leak) for one in entries))

    def examined(self) -> dict[str, Any]:
        """Counts, the same for the same tree and history."""
        return {
            "gitleaks": self.binary.version,
            "files": len(self.tree.files),
            "bytes": self.size,
            "links not followed": self.tree.links,
            "repositories inside, not scanned": list(self.tree.repositories),
            "commits": self.history.commits if self.history else 0,
            "commits without text": self.history.reachable - self.history.commits if self.history else 0,
            "texts that gitleaks passes over": self.unseen.parts,
            "binary contents too large to search": self.unseen.left,
            "hidden by allowlist": len(self.hidden),
            "hidden with a reason": len(self.hidden) - len(self.unexplained),
        }


def examine(
    binary: Binary,
    tree: Tree,
    history: History | None = None,
    *,
    settings: Path | None = None,
    timeout: float = 300.0,
    lean: bool = False,
) -> Examination:
    """Scans the tree, and the history where one is given.

    Args:
        settings: The folder of `.gitleaks.toml` and `.gitleaksignore`; default the tree's root.
        timeout: Seconds for each of at most four scans.
        lean: Whether the second scan is left out where the first found nothing and no rule could find more. That
            gitleaks can load the subject's settings is then not seen.

    Raises:
        Inconclusive: a scan cannot be trusted, or there is nothing to scan.
    """
    if not tree.files and not (history and history.commits):
        raise Untrusted(f"{tree.root} holds no file to scan.", remedy="Name a folder with the project's files.")
    own = (settings or tree.root) / CONFIG
    ignore = (settings or tree.root) / IGNORE
    config = read_config(own) if own.is_file() else None
    shown: set[Leak] = set()
    audited: set[Leak] = set()
    size = 0
    with processes.scratch("tradeops-secrets-") as place:
        over_tree = TreeScanner.over(tree, binary, place, timeout)
        scanners: list[TreeScanner | HistoryScanner] = [over_tree]
        if history:
            scanners.append(HistoryScanner(binary, history, over_tree.files, place, timeout))
        for scanner in scanners:
            all_of_it = scanner.audit()
            # Rules that are all known find nothing more: then only what was found has to be looked at again.
            suspects = all_of_it.leaks if config is None or config.familiar else None
            if lean and not all_of_it.leaks and suspects is not None:
                size += all_of_it.size
                continue
            mine = scanner.scan(own if config else RULES, ignore if ignore.is_file() else None, suspects)
            shown.update(mine.leaks)
            audited.update(all_of_it.leaks)
            size += all_of_it.size
        unseen = search(binary, tree, history, place / "unseen", timeout)
        audited.update(unseen.leaks)
        entries = config.entries if config else ()
        shown.update(leak for leak in unseen.leaks if not any(one.explains(leak) for one in entries))
    return Examination(binary, config, tree, history, size, _named(shown, audited), _hidden(audited, shown), unseen)


def findings(examination: Examination) -> list[Finding]:
    """What speaks against the subject; empty if nothing was found and nothing hidden without a reason."""
    revoke = "Revoke it at its issuer first, then remove it; docs/secrets.md says how to get it out of the history."
    found = [
        Finding(
            f"gitleaks: {leak.rule} in {'history' if leak.commit else 'tree'}",
            "A secret stands here.",
            leak.where,
            revoke,
        )
        for leak in examination.shown
    ]
    found += [
        Finding(
            REASON_HIDDEN,
            f"{leak.rule} is found here once the subject's allowlists, ignore file and comments do not count.",
            leak.where,
            "Remove the secret, or allow it with description, paths and regexes under condition AND (docs/secrets.md).",
        )
        for leak in examination.unexplained
    ]
    for entry in examination.config.entries if examination.config else ():
        reached = entry.reaches(examination.tree.files)
        if reached:
            found.append(
                Finding(
                    REASON_WIDE,
                    f"The allowlist {entry.label} covers {len(reached)} files that may run, {reached[0]} among them.",
                    CONFIG,
                    "Name the files of tests or documentation that it is for, and what it allows there.",
                )
            )
    return found


def _named(shown: Iterable[Leak], audited: Iterable[Leak]) -> tuple[Leak, ...]:
    """What was shown, by the rule that the audit names for the place: the same name for every configuration."""
    names: dict[tuple[str, int, str], set[Leak]] = {}
    for leak in audited:
        names.setdefault(leak.place, set()).add(leak)
    return tuple(sorted({one for leak in shown for one in names.get(leak.place, {leak})}))


def _hidden(audited: Iterable[Leak], shown: Iterable[Leak]) -> tuple[Leak, ...]:
    """By place, not by rule: of several rules that match one line gitleaks names the more special one."""
    places = {leak.place for leak in shown}
    return tuple(sorted(leak for leak in audited if leak.place not in places))
