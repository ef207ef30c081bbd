"""Conditions of GitHub's workflows, evaluated as far as they can be known before a run; pure.

Three answers: true, false, or unknown. What depends on the run (who acts, which label, what a step answered) is
unknown, so that only what can never hold is taken for impossible; a simulation of a run can say more of it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:0x[0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?))(?![\w.])|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|\*))*)"
    r"|(?P<below>\.(?:[A-Za-z_][\w-]*|\*))|(?P<operator>&&|\|\||[=!<>]=|[!<>(),\[\]]))"
)
_LITERALS = {"true": True, "false": False, "null": None}
#: What a status function says in a run in which nothing failed.
_STATUS = {"always": True, "success": True, "failure": False, "cancelled": False}
_STATUS_CALL = re.compile(rf"\b(?:{'|'.join(_STATUS)})\s*\(", re.IGNORECASE)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_DEEPEST = 50


def holds(condition: Any, known: Mapping[str, Any]) -> bool:
    """Whether an `if` may hold; False only if it cannot.

    Args:
        condition: As YAML has it: a text with or without `${{ }}`, or a literal.
        known: Dotted names, such as `github.event_name`, to their values; all others are unknown. Status functions,
            such as `failure()`, answer as in a run in which nothing failed, unless they are among them.
    """
    return truth(condition, known) is not False


def truth(condition: Any, known: Mapping[str, Any]) -> Any:
    """Whether an `if` holds: True, False, or `UNKNOWN`.

    Args:
        known: As for `holds`. A name that ends in `.*` stands for all others below it, the longest one first, and one
            that ends in `()` for what a status function says.
    """
    if condition is None:
        return True
    if not isinstance(condition, str):
        return _truth(condition)
    text = condition.strip()
    if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
        text = text[3:-2]
    elif "${{" in text:
        return True  # a text around an expression is never empty
    try:
        return _truth(_Parser(text, known).whole())
    except (ValueError, RecursionError):
        return UNKNOWN  # GitHub refuses it; the schema and the run say so


def text_of(template: Any, known: Mapping[str, Any]) -> str | None:
    """A text with the values of its expressions in it; None if one is not known."""
    parts = re.split(r"\$\{\{(.*?)\}\}", "" if template is None else _shown(template), flags=re.DOTALL)
    for number in range(1, len(parts), 2):
        try:
            found = _Parser(parts[number].strip(), known, exact=True).whole()
        except (ValueError, RecursionError):
            return None
        if found is UNKNOWN or isinstance(found, list | dict):
            return None
        parts[number] = _shown(found)
    return "".join(parts)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def has_status_function(condition: Any) -> bool:
    """Whether a job with this `if` is asked for it even where one that it needs was skipped."""
    return isinstance(condition, str) and _STATUS_CALL.search(_TEXT.sub("''", condition)) is not None


def _truth(value: Any) -> Any:
    return UNKNOWN if value is UNKNOWN else bool(value) and value == value  # NaN is false


class _Parser:
    """Recursive descent over one expression, lowest precedence first."""

    def __init__(self, text: str, known: Mapping[str, Any], *, exact: bool = False) -> None:
        """Reads the text into tokens.

        Args:
            exact: Whether the value itself is asked for, and not only whether it is true.
        """
        self._exact = exact
        self._known = {name.lower(): value for name, value in known.items()}
        self._tokens: list[tuple[str, str]] = []
        self._depth = 0
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise ValueError(text)
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._tokens.reverse()

    def whole(self) -> Any:
        value = self._either()
        if self._tokens:
            raise ValueError(self._tokens[-1])
        return value

    def _accept(self, *operators: str) -> str:
        if self._tokens and self._tokens[-1][0] == "operator" and self._tokens[-1][1] in operators:
            return self._tokens.pop()[1]
        return ""

    def _either(self) -> Any:
        value = self._both()
        while self._accept("||"):
            other = self._both()
            truth = _truth(value)
            if truth is UNKNOWN:  # whatever it is, a true one beside it decides
                value = True if _truth(other) is True and not self._exact else UNKNOWN
            elif not truth:
                value = other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._accept("&&"):
            other = self._compared()
            truth = _truth(value)
            if truth is UNKNOWN:  # whatever it is, a false one beside it decides
                value = False if _truth(other) is False and not self._exact else UNKNOWN
            elif truth:
                value = other
        return value

    def _compared(self) -> Any:
        value = self._negated()
        while operator := self._accept("==", "!=", "<=", ">=", "<", ">"):
            other = self._negated()
            if value is UNKNOWN or other is UNKNOWN or operator not in ("==", "!="):
                value = UNKNOWN
            else:
                value = _equal(value, other) is (operator == "==")
        return value

    def _negated(self) -> Any:
        if self._accept("!"):
            truth = _truth(self._negated())
            return UNKNOWN if truth is UNKNOWN else not truth
        return self._operand()

    def _operand(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST or not self._tokens:
            raise ValueError("too deep, or at its end")
        kind, text = self._tokens.pop()
        value: Any
        name = ""
        if kind == "number":
            value = float(int(text, 16)) if "x" in text else float(text)
        elif kind == "text":
            value = text.replace("''", "'")
        elif kind == "name":
            name = "" if self._accept("(") else text
            value = self._named(name) if name else self._call(text)
        elif text == "(":
            value = self._either()
            self._expect(")")
        else:
            raise ValueError(text)
        while (below := self._below()) is not None:  # what another than a name leads to is not known beforehand
            name = f"{name}.{below}" if name and isinstance(below, str) else ""
            value = self._named(name) if name else UNKNOWN
        self._depth -= 1
        return value

    def _below(self) -> Any:
        """What follows as `.name` or `[...]`; None if nothing does."""
        if self._tokens and self._tokens[-1][0] == "below":
            return self._tokens.pop()[1].removeprefix(".")
        if not self._accept("["):
            return None
        index = self._either()
        self._expect("]")
        return index if isinstance(index, str) else UNKNOWN

    def _expect(self, operator: str) -> None:
        if not self._accept(operator):
            raise ValueError(operator)

    def _call(self, name: str) -> Any:
        arguments = []
        if not self._accept(")"):
            arguments.append(self._either())
            while self._accept(","):
                arguments.append(self._either())
            self._expect(")")
        if name.lower() in _STATUS:
            return self._known.get(f"{name.lower()}()", _STATUS[name.lower()])
        if name.lower() == "fromjson" and len(arguments) == 1 and isinstance(arguments[0], str):
            return json.loads(arguments[0])
        if name.lower() == "contains" and len(arguments) == 2 and isinstance(arguments[0], list):
            return UNKNOWN if arguments[1] is UNKNOWN else any(_equal(one, arguments[1]) for one in arguments[0])
        texts = [one for one in arguments if isinstance(one, str)]
        if len(arguments) == 2 and len(texts) == 2:
            whole, part = (text.lower() for text in texts)
            answers = {
                "contains": part in whole,
                "startswith": whole.startswith(part),
                "endswith": whole.endswith(part),
            }
            return answers.get(name.lower(), UNKNOWN)
        return UNKNOWN

    def _named(self, name: str) -> Any:
        if name.lower() in _LITERALS:
            return _LITERALS[name.lower()]
        name = name.lower()
        if name in self._known:
            return self._known[name]
        while "." in name:
            name = name.rpartition(".")[0]
            if f"{name}.*" in self._known:
                return self._known[f"{name}.*"]
        return UNKNOWN


def _equal(one: Any, other: Any) -> bool:
    """As GitHub compares: texts without regard to case, different types as numbers."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return _number(one) == _number(other)


def _number(value: Any) -> float:
    if value is None:
        return 0.0
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return float("nan")
