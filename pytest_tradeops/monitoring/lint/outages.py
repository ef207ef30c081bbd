"""Rules on outages: whether silence of what they watch reaches anybody, and whether anybody watches the rest."""

import re
from collections.abc import Mapping

from .finding import Place, Report
from .material import Material, Rule
from .probing import Behaviour
from .sqltext import compared, tokens
from .watching import is_critical, is_watchdog, no_data_state, watches_outage

#: Text that a query asks for when it looks at trouble itself: no such row is good news.
_TROUBLE = re.compile(
    r"disconnect|lost|down|dead|fail|error|reject|denied|stale|closed|offline|unavailable|timeout|exception|critical",
    re.IGNORECASE,
)
#: So many rules are a monitoring, and not an example of one.
_MANY = 3


def examine(material: Material, behaviour: Mapping[int, Behaviour], report: Report) -> None:
    """Each rule on an outage, then all rules together."""
    for rule in material.examined_rules():
        if watches_outage(rule) and not rule.is_recording:
            _silence(rule, behaviour.get(id(rule)), report)
    _watchdog(material, report)


def _silence(rule: Rule, seen: Behaviour | None, report: Report) -> None:
    state = no_data_state(rule)
    empty = seen.empty.state if seen is not None and not seen.undecided and seen.empty is not None else ""
    if state in ("OK", "KeepLast") and empty in ("", "no data") and not _asks_for_trouble(rule):
        how = "its query gives no rows" if empty else "rows stop coming"
        message = f"The rule watches an outage; when {how}, noDataState {state} says that nothing is wrong."
        report.add("nodata-hides-outage", rule.place, message)
    elif empty == "normal" and is_watchdog(rule) and not _asks_for_trouble(rule):
        message = (
            "The rule watches for signs of life, and without any row its query gives a value that is within bounds."
        )
        report.add("nodata-hides-outage", rule.place, message)


def _asks_for_trouble(rule: Rule) -> bool:
    """Whether its queries look for rows that only an outage makes."""
    for node in rule.nodes:
        if node.query is None:
            continue
        if any(same and _TROUBLE.search(value) for _, value, same in compared(node.query.sql)):
            return True
        found = [token.low for token in tokens(node.query.sql)]
        for index, word in enumerate(found[:-2]):
            if word == "connected" and found[index + 1] == "=" and found[index + 2] == "false":
                return True
            if word == "not" and found[index + 1] == "connected":
                return True
    return False


def _watchdog(material: Material, report: Report) -> None:
    rules = [one for one in material.examined_rules() if not one.is_recording]
    serious = [one for one in rules if is_critical(one)]
    if len(rules) < _MANY or not serious or any(is_watchdog(one) for one in material.rules):
        return
    place = Place(serious[0].place.file)
    message = (
        f"Of {len(rules)} rules none notices that metrics have stopped: with a hung database all of them look healthy."
    )
    report.add("watchdog-missing", place, message)
