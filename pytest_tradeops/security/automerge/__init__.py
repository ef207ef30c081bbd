"""Dependabot's patch updates merged by a workflow of the subject: which pull requests it would merge, and which not."""

from pathlib import Path

from ..starters import for_branch

FILE = ".github/workflows/auto-merge.yml"
#: As its author's login is; nobody else can have brackets in a name.
BOT = "dependabot[bot]"
METADATA = "dependabot/fetch-metadata"
PATCH = "version-update:semver-patch"
#: Parts of the names of what decides about orders: its patches are read by a person. NautilusTrader's change behaviour.
BY_HAND = (
    "nautilus", "ccxt", "binance", "bybit", "okx", "kraken", "coinbase", "hyperliquid", "dydx", "deribit", "bitmex",
    "bitget", "kucoin", "polymarket", "py-clob", "betfair", "ibapi", "ib-async", "ib_async", "databento", "tardis",
)  # fmt: skip
REASON_MISSING = "automerge: missing"
REASON_INVALID = "automerge: invalid"
REASON_NOT_PATCH = "automerge: non-patch merged"
REASON_BY_HAND = "automerge: excluded package merged"
REASON_IMPOSTOR = "automerge: impostor merged"
REASON_NEVER = "automerge: patch not merged"
REASON_AT_ONCE = "automerge: checks not awaited"
REASON_TARGET = "automerge: pull_request_target"
REASON_CHECKOUT = "automerge: checkout beside write permission"
REASON_UNPINNED = "automerge: action not pinned"
REASON_PERMISSIONS = "automerge: permissions too wide"
REASON_CANNOT = "automerge: not allowed to merge"
REASON_EXPRESSION = "automerge: expression in script"
REASON_SETTING = "automerge: not allowed by the repository"
REASON_UNCHECKED = "automerge: merges unchecked"


def starter(branch: str) -> str:
    """The workflow that `tradeops init auto-merge` writes, for a default branch."""
    return for_branch(Path(__file__).with_name("auto-merge.yml"), branch)
