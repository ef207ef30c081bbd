"""Breaks a copy of a subject's rule file by its structure, whatever its rules look like."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...exceptions import DeclarationError
from ...yaml_bounds import yaml_module
from .common import ALERTING

type Change = Callable[[dict[str, Any]], bool]

_FROM = re.compile(r"(?i)\b(from|join)(\s+)(\"?[a-z_][\w]*\"?)")
_ABSOLUTE = re.compile(r"(?i)\babs\s*\(")


def broken(folder: Path, uid: str, change: Change) -> tuple[str, str]:
    """Path below the monitoring folder and new text of the file that has the rule, changed.

    Args:
        change: Edits the rule in place; false if it found nothing to change.

    Raises:
        DeclarationError: there is no such rule, or nothing in it that this fault could break.
    """
    yaml = yaml_module()

    for path in sorted((folder / ALERTING).glob("*.y*ml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in (document or {}).get("groups") or ():
            for rule in group.get("rules") or ():
                if rule.get("uid") == uid and change(rule):
                    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)
                    return path.relative_to(folder).as_posix(), text
    raise DeclarationError(
        f"The rule {uid} has nothing that this fault could break.", remedy="Plant another one in a check of your own."
    )


def threshold_of(value: float) -> Change:
    """Every threshold becomes that value."""

    def change(rule: dict[str, Any]) -> bool:
        found = [
            condition["evaluator"]
            for step in rule["data"]
            for condition in step["model"].get("conditions") or ()
            if condition.get("evaluator")
        ]
        for evaluator in found:
            evaluator["params"] = [value]
        return bool(found)

    return change


def without_threshold(rule: dict[str, Any]) -> bool:
    """The threshold is taken out; what it looked at becomes the condition."""
    for step in rule["data"]:
        if step["model"].get("type") == "threshold":
            rule["data"].remove(step)
            rule["condition"] = str(step["model"]["expression"])
            return True
    return False


def rows_bounded(condition: str) -> Change:
    """Every table in the rule's SQL is seen through a condition on its rows."""

    def change(rule: dict[str, Any]) -> bool:
        return _sql(rule, lambda sql: _FROM.sub(rf"\1\2(SELECT * FROM \3 WHERE {condition})", sql))

    return change


def signed(rule: dict[str, Any]) -> bool:
    """Sizes are compared with their sign."""
    return _sql(rule, lambda sql: _ABSOLUTE.sub("(", sql))


def _sql(rule: dict[str, Any], edit: Callable[[str], str]) -> bool:
    changed = False
    for step in rule["data"]:
        sql = step["model"].get("rawSql")
        if isinstance(sql, str) and (new := edit(sql)) != sql:
            step["model"]["rawSql"], changed = new, True
    return changed
