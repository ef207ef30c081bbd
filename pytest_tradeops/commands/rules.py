"""`tradeops monitoring replay` and `watch`: alert rules on a virtual clock, and whether real ones are evaluated."""

import argparse
import dataclasses
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..exceptions import TradeopsError
from .context import Context, Verbs, add_format, add_verb, say, say_json, warn

_DIFFERS = 1
_NAMED_ONE = "case"


def add(actions: Verbs, common: argparse.ArgumentParser) -> None:
    """Adds both to the actions of `tradeops monitoring`."""
    replay = add_verb(
        actions,
        [common],
        "replay",
        "Play recorded cases of a Grafana again, on a virtual clock",
        description="Reads cases of the form that docs/evaluator.md describes: a rule, and the row of each tick. The "
        "QuestDB is a configured one, else one of its own. With --compare, exit 1 if anything differs from the record.",
    )
    replay.add_argument("cases", type=Path, metavar="CASES.json", help="One case, or several by name")
    replay.add_argument("--grafana", default="9.4", metavar="VERSION", help="9.4 (measured) or 13 (by documentation)")
    replay.add_argument("--compare", action="store_true", help="Show what differs from the recording")
    add_format(replay)
    replay.set_defaults(run=_replay)
    watch = add_verb(
        actions,
        [common],
        "watch",
        "Tell the critical contact points when a Grafana no longer evaluates its rules",
        description="Looks at the age of every rule's last evaluation: a hung database freezes rules without a word. "
        "Run it away from Grafana's host. The server is TRADEOPS_GRAFANA_URL with TRADEOPS_GRAFANA_TOKEN, or _USER "
        "and _PASSWORD; contact points and routes are the subject's own, their credentials those of the environment.",
    )
    watch.add_argument("--every", default="30s", metavar="TIME", help="Between two looks (default: 30s)")
    watch.add_argument("--once", action="store_true", help="Look once: exit 1 if a rule is frozen")
    watch.add_argument("--silent", action="store_true", help="Send nothing")
    watch.set_defaults(run=_watch)


def _replay(context: Context, options: argparse.Namespace) -> int:
    from ..monitoring.evaluator.compare import differences
    from ..monitoring.evaluator.replay import replay
    from ..questdb_sql import QuestDb
    from ..services.broker import Broker

    cases = _cases(options.cases)
    settings = context.settings.services
    # A container takes longer to start than everything else here; what it would answer is the same.
    quick = tuple(one for one in settings.providers if one != "container") or settings.providers
    broker = Broker(dataclasses.replace(settings, providers=quick))
    try:
        handle = broker.get("questdb")
        with QuestDb(handle.endpoints["http"], token=handle.endpoints.get("token", "")) as database:
            done = {
                name: replay(case, database, name="" if name == _NAMED_ONE else name, version=options.grafana)
                for name, case in cases.items()
            }
    finally:
        broker.close()
    found = {name: differences(cases[name], done[name]) for name in done} if options.compare else {}
    if options.format == "json":
        say_json({name: {**one, "differences": found[name]} if options.compare else one for name, one in done.items()})
    else:
        for name, one in done.items():
            _say(name, one, found.get(name))
    return _DIFFERS if any(found.values()) else 0


def _cases(file: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TradeopsError(f"{file} cannot be read: {error.strerror}.", remedy="Name a file with cases.") from None
    except ValueError as error:
        raise TradeopsError(f"{file} is not JSON: {error}.", remedy="Name a file with cases.") from None
    if isinstance(content, dict) and "rule" in content:
        return {_NAMED_ONE: content}
    if not isinstance(content, dict) or not content or not all(isinstance(one, dict) for one in content.values()):
        raise TradeopsError(f"{file} has no cases.", remedy="It is an object of cases by name, or one case.")
    return content


def _say(name: str, one: Mapping[str, Any], found: list[str] | None) -> None:
    say(name)
    for at, given, state, health, alerts, error in one["trace"]:
        shown = "; ".join(f"{alert['labels'] or ''} {alert['state']}".strip() for alert in alerts)
        say(f"  {at:>6} s  {json.dumps(given):12} {state:9} {health:7} {shown}{f' ({error})' if error else ''}")
    for at, status, alerts in one["notifications"]:
        say(
            f"  {at:>6} s  sent: {status} {', '.join(f'{alert} {labels or str()}'.strip() for alert, labels in alerts)}"
        )
    for difference in found or ():
        say(f"  differs: {difference}")


def _watch(context: Context, options: argparse.Namespace) -> int:
    from ..monitoring.rules.model import parse_duration
    from ..monitoring.watchdog import Watch
    from ..services.grafana.api import Grafana

    every = parse_duration(options.every)
    if not every:
        raise TradeopsError(f"--every {options.every} is no time.", remedy="Write it like 30s.")
    services = context.settings.services
    if not services.grafana_url:
        raise TradeopsError("No Grafana is configured.", remedy="Set TRADEOPS_GRAFANA_URL.")
    grafana = Grafana(
        services.grafana_url,
        token=services.grafana_token,
        user=services.grafana_user,
        password=services.grafana_password,
    )
    watch = Watch(context.settings.monitoring.frozen_after)
    while True:
        news = watch.look(_evaluated(grafana), time.time())
        for sentence in watch.sentences:
            warn(sentence)
        if news is not None and not options.silent:
            _send(context, news)
        if options.once:
            return 1 if watch.sentences else 0
        time.sleep(every)


def _evaluated(grafana: Any) -> Mapping[str, float | None] | None:
    """Each rule's last evaluation, in seconds since 1970; None if Grafana does not say."""
    from ..monitoring.watchdog import last_evaluations
    from ..services.grafana.api import GrafanaError

    try:
        return last_evaluations(grafana.call("GET", "/api/prometheus/grafana/api/v1/rules"))
    except GrafanaError as error:
        warn(f"Grafana does not answer: {error}")
        return None


def _send(context: Context, news: Any) -> None:
    from ..monitoring.contacts.notify import NotSendable, Sender, request
    from ..monitoring.contacts.parse import read
    from ..monitoring.contacts.routing import Routing

    folder = context.root / context.settings.monitoring.path / "provisioning" / "alerting"
    alerting = read(folder)
    if alerting.policy is None:
        raise TradeopsError("There is no policy tree to send by.", remedy="Run: tradeops init monitoring.")
    sender = Sender(live=True)
    for route in Routing(alerting.policy).route(news.alerts[0].labels):
        point = alerting.point(route.receiver)
        for receiver in point.receivers if point else ():
            try:
                out = request(news, receiver, os.environ)
                delivery = sender.send(out) if out is not None else None
            except NotSendable as error:
                warn(str(error))
            else:
                told = "sent" if delivery is not None and delivery.ok else delivery.detail if delivery else "not told"
                warn(f"{route.receiver}: {told}")
