"""Gets the team's node configuration: from its function, or from a NautilusTrader configuration file."""

import inspect
from pathlib import Path
from typing import Any

from nautilus_trader.config import TradingNodeConfig

from . import own
from .entry import Problem, call, find


def load(entry: str, mode: str, root: Path) -> tuple[Any, bool]:
    """The configuration, and whether the team's own code was told the mode.

    Args:
        entry: `package.module:function`, the path of a JSON file inside `root`, or a name of ours (`own`).

    Raises:
        Problem: there is none, it raises, or it takes other arguments than `mode`.
    """
    if entry.startswith(own.PREFIX):
        return own.config(entry), False
    if entry.endswith(".json"):
        return _from_file(entry, root), False
    function = find(entry, root, word="node")
    parameters = inspect.signature(function).parameters
    required = [
        one.name
        for one in parameters.values()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD) and one.name != "mode"
    ]
    if required:
        message = f"{entry} wants {', '.join(required)}; it is called with `mode`, or without arguments."
        raise Problem("wrong type", message, word="node")
    knows = "mode" in parameters
    if knows:
        return call(lambda: function(mode=mode), root=root, doing=f"{entry}(mode={mode!r})", word="node"), True
    return call(function, root=root, doing=f"{entry}()", word="node"), False


def _from_file(entry: str, root: Path) -> Any:
    path = (root / entry).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise Problem("missing", f"The subject has no file {entry!r}.", word="node")
    try:
        return TradingNodeConfig.parse(path.read_bytes())
    except Exception as error:  # msgspec's, and whatever a decoding hook raises
        text = " ".join(str(error).split())[:300]
        raise Problem("raised", f"It is no TradingNodeConfig: {text}", entry, word="node") from None
