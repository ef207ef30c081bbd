"""Our own alert rules as code, and the provisioning file that they make.

Their SQL has no macros: Grafana's time filter prints nanoseconds in rules, which QuestDB refuses. Tables have one
number and otherwise labels, so that every series is an instance of its own. A NULL would fire in this format, so no
query returns one.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from ..dashboards.classic import DATASOURCE_UID, datasource_type
from ..provisioning import FOLDER

#: Percent.
DRAWDOWN_WARNING, DRAWDOWN_CRITICAL, ERROR_RATE = 5, 10, 1
#: Seconds without a heartbeat: of one component, and of all of them.
CONNECTION_SILENT, PIPELINE_SILENT = 15, 30

_DRAWDOWN = """\
SELECT bot, mode, venue, currency, drawdown_pct
FROM trading_risk
WHERE instrument IS NULL AND drawdown_pct IS NOT NULL AND mode != 'backtest'
  AND timestamp > dateadd('d', -1, now())
LATEST ON timestamp PARTITION BY bot, venue, currency"""

_ERROR_RATE = """\
SELECT bot, mode, 100.0 * sum(errors) / greatest(sum(orders), 1) AS error_pct
FROM (
  SELECT bot, mode, 1 AS errors, 0 AS orders FROM trading_errors
  WHERE mode != 'backtest' AND timestamp > dateadd('h', -1, now())
  UNION ALL
  SELECT bot, mode, 0 AS errors, 1 AS orders FROM trading_orders
  WHERE mode != 'backtest' AND timestamp > dateadd('h', -1, now())
    AND event IN ('submitted', 'denied')
)"""

_POSITION = """\
SELECT bot, mode, instrument, abs(position) - position_max AS beyond_max
FROM trading_risk
WHERE instrument IS NOT NULL AND position IS NOT NULL AND position_max IS NOT NULL AND mode != 'backtest'
  AND timestamp > dateadd('d', -1, now())
LATEST ON timestamp PARTITION BY bot, instrument"""

_CONNECTION = """\
SELECT bot, mode, component,
  CASE WHEN connected THEN datediff('s', timestamp, now()) ELSE 86400 END AS silent_s
