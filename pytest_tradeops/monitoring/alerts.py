"""What an alert is on its way from a rule's evaluation to somebody's phone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: Name of an alert that a query without rows, or a failing one, makes in Grafana; the rule's own name is in `rulename`.
NO_DATA, ERROR = "DatasourceNoData", "DatasourceError"


@dataclass(frozen=True, slots=True)
class Alert:
    """One instance of a rule, as it is notified.

    Attributes:
        labels: With `alertname` and `grafana_folder`.
        annotations: Templates expanded.
        starts_at: Seconds, on the clock of the evaluation.
        ends_at: When it resolved; None while it fires.
        values: RefId to the value at that evaluation; NaN where there was none.
        rule: The rule's uid.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    status: Literal["firing", "resolved"] = "firing"
    starts_at: float = 0.0
    ends_at: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Notification:
    """What is handed to one receiver at once: the alerts of one group.

    Attributes:
        at: Seconds, on the clock of the evaluation.
        receiver: Name of the contact point.
        status: `firing` if any alert fires, else `resolved`.
        group_labels: What the alerts were grouped by; with `group_by: ['...']` all of their labels.
    """

    at: float
    receiver: str
    status: Literal["firing", "resolved"]
    alerts: tuple[Alert, ...]
    group_labels: Mapping[str, str] = field(default_factory=dict)
