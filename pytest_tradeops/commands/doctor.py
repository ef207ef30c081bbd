"""`tradeops doctor`: one screen about what can run here, and the command for what cannot."""

import argparse
import shlex
from typing import Any

from .. import clock
from ..exceptions import TradeopsError
from ..gate.profile import load_profile
from ..gitrepo import GitRepo
from ..model import Grade
from .context import Context, Verbs, add_format, add_verb, say, say_json


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(
        verbs,
        [common],
        "doctor",
        "Say what can run here, and what is missing",
        description="Starts nothing; a configured server is asked whether it answers, and GitHub and Sentry whether "
        "they take the token that is set. "
        "Exit 1 if a check that the profile requires lacks a tool or service here.",
    )
    parser.add_argument("--profile", metavar="P", help="Default: `profile` in [tool.tradeops]")
    add_format(parser)
    parser.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    found = examine(context, options.profile or context.settings.profile)
    # A profile that was named here must be named to `verify`, too; the subject's own is its default.
    found["next"] = _next(found, options.profile)
    if options.format == "json":
        say_json(found)
    else:
        for line in _lines(found):
            say(line)
    return 0 if found["ready"] else 1


def examine(context: Context, name: str) -> dict[str, Any]:
    """Everything the screen shows, as a JSON object."""
    import platform
    import sys

    from ..services import control
    from . import doctor_accounts, doctor_remote, inventory

    settings = context.settings
    profile = load_profile(name, settings.profiles, context.catalogue.ids)
    required = profile.expected(clock.today())
    services = control.probe(settings.services)
    services = {name: doctor_remote.asked(name, found, settings.services) for name, found in services.items()}
    best = {service: _best(providers) for service, providers in services.items()}
    accounts = doctor_accounts.asked(context)
    refused = {name for name, about in accounts.items() if about["why_not"]}
    gitleaks = settings.security.gitleaks and str(context.root / settings.security.gitleaks)
    checks = []
    for entry in context.catalogue:
        floor = profile.floor(entry.spec)
        words = entry.spec.requires
        needs = (inventory.lacking(word, best, floor, settings.node, gitleaks, refused) for word in words)
        lacks = list(dict.fromkeys(what for what in needs if what))  # one extra brings several of them
        checks.append(
            {"id": entry.spec.id, "suite": entry.spec.suite, "lacks": lacks, "required": entry.spec.id in required}
        )
    undeclared = sorted(required - context.catalogue.ids)
    git = GitRepo(context.root)
    return {
        "tradeops": inventory.version(inventory.DISTRIBUTION),
        "python": platform.python_version(),
        "executable": sys.executable,
        "plugins": {plugin: inventory.version(plugin) for plugin in inventory.PLUGINS},
        "git": inventory.git_version(),
        "extras": {extra.name: list(extra.missing) for extra in inventory.extras()},
        "install": {extra.name: extra.command for extra in inventory.extras()},
        "services": services,
        "accounts": accounts,
        "subject": {
            "root": str(context.root),
            "commit": (git.head() or "") if git.is_repository() else "",
            "repository": git.is_repository(),
            "parts": _parts(context),
        },
        "profile": name,
        "undeclared": undeclared,
        "checks": checks,
        "ready": not undeclared and not any(check["lacks"] for check in checks if check["required"]),
    }


def _best(providers: dict[str, dict[str, str]]) -> Grade | None:
    """The highest grade that any provider could give; None if none could."""
    return max((Grade.parse(one["grade"]) for one in providers.values() if one["grade"]), default=None)


def _parts(context: Context) -> dict[str, str]:
    """Part to what `tradeops init` would find: `there`, `missing`, `incomplete`, `left out` or `unknown`."""
    from ..scaffold.files import PARTS, Setting
    from ..scaffold.init import State, make_plan

    found = {}
    for part in PARTS:
        try:
            steps = make_plan(Setting(context.root, context.settings, clock.today()), [part]).steps
        except (TradeopsError, OSError):  # `tradeops init` of this part says what cannot be read, or what with
            found[part] = "unknown"
            continue
        absent = [step for step in steps if step.state in (State.WRITE, State.ADD)]
        if not steps:  # there is nothing that it could be for, or another file does it
            found[part] = "left out"
            continue
        found[part] = "there" if not absent else "missing" if len(absent) == len(steps) else "incomplete"
    return found


def _lines(found: dict[str, Any]) -> list[str]:
    subject = found["subject"]
    commit = subject["commit"][:9] or ("no commit yet" if subject["repository"] else "no git repository")
    lines = [
        f"tradeops    {found['tradeops']} on Python {found['python']} ({found['executable']})",
        f"plugins     {', '.join(f'{name} {text or "MISSING"}' for name, text in found['plugins'].items())}",
        f"git         {found['git'] or 'MISSING: waivers are ignored, and copies are made without it'}",
        f"subject     {subject['root']} ({commit})",
        f"parts       {', '.join(f'{part}: {state}' for part, state in subject['parts'].items())}",
    ]
    for number, (extra, missing) in enumerate(found["extras"].items()):
        state = f"lacks {', '.join(missing)}: {found['install'][extra]}" if missing else "installed"
        lines.append(f"{'' if number else 'extras':<12}{extra:<11}{state}")
    for service, providers in found["services"].items():
        for number, (provider, about) in enumerate(providers.items()):
            answer = f"; {about['answer']}" if about.get("answer") else ""
            yes = f"yes, evidence of grade {about['grade']}{answer}"
            state = f"no: {about['why_not']}" if about["why_not"] else yes
            lines.append(f"{'' if number else service:<12}{provider:<11}{state}")
    for account, about in found["accounts"].items():
        state = f"no: {about['why_not']}" if about["why_not"] else f"yes, {about['answer']}"
        lines.append(f"{account:<12}{'token':<11}{state}")
    return [*lines, *_checks(found)]


def _checks(found: dict[str, Any]) -> list[str]:
    checks = found["checks"]
    able = [check for check in checks if not check["lacks"]]
    required = [check for check in checks if check["required"]]
    lines = [f"checks      {len(able)} of {len(checks)} can run here"]
    lines += [f"            {check['id']} cannot: {'; '.join(check['lacks'])}" for check in checks if check["lacks"]]
    ready = sum(not check["lacks"] for check in required)
    total = len(required) + len(found["undeclared"])
    lines.append(f"profile     {found['profile']} requires {total}, of which {ready} can run here")
    if found["undeclared"]:
        lines.append(f"            declared nowhere: {', '.join(found['undeclared'])}")
    if found["next"]:
        lines.append(f"next        {found['next']}")
    return lines


def _next(found: dict[str, Any], profile: str | None) -> str:
    """The command to go on with; empty where something must be installed or configured first."""
    absent = [part for part, state in found["subject"]["parts"].items() if state in ("missing", "incomplete")]
    if absent:
        return f"tradeops init {' '.join(absent)}"
    named = f" --profile {shlex.quote(profile)}" if profile else ""
    return f"tradeops verify{named}" if found["ready"] else ""
