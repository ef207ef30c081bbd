"""What a rule is about: an outage, something critical, or the monitoring itself; judged by its words and its SQL."""

import re

from .material import Rule, text

_OUTAGE = re.compile(
    r"\b(?:heart[\s_-]?beats?|connections?[\s_-]?(?:is[\s_-]?)?(?:lost|loss|down|status|dropped|closed)|connection|"
    r"connectivity|disconnect(?:s|ed|ion)?|dead|down|outage|offline|unreachable|not[\s_-]responding|no[\s_-]data|"
    r"missing[\s_-](?:data|heartbeat|metrics)|stale|silent|silence|alive|liveness|watch[\s_-]?dog|"
    r"dead[\s_-]?man(?:s|'s)?|stopped|feed[\s_-](?:lost|gap)|data[\s_-]age|pipeline)\b",
    re.IGNORECASE,
)
#: These words say the contrary of an outage when they stand beside such a word.
_NOT = re.compile(
    r"\b(?:draw[\s_-]?down|break[\s_-]?down|slow[\s_-]?down|cool[\s_-]?down|shut[\s_-]?down)\b", re.IGNORECASE
)
_TABLES = re.compile(r"\b(?:from|join)\s+['\"]?(?:\w*heartbeats?|connection_status|\w*liveness)\b", re.IGNORECASE)
_AGE = re.compile(
    r"now\(\)\s*-\s*(?:max|last)\s*\(|(?:datediff|dateadd)\s*\(\s*'\w+'\s*,\s*(?:max|last|timestamp|ts)\b[^)]*\)?\s*,\s*now\(\)|"
    r"datediff\s*\(\s*'\w+'\s*,\s*now\(\)\s*,",
    re.IGNORECASE,
)
_WATCHDOG = re.compile(
    r"watch[\s_-]?dog|dead[\s_-]?man|pipeline|heart[\s_-]?beat|no[\s_-]metrics|metrics[\s_-](?:stopped|dead|missing|stale)",
    re.IGNORECASE,
)


def _words(rule: Rule) -> str:
    """What the rule says of itself, apart from its SQL. `_` counts as a space: `connection_lost`."""
    return " ".join((rule.title, rule.uid)).replace("_", " ").replace("-", " ")


def _sql(rule: Rule) -> str:
    return "\n".join(node.query.bare for node in rule.nodes if node.query is not None)


def watches_outage(rule: Rule) -> bool:
    """Whether silence of what it looks at is what it should warn of."""
    words = _NOT.sub(" ", _words(rule))
    sql = _sql(rule)
    return bool(_OUTAGE.search(words) or _TABLES.search(sql) or _AGE.search(sql))


def is_watchdog(rule: Rule) -> bool:
    """Whether it proves that metrics arrive at all."""
    return bool(_WATCHDOG.search(_words(rule)) or _AGE.search(_sql(rule)))


def is_critical(rule: Rule) -> bool:
    """By its label `severity` or `priority`."""
    labels = {name.lower(): value.strip().lower() for name, value in rule.labels.items()}
    level = labels.get("severity") or labels.get("priority") or labels.get("level") or ""
    return level in ("critical", "crit", "page", "p1", "p0", "emergency", "sev1")


def no_data_state(rule: Rule) -> str:
    """`OK`, `NoData` (also where it is left out), `Alerting` or `KeepLast`."""
    return text(rule.value.get("noDataState")) or "NoData"
