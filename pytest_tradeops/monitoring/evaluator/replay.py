"""A recorded case of a real Grafana, played again: the same rule and the same rows on a virtual clock and a QuestDB.

The form of a case is that of the recordings in tests/monitoring/conformance: a rule, and for each tick the row that
was written for it. What comes out has the form of what was recorded.
"""

import contextlib
import json
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...exceptions import DeclarationError, ServiceUnavailable
from ...processes import run
from ...questdb_sql import QuestDb, QuestDbError, Result, identifier, literal
from ..alerts import Notification
from ..rules.model import EXPRESSIONS, Query, Rule, RuleGroup, parse_duration
from .dispatch import OneRoute
from .engine import Evaluator, RuleView

#: Second 0 of the recordings: their error messages name tables by it.
RECORDED_AT = 1_795_436_150
#: Ticks before the first of a case. They have its first input, so that a longer window is full at second 0.
BEFORE = 3
#: The recordings listened this long after their last tick, and no further tick came.
AFTER = 12.0
COLUMNS = ("t_eval_s", "input", "rule_state", "health", "alerts", "lastError")

_SOURCE = "questdb"
_TABLE = re.compile(r"(?i)\b(from|join)(\s+)([a-z_]\w*)((?:\$__\w+\(\))?)")
_CASE = re.compile(r"\bc\s*=\s*'([^']+)'")
_SPECIAL = ("DatasourceNoData", "DatasourceError")
#: A row written as a duplicate has a value that would fire, if it were looked at.
_DOUBLED = 500


def replay(
    case: Mapping[str, Any], database: QuestDb | None = None, *, name: str = "", version: str = "9.4"
) -> dict[str, Any]:
    """What this rule does on these inputs: `{"trace": [...], "notifications": [...]}`, as the recordings have it.

    Args:
        case: With `rule` and `trace`; of a trace row only the time and the input are looked at.
        database: Where the rows go, into tables that are dropped afterwards. None: a child process starts a server.
        name: The alert's name. Default: what `case` calls itself, or what its SQL or its notifications say. A name
            that ends in `expr100` was recorded with expressions under their older uid -100, which no other key says.

    Raises:
        DeclarationError: this is not a case.
        QuestDbError: the server failed.
    """
    if database is None:
        return _in_child(case, name, version)
    return _Replay(case, database, name or case_name(case), version).run()


def case_name(case: Mapping[str, Any]) -> str:
    """The alert's name, from the case's own `name`, its SQL, or its notifications; else `rule`."""
    if isinstance(case.get("name"), str):
        return str(case["name"])
    if match := _CASE.search(str(_rule_part(case).get("sql", ""))):
        return match[1]
    for _, _, alerts in case.get("notifications") or ():
        for alertname, _ in alerts:
            if alertname not in _SPECIAL:
                return str(alertname)
    return "rule"


