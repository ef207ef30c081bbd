"""T104: which exchange a build trades on is for the deployment to say, not for the code of a strategy."""

import ast
import re

from .code import Code
from .names import ancestors, is_constant, last
from .rule import STRING, Report, rule

_HOSTS = (
    r"(?:api|api[1-4]|api-gcp|fapi|dapi|papi|eapi|stream|fstream|dstream|nbstream|ws-api|ws-fapi|ws-dapi)\.binance\.(?:com|us)",
    r"(?:api|stream)\.(?:bybit\.(?:com|nl|kz|com\.hk)|bytick\.com)",
    r"(?:www|aws|ws|wsaws|openapi)\.okx\.com(?=/(?:api|ws)|:8443)",
    r"www\.deribit\.com(?=/(?:api|ws))",
    r"(?:api|futures|ws|ws-auth)\.kraken\.com",
    r"(?:www|ws)\.bitmex\.com(?=/(?:api|realtime))",
    r"api\.hyperliquid\.xyz|api\.exchange\.coinbase\.com|api\.coinbase\.com|ws-feed\.exchange\.coinbase\.com",
    r"api\.kucoin\.com|api-futures\.kucoin\.com|api\.gateio\.ws|api\.bitget\.com|api\.alpaca\.markets",
    r"gateway\.architect\.exchange|clob\.polymarket\.com|indexer\.dydx\.trade|api\.bitfinex\.com",
)
_LIVE = re.compile(rf"^\s*(?P<scheme>(?:https?|wss?)://)?(?P<host>{'|'.join(_HOSTS)})(?=[:/?\s]|$)", re.IGNORECASE)
#: NautilusTrader's own `Environment.LIVE` says how a node runs, not where it trades.
_ENVIRONMENTS = re.compile(r"^(?:[A-Z]\w+Environment|DydxNetwork|\w+Network)$")
_MEMBERS = frozenset({"LIVE", "MAINNET", "PRODUCTION", "PROD"})
_SWITCHES = frozenset({"testnet", "is_testnet", "sandbox", "use_testnet", "use_sandbox", "paper", "is_paper"})
_CHOICE = frozenset({"environment", "env", "network"})
_NAMES_A_LIMIT = re.compile(
    r"forbid|deny|denied|block|not_allowed|never|refuse|live_hosts|live_urls|banned", re.IGNORECASE
)
_NAMES_A_PLACE = re.compile(r"host|url|uri|endpoint|server|domain|address|api|ws|rest", re.IGNORECASE)
_CONNECTS = frozenset({"HTTPSConnection", "HTTPConnection", "create_connection"})
_REMEDY = "read it from the node's configuration or the environment, and default to a testnet."


@rule("T104", STRING, "Attribute", "Call", "Dict", severity="HIGH", confidence="HIGH", cwe=547)
def live_endpoint(node: ast.AST) -> str | Report | None:
    """A live exchange's address, a live member of an environment, or a testnet switched off, as a constant."""
    if isinstance(node, ast.Constant):
        return _address(node)
    if isinstance(node, ast.Attribute):
        return _environment(node)
    if isinstance(node, ast.Call):
        return _switch(node)
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in _SWITCHES and is_constant(value, False):
                return Report(f"{key.value!r} is switched off by a constant: {_REMEDY}", confidence="MEDIUM")
    return None


def _address(node: ast.Constant) -> str | None:
    found = _LIVE.match(node.value) if isinstance(node.value, str) else None
    if found is None or _refuses(node):
        return None
    if not found["scheme"] and not _is_used_as_a_place(node):
        return None
    return f"The live endpoint {found['host']} stands in the code: {_REMEDY}"


def _environment(node: ast.Attribute) -> str | None:
    if node.attr not in _MEMBERS or not _ENVIRONMENTS.match(last(node.value)) or not _is_given(node):
        return None
    return f"The live environment {last(node.value)}.{node.attr} stands in the code: {_REMEDY}"


def _switch(node: ast.Call) -> str | None:
    name = last(node.func)
    if name in ("set_sandbox_mode", "enable_demo_trading") and node.args and is_constant(node.args[0], False):
        return f"{name}(False) selects the live exchange: {_REMEDY}"
    if not name[:1].isupper() and not Code.around(node).imports.full(node.func).startswith("ccxt."):
        return None
    for one in node.keywords:
        if one.arg in _SWITCHES and is_constant(one.value, False):
            return f"{one.arg}=False selects the live exchange: {_REMEDY}"
        text = one.value.value if isinstance(one.value, ast.Constant) else None
        chosen = isinstance(text, str) and text.upper() in ("LIVE", "MAINNET")
        if one.arg in _CHOICE and chosen and name != "TradingNodeConfig":
            return f"{one.arg}={text!r} selects the live exchange: {_REMEDY}"
    return None


def _is_given(node: ast.expr) -> bool:
    """Handed on as a constant: not compared with, nor one of the choices that a setting makes."""
    inner: ast.AST = node
    for above in ancestors(node):
        if isinstance(above, ast.keyword | ast.Assign | ast.AnnAssign | ast.arguments | ast.Return):
            return True
        if isinstance(above, ast.Call):
            return inner in above.args and last(above.func)[:1].isupper()
        if isinstance(above, ast.Dict):
            return any(
                value is inner and isinstance(key, ast.Constant) and key.value in _CHOICE
                for key, value in zip(above.keys, above.values, strict=True)
            )
        if not isinstance(above, ast.BoolOp):
            return False
        inner = above
    return False


def _refuses(node: ast.expr) -> bool:
    """Part of a comparison, or of a list of what must not be."""
    for above in ancestors(node):
        if isinstance(above, ast.Compare | ast.Assert | ast.Raise):
            return True
        if isinstance(above, ast.Assign | ast.AnnAssign):
            targets = above.targets if isinstance(above, ast.Assign) else [above.target]
            return any(_NAMES_A_LIMIT.search(last(target)) for target in targets)
        if isinstance(above, ast.Call) and last(above.func) in ("startswith", "endswith", "log", "raises"):
            return True
        if isinstance(above, ast.stmt):
            return False
    return False


def _is_used_as_a_place(node: ast.expr) -> bool:
    above = next(ancestors(node), None)
    if isinstance(above, ast.keyword):
        return bool(_NAMES_A_PLACE.search(above.arg or ""))
    if isinstance(above, ast.Assign | ast.AnnAssign):
        targets = above.targets if isinstance(above, ast.Assign) else [above.target]
        return any(_NAMES_A_PLACE.search(last(target)) for target in targets)
    return isinstance(above, ast.Call) and last(above.func) in _CONNECTS
