"""Finds the subject's function and tells apart what can be wrong with it."""

import importlib
import importlib.util
import os
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

NO_NAUTILUS = "nautilus_trader is not installed for the subject's interpreter."


class Problem(Exception):
    """Why the task could not be done.

    Attributes:
        kind: `missing`, `raised`, `no nautilus` or `wrong type`.
        where: File and line inside the subject, or empty.
        word: Which entry: `backtest` or `risk`.
    """

    def __init__(self, kind: str, message: str, where: str = "", word: str = "backtest") -> None:
        super().__init__(message)
        self.kind = kind
        self.word = word
        self.message = message
        self.where = where


def find(entry: str, root: Path, word: str = "backtest") -> Callable[..., Any]:
    """The function that `package.module:function` names, taken from the subject at `root` and nowhere else.

    Raises:
        Problem: it is missing in `root`, or its module raises at import.
    """
    name, _, attribute = entry.partition(":")
    if not name or not attribute:
        raise Problem("missing", f"{entry!r} is not of the form 'package.module:function'.", word=word)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if absent == "nautilus_trader":
            raise Problem("no nautilus", NO_NAUTILUS) from None
        if name == absent or name.startswith(absent + "."):
            raise Problem("missing", f"There is no module {name!r}.", word=word) from None
        raise raised(error, root, f"Importing {name}", word) from None
    except BaseException as error:  # a module may do anything at import, also exit
        raise raised(error, root, f"Importing {name}", word) from None
    place = getattr(module, "__file__", None)
    if place is None or not Path(place).resolve().is_relative_to(root.resolve()):
        message = f"The subject has no module {name!r}; one of that name is installed elsewhere."
        raise Problem("missing", message, word=word)
    function = getattr(module, attribute, None)
    if not callable(function):
        raise Problem(
            "missing", f"The module {name!r} has no function {attribute!r}.", _relative(Path(place), root), word
        )
    return function  # type: ignore[no-any-return]


def call(function: Callable[..., Any], *arguments: Any, root: Path, doing: str, word: str = "backtest") -> Any:
    """Calls subject code; whatever it raises becomes a `Problem` with the line in the subject."""
    try:
        return function(*arguments)
    except Problem:
        raise
    except BaseException as error:
        raise raised(error, root, doing, word) from None


def start_up(task: Mapping[str, Any]) -> None:
    """Makes the environment what the task says, and calls what the subject calls first.

    Args:
        task: `root`, `environ`, and `start_up`, as `package.module:function` or empty.
    """
    os.environ.update(task["environ"])
    if task["start_up"]:
        root = Path(task["root"])
        call(find(task["start_up"], root, word="node"), root=root, doing=f"{task['start_up']}()", word="node")


def raised(error: BaseException, root: Path, doing: str, word: str) -> Problem:
    """An exception out of subject code as one sentence, with the innermost line that belongs to the subject."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if frame.filename[:1] != "<" and _is_own(Path(frame.filename).resolve(), root.resolve())
    ]
    where = f"{_relative(Path(own[-1].filename), root)}:{own[-1].lineno}" if own else ""
    if isinstance(error, SyntaxError) and error.filename and _is_own(Path(error.filename).resolve(), root.resolve()):
        where = f"{_relative(Path(error.filename), root)}:{error.lineno}"
    text = " ".join(str(error).split())[:300]
    return Problem("raised", f"{doing} raised {type(error).__name__}{f': {text}' if text else ''}.", where, word)


def _is_own(path: Path, root: Path) -> bool:
    """Whether a file is the subject's own: not an installed package inside its folder, and not this program."""
    return path.is_relative_to(root) and "site-packages" not in path.parts and path.parent != Path(__file__).parent


def _relative(path: Path, root: Path) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix()
