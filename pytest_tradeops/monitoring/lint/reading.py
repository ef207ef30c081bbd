"""Reads JSON and YAML that strangers wrote: bounded in size, depth and expansion, duplicate keys noticed, no surprises.

Grafana reads YAML with Go's parser, of which only the first document counts; both formats take the last of two equal
keys (JSON) or refuse the file (YAML). What cannot be read is one sentence with the place.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...yaml_bounds import Unreadable as Unreadable
from ...yaml_bounds import doubled_keys, require_bounds, yaml_module

MAX_BYTES = 16 << 20
MAX_DEPTH = 100
#: Values in one file, aliases expanded: the largest dashboards in public repositories have about 60,000.
MAX_VALUES = 1_000_000

SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds.

    Attributes:
        documents: One for JSON; for YAML as many as it has.
        duplicates: Keys that stand twice in one mapping, each with its place.
    """

    documents: tuple[Any, ...]
    duplicates: tuple[str, ...] = ()


def read(path: Path) -> Read:
    """The documents of a `.json`, `.yaml` or `.yml` file.

    Raises:
        Unreadable: it is no such file, too large, too deep, or broken.
    """
    try:
        if not path.is_file():
            raise Unreadable("is not a regular file")
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"is larger than {MAX_BYTES >> 20} MB")
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror or type(error).__name__}") from None
    return parse(raw, is_json=path.suffix.lower() == ".json")


def parse(raw: bytes, *, is_json: bool) -> Read:
    """As `read`, for bytes already at hand."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start})") from None
    if "\0" in text:
        raise Unreadable("holds a NUL byte: it is not text")
    if not text.strip():
        return Read(())
    return _json(text) if is_json else _yaml(text)


def _json(text: str) -> Read:
    duplicates: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            names = [name for name, _ in found]
            duplicates.extend(sorted({repr(name) for name in names if names.count(name) > 1}))
        return made

    def refuse(constant: str) -> Any:
        raise Unreadable(f"is no JSON: {constant} is not a JSON number")

    _json_depth(text)
    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise Unreadable(f"is no JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except (RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else "a number is too long"
        raise Unreadable(f"is no JSON: {reason}") from None
    return Read((value,), tuple(duplicates))


_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def _json_depth(text: str) -> None:
    depth = 0
    for match in _BRACKET.finditer(text):
        character = match.group()
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                raise Unreadable(f"is nested more than {MAX_DEPTH} levels deep (line {line})")
        elif character in "]}":
            depth -= 1


def _yaml(text: str) -> Read:
    yaml = yaml_module()

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        require_bounds(text, loader, values=MAX_VALUES, depth=MAX_DEPTH)
        duplicates: list[str] = []
        documents = []
        for node in yaml.compose_all(text, loader):
            duplicates += (f"{name!r} (line {line})" for name, line in doubled_keys(node))
            documents.append(_construct(yaml, node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        problem = " ".join(str(error.problem or error.context or "broken").split())
        raise Unreadable(f"is no YAML: {problem}{place}") from None
    except yaml.reader.ReaderError as error:
        raise Unreadable(f"is no YAML: a character that YAML does not allow (position {error.position})") from None
    except yaml.YAMLError:
        raise Unreadable("is no YAML") from None
    except RecursionError:
        raise Unreadable("is no YAML: it refers to itself or is nested too deeply") from None
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError) as error:
        # The library's own constructors raise these for impossible dates and numbers.
        raise Unreadable(f"is no YAML: {' '.join(str(error).split())[:120] or type(error).__name__}") from None
    return Read(tuple(documents), tuple(duplicates))


def _construct(yaml: Any, node: Any) -> Any:
    """Plain values: what YAML makes a date stays the text that was written, as it does in Go for a string field."""

    class Plain(yaml.SafeLoader):  # type: ignore[misc]
        pass

    Plain.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, one: loader.construct_scalar(one))
    Plain.add_constructor(None, _unknown)
    made = Plain("")
    try:
        return made.construct_document(node) if node is not None else None
    finally:
        made.dispose()


def _unknown(loader: Any, node: Any) -> Any:
    """A tag of the file's own: its value without it."""
    if hasattr(node, "value") and isinstance(node.value, str):
        return loader.construct_scalar(node)
    if node.id == "mapping":
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True)
