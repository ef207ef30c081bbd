"""SQL as text: tokens, statements, the tables it names, what it compares text with. No grammar, no surprises."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>'(?:[^']|'')*'?)|(?P<quoted>"(?:[^"]|"")*"?)"""
    r"""|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\w*)|(?P<word>[^\W\d][\w$]*)|(?P<space>\s+)"""
    r"""|(?P<sign><>|!=|<=|>=|!~|::|\|\||.)""",
    re.DOTALL,
)
_WRITES = frozenset(
    {
        *("insert", "update", "delete", "drop", "truncate", "alter", "create", "copy", "rename", "vacuum", "grant"),
        *("revoke", "reindex", "checkpoint", "snapshot", "backup", "repair", "refresh", "cancel", "set", "merge"),
    }
)
#: After a table's name these begin something else than an alias.
_CLAUSES = frozenset(
    {
        *("where", "latest", "sample", "order", "group", "limit", "join", "inner", "left", "cross", "asof", "lt", "on"),
        *("splice", "union", "except", "intersect", "timestamp", "as", "fill", "align", "outer", "window", "full"),
        *("partition", "right", "and", "or"),
    }
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def name(self) -> str:
        """What a quoted or bare name stands for."""
        return self.text[1:-1].replace('""', '"') if self.kind in ("quoted", "string") else self.text


def tokens(sql: str) -> list[Token]:
    """Without space and comments."""
    found = []
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "sign"
        if kind not in ("space", "comment"):
            found.append(Token(kind, match.group(), match.start()))
    return found


def statements(sql: str) -> list[list[Token]]:
    """Split at semicolons; empty ones are left out."""
    parts: list[list[Token]] = [[]]
    for token in tokens(sql):
        if token.text == ";" and token.kind == "sign":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def first_statement(sql: str) -> str:
    """The text up to the first semicolon that ends a statement."""
    for token in tokens(sql):
        if token.text == ";" and token.kind == "sign":
            return sql[: token.start]
    return sql


def writes(statement: Sequence[Token]) -> str:
    """The verb with which a statement changes something; empty if it reads."""
    verb = statement[0].low if statement else ""
    return verb if verb in _WRITES else ""


@dataclass(frozen=True, slots=True)
class Named:
    """A place in a statement that names a table."""

    name: str
    token: Token


def named_tables(sql: str) -> list[Named]:
    """Tables behind FROM and JOIN, and in a list behind FROM; functions, sub-queries and CTEs are left out."""
    found = tokens(sql)
    own = _common(found)
    result: list[Named] = []
    opened: list[bool] = []  # for each open parenthesis: whether a FROM in it belongs to a function
    for index, token in enumerate(found):
        if token.text == "(":
            opened.append(index > 0 and found[index - 1].low in ("extract", "trim", "substring"))
        elif token.text == ")" and opened:
            opened.pop()
        elif token.kind == "word" and (token.low == "join" or (token.low == "from" and not (opened and opened[-1]))):
            result += [Named(one.name, one) for one in _listed(found, index + 1) if one.name.lower() not in own]
    return result


def _listed(found: Sequence[Token], at: int) -> Iterator[Token]:
    """The names from there on, as far as commas and aliases go."""
    while at < len(found) and found[at].kind in ("word", "quoted", "string"):
        if at + 1 < len(found) and found[at + 1].text == "(":
            return
        yield found[at]
        at += 1
        if at < len(found) and found[at].low == "as":
            at += 1
        if at < len(found) and found[at].kind in ("word", "quoted") and found[at].low not in _CLAUSES:
            at += 1
        if at >= len(found) or found[at].text != ",":
            return
        at += 1


def _common(found: Sequence[Token]) -> set[str]:
    """Names of common table expressions: `WITH a AS (`, `, b AS (`."""
    return {
        token.name.lower()
        for index, token in enumerate(found[:-2])
        if token.kind in ("word", "quoted") and found[index + 1].low == "as" and found[index + 2].text == "("
    }


def renamed(sql: str, names: Mapping[str, str]) -> str:
    """The text with tables replaced by other names, also where a column is written `table.column`.

    Args:
        names: Lower-cased name to the other one.
    """
    places: dict[int, tuple[int, str]] = {}
    targets = {one.token.start for one in named_tables(sql)}
    found = tokens(sql)
    for index, token in enumerate(found):
        if token.kind not in ("word", "quoted", "string"):
            continue
        other = names.get(token.name.lower())
        if other is None:
            continue
        dotted = index + 1 < len(found) and found[index + 1].text == "." and token.kind != "string"
        if token.start in targets or dotted:
            places[token.start] = (len(token.text), f'"{other}"')
    out, at = [], 0
    for start in sorted(places):
        length, text = places[start]
        out += [sql[at:start], text]
        at = start + length
    out.append(sql[at:])
    return "".join(out)


def compared(sql: str) -> Iterator[tuple[str, str, bool]]:
    """Column, text it is compared with, whether they must be equal: of `=`, `!=`, `<>`, `IN (...)`, `NOT IN (...)`."""
    found = tokens(sql)
    for index, token in enumerate(found[:-1]):
        column = token.name
        if token.kind not in ("word", "quoted"):
            continue
        following = found[index + 1]
        negated = following.low == "not"
        at = index + 2 if negated else index + 1
        sign = found[at].low if at < len(found) else ""
        if sign in ("=", "!=", "<>") and at + 1 < len(found) and found[at + 1].kind == "string":
            yield column, found[at + 1].name, sign == "="
        elif sign == "in" and at + 1 < len(found) and found[at + 1].text == "(":
            for inner in found[at + 2 :]:
                if inner.text == ")":
                    break
                if inner.kind == "string":
                    yield column, inner.name, not negated


def words(sql: str) -> set[str]:
    """Every bare or quoted name in it, lower-cased."""
    return {token.name.lower() for token in tokens(sql) if token.kind in ("word", "quoted")}
