"""The look from outside: whether rules are still evaluated at all.

A hung database gives Grafana 9.4 neither an error nor no data: every rule looks healthy, and `lastEvaluation` stands
still. No rule can notice that, because no rule is evaluated.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .alerts import Alert, Notification

NAME = "EvaluationFrozen"
#: Grafana's zero time, of a rule that was never evaluated.
_NEVER = "0001-01-01"


def frozen(evaluated: Mapping[str, float | None], now: float, limit: float) -> dict[str, float]:
    """Rule to age in seconds of every one whose last evaluation is older than the limit; infinite if there was none.

    Args:
        evaluated: Rule to the second of its last evaluation, on the clock of `now`.
    """
    ages = {name: math.inf if at is None else now - at for name, at in evaluated.items()}
    return {name: age for name, age in ages.items() if age > limit}


def last_evaluations(answer: Any) -> dict[str, float | None]:
    """Rule to seconds since 1970, from what Grafana's `/api/prometheus/grafana/api/v1/rules` answers."""
    found: dict[str, float | None] = {}
    groups = (answer or {}).get("data", {}).get("groups") or ()
    for group in groups:
        for rule in group.get("rules") or ():
            text = str(rule.get("lastEvaluation") or _NEVER)
            found[str(rule.get("name"))] = None if text.startswith(_NEVER) else datetime.fromisoformat(text).timestamp()
    return found


class Watch:
    """Looks again and again, and has news when rules freeze and when they thaw.

    Args:
        limit: Seconds after which a rule counts as frozen.

    Attributes:
        sentences: What is wrong by the last look; empty if nothing is.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._since: float | None = None
        self.sentences: tuple[str, ...] = ()

    def look(self, evaluated: Mapping[str, float | None] | None, now: float) -> Notification | None:
        """What is to be sent, if anything is new.

        Args:
            evaluated: Of each rule; None if Grafana did not answer, empty if it has no rules.
        """
        if evaluated is None:
            self.sentences = ("Grafana does not answer, so no alert rule is evaluated.",)
        elif not evaluated:
            self.sentences = ("Grafana has no alert rules.",)
        else:
            found = frozen(evaluated, now, self._limit)
            self.sentences = tuple(
                f"{name} was never evaluated." if age == math.inf else f"{name} was last evaluated {age:.0f} s ago."
                for name, age in sorted(found.items())
            )
        if self.sentences and self._since is None:
            self._since = now
            return self._notification(now, "firing")
        if not self.sentences and self._since is not None:
            news = self._notification(now, "resolved")
            self._since = None
            return news
        return None

    def _notification(self, now: float, status: Any) -> Notification:
        labels = {"alertname": NAME, "severity": "critical"}
        summary = " ".join(self.sentences) or "Every rule is evaluated again."
        alert = Alert(
            labels, {"summary": summary}, status, self._since or now, None if status == "firing" else now, rule=NAME
        )
        return Notification(now, "", status, (alert,), labels)
