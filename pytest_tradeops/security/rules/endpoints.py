"""T104: which exchange a build trades on is for the deployment to say, not for the code of a strategy."""

import ast
import re

from .code import Code
from .flow import FUNCTIONS
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
#: What a setting that chooses between exchanges is called, and what it chooses instead of the live one.
_ASKS = re.compile(r"testnet|sandbox|paper|demo|mainnet|environ|(?:^|_)(?:env|mode|live|network|prod)(?:$|_)", re.I)
_OTHERS = frozenset({"TESTNET", "SANDBOX", "PAPER", "DEMO"})
#: Nothing but data comes from there.
_READS = re.compile(r"^\s*(?:wss?://)?(?:(?:f|d|nb)?stream\.binance\.|stream\.bybit\.com/v5/public)", re.I)
_REMEDY = "read it from the node's configuration or the environment, and default to a testnet."


@rule("T104", STRING, "Attribute", "Call", "Dict", severity="HIGH", confidence="HIGH", cwe=547)
def live_endpoint(node: ast.AST) -> str | Report | None:
    """A live exchange's address, a live member of an environment, or a testnet switched off, as a constant."""
    text: str | None = None
    if isinstance(node, ast.Constant):
        text = _address(node)
    elif isinstance(node, ast.Attribute):
        text = _environment(node)
    elif isinstance(node, ast.Call):
        text = _switch(node)
    if text is not None:
        return None if _is_a_choice(node) else Report(text, severity="MEDIUM" if _only_reads(node) else "")
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in _SWITCHES and is_constant(value, False):
                return Report(f"{key.value!r} is switched off by a constant: {_REMEDY}", confidence="MEDIUM")
    return None


def _is_a_choice(node: ast.AST) -> bool:
    """One of two that a setting selects: under an `if` about it, or in a function that asks for it."""
    asked: list[ast.expr] = []
    for above in ancestors(node):
        if isinstance(above, ast.If | ast.IfExp):
            asked.append(above.test)
        elif isinstance(above, ast.Dict) and any(_names_a_choice(key) for key in above.keys):
            return True
        elif isinstance(above, FUNCTIONS):
            asked += [one.test for one in ast.walk(above) if isinstance(one, ast.If | ast.IfExp)]
            break
    parts = (one for test in asked for one in ast.walk(test))
    return any(_ASKS.search(last(one)) or _names_a_choice(one) for one in parts)


def _names_a_choice(key: ast.AST | None) -> bool:
    return isinstance(key, ast.Constant) and str(key.value).upper() in _MEMBERS | _OTHERS


def _only_reads(node: ast.AST) -> bool:
    """Where no order can be sent: streams of public data, or a data client, since paper trading wants live prices."""
    if isinstance(node, ast.Constant) and _READS.search(str(node.value)):
        return True
    calls = [one for one in (node, *ancestors(node)) if isinstance(one, ast.Call)]
    return any(last(one.func).endswith("DataClientConfig") for one in calls)


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
