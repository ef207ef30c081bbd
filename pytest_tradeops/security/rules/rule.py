"""The one place that knows bandit: a rule is a function from an AST node to what it has to say about it."""

import ast
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bandit  # type: ignore[import-untyped]
from bandit.core import test_properties  # type: ignore[import-untyped]

#: What bandit calls a string that is not a docstring.
STRING = "Str"


@dataclass(frozen=True, slots=True)
class Report:
    """A message, where one rule tells graver cases from lighter ones; empty means what the rule has by default."""

    text: str
    severity: str = ""
    confidence: str = ""


type Said = str | Report | None


def rule[Node: ast.AST](
    identifier: str, *nodes: str, severity: str, confidence: str, cwe: int
) -> Callable[[Callable[[Node], Said]], Callable[[Any], Any]]:
    """Makes a bandit plugin of a function that returns its message, or nothing.

    Args:
        identifier: The test id, such as `T101`, by which it is silenced and selected.
        nodes: Names of AST nodes that it is asked about.
        severity: `HIGH` only for what loses money or keys by itself: those block a promotion.
        cwe: Number of the closest weakness; formats such as SARIF want one.
    """

    def register(judge: Callable[[Node], Said]) -> Callable[[Any], Any]:
        @functools.wraps(judge)
        def plugin(context: Any) -> Any:
            try:
                said = judge(context.node)
            except RecursionError:  # bandit itself is at the end of the stack there, and gives the file up
                return None
            if said is None:
                return None
            report = said if isinstance(said, Report) else Report(said)
            return bandit.Issue(
                severity=report.severity or severity,
                confidence=report.confidence or confidence,
                cwe=cwe,
                text=report.text,
                lineno=getattr(context.node, "lineno", None),
            )

        named = test_properties.test_id(identifier)(plugin)
        checked: Callable[[Any], Any] = test_properties.checks(*nodes)(named)
        return checked

    return register