def rule_of(case: Mapping[str, Any], name: str) -> RuleGroup:
    """The rule of a case as a group of its own.

    Raises:
        DeclarationError: a key is missing or has a wrong type.
    """
    given = _rule_part(case)
    try:
        older = any(one.endswith("expr100") for one in (name, *_CASE.findall(str(given["sql"]))))
        uid = EXPRESSIONS[1] if older else EXPRESSIONS[0]
        model = {"rawSql": given["sql"], "format": given["format"]}
        data = [Query("A", _SOURCE, model, (float(given["from_s"]), 0.0))]
        for at, expression in enumerate(given["exprs"]):
            data.append(Query(chr(ord("B") + at), uid, dict(expression)))
        wait, interval = parse_duration(str(given["for"])), parse_duration(str(given.get("interval", "10s")))
        if wait is None or not interval:
            raise DeclarationError("A case has a duration that is none.", remedy="Write it as 20s.")
        rule = Rule(
            uid=re.sub(r"\W+", "-", name)[:40],
            title=name,
            condition=data[-1].ref_id,
            data=tuple(data),
            wait=wait,
            no_data=given.get("noDataState", "NoData"),
            error=given.get("execErrState", "Alerting"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DeclarationError(f"A case has a rule that cannot be read: {error}.", remedy=_REMEDY) from None
    return RuleGroup("replay", "Replay", interval, (rule,))


_REMEDY = "tests/monitoring/conformance/README.md describes the form."


class _Replay:
    def __init__(self, case: Mapping[str, Any], database: QuestDb, name: str, version: str) -> None:
        self._group = rule_of(case, name)
        self._version = version
        self._database = database
        self._prefix = f"tradeops_{secrets.token_hex(4)}_"
        self._interval = self._group.interval
        sql = self._group.rules[0].data[0].sql
        # What the query asks for, whatever the alert is called.
        asked = _CASE.search(sql)
        self._mark = asked[1] if asked else name
        found = list(_TABLE.finditer(sql))
        self._dated = sorted({match[3] for match in found if match[4]}, key=len, reverse=True)
        self._tables = list(dict.fromkeys(match[3] for match in found))
        # A query that looks no further than its tick does not mind rows that lie ahead: all are written at once.
        self._bounded = "$__timeFilter(" in sql or bool(self._dated)
        rows = case.get("trace")
        if not isinstance(rows, Sequence) or not rows or any(len(row) < 2 for row in rows):
            raise DeclarationError("A case has no trace with times and inputs.", remedy=_REMEDY)
        first = float(rows[0][0])
        before = [(first - at * self._interval, rows[0][1]) for at in range(BEFORE, 0, -1)]
        self._inputs = [*before, *((float(row[0]), row[1]) for row in rows)]
        # Older still, and never evaluated: what a window of the first evaluation sees.
        window = int(self._group.rules[0].data[0].span[0] // self._interval)
        self._earlier = [(first - (BEFORE + at) * self._interval, rows[0][1]) for at in range(window, 0, -1)]
        self._broken = {int(RECORDED_AT + second) for second, given in self._inputs if given == "error"}
        self._shown = len(before)
        self._origin = self._inputs[0][0]
        self._heard_from = first  # the recordings' receiver listened from their first tick on

    def run(self) -> dict[str, Any]:
        evaluator = Evaluator(
            [self._group],
            self._ask,
            start=int((RECORDED_AT + self._origin) * 10**9),
            routing=OneRoute(),
            version=self._version,
            datasources=(_SOURCE,),
        )
        uid = self._group.rules[0].uid
        trace, sent = [], list[Notification]()
        try:
            for table in self._tables:
                self._create(table)
            self._write(self._earlier + self._inputs if self._bounded else self._earlier)
            for at, (second, given) in enumerate(self._inputs):
                if not self._bounded:
                    self._write([(second, given)])
                sent += evaluator.until(second - self._origin)
                if at >= self._shown:
                    trace.append(self._row(second, given, evaluator.rule(uid)))
            sent += evaluator.listen(AFTER)
        finally:
            self._drop()
        heard = [self._notification(one) for one in sorted(sent, key=_order)]
        return {"trace": trace, "notifications": [one for one in heard if one[0] >= self._heard_from]}

    def _ask(self, sql: str) -> Result:
        try:
            return self._database.sql(_TABLE.sub(self._placed, sql))
        except QuestDbError as error:
            # The server knows the table by its name here; the rule does not.
            raise QuestDbError(error.message.replace(self._prefix, ""), kind=error.kind, query=sql) from None

    def _placed(self, match: re.Match[str]) -> str:
        """The table under its name here; one that is named by the tick is that tick's rows of a single table."""
        table = self._prefix + match[3]
        for dated in self._dated:
            second = match[3].removeprefix(dated)
            if match[3].startswith(dated) and second.isdigit() and int(second) not in self._broken:
                table = f"(SELECT * FROM {self._prefix}{dated} WHERE ts = {int(second) * 10**6})"
        return f"{match[1]}{match[2]}{table}"

    def _create(self, table: str) -> None:
        self._database.sql(
            f"CREATE TABLE {identifier(self._prefix + table)} (ts TIMESTAMP, c SYMBOL, s SYMBOL, v DOUBLE) "
            "TIMESTAMP(ts) PARTITION BY DAY BYPASS WAL"
        )

    def _write(self, inputs: Sequence[tuple[float, object]]) -> None:
        rows = [
            f"({int((RECORDED_AT + second) * 10**6)}, {literal(self._mark)}, {series}, {value})"
            for second, given in inputs
            if given != "error"
            for series, value in _values(given)
        ]
        for table in self._tables if rows else ():
            self._database.sql(f"INSERT INTO {identifier(self._prefix + table)} VALUES {', '.join(rows)}")

    def _drop(self) -> None:
        for table in self._tables:
            with contextlib.suppress(QuestDbError):
                self._database.sql(f"DROP TABLE IF EXISTS {identifier(self._prefix + table)}")

    def _row(self, second: float, given: object, view: RuleView) -> list[Any]:
        alerts = [
            {
                "labels": _bare(one.labels),
                "state": one.state,
                "activeAt_s": None if one.active_at is None else one.active_at + self._origin,
                "value": one.value,
            }
            for one in view.instances
        ]
        alerts.sort(key=lambda one: json.dumps(one["labels"], sort_keys=True))
        at = int(second) if second == int(second) else second
        return [at, given, view.state, view.health, alerts, view.last_error]

    def _notification(self, one: Notification) -> list[Any]:
        alerts = [[alert.labels["alertname"], _bare(alert.labels)] for alert in one.alerts]
        return [round(one.at + self._origin, 2), one.status, alerts]


def _values(given: object) -> Iterator[tuple[str, str]]:
    """Series and value, as SQL, of the rows of an input."""
    if isinstance(given, Mapping):
        for series, value in given.items():
            for _, text in _values(value):
                yield literal(str(series)), text
    elif given == "null" or given is None:
        yield "NULL", "NULL"
    elif given == "dup":
        yield "NULL", str(_DOUBLED)
        yield "NULL", str(_DOUBLED)
    elif given != "nodata":
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise DeclarationError(f"A case has an unknown input: {given!r}.", remedy=_REMEDY)
        yield "NULL", repr(float(given))


def _bare(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in labels.items() if name not in ("alertname", "grafana_folder", "rulename")}


def _order(one: Notification) -> tuple[float, str]:
    return one.at, json.dumps(sorted(one.group_labels.items()))


def _rule_part(case: Mapping[str, Any]) -> Mapping[str, Any]:
    rule = case.get("rule") if isinstance(case, Mapping) else None
    if not isinstance(rule, Mapping):
        raise DeclarationError("A case has no rule.", remedy=_REMEDY)
    return rule


def _in_child(case: Mapping[str, Any], name: str, version: str) -> dict[str, Any]:
    """The command starts a server, or finds one, and ends it again."""
    name = name or case_name(case)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cases.json"
        file.write_text(json.dumps({name: dict(case)}), encoding="utf-8")
        command = [sys.executable, "-m", "pytest_tradeops", "monitoring", "replay", str(file)]
        done = run([*command, "--grafana", version, "--format", "json"], cwd=Path(folder), timeout=300)
    if done.code != 0:
        raise ServiceUnavailable(f"A child could not replay the case: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)[name]
    return answer
