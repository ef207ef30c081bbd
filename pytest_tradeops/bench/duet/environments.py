"""Which interpreter runs which tree: the present one, unless the two trees depend on different packages."""

import contextlib
import fcntl
import hashlib
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ... import locks, processes
from ...exceptions import Inconclusive
from ...processes.child import clean_environment
from .pair import Label
from .trees import Tree, Trees

#: Seconds for an environment to be made, with everything downloaded.
_TIMEOUT = 1200.0


def difference(base: Path, candidate: Path) -> str:
    """What the two trees depend on differently: `numpy 1.26.4 -> 2.1.0 and 2 more`; empty where it is the same.

    Locks are compared where there are any, else what `pyproject.toml` demands.
    """
    one, other = _packages(base), _packages(candidate)
    changed = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    if not changed:
        return ""
    first = changed[0]
    said = f"{first} {one.get(first, 'absent')} -> {other.get(first, 'absent')}".strip()
    return said if len(changed) == 1 else f"{said} and {len(changed) - 1} more"


def interpreters(trees: Trees, uv: Path | None = None) -> dict[Label, Path]:
    """The interpreter of each side: this one, or one of an environment that is made from the tree's own lock.

    Environments are kept in the user's cache, by the lock's content.

    Raises:
        Inconclusive: the dependencies differ and no environment can be made.
    """
    differs = difference(trees.base.root, trees.candidate.root)
    if not differs:
        return {"base": Path(sys.executable), "candidate": Path(sys.executable)}
    return {"base": _environment(trees.base, differs, uv), "candidate": _environment(trees.candidate, differs, uv)}


def _packages(root: Path) -> dict[str, str]:
    found = locks.find(root)
    try:
        if found:
            pins = locks.read(found[0])
            return {pin.name: str(pin.version or pin.source) for pin in pins.pins} | dict.fromkeys(pins.loose, "")
        text = (root / "pyproject.toml").read_text(encoding="utf-8")
        return dict.fromkeys(_demanded(tomllib.loads(text)), "demanded")
    except (locks.Unreadable, OSError, ValueError):
        return {}


def _demanded(document: Mapping[str, object]) -> Iterator[str]:
    project, groups = document.get("project"), document.get("dependency-groups")
    tables = (
        [project.get("optional-dependencies"), {"": project.get("dependencies")}] if isinstance(project, dict) else []
    )
    for table in (*tables, groups):
        for listed in table.values() if isinstance(table, dict) else ():
            yield from (str(one) for one in listed or ())


def _environment(tree: Tree, differs: str, uv: Path | None) -> Path:
    lock = tree.root / "uv.lock"
    tool = uv or processes.find_uv()
    if not lock.is_file() or tool is None:
        lacks = "there is no uv" if lock.is_file() else "there is no uv.lock"
        raise Inconclusive(
            f"The trees depend on different packages ({differs}), and {lacks} to make an environment for each.",
            remedy="Install uv and lock with it, or compare with a base that has the same dependencies.",
        )
    told = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = processes.cache_folder() / "bench" / "environments" / told
    python = place / "bin" / "python"
    with _locked(place.with_name(f"{told}.lock")):
        if not (place / ".complete").is_file():
            _make(tree.root, place, tool, differs)
            (place / ".complete").touch()
    return python


def _make(root: Path, place: Path, tool: Path, differs: str) -> None:
    shutil.rmtree(place, ignore_errors=True)
    everything = ("--all-groups", "--all-extras", "--no-install-project", "--python", sys.executable)
    command: list[str | Path] = [tool, "sync", "--frozen", *everything]
    environ = clean_environment({"UV_PROJECT_ENVIRONMENT": str(place), "VIRTUAL_ENV": ""})
    done = processes.run(command, cwd=root, timeout=_TIMEOUT, env=environ)
    if done.code != 0:
        why = "it took too long" if done.timed_out else done.tail
        raise Inconclusive(
            f"The trees depend on different packages ({differs}), and uv cannot make an environment for each: {why}.",
            remedy="Run `uv sync --frozen` in both revisions to see why.",
        )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two runs at once make an environment once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
