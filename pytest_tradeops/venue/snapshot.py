"""An engine as it was when its venue stopped, so that a long journal need not be replayed to go on.

The journal stays the truth: a snapshot counts only for the very journal, and the very source of the engine, that it was
taken from; whatever is wrong with it, the journal is replayed as if there were none.
"""

import functools
import hashlib
import io
import os
import pickle
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from .engine.engine import Engine

_ENGINE = "pytest_tradeops.venue.engine"
#: All that an engine is made of. A state directory may come from elsewhere, and a pickle can name anything.
_ALLOWED = {
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("collections", "deque"),
    ("decimal", "Decimal"),
    ("random", "Random"),
    ("builtins", "list"),
    ("builtins", "dict"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "range"),
}


def save(path: Path, journal: Path, engine: Engine) -> None:
    """Writes a snapshot that belongs to the journal as it is now; replaces an earlier one in one step."""
    data = pickle.dumps({"source": source(), "journal": _digest(journal, -1), "engine": engine}, protocol=5)
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    half.replace(path)


def load(path: Path, journal: Path) -> tuple[Engine, int] | None:
    """The engine and how many lines of the journal it has behind it; None where there is no snapshot of use."""
    try:
        found = _Unpickler(io.BytesIO(path.read_bytes())).load()
        engine, (length, lines, digest) = found["engine"], found["journal"]
        fits = found["source"] == source() and _digest(journal, length) == (length, lines, digest)
    except Exception:  # unpickling may raise anything; none of it matters
        return None
    return (engine, lines) if fits and isinstance(engine, Engine) else None


@functools.cache
def source() -> str:
    """A digest of the engine's source: another engine might do something else with the same commands."""
    found = hashlib.sha256()
    for file in sorted(resources.files(_ENGINE).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py"):
            found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _digest(journal: Path, length: int) -> tuple[int, int, str]:
    """Bytes, lines and digest of the first `length` bytes; of all of them for -1."""
    found, size, lines = hashlib.sha256(), 0, 0
    with journal.open("rb") as file:
        while block := file.read(1 << 20 if length < 0 else min(1 << 20, length - size)):
            found.update(block)
            size += len(block)
            lines += block.count(b"\n")
    return size, lines, found.hexdigest()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        own = module.startswith(f"{_ENGINE}.") and "." not in name
        if not own and (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of an engine")
        found: Callable[..., Any] = super().find_class(module, name)
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"{module}.{name} is no type")
        return found
