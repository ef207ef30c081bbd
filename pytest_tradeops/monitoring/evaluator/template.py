"""Labels and annotations with `{{ ... }}` in them: the part of Go's templates that alert rules use.

Known are `$labels`, `$values`, `$value`, `.Labels`, `.Values`, `.Value`, fields, `index`, `printf`, comparisons,
`if`/`else`/`end`, pipes, and Prometheus' formatters. Anything else is a `TemplateError`, and the text stays as it
is, which is what Grafana does with a template that it cannot expand.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .formats import FUNCTIONS, MISSING, TemplateError, Value, is_true, print_value
from .outcomes import Capture
from .values import Labels

_ACTION = re.compile(r"\{\{(- )?\s*(.*?)\s*( -)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?)|(?P<mark>[()|])|(?P<word>[$.\w]+))'
)
_DEEPEST = 50


def expand(text: str, labels: Labels, captures: Mapping[str, Capture], value: str) -> str:
    """The text with everything in braces replaced.

    Args:
        labels: `$labels`: those of the series, with the alert's name and folder.
        captures: `$values`.
        value: `$value`: all captures in one line.

    Raises:
        TemplateError: not a template, or one that uses what is not known here.
    """
    if "{{" not in text:
        return text
    values = {name: Value(one.labels, math.nan if one.value is None else one.value) for name, one in captures.items()}
    root = {"Labels": dict(labels), "Values": values, "Value": value}
    parts = _split(text)
    out, rest = _block(parts, 0, root, 0)
    if rest != len(parts):
        raise TemplateError("a template has an else or an end without an if")
    return out.replace("<no value>", "[no value]")


def _split(text: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    at, trim = 0, False
    for match in _ACTION.finditer(text):
        before = text[at : match.start()]
        before = before.lstrip() if trim else before
        parts.append(("text", before.rstrip() if match[1] else before))
        parts.append(("action", match[2]))
        at, trim = match.end(), bool(match[3])
    rest = text[at:].lstrip() if trim else text[at:]
    if "{{" in rest:
        raise TemplateError("a template is not closed")
    parts.append(("text", rest))
    return parts


def _block(parts: Sequence[tuple[str, str]], at: int, root: Mapping[str, Any], depth: int) -> tuple[str, int]:
    """Expands up to an `else` or `end` that is not its own; gives the text and where it stopped."""
    if depth > _DEEPEST:
        raise TemplateError("a template is nested too deeply")
    out = []
    while at < len(parts):
        kind, text = parts[at]
        if kind == "text":
            out.append(text)
        elif text.startswith(("/*", "-/*")):
            pass
        elif text == "end" or text.split(" ")[0] == "else":
            return "".join(out), at
        elif text.split(" ")[0] == "if":
            done, at = _if(parts, at, root, depth)
            out.append(done)
        else:
            out.append(print_value(_pipe(text, root)))
        at += 1
    return "".join(out), at


def _if(parts: Sequence[tuple[str, str]], at: int, root: Mapping[str, Any], depth: int) -> tuple[str, int]:
    holds = is_true(_pipe(parts[at][1].removeprefix("if"), root))
    then, at = _block(parts, at + 1, root, depth + 1)
    otherwise = ""
    if at < len(parts) and parts[at][1].startswith("else"):
        branch = parts[at][1].removeprefix("else").strip()
        if branch.startswith("if"):
            otherwise, at = _if([*parts[:at], ("action", branch), *parts[at + 1 :]], at, root, depth + 1)
            return (then if holds else otherwise), at
        otherwise, at = _block(parts, at + 1, root, depth + 1)
    if at >= len(parts) or parts[at][1] != "end":
        raise TemplateError("a template has an if without an end")
    return (then if holds else otherwise), at


def _pipe(text: str, root: Mapping[str, Any]) -> Any:
    tokens = list(_tokens(text))
    if not tokens:
        raise TemplateError("a template has an empty action")
    value, at = _commands(tokens, 0, root)
    if at != len(tokens):
        raise TemplateError(f"not known in a template: {text}")
    return value


def _tokens(text: str) -> Sequence[tuple[str, str]]:
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise TemplateError(f"not known in a template: {text[at:]}")
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


def _commands(tokens: Sequence[tuple[str, str]], at: int, root: Mapping[str, Any]) -> tuple[Any, int]:
    value, at = _command(tokens, at, root, ())
    while at < len(tokens) and tokens[at] == ("mark", "|"):
        value, at = _command(tokens, at + 1, root, (value,))
    return value, at


def _command(
    tokens: Sequence[tuple[str, str]], at: int, root: Mapping[str, Any], piped: tuple[Any, ...]
) -> tuple[Any, int]:
    function = None
    if at < len(tokens) and tokens[at][0] == "word" and tokens[at][1] in FUNCTIONS:
        function = tokens[at][1]
        at += 1
    arguments: list[Any] = []
    while at < len(tokens) and tokens[at] not in (("mark", "|"), ("mark", ")")):
        value, at = _operand(tokens, at, root)
        arguments.append(value)
    arguments.extend(piped)
    if function is None:
        if len(arguments) != 1:
            raise TemplateError("a template has several values where one belongs")
        return arguments[0], at
    try:
        return FUNCTIONS[function](*arguments), at
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise TemplateError(f"{function} in a template: {error}") from None


def _operand(tokens: Sequence[tuple[str, str]], at: int, root: Mapping[str, Any]) -> tuple[Any, int]:
    kind, text = tokens[at]
    if kind == "mark":
        if text != "(" or at > _DEEPEST * 10:
            raise TemplateError(f"not known in a template: {text}")
        value, at = _commands(tokens, at + 1, root)
        if at >= len(tokens) or tokens[at] != ("mark", ")"):
            raise TemplateError("a template has a parenthesis that is not closed")
        return value, at + 1
    if kind == "number":
        return float(text), at + 1
    if kind == "text":
        return (text[1:-1] if text[0] == "`" else text[1:-1].encode().decode("unicode_escape")), at + 1
    return _path(text, root), at + 1


def _path(text: str, root: Mapping[str, Any]) -> Any:
    if text in ("true", "false"):
        return text == "true"
    head, *names = text.split(".")
    if head == "$labels":
        value: Any = root["Labels"]
    elif head == "$values":
        value = root["Values"]
    elif head == "$value":
        value = root["Value"]
    elif head in ("", "$"):
        value = root
    else:
        raise TemplateError(f"not known in a template: {text}")
    for name in names:
        if not name:
            continue
        if isinstance(value, Value):
            if name not in ("Value", "Labels"):
                raise TemplateError(f"not known in a template: {text}")
            value = value.number if name == "Value" else value.labels
        elif isinstance(value, Mapping):
            value = value.get(name, MISSING)
        else:
            raise TemplateError(f"not known in a template: {text}")
    return value
