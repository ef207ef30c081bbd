"""T103: a key in the source is in every clone of it, for good."""

import ast
import re

from .code import Code
from .flow import locals_of, outermost
from .names import last, words
from .rule import rule

_NAMES = words(
    """api_key api_secret apikey secret_key api_passphrase passphrase private_key secret mnemonic wallet_private_key
    access_token auth_token password pk"""
)
#: What an exchange's client calls them; a Config is sure by its name alone.
_OF_ANY_CLIENT = frozenset({"api_key", "api_secret", "apikey", "secret_key", "private_key", "passphrase", "secret"})
_STAND_IN = re.compile(
    r"^(?:\s*|[x*.\-]+|none|null|todo.*|<.*>|\$.*|\{\{.*\}\}|%.*"
    r"|[a-z ._\-]*(?:your|insert|replace|change|example|placeholder|dummy|fake|redacted)[a-z ._\-]*)$",
    re.IGNORECASE,
)
_NAME_OF_A_VARIABLE = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")
_LONGEST = 300
_SAME_TEXT = frozenset({"strip", "encode", "decode"})
_FALLBACK = frozenset({"os.getenv", "os.environ.get"})


@rule("T103", "Call", severity="HIGH", confidence="HIGH", cwe=798)
def literal_credential(node: ast.Call) -> str | None:
    """A literal for a key of a Config or an exchange's client, also behind a name, in a dictionary, as a fallback."""
    callee = last(node.func)
    config = callee.endswith(("Config", "Settings", "Credentials"))
    if not config and not _is_a_client(node, callee):
        return None
    wanted = _NAMES if config else _OF_ANY_CLIENT
    given = [(one.arg, one.value) for one in node.keywords]
    inner = [*node.args, *(one.value for one in node.keywords)]
    given += [pair for value in inner for pair in _pairs(value)]
    for name, value in given:
        plain = (name or "").lower()
        if plain in wanted and _is_literal(value, node):
            return (
                f"A literal credential is given to {callee or 'a client'} as {name}: leave it out so that the adapter"
                " reads it from the environment, or take it from os.environ, and revoke this one."
            )
    return None


def _is_a_client(node: ast.Call, callee: str) -> bool:
    if callee[:1].isupper() and callee.endswith(("Client", "HTTP", "WebSocket", "WebSocketManager", "Exchange")):
        return True
    return Code.around(node).imports.full(node.func).startswith(("ccxt.", "binance.AsyncClient."))


def _pairs(value: ast.expr) -> list[tuple[str | None, ast.expr]]:
    if not isinstance(value, ast.Dict):
        return []
    return [
        (key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None, one)
        for key, one in zip(value.keys, value.values, strict=True)
    ]


def _is_literal(value: ast.expr, node: ast.Call) -> bool:
    code = Code.around(node)
    if isinstance(value, ast.Name):
        names = locals_of(outermost(node)).get(value.id, [])
        here = names or ([code.values[value.id]] if value.id in code.values else [])
        return any(_is_text(one) or _falls_back(one, code) for one in here)
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        owner = code.classes.get(value.value.id) if value.value.id != "self" else code.strategy(node)
        body = owner.node.body if owner is not None else []
        return any(
            _is_text(one.value)
            for one in body
            if isinstance(one, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == value.attr for target in one.targets)
        )
    return _is_text(value) or _falls_back(value, code)


def _is_text(value: ast.expr) -> bool:
    """A text, or one put together from texts, that is no stand-in for one."""
    parts: list[str] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add):
            waiting += [one.right, one.left]
        elif isinstance(one, ast.JoinedStr):
            waiting += reversed(one.values)
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in _SAME_TEXT:
            waiting.append(one.func.value)
        elif isinstance(one, ast.Call) and last(one.func) in ("SecretStr", "b64decode") and one.args:
            waiting.append(one.args[0])
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            parts.append(one.value)
        elif isinstance(one, ast.Constant) and isinstance(one.value, bytes):
            parts.append(one.value.decode("latin-1"))
        else:
            return False
    text = "".join(parts)[:_LONGEST]
    return not _STAND_IN.match(text) and not _NAME_OF_A_VARIABLE.match(text)


def _falls_back(value: ast.expr, code: Code) -> bool:
    """`os.getenv("KEY", "the key itself")` and `os.environ["KEY"] or "the key itself"`."""
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        return any(_is_text(one) for one in value.values)
    return (
        isinstance(value, ast.Call)
        and code.imports.full(value.func) in _FALLBACK
        and len(value.args) > 1
        and _is_text(value.args[1])
    )
