"""`@planted_fault`: declares a function that breaks something on purpose, so that a check can prove it would notice."""

from collections.abc import Callable
from typing import Any

from ..model.check import FaultSpec

#: Where the declarations hang on the function; read by the twin runner and, without import, by the catalogue.
ATTRIBUTE = "_tradeops_faults"


def planted_fault[F: Callable[..., Any]](*, check: str, title: str, expects: str, covers: str = "") -> Callable[[F], F]:
    """Declares that the decorated function plants a fault which the check `check` must catch.

    The function's parameters are named after fixtures of the check (`subject`, `questdb`, ...) and receive the twin's
    own values: a *copy* of the subject, a fault proxy or an instance of its own in front of a service. It may be a
    generator: what follows the `yield` is the undo. Arguments must be literals, so that `tradeops list` can read
    them without importing anything. Repeatable.

    Args:
        check: The check's id. The function stands in the same module as the check.
        title: What is broken, one line.
        expects: The reason that the twin's failure must carry, literally.
        covers: The checklist item whose coverage this fault proves.
    """

    def declare(function: F) -> F:
        spec = FaultSpec(check=check, title=title, expects=expects, covers=covers, name=function.__name__)
        setattr(function, ATTRIBUTE, (*getattr(function, ATTRIBUTE, ()), spec))
        return function

    return declare


def declared_faults(namespace: dict[str, Any], check: str) -> list[tuple[FaultSpec, Callable[..., Any]]]:
    """The faults for `check` among a module's globals, in source order."""
    return [
        (spec, value)
        for value in namespace.values()
        for spec in reversed(getattr(value, ATTRIBUTE, ()) if callable(value) else ())
        if spec.check == check
    ]
