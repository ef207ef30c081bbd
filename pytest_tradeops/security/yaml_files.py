"""Reads the YAML files that GitHub acts on: whatever stands there is a document or a sentence, never a crash."""

import stat
from pathlib import Path
from typing import Any

from ..yaml_bounds import Unreadable as Unreadable
from ..yaml_bounds import doubled_keys, require_bounds, yaml_module

#: Bytes; GitHub refuses workflows above half a megabyte, and no person wrote a longer Dependabot file.
LARGEST = 1_000_000
#: Values with every alias written out; a few lines can name billions.
MAX_VALUES = 100_000
MAX_DEPTH = 60


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


def written(document: Any) -> str:
    """A document as YAML, its keys in their order."""
    yaml = yaml_module()

    return str(yaml.safe_dump(document, sort_keys=False))


def parse(text: str) -> Any:
    """The one document of a YAML text; aliases are allowed as far as they stay small.

    Raises:
        Unreadable: it is broken, holds several documents, repeats a key, refers to itself, or is too large or deep.
    """
    yaml = yaml_module()

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        require_bounds(text, loader, values=MAX_VALUES, depth=MAX_DEPTH, above=1)
        root = yaml.compose(text, loader)
        if root is None:
            return None
        for name, line in doubled_keys(root):  # at GitHub, too, the last counts, which is never what was meant
            raise Unreadable(f"names {name!r} twice (line {line})")
        return yaml.load(text, loader)  # the safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1})" if mark else ""
        problem = " ".join(str(error.problem or error.context or "broken").split())
        raise Unreadable(f"is no YAML: {problem}{place}") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, OverflowError, KeyError, AttributeError) as error:
        # The library's own constructors raise the latter for impossible dates, numbers and keys.
        raise Unreadable(f"is no YAML: {' '.join(str(error).split())[:120] or type(error).__name__}") from None