FROM heartbeats
WHERE mode != 'backtest'
LATEST ON timestamp PARTITION BY bot, component"""

_PIPELINE = """\
SELECT coalesce(datediff('s', max(timestamp), now()), 86400) AS silent_s
FROM heartbeats
WHERE mode != 'backtest' AND timestamp > dateadd('d', -1, now())"""


@dataclass(frozen=True, slots=True)
class Builtin:
    """One of our rules.

    Attributes:
        above: It fires when the number is greater than this.
        wait: `for`, as Grafana writes it.
        comment: Lines that stand above it in the file.
    """

    uid: str
    title: str
    severity: str
    sql: str
    above: float
    summary: str
    comment: str
    wait: str = "0s"
    no_data: str = "OK"
    error: str = "Error"


_CRITICAL = (
    Builtin(
        "drawdown-critical",
        "Drawdown above 10 percent",
        "critical",
        _DRAWDOWN,
        DRAWDOWN_CRITICAL,
        "Drawdown of {{ $labels.bot }} at {{ $labels.venue }} is {{ $values.A }} percent of its peak in"
        f" {{{{ $labels.currency }}}}; the limit is {DRAWDOWN_CRITICAL}.",
        "Looks back a day, not minutes: the last known drawdown of a bot that stopped is still a drawdown. That nothing"
        " is written any more is what pipeline-dead is for.",
    ),
    Builtin(
        "position-max",
        "Position above its maximum",
        "critical",
        _POSITION,
        0,
        "Position of {{ $labels.bot }} in {{ $labels.instrument }} is {{ $values.A }} beyond the maximum of its risk"
        " configuration.",
        "The maximum comes from the bot's risk configuration, with every sample. Short or long counts alike.",
    ),
    Builtin(
        "connection-lost",
        "Connection lost",
        "critical",
        _CONNECTION,
        CONNECTION_SILENT,
        "{{ $labels.component }} of {{ $labels.bot }} is silent or disconnected ({{ $values.A }} s; 86400 means that it"
        " says so itself).",
        "No lower bound in time: a dead component stays a row whose age grows, so that the alert stays, too. It ends"
        " when the component is back, or when its rows are 30 days old.",
        no_data="Alerting",
        error="Alerting",
    ),
    Builtin(
        "pipeline-dead",
        "Metrics pipeline dead",
        "critical",
        _PIPELINE,
        PIPELINE_SILENT,
        "No heartbeat of any bot has arrived for {{ $values.A }} s: metrics, or every bot, are gone, and no other rule"
        " can be trusted.",
        "The watchdog of all other rules: no rows, or no answer, is a breach here. A hung database freezes this rule,"
        " too: `tradeops monitoring watch` looks from outside whether rules are still evaluated.",
        no_data="Alerting",
        error="Alerting",
    ),
)
_WARNING = (
    Builtin(
        "drawdown-warning",
        "Drawdown above 5 percent",
        "warning",
        _DRAWDOWN,
        DRAWDOWN_WARNING,
        "Drawdown of {{ $labels.bot }} at {{ $labels.venue }} is {{ $values.A }} percent of its peak in"
        f" {{{{ $labels.currency }}}}; the limit is {DRAWDOWN_WARNING}.",
        "As drawdown-critical, for those who want to know earlier.",
    ),
    Builtin(
        "error-rate",
        "Error rate above 1 percent",
        "warning",
        _ERROR_RATE,
        ERROR_RATE,
        "{{ $labels.bot }} had {{ $values.A }} errors in a hundred orders within the last hour; the limit is"
        f" {ERROR_RATE}.",
        "Errors per attempted order of the last hour. An idle hour has no rows and is silent; errors without any order"
        " count as if there had been one.",
    ),
)


def rules_yaml(*, grafana: str = "") -> str:
    """The text of `provisioning/alerting/rules.yaml`.

    Args:
        grafana: Version of the Grafana that reads it; empty: what every version reads.
    """
    kind = datasource_type(grafana)
    return (
        "# Generated by `tradeops init monitoring`; `tradeops init --check` tells when it has changed.\n"
        "# A rule that is taken out here stays in Grafana until its uid stands under `deleteRules`.\n"
        "apiVersion: 1\n\ngroups:\n"
        + _group("critical", "10s", _CRITICAL, kind)
        + _group("warning", "10s", _WARNING, kind)
    )


def _group(name: str, interval: str, rules: Sequence[Builtin], kind: str) -> str:
    head = f"  - orgId: 1\n    name: tradeops-{name}\n    folder: {FOLDER}\n    interval: {interval}\n    rules:\n"
    return head + "".join(_rule(one, kind) for one in rules)


def _rule(one: Builtin, kind: str) -> str:
    comment = "".join(f"      # {line}\n" for line in textwrap.wrap(one.comment, 110))
    sql = textwrap.indent(one.sql, " " * 14)
    return f"""\
{comment}      - uid: {one.uid}
        title: {one.title}
        condition: C
        for: {one.wait}
        noDataState: {one.no_data}
        execErrState: {one.error}
        labels:
          severity: {one.severity}
        annotations:
          summary: >-
{textwrap.indent(one.summary, " " * 12)}
        data:
          - refId: A
            datasourceUid: {DATASOURCE_UID}
            relativeTimeRange: {{from: 86400, to: 0}}
            model:
              refId: A
              datasource: {{type: {kind}, uid: {DATASOURCE_UID}}}
              editorMode: code
              rawQuery: true
              format: table
              rawSql: |
{textwrap.indent(sql, "  ")}
          - refId: B
            datasourceUid: __expr__
            relativeTimeRange: {{from: 0, to: 0}}
            model:
              refId: B
              datasource: {{type: __expr__, uid: __expr__}}
              type: reduce
              expression: A
              reducer: last
          - refId: C
            datasourceUid: __expr__
            relativeTimeRange: {{from: 0, to: 0}}
            model:
              refId: C
              datasource: {{type: __expr__, uid: __expr__}}
              type: threshold
              expression: B
              conditions:
                - evaluator: {{type: gt, params: [{one.above:g}]}}
"""
