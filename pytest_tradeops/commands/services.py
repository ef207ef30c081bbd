"""`tradeops services`: servers that are kept for development, and what killed runs left behind."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..redaction import Redactor
from .context import Context, Verbs, add_format, add_verb, say, say_json, table

type _Run = Callable[[Context, argparse.Namespace], int]


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "services", "See, start and stop real servers")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed: Sequence[tuple[str, str, _Run]] = (
        ("show", "List the services that run, or were left behind", _show),
        ("start", "Start a server that stays until `stop`", _start),
        ("stop", "End the kept servers of this subject", _stop),
        ("prune", "Remove what killed runs left behind", _prune),
    )
    for name, summary, run in listed:
        action = add_verb(actions, [common], name, summary)
        add_format(action)
        action.set_defaults(run=run)
        if name == "start":
            action.add_argument("service", metavar="SERVICE", help="questdb")
        if name == "stop":
            action.add_argument("service", nargs="?", default="", metavar="SERVICE", help="Default: all of them")
            action.add_argument("--all", action="store_true", help="Those of other subjects, too")


def _show(context: Context, options: argparse.Namespace) -> int:
    from ..services import control

    shown = [_guarded(one, str(context.root)) for one in control.show()]
    return _tell(shown, options, "No service runs, and none was left behind.")


def _guarded(service: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """The passwords of a kept server are shown to the subject that it was started for; nobody else's are."""
    if service["state"] == "kept" and service["label"] == subject:
        return dict(service)
    return {**service, "endpoints": Redactor({}).data(service["endpoints"])}


def _start(context: Context, options: argparse.Namespace) -> int:
    from ..services import control

    return _tell([control.start(options.service, context.settings.services, str(context.root))], options, "")


def _stop(context: Context, options: argparse.Namespace) -> int:
    from ..services import control

    ended = control.stop(options.service, "" if options.all else str(context.root))
    return _tell(ended, options, "No service of this subject was kept.")


def _prune(_: Context, options: argparse.Namespace) -> int:
    from ..services import control

    removed = control.prune()
    if options.format == "json":
        say_json(removed)
    elif not removed:
        say("Nothing was left behind.")
    else:
        for one in removed:
            say("removed " + ", ".join(f"{name} {value}" for name, value in one.items() if value))
    return 0


def _tell(services: Sequence[Mapping[str, Any]], options: argparse.Namespace, nothing: str) -> int:
    if options.format == "json":
        say_json(list(services))
    elif not services:
        say(nothing)
    else:
        say(table([("ID", "SERVICE", "STATE", "PID", "VERSION"), *(_row(one) for one in services)]))
        for one in services:
            for name, address in one["endpoints"].items():
                say(f"  {one['id']}  {name:<5} {address}")
    return 0


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(one["id"]), one["name"], one["state"], str(one["child"] or "-"), one["version"] or "-")
