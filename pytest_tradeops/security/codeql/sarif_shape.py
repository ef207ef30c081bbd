"""Whether a document has the structure of SARIF 2.1.0 as code scanning needs it; pure.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ , sections 3.13 (log), 3.14 (run), 3.18 (tool), 3.20
(invocation), 3.27 (result), and
https://docs.github.com/code-security/reference/code-scanning/sarif-support-for-code-scanning .
"""

from collections.abc import Iterator
from typing import Any

#: Sentences; one wrong writer is wrong in each result.
MOST = 10
_LEVELS = ("none", "note", "warning", "error")


def objections(log: Any, tool: str) -> tuple[tuple[str, ...], int]:
    """What is wrong, as sentences without subject and full stop, and how many results were read.

    Args:
        tool: The name that every run's driver must have.
    """
    if not isinstance(log, dict):
        return ("is no object",), 0
    said = [] if log.get("version") == "2.1.0" else [f"is of version {str(log.get('version'))[:20]!r}, not 2.1.0"]
    runs = log.get("runs")
    if not isinstance(runs, list) or not runs:
        return (*said, "has no run"), 0
    results = 0
    for number, run in enumerate(runs):
        if not isinstance(run, dict):
            said.append(f"has a run that is no object (runs[{number}])")
            continue
        said += [f"{one} (runs[{number}])" for one in _run(run, tool)]
        listed = run.get("results")
        results += len(listed) if isinstance(listed, list) else 0
    return tuple(dict.fromkeys(said))[:MOST], results


def rules_of(log: Any) -> set[str]:
    """The ids of the rules that a log says were run, its extensions' too; such as `py/path-injection`."""
    runs = log.get("runs") if isinstance(log, dict) else None
    tools = [run.get("tool") for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []
    parts = [
        part for tool in tools if isinstance(tool, dict) for part in (tool.get("driver"), *_list(tool, "extensions"))
    ]
    rules = [rule for part in parts if isinstance(part, dict) for rule in _list(part, "rules")]
    return {rule["id"] for rule in rules if isinstance(rule, dict) and isinstance(rule.get("id"), str)}


def _list(table: dict[str, Any], name: str) -> list[Any]:
    found = table.get(name)
    return found if isinstance(found, list) else []


def _run(run: dict[str, Any], tool: str) -> Iterator[str]:
    named = run.get("tool")
    driver = named.get("driver") if isinstance(named, dict) else None
    name = driver.get("name") if isinstance(driver, dict) else None
    if name != tool:
        yield f"was written by {str(name)[:40]!r}, not by {tool}"
    invocations = run.get("invocations", [])
    if not isinstance(invocations, list):
        yield "has invocations that are no list"
    elif any(isinstance(one, dict) and one.get("executionSuccessful") is False for one in invocations):
        yield "says that the tool did not run to its end"
    results = run.get("results")
    if not isinstance(results, list):  # null says that the tool was never run; only a list says that it found nothing
        yield "has no list of results"
        return
    for number, one in enumerate(results):
        for said in _result(one):
            yield f"has a result {said} (results[{number}])"


def _result(result: Any) -> Iterator[str]:
    if not isinstance(result, dict):
        yield "that is no object"
        return
    rule = result.get("rule")
    if not (
        isinstance(result.get("ruleId"), str) or isinstance(rule, dict) or isinstance(result.get("ruleIndex"), int)
    ):
        yield "that names no rule"
    message = result.get("message")
    if not isinstance(message, dict) or not (
        isinstance(message.get("text"), str) or isinstance(message.get("id"), str)
    ):
        yield "without a message"
    if "level" in result and result["level"] not in _LEVELS:
        yield f"of the level {str(result['level'])[:20]!r}"
    if not isinstance(result.get("locations", []), list):
        yield "with locations that are no list"
