"""SEC-016: the alert rules of the file are those of the project, and applying them again changes nothing."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ...exceptions import Inconclusive
from ...model import Finding, Grade
from ..rest import RestError
from . import alerts
from .alerts import Alert, differences, is_ours
from .applying import Change, Rules, carry_out, identified, plan, record
from .dsn import Dsn, parse
from .lookup import Configured, SentryApi, connect, lacking

#: Seconds until what was accepted must be read back; lists of a cluster lag a little.
LAG, LOCAL_LAG = 10.0, 0.2
_APPLY = "Run `tradeops sentry alerts apply`."
INIT = "Run `tradeops init sentry-alerts`."


class AlertsConfigured(Configured, Protocol):
    """Which project, its rules' file, and whether a check may write them."""

    @property
    def alerts(self) -> str: ...
    @property
    def apply_alerts(self) -> bool: ...


@dataclass
class Examined:
    """What was found.

    Attributes:
        read_back: Rules of the file that the server was seen to have as they are there.
        lacking: What to set to ask the real project; empty if it was asked.
        undo: The record of what was changed on a real project, as JSON; empty if nothing was.
        stopped: Why no more could be asked; what was changed until then stands in `undo`.
    """

    grade: Grade
    read_back: int = 0
    lacking: str = ""
    undo: str = ""
    stopped: Inconclusive | None = None
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def examine(root: Path, configured: AlertsConfigured, dsn: str, standin: Configured, *, live: bool) -> Examined:
    """Reads the file, applies it twice where that is allowed, and reads the rules back.

    Args:
        dsn: The configured one, which may say which project it is; empty for none.
        standin: Is asked where the token is missing, or where `live` is not set: there everything is tried.

    Raises:
        Inconclusive: the server cannot be asked, does not let the token ask, or knows no such rules.
    """
    name = configured.alerts
    path = root / name
    if not path.is_file():
        return _broken("sentry: alert rules missing", f"There is no {name}.", name, INIT)
    file = alerts.read(path, name)
    if file.problems:
        findings = [Finding("sentry: alert file invalid", one, name, "Correct it.") for one in file.problems]
        return Examined(Grade.STATIC, findings=findings)
    if not file.alerts:
        return _broken("sentry: alert rules missing", f"{name} has no [[alert]].", name, INIT)
    parsed: Dsn | None = parse(dsn)
    absent = lacking(configured, parsed)
    real = live and not absent
    if real and configured.kind == "bugsink":
        raise Inconclusive("Bugsink has no alert rules that its API could read back.", remedy="Use Sentry for these.")
    api = connect(configured if real else standin, parsed if real else None)
    if not isinstance(api, SentryApi):
        raise TypeError("a stand-in of Sentry is needed")
    local = api.rest.local or not real
    examined = Examined(Grade.EMBEDDED if local else Grade.REAL)
    examined.lacking = "" if not local else absent or "the address of a server elsewhere"
    applying = not real or configured.apply_alerts
    examined.facts = {"alerts": len(file.alerts), "applied": applying, "file": name}
    rules = Rules(api)
    if applying:
        _apply_twice(examined, file.alerts, rules, api, LOCAL_LAG if local else LAG)
    else:
        _compare(examined, plan(file.alerts, rules.listed()), name)
    return examined


def _apply_twice(examined: Examined, wanted: Sequence[Alert], rules: Rules, api: SentryApi, lag: float) -> None:
    name = str(examined.facts["file"])
    before = rules.listed()
    done: list[Change] = []
    try:
        done += carry_out(plan(wanted, before), rules)
        after = settled(rules, wanted, lag)
        done = identified(done, after)
        _compare(examined, plan(wanted, after), name)
        if not examined.findings:
            _again(examined, wanted, rules, before, after)
    except RestError as error:
        if error.kind == "rejected":
            examined.findings.append(Finding("sentry: alert rule refused", error.message, name, error.remedy))
        else:
            examined.stopped = error
    finally:
        made = record(done, api)
        examined.undo = json.dumps(made, indent=1) if made["changes"] and not api.rest.local else ""


def _again(
    examined: Examined,
    wanted: Sequence[Alert],
    rules: Rules,
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
) -> None:
    """Applies it once more: nothing may be there to be done, and nothing may come of it."""
    changes = plan(wanted, rules.listed())
    list(carry_out(changes, rules))
    third = rules.listed()
    name = str(examined.facts["file"])
    if any(one.changes for one in changes) or _by_id(third) != _by_id(after):
        told = "Applying the file a second time changed something, although nothing was different."
        examined.findings.append(Finding("sentry: alert rules not idempotent", told, name, "Report it."))
    foreign = [{key: one for key, one in _by_id(rows).items() if not is_ours(one)} for rows in (before, third)]
    if foreign[0] != foreign[1]:
        told = "A rule that was not made from the file is not as it was."
        examined.findings.append(Finding("sentry: foreign alert rule touched", told, name, "See who changed it."))
    examined.facts["foreign rules"] = len(foreign[0])


def _compare(examined: Examined, changes: Sequence[Change], name: str) -> None:
    """Every rule that is not as in the file is a finding."""
    for one in changes:
        shown = one.name.removeprefix(alerts.PREFIX)
        if one.kind == "same":
            examined.read_back += 1
        elif one.kind == "create":
            told = f"The rule {shown!r} is not among those that the project has."
            examined.findings.append(Finding("sentry: alert rule missing on read-back", told, name, _APPLY))
        elif one.kind == "update":
            told = f"The rule {shown!r} of the project differs in {', '.join(one.fields)}."
            examined.findings.append(Finding("sentry: alert rule differs on read-back", told, name, _APPLY))
        else:
            told = f"The project has a rule {shown!r} that the file does not have, or has it twice."
            remedy = "Run `tradeops sentry alerts apply --prune`, or write it into the file."
            examined.findings.append(Finding("sentry: alert rule not in file", told, name, remedy))


def settled(
    rules: Rules, wanted: Sequence[Alert], lag: float, sleep: Callable[[float], None] = time.sleep
) -> list[dict[str, Any]]:
    """The rules, as soon as they are what was asked for, or as they are after `lag` seconds."""
    deadline = time.monotonic() + lag
    while True:
        found = rules.listed()
        named = {str(one.get("name")): one for one in found}
        sound = all(alert.name in named and not differences(alert, named[alert.name]) for alert in wanted)
        if sound or time.monotonic() >= deadline:
            return found
        sleep(min(0.5, max(deadline - time.monotonic(), 0.01)))


def _by_id(rules: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without what Sentry moves by itself."""
    moving = ("lastTriggered", "createdBy", "dateCreated", "errors")
    return {str(one["id"]): {key: value for key, value in one.items() if key not in moving} for one in rules}


def _broken(reason: str, message: str, where: str, remedy: str) -> Examined:
    return Examined(Grade.STATIC, findings=[Finding(reason, message, where, remedy)])
