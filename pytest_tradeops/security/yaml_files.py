"""Reads the YAML files that GitHub acts on: whatever stands there is a document or a sentence, never a crash."""

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

#: Bytes; GitHub refuses workflows above half a megabyte, and no person wrote a longer Dependabot file.
LARGEST = 1_000_000
#: Values with every alias written out; a few lines can name billions.
MAX_VALUES = 100_000
MAX_DEPTH = 60


class Unreadable(Exception):
    """The file is no YAML document; the text completes a sentence that begins with the file's name."""


def read_text(path: Path) -> str:
    """The text of a regular file.

    Raises:
        Unreadable: it is no regular file, too large, not UTF-8, or cannot be read.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("is no regular file")
        if found.st_size > LARGEST:
            raise Unreadable(f"is larger than {LARGEST // 1_000_000} MB")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8 text") from None
    except OSError as error:  # a loop of links among others
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None


def parse(text: str) -> Any:
    """The one document of a YAML text; aliases are allowed as far as they stay small.

    Raises:
        Unreadable: it is broken, holds several documents, repeats a key, refers to itself, or is too large or deep.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events: Iterable[Any] = yaml.parse(text, loader)
        _require_bounds(events)
        root = yaml.compose(text, loader)
        if root is None:
            return None
        _require_single_keys(root)
        return yaml.load(text, loader)  # noqa: S506 - it is the safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1})" if mark else ""
        problem = " ".join(str(error.problem or error.context or "broken").split())
        raise Unreadable(f"is no YAML: {problem}{place}") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, OverflowError, KeyError, AttributeError) as error:
        # The library's own constructors raise the latter for impossible dates, numbers and keys.
        raise Unreadable(f"is no YAML: {' '.join(str(error).split())[:120] or type(error).__name__}") from None


def _require_bounds(events: Iterable[Any]) -> None:
    import yaml

    sizes: dict[str | None, int] = {}
    open_: list[tuple[str | None, list[int]]] = [(None, [0])]
    for event in events:
        size = 0
        anchor: str | None
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, [1]))
            if len(open_) > MAX_DEPTH:
                raise Unreadable(f"is nested more than {MAX_DEPTH} levels deep")
        elif isinstance(event, yaml.ScalarEvent):
            size = 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise Unreadable(f"is no YAML: *{event.anchor} stands inside of what it names")
            size = sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, (size,) = open_.pop()
            if anchor:
                sizes[anchor] = size
        open_[-1][1][0] += size
        if open_[-1][1][0] > MAX_VALUES:
            raise Unreadable(f"holds more than {MAX_VALUES:,} values once its aliases are written out")


def _require_single_keys(root: Any) -> None:
    """Of two keys of one name the last counts, here and at GitHub, which is never what was meant."""
    import yaml

    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                left += [key, value]
                if isinstance(key, yaml.ScalarNode):
                    if key.value in names and key.value != "<<":
                        raise Unreadable(f"names {key.value!r} twice (line {key.start_mark.line + 1})")
                    names.add(key.value)
        elif isinstance(node, yaml.SequenceNode):
            left += node.value
