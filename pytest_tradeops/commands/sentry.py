"""`tradeops sentry alerts`: the alert rules of a project as a file, applied, compared, and undone."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import TradeopsError
from .context import Context, Verbs, add_format, add_verb, patience, say, say_json, warn

if TYPE_CHECKING:
    from ..security.sentry.alerts import Alert
    from ..security.sentry.applying import Change, Rules
    from ..security.sentry.lookup import SentryApi

_DIFFERS = 1
#: A record is a page of JSON; more is none.
_LARGEST = 4 << 20
_NEEDS = (
    "The project is that of SENTRY_DSN, or of `url`, `organization` and `project` in [tool.tradeops.sentry]; "
    "TRADEOPS_SENTRY_TOKEN needs the scope alerts:write."
)
_SAID = {"create": "created", "update": "updated", "delete": "deleted", "same": "unchanged", "stray": "not in the file"}
_PLANNED = {**_SAID, "create": "would create", "update": "would update", "delete": "would delete"}


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "sentry", "The subject's error tracker: its alert rules as a file")
    things = parser.add_subparsers(dest="thing", required=True, metavar="THING")
    alerts = add_verb(things, [], "alerts", "Alert rules, from sentry-alerts.toml")
    actions = alerts.add_subparsers(dest="action", required=True, metavar="ACTION")
    apply = add_verb(
        actions,
        [common],
        "apply",
        "Make the project's rules what the file says",
        description="Creates and updates the rules whose name begins with `tradeops: `, and touches no other. "
        f"{_NEEDS} A second run changes nothing. Ends with a record for `tradeops sentry alerts undo`.",
    )
    apply.add_argument("--dry-run", action="store_true", help="Only say what would be done")
    apply.add_argument("--prune", action="store_true", help="Delete `tradeops: ` rules that the file does not have")
    add_format(apply)
    apply.set_defaults(run=_apply)
    check = add_verb(
        actions,
        [common],
        "check",
        "Compare the project's rules with the file, without writing",
        description=f"Exit 1 if a rule is missing, differs, or is not in the file. {_NEEDS}",
    )
    add_format(check)
    check.set_defaults(run=_check)
    undo = add_verb(
        actions,
        [common],
        "undo",
        "Take back what one `apply` did",
        description=f"Reads the record that `apply` printed; - for the standard input. {_NEEDS}",
    )
    undo.add_argument("record", metavar="RECORD", help="A file, or -")
    undo.set_defaults(run=_undo)


def _apply(context: Context, options: argparse.Namespace) -> int:
    from ..security.sentry import applying
    from ..security.sentry.alerts_check import LAG, LOCAL_LAG, settled

    wanted = _wanted(context)
    api, rules = _project(context)
    with patience(f"asking {api.rest.host} for its rules"):
        changes = applying.plan(wanted, rules.listed(), prune=options.prune)
    _require_any(changes, context)
    if options.dry_run:
        _show(changes, _PLANNED, options.format)
        return 0
    done: list[Change] = []
    lost: list[Change] = []
    try:
        for one in applying.carry_out(changes, rules):
            done.append(one)
            if options.format != "json":
                _say(one, _SAID)
        if any(one.changes for one in done):
            after = settled(rules, wanted, LOCAL_LAG if api.rest.local else LAG)
            done = applying.identified(done, after)
            lost = [one for one in applying.plan(wanted, after) if one.changes]
    finally:  # what was done until a call failed can be undone, too
        _record(done, api, options.format)
    for one in lost:
        warn(f"{one.name!r} was accepted, and is {'not there' if one.kind == 'create' else 'there otherwise'}.")
    return _DIFFERS if lost else 0


def _record(done: "list[Change]", api: "SentryApi", form: str) -> None:
    from ..security.sentry import applying

    made = applying.record(done, api)
    if form == "json":
        say_json({"rules": [_as_json(one) for one in done], "record": made})
    elif made["changes"]:
        say()
        say("To take it back, save the next line as FILE and run `tradeops sentry alerts undo FILE`.")
        say(json.dumps(made, ensure_ascii=False))
    else:
        say("Nothing had to be changed.")


def _check(context: Context, options: argparse.Namespace) -> int:
    from ..security.sentry import applying

    wanted = _wanted(context)
    api, rules = _project(context)
    with patience(f"asking {api.rest.host} for its rules"):
        changes = applying.plan(wanted, rules.listed())
    _require_any(changes, context)
    _show(changes, {"create": "missing", "update": "differs", "same": "as in the file"}, options.format)
    return _DIFFERS if any(one.kind != "same" for one in changes) else 0


def _undo(context: Context, options: argparse.Namespace) -> int:
    from ..security.sentry import applying

    given = _given(options.record)
    api, rules = _project(context)
    undone = applying.undo(given, api, rules, say)
    say(f"{undone} of {len(given['changes'])} changes were taken back.")
    return 0 if undone == len(given["changes"]) else _DIFFERS


def _given(name: str) -> Any:
    try:
        if name == "-":
            text = sys.stdin.read(_LARGEST)
        else:
            with Path(name).open(encoding="utf-8") as file:
                text = file.read(_LARGEST)
        return json.loads(text)
    except OSError as error:
        raise TradeopsError(f"{name} cannot be read: {error.strerror}.", remedy="Name the record's file.") from None
    except (ValueError, RecursionError):
        raise TradeopsError(f"{name} is no JSON.", remedy="Give the one line that `apply` has printed.") from None


def _wanted(context: Context) -> "tuple[Alert, ...]":
    from ..security.sentry import alerts
    from ..security.sentry.alerts_check import INIT

    name = context.settings.sentry.alerts
    path = context.root / name
    if not path.exists():
        raise TradeopsError(f"There is no {name}.", remedy=INIT)
    file = alerts.read(path, name)
    for problem in file.problems[1:]:
        warn(problem)
    if file.problems:
        raise TradeopsError(file.problems[0], remedy="Nothing was asked or changed.")
    return file.alerts


def _require_any(changes: "list[Change]", context: Context) -> None:
    """No rule here and none there is no agreement: nobody would be told of anything."""
    if not changes:
        name = context.settings.sentry.alerts
        raise TradeopsError(f"{name} has no [[alert]], so there is nothing to compare.", remedy="Write one.")


def _project(context: Context) -> "tuple[SentryApi, Rules]":
    from ..security.sentry import dsn, lookup
    from ..security.sentry.applying import Rules

    settings = context.settings.sentry
    api = lookup.connect(settings, dsn.parse(os.environ.get(lookup.DSN, "")))
    if not isinstance(api, lookup.SentryApi):
        raise TradeopsError("Bugsink has no alert rules in its API.", remedy="Set them in its own pages.")
    return api, Rules(api)


def _show(changes: "list[Change]", words: dict[str, str], form: str) -> None:
    if form == "json":
        say_json({"rules": [_as_json(one) for one in changes]})
        return
    for one in changes:
        _say(one, {**_SAID, **words})


def _say(one: "Change", words: dict[str, str]) -> None:
    detail = f" ({', '.join(one.fields)})" if one.fields else ""
    say(f"{words[one.kind]:<16}{one.name}{detail}")


def _as_json(one: "Change") -> dict[str, Any]:
    return {"change": one.kind, "name": one.name, "id": one.id, "fields": list(one.fields)}
