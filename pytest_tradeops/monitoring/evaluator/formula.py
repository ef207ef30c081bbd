"""The language of math expressions, parsed: `$A * 100 > 5 && is_number($B)`, with Grafana's tokens and errors."""

import re
from dataclasses import dataclass

from .values import EvaluationError

#: Functions and how many arguments each takes.
FUNCTIONS = {
    **dict.fromkeys(("abs", "log", "is_nan", "is_inf", "is_null", "is_number", "round", "ceil", "floor"), 1),
    **dict.fromkeys(("nan", "inf", "infn", "null"), 0),
}
_OPERATORS = ("!", "&&", "||", ">", "<", ">=", "<=", "==", "!=", "+", "-", "*", "**", "/", "%")
_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<var>\$(?:\{[\w\s]+\}|\w+))
    |(?P<symbol>[!<>=&|+\-*/%]+)
    |(?P<number>(?=[\d.])(?:0[xX][0-9a-fA-F]*|\d*)(?:\.\d*)?(?:[eE][+-]?\d*)?)
    |(?P<name>[^\W\d][^\W\d]*)
    |(?P<text>"[^"]*")
    |(?P<other>[(),])
    """,
    re.VERBOSE,
)
#: Loosest first: what binds by the left.
_LEVELS = (("||",), ("&&",), ("==", "!=", ">", ">=", "<", "<="), ("+", "-"), ("*", "/", "%"), ("**",))
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Constant:
    value: float


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


type Node = Constant | Variable | Unary | Binary | Call


def parse(text: str) -> Node:
    """The tree of a formula.

    Raises:
        EvaluationError: it is none; the message begins with `expr:`, as Grafana's.
    """
    return _Parser(text).whole()


def variables(node: Node) -> list[str]:
    """The refIds that it needs, in order, each as often as it stands there."""
    match node:
        case Variable(name):
            return [name]
        case Unary(_, operand):
            return variables(operand)
        case Binary(_, left, right):
            return variables(left) + variables(right)
        case Call(_, arguments):
            return [name for one in arguments for name in variables(one)]
        case _:
            return []


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._binary(0)
        if self._kind != "eof":
            raise self._unexpected("root input")
        return node

    @property
    def _kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def _text(self) -> str:
        return self._tokens[self._at][1]

    def _next(self) -> str:
        text = self._text
        self._at += 1
        return text

    def _unexpected(self, where: str) -> EvaluationError:
        kind, text = self._tokens[self._at]
        if kind == "eof":
            shown = "EOF"
        elif kind == "error":
            shown = text
        else:
            shown = f'"{text[:10]}"...' if len(text) > 10 else f'"{text}"'
        return EvaluationError(f"expr: unexpected {shown} in {where}")

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._factor()
        node = self._binary(level + 1)
        while self._kind == "symbol" and self._text in _LEVELS[level]:
            node = Binary(self._next(), node, self._binary(level + 1))
        return node

    def _factor(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise EvaluationError("expr: nested too deeply")
        try:
            return self._operand()
        finally:
            self._depth -= 1

    def _operand(self) -> Node:
        match self._kind:
            case "number":
                return Constant(_number(self._next()))
            case "var":
                return Variable(self._next().removeprefix("$").removeprefix("{").removesuffix("}"))
            case "name":
                return self._call()
            case "symbol" if self._text in ("!", "-"):
                return Unary(self._next(), self._factor())
            case "other" if self._text == "(":
                self._next()
                node = self._binary(0)
                self._expect(")", "input: F()")
                return node
            case _:
                raise self._unexpected("input: F()")

    def _call(self) -> Node:
        name = self._next()
        if name not in FUNCTIONS:
            raise EvaluationError(f"expr: non existent function {name}")
        self._expect("(", "func")
        arguments: list[Node] = []
        while not (self._kind == "other" and self._text == ")"):
            if self._kind == "text":
                raise EvaluationError(
                    f"expr: parse: expected numberSet or seriesSet for argument {len(arguments)}, got string"
                )
            arguments.append(self._binary(0))
        self._next()
        if len(arguments) != FUNCTIONS[name]:
            amount = "not enough" if len(arguments) < FUNCTIONS[name] else "too many"
            raise EvaluationError(f"expr: parse: {amount} arguments for {name}")
        return Call(name, tuple(arguments))

    def _expect(self, text: str, where: str) -> None:
        if self._kind != "other" or self._text != text:
            raise self._unexpected(where)
        self._next()


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or not match[0]:
            found.append(("error", _trouble(text, at)))
            return found
        kind = match.lastgroup or ""
        if kind == "symbol" and match[0] not in _OPERATORS:
            kind = "error"
        if kind != "space":
            found.append((kind, match[0]))
        at = match.end()
    found.append(("eof", ""))
    return found


def _trouble(text: str, at: int) -> str:
    if text[at] == '"':
        return "unterminated string"
    if text[at] != "$":
        return f"invalid character: {text[at]}"
    if text[at + 1 : at + 2] != "{":
        return "incomplete variable"
    inside, closed, _ = text[at + 2 :].partition("}")
    if not closed:
        return "unterminated variable missing closing }"
    return "unsupported variable character" if inside else "incomplete variable"


def _number(text: str) -> float:
    """As Go reads it: 0x1f is hexadecimal, 010 octal."""
    try:
        if re.fullmatch(r"0[0-7]+", text):
            return float(int(text, 8))
        if text[:2] in ("0x", "0X"):
            return float(int(text, 16))
        return float(text)
    except ValueError:
        raise EvaluationError(f'expr: illegal number syntax: "{text}"') from None
