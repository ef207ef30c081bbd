"""Breaks a copy of any subject's bot on purpose: texts in, texts out.

What is broken is found in the tree and the settings, never by a name that only our own reference bot has.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from ..exceptions import DeclarationError

#: Through these a strategy or actor hears of the market; a signal that is not reached from one of them is on a timer.
_HANDLERS = frozenset(
    {
        "on_bar",
        "on_quote_tick",
        "on_trade_tick",
        "on_data",
        "on_signal",
        "on_order_book",
        "on_order_book_deltas",
        "on_order_book_depth",
        "on_mark_price",
        "on_index_price",
        "on_funding_rate",
        "on_historical_data",
        "on_event",
        "on_time_event",
    }
)
_TIMERS = frozenset({"set_timer", "set_timer_ns", "set_time_alert", "set_time_alert_ns"})


def silence_signals(source: str) -> tuple[str, int]:
    """The module with every market-data handler and timer callback of its classes emptied, and how many there were.

    A class's `on_start` is emptied as well if it submits orders itself.

    Raises:
        SyntaxError: the text is not Python.
    """
    tree = ast.parse(source)
    count = 0
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        silent = _HANDLERS | set(_timer_callbacks(owner))
        for method in owner.body:
            if not isinstance(method, ast.FunctionDef):
                continue
            if method.name in silent or (method.name == "on_start" and _submits(method)):
                method.body = [ast.Return(value=None)]
                count += 1
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n", count


def silenced_tree(root: Path, folder: str) -> dict[str, str]:
    """Relative path to silenced text, for every module under `folder` that had anything to silence.

    Raises:
        DeclarationError: nothing was found, so the fault would plant nothing.
    """
    changed: dict[str, str] = {}
    for path in sorted((root / folder).rglob("*.py")):
        try:
            text, count = silence_signals(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError):
            continue  # a template or a fixture of broken code; it trades nothing
        if count:
            changed[path.relative_to(root).as_posix()] = text
    if not changed:
        raise DeclarationError(
            f"No class under {folder!r} has a market-data handler or a timer callback.",
            remedy="Name the strategies' folder in [tool.tradeops] strategies.",
        )
    return changed


def module_file(root: Path, entry: str) -> str:
    """The file of `package.module:function`, relative to `root`.

    Raises:
        DeclarationError: the subject has no such file.
    """
    parts = entry.partition(":")[0].split(".")
    for base in (root, root / "src"):
        for path in (base.joinpath(*parts).with_suffix(".py"), base.joinpath(*parts, "__init__.py")):
            if path.is_file():
                return path.relative_to(root).as_posix()
    raise DeclarationError(f"The subject has no file for {entry!r}.", remedy="Correct the entry in [tool.tradeops].")


def wrapped(source: str, entry: str, body: str) -> str:
    """The module with the entry's function replaced, under the same name, by one that is given the original's result.

    Args:
        body: A function `tamper(result, *arguments)`, as text, that returns what the entry returns from now on.

    Raises:
        DeclarationError: the module never binds that name, so nothing would be replaced.
    """
    name = _bound(source, entry)
    return (
        f"{source.rstrip()}\n\n\n{body.strip()}\n\n\n"
        "from functools import wraps as _tradeops_wraps  # noqa: E402 - whoever asks for its parameters sees its own\n"
        f"_tradeops_original = {name}\n\n\n"
        f"@_tradeops_wraps(_tradeops_original)\ndef {name}(*arguments, **named):\n"
        "    return tamper(_tradeops_original(*arguments, **named), *arguments)\n"
    )


def replaced(source: str, entry: str, body: str, parameter: str) -> str:
    """The module with the entry's function replaced, under the same name, by one with this parameter.

    Args:
        body: A function `tamper(original, parameter)`, as text; it calls the original as it likes.

    Raises:
        DeclarationError: the module never binds that name, so nothing would be replaced.
    """
    name = _bound(source, entry)
    return (
        f"{source.rstrip()}\n\n\n{body.strip()}\n\n\n_tradeops_original = {name}\n\n\n"
        f"def {name}({parameter}):\n    return tamper(_tradeops_original, {parameter})\n"
    )


def _bound(source: str, entry: str) -> str:
    """The entry's name in its module; raises DeclarationError if the module does not bind it."""
    name = entry.partition(":")[2]
    file = f"{entry.partition(':')[0].replace('.', '/')}.py"
    if not any(_binds(node, name) for node in ast.parse(source, file).body):
        raise DeclarationError(f"{entry!r} names no function of its module.", remedy="Correct the entry.")
    return name


def _binds(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name == name
    if isinstance(node, ast.ImportFrom):
        return any((one.asname or one.name) == name for one in node.names)
    return isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)


def _timer_callbacks(owner: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(owner):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TIMERS:
            for value in (*node.args, *(keyword.value for keyword in node.keywords)):
                if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "self":
                    yield value.attr


def _submits(method: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("submit_")
        for node in ast.walk(method)
    )
