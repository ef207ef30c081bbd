"""`tradeops secrets scan`: where secrets stand in a folder and in its whole history; never what they are."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .context import Context, Verbs, add_format, add_verb, counted, patience, say, say_json

if TYPE_CHECKING:
    from ..security.gitleaks.examining import Examination
    from ..security.gitleaks.running import Leak

_DESCRIPTION = (
    "Scans the project's files below PATH, or what is staged, with gitleaks: by its .gitleaks.toml, and once more "
    "without what its allowlists hide. Exit 1 if a secret was found or is hidden without a reason, 2 if the scan "
    "cannot be trusted."
)


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "secrets", "Look for secrets that were committed")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    action = add_verb(actions, [common], "scan", "Say where secrets stand", description=_DESCRIPTION)
    action.add_argument("path", type=Path, nargs="?", metavar="PATH", help="A folder, or one file")
    action.add_argument(
        "--staged", action="store_true", help="Scan what is staged instead, as the next commit will have it"
    )
    action.add_argument("--history", action="store_true", help="Scan every commit of every branch and tag, too")
    add_format(action)
    action.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    from ..exceptions import TradeopsError
    from ..security.gitleaks import examining, provider
    from ..security.gitleaks.history import open_history
    from ..security.gitleaks.tree import read_tree

    if options.staged:
        return _staged(context, options)
    if options.path is None:
        raise TradeopsError("There is nothing to scan.", remedy="Name a folder or a file, or give --staged.")
    path: Path = options.path
    if not path.exists():
        raise TradeopsError(f"{path} does not exist.", remedy="Name a folder or a file.")
    security = context.settings.security
    binary = provider.find(security.gitleaks, context.root, container=security.gitleaks_image)
    with patience("counting commits"):
        history = open_history(path.resolve()) if options.history else None
    with patience(f"scanning {path}{', and every commit of it' if history else ''}"):
        examination = examining.examine(binary, read_tree(path.resolve()), history)
    return _told(examination, options)


def _staged(context: Context, options: argparse.Namespace) -> int:
    from .. import processes
    from ..exceptions import TradeopsError
    from ..security.chosen import lay_out_staged
    from ..security.gitleaks import examining, provider
    from ..security.gitleaks.tree import tree_of

    if options.path is not None or options.history:
        raise TradeopsError("--staged stands alone.", remedy="Leave PATH and --history out.")
    with processes.scratch("tradeops-staged-") as place:
        chosen = lay_out_staged(context.root, place)
        if not chosen.files:
            say("Nothing is staged.")
            return 0
        tree = tree_of(chosen.root, chosen.files, chosen.links, chosen.repositories)
        # The scan itself plants a token and looks for it, so that the binary need not prove itself before.
        binary = provider.find(context.settings.security.gitleaks, context.root, self_test=False)
        with patience(f"scanning {counted(len(chosen.files), 'file')}"):
            examination = examining.examine(binary, tree, settings=context.root, lean=True)
        return _told(examination, options)


def _told(examination: "Examination", options: argparse.Namespace) -> int:
    found = sorted({*examination.shown, *examination.unexplained})
    if options.format == "json":
        say_json({"examined": examination.examined(), "findings": [_json(leak) for leak in found]})
    else:
        _say(found, examination.unexplained)
        counts = examination.examined()
        passed_over = counts["repositories inside, not scanned"]
        if isinstance(passed_over, list) and passed_over:
            say(f"Not scanned, as repositories of their own: {', '.join(map(str, passed_over))}.")
        files, commits = (counted(int(str(counts[f"{noun}s"])), noun) for noun in ("file", "commit"))
        say(f"Examined: {files}, {commits}, {counts['hidden with a reason']} allowed.")
    return 1 if found else 0


def _say(found: Sequence["Leak"], hidden: Sequence["Leak"]) -> None:
    for leak in found:
        say(f"{leak.where}: {leak.rule}" + (", hidden by an allowlist, an ignore file or a comment" * (leak in hidden)))
    if found:
        say("Revoke each at its issuer first, then remove it: docs/secrets.md.")
    else:
        say("Nothing found.")


def _json(leak: "Leak") -> dict[str, str | int]:
    return {"rule": leak.rule, "path": leak.path, "line": leak.line, "commit": leak.commit}
