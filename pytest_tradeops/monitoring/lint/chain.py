"""From a rule's queries to its condition: references, operators, reducers, thresholds; no database needed."""

from typing import Any

from .expressions import (
    CLASSIC_OPERATORS,
    CLASSIC_REDUCERS,
    OPERATORS,
    REDUCERS,
    TYPES,
    compares,
    comparisons,
    conditions,
    constants,
    kind,
    referenced,
)
from .finding import Report
from .load import compact
from .material import Material, Node, Rule, mapping, text


def examine(material: Material, report: Report) -> None:
    """Each rule that alerts."""
    for rule in material.examined_rules():
        _condition(rule, report)
        for node in rule.nodes:
            if node.is_expression:
                _expression(rule, node, report)
        if not rule.is_recording:
            _threshold(rule, report)


def _condition(rule: Rule, report: Report) -> None:
    if rule.is_recording:
        return
    condition = text(rule.value.get("condition"))
    refs = [node.ref for node in rule.nodes]
    if condition and condition not in refs:
        message = f"The condition is `{condition}`, but there {_list(refs)}."
        report.add("condition-unknown", rule.place, message)


def _list(refs: list[str]) -> str:
    return f"are only {', '.join(refs)}" if len(refs) > 1 else f"is only {refs[0]}" if refs else "are no queries"


def _expression(rule: Rule, node: Node, report: Report) -> None:
    type_ = kind(node)
    if type_ not in TYPES:
        report.add(
            "expression-type-unknown", node.place, f"The expression's type is {compact(type_) if type_ else 'missing'}."
        )
        return
    refs = [one.ref for one in rule.nodes]
    for ref in referenced(node):
        if ref not in refs:
            report.add("expression-reference", node.place, f"It refers to `{ref}`, but there {_list(refs)}.")
        elif ref == node.ref:
            report.add("expression-reference", node.place, "It refers to itself.")
    if not referenced(node):
        report.add("expression-reference", node.place, "It refers to no query or expression.")
    if _circular(rule, node):
        report.add("expression-reference", node.place, "It depends on itself by way of other expressions.")
    if type_ in ("reduce", "resample"):
        reducer = text(node.model.get("reducer" if type_ == "reduce" else "downsampler"))
        if reducer.lower() not in REDUCERS and not (type_ == "resample" and not reducer):
            report.add("reducer-unknown", node.place, f"The reducer is `{reducer}`; there are {', '.join(REDUCERS)}.")
        mode = text(mapping(node.model.get("settings")).get("mode"))
        if mode not in ("", "dropNN", "replaceNN", "strict"):
            report.add(
                "reducer-unknown", node.place, f"The reducer's mode is `{mode}`; there are dropNN and replaceNN."
            )


def _circular(rule: Rule, start: Node) -> bool:
    left, seen = list(referenced(start)), set[str]()
    while left:
        ref = left.pop()
        if ref == start.ref:
            return start.ref not in referenced(start)
        node = rule.node(ref)
        if ref in seen or node is None:
            continue
        seen.add(ref)
        if node.is_expression:
            left += referenced(node)
    return False


def _threshold(rule: Rule, report: Report) -> None:
    chain = list(rule.chain())
    if not chain:
        return
    # Math that yields 0 or 1 may stand anywhere in the chain: `$B > 5 && $C > 2`, then a reduce.
    if not any(node.is_expression and (compares(node) or kind(node) not in TYPES) for node in chain):
        sql = " ".join(node.query.sql for node in chain if node.query is not None)
        if not _compares_in_sql(sql):
            message = (
                f"Nothing between the query and the condition `{chain[0].ref}` compares: every value but zero fires."
            )
            report.add("threshold-missing", rule.place, message)
    for node in chain:
        if not node.is_expression or kind(node) not in ("threshold", "classic_conditions"):
            continue
        if not conditions(node):
            report.add("threshold-missing", node.place, "The threshold has no conditions: every evaluation fails.")
        for comparison in comparisons(node):
            _comparison(node, comparison.operator, comparison.parameters, comparison.classic, report)
        if kind(node) == "classic_conditions":
            for condition in conditions(node):
                reducer = text(mapping(condition.get("reducer")).get("type"))
                if reducer not in CLASSIC_REDUCERS:
                    message = f"The reducer is `{reducer}`; classic conditions have {', '.join(CLASSIC_REDUCERS)}."
                    report.add("reducer-unknown", node.place, message)
    for node in chain:
        for number in constants(node) if node.is_expression and kind(node) == "threshold" else ():
            _rounded(node, number, report)


def _comparison(node: Node, operator: str, parameters: tuple[Any, ...], classic: bool, report: Report) -> None:
    known = CLASSIC_OPERATORS if classic else OPERATORS
    if operator not in known:
        shown = f"The comparison is `{operator}`" if operator else "The comparison has no type"
        report.add("operator-unknown", node.place, f"{shown}; there are {', '.join(known)}.")
        return
    numbers = [one for one in parameters if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) < known[operator] or len(numbers) != len(parameters):
        wanted = "one number" if known[operator] == 1 else f"{known[operator]} numbers"
        message = f"The comparison `{operator}` needs {wanted} in params, and has {compact(list(parameters))}."
        report.add("threshold-missing", node.place, message)


def _rounded(node: Node, number: float, report: Report) -> None:
    shown = f"{number:f}"
    if number and abs(float(shown) - number) > abs(number) * 1e-3:
        report.add("threshold-rounded", node.place, f"The threshold {number:g} becomes {float(shown):g}.")


def _compares_in_sql(sql: str) -> bool:
    """A query may give 0 and 1 itself: `CASE WHEN ... THEN 1 ELSE 0 END`, `cast(a > b as int)`."""
    lowered = " ".join(sql.lower().split())
    if "case when" in lowered or "case " in lowered:
        return True
    return "cast(" in lowered and any(sign in lowered.partition("cast(")[2].partition(" from ")[0] for sign in "<>=")
