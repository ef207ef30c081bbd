"""Small repositories and programs that only look like gitleaks, for the tests of the scans."""

import random
from collections.abc import Sequence
from pathlib import Path

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.security.gitleaks import examining, planting, provider
from pytest_tradeops.security.gitleaks.history import open_history
from pytest_tradeops.security.gitleaks.samples import binance_secret
from pytest_tradeops.security.gitleaks.tree import read_tree

CONFIG = "[extend]\nuseDefault = true\n"


def begun(root: Path) -> Path:
    """A repository with one commit, in which nothing is secret."""
    root.mkdir()
    planting.new_repository(root)
    planting.commit(root, "bot.py", "PRICE = 1\n", "Begin")
    return root


def secret(seed: int = 1) -> str:
    return binance_secret(random.Random(seed))


def line(seed: int = 1) -> str:
    return f'BINANCE_API_SECRET = "{secret(seed)}"\n'


def examine(root: Path, *, history: bool = True) -> examining.Examination:
    return examining.examine(provider.find(), read_tree(root), open_history(root) if history else None, timeout=60)


def reasons(root: Path, *, history: bool = True) -> list[str]:
    return [finding.reason for finding in examining.findings(examine(root, history=history))]


def refused(root: Path, *, history: bool = True) -> str:
    """The sentence with which a scan was refused; empty if it was not."""
    try:
        examine(root, history=history)
    except Inconclusive as error:
        return str(error)
    return ""


def program(path: Path, lines: Sequence[str]) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o755)
    return path
