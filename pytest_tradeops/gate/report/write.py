"""Puts reports where they were asked for: whole or not at all, and never beside one of an earlier run."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ...exceptions import TradeopsError

#: Stands at the start of the HTML and the Markdown report, so that the next run may replace them.
MARK = "<!-- tradeops-report -->"
#: The environment variable by which `tradeops verify`, whose pytest runs in a folder of its own, says where it began.
STARTED_IN = "TRADEOPS_STARTED_IN"
#: By what the start of a report of an earlier run is known, per format.
_OURS = {"JSON": '"schema": "tradeops-report/', "HTML": MARK, "Markdown": MARK, "JUnit": "<testsuite"}
_START = 1000
_ELSEWHERE = "Name another path."

_WHY = {
    errno.EISDIR: ("it is a directory", "Name a file."),
    errno.ENOTDIR: ("a part of its path is a file, not a directory", "Name another path."),
    errno.EEXIST: ("a part of its path is a file, not a directory", "Name another path."),
    errno.EACCES: ("permission is denied", "Make the folder writable, or name another path."),
    errno.EPERM: ("permission is denied", "Make the folder writable, or name another path."),
    errno.EROFS: ("the file system is read-only", "Name a path on a writable one."),
    errno.ENOSPC: ("the disk is full", "Free some space, then run again."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, then run again."),
    errno.EFBIG: ("it would be larger than files may be here", "Raise the limit, or name another path."),
    errno.ENAMETOOLONG: ("its name is too long", "Name a shorter path."),
    errno.ELOOP: ("its symbolic links form a circle", "Name another path."),
}


def shown(path: str | Path, start: str | Path = "") -> str:
    """The path as a person in the folder `start` (default: the current one) types it: relative where it lies below.

    A parent that names its own folder in `TRADEOPS_STARTED_IN` is where that person is.
    """
    try:
        here = Path(os.environ.get(STARTED_IN) or start or Path.cwd())
        return str(Path(path).relative_to(here))
    except (OSError, ValueError):  # the current folder is gone; it lies elsewhere
        return str(path)


def write_text(path: str | Path, text: str) -> None:
    """Writes a report as `put_text` does.

    Raises:
        TradeopsError: it cannot be written; an earlier file is then unchanged.
    """
    try:
        put_text(path, text)
    except (OSError, ValueError) as error:
        raise _explained("written", path, error) from error


def put_text(path: str | Path, text: str) -> None:
    """Writes `text` as UTF-8, atomically: a reader sees the old file or the whole new one. Makes parent folders.

    A symbolic link keeps pointing where it points. A device or pipe, such as `/dev/stdout`, is written to directly.

    Raises:
        OSError: it cannot be written; an earlier file is then unchanged.
    """
    content = text.encode("utf-8", errors="replace")
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    if _is_special(target):
        _append(target, content)
    elif target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a directory")
    else:
        _replace(target, content)


def append_text(path: str | Path, text: str) -> None:
    """Adds `text` to the end of a file, for files that several steps share, such as `$GITHUB_STEP_SUMMARY`.

    Raises:
        TradeopsError: it cannot be written.
    """
    try:
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        _append(target, text.encode("utf-8", errors="replace"))
    except (OSError, ValueError) as error:
        raise _explained("written", path, error) from error


def check_places(places: Iterable[tuple[str, str | Path]]) -> None:
    """Refuses places where a report would replace another one, or somebody's file. Nothing is changed.

    Args:
        places: Format (`JSON`, `HTML`, `Markdown`, `JUnit`) and path of every report of a run. A file that is there
            must be empty or a report of this format.

    Raises:
        TradeopsError: two paths lead to the same file, or a file is no report.
    """
    seen: dict[str, str] = {}
    for form, path in places:
        try:
            real = os.path.realpath(path)
            foreign = _is_foreign(form, Path(real))
        except (OSError, ValueError) as error:
            raise _explained("written", path, error) from error
        name = shown(path)
        if real in seen:
            raise TradeopsError(f"Two reports have the same path: {seen[real]} and {name}.", remedy=_ELSEWHERE)
        if foreign:
            raise TradeopsError(f"{name} is no {form} report of an earlier run and stays as it is.", remedy=_ELSEWHERE)
        seen[real] = name


def remove_stale(paths: Iterable[str | Path]) -> None:
    """Removes reports of an earlier run, so that none can be taken for this run's. Absent ones are fine.

    Call it before the run, with files that belong to a run alone: never with a shared job summary.

    Raises:
        TradeopsError: one cannot be removed.
    """
    for path in paths:
        try:
            if not _is_special(Path(path)):
                Path(path).unlink(missing_ok=True)
        except NotADirectoryError:
            continue  # a parent is a file, so there is no earlier report; writing will say so
        except (OSError, ValueError) as error:
            raise _explained("removed", path, error) from error


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _append(target: Path, content: bytes) -> None:
    with target.open("ab") as file:
        file.write(content)


def _mode(target: Path) -> int:
    """The mode of the file it replaces, or what the umask grants: a temporary file alone would be the owner's only."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _is_special(path: Path) -> bool:
    """Whether it is there, but neither a file nor a folder: a device, a pipe."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _is_foreign(form: str, path: Path) -> bool:
    """Whether it is a file with content that is no report of this format."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_START).decode("utf-8", errors="replace")
    begins = ("<?xml", "<testsuite") if form == "JUnit" else ("{", "<!")
    return bool(start) and not (start.startswith(begins) and _OURS[form] in start)


def _explained(done: str, path: str | Path, error: OSError | ValueError) -> TradeopsError:
    number = error.errno if isinstance(error, OSError) else None
    why, remedy = _WHY.get(number or 0, (str(error), "Name another path."))
    return TradeopsError(f"The report {shown(path)!r} could not be {done}: {why}.", remedy=remedy)
