"""Keeps the subject's fixtures out of packaged checks.

A root `conftest.py` may define autouse fixtures, or a fixture of the same name as one of ours; both would apply to
packaged checks, and an overridden `subject` turns every check green.
"""

import inspect
import sysconfig
from pathlib import Path
from typing import Any

import pytest

_OWN = Path(__file__).resolve().parent.parent
_INSTALLED = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib"))

#: Names of the fixtures that were kept out, on the module that was collected; a report names them.
LEFT_OUT = pytest.StashKey[set[str]]()


def isolate(item: pytest.Function) -> None:
    """Removes from `item` every fixture that the subject's own files define."""
    info: Any = item._fixtureinfo
    root = item.config.rootpath.resolve()
    dropped = item.session.stash.setdefault(LEFT_OUT, set())
    for name, definitions in list(info.name2fixturedefs.items()):
        kept = tuple(one for one in definitions if not _is_foreign(one.func, root))
        if len(kept) < len(definitions):
            dropped.add(name)
            if kept:
                info.name2fixturedefs[name] = kept
            else:
                del info.name2fixturedefs[name]
    # The closure is a list shared with the item; an autouse fixture without a definition left must not be looked up.
    info.names_closure[:] = [
        name
        for name in info.names_closure
        if name in info.name2fixturedefs or name == "request" or _is_argument(item, name)
    ]


def _is_argument(item: pytest.Function, name: str) -> bool:
    return name in item._fixtureinfo.argnames


def _is_foreign(function: Any, root: Path) -> bool:
    """Whether a fixture function stands in the subject's own files: not ours, not an installed package's."""
    code = getattr(inspect.unwrap(getattr(function, "func", function)), "__code__", None)
    if code is None:
        return False
    path = Path(code.co_filename).resolve()
    if path.is_relative_to(_OWN) or any(path.is_relative_to(place) for place in _INSTALLED):
        return False
    return path.is_relative_to(root)
