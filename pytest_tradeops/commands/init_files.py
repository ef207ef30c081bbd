"""`tradeops init` itself, apart from its options, which every other verb loads as well."""

import argparse
from collections.abc import Sequence

from .. import clock
from ..exceptions import TradeopsError
from ..scaffold.files import Setting
from ..scaffold.init import Plan, State, Step, carry_out, make_plan
from .context import Context, say, say_json


def run(context: Context, options: argparse.Namespace) -> int:
    """Writes, checks or plans the files, and says so; the exit code."""
    try:
        plan = make_plan(Setting(context.root, context.settings, clock.today()), options.parts)
        written = [] if options.check or options.dry_run else carry_out(plan, force=options.force)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise TradeopsError(f"{place}{error.strerror}.", remedy="Nothing more was written.") from None
    drifted = [step for step in plan.steps if step.drifted]
    if options.format == "json":
        backups = {step.path: str(backup.relative_to(plan.root)) for step, backup in written if backup}
        say_json(
            {
                "files": [
                    {"path": one.path, "state": one.state.value, "detail": one.detail, "backup": backups.get(one.path)}
                    for one in plan.steps
                ],
                "written": [step.path for step, _ in written],
                "advice": list(plan.advice),
            }
        )
    elif options.check:
        for step in drifted:
            say(f"{step.path}: {_DRIFT[step.state]}{f' {step.detail}' if step.detail else ''}")
        say(
            f"{len(drifted)} of {len(plan.steps)} files drifted: run `tradeops init`{_forced(drifted)}."
            if drifted
            else "Nothing drifted."
        )
    elif options.dry_run:
        for step in plan.steps:
            say(f"{_PLANNED[step.state]:<14}{step.path}{f'  ({step.detail})' if step.detail else ''}")
    else:
        for step, backup in written:
            kept = f"  (yours is kept as {backup.name})" if backup else f"  ({step.detail})" if step.detail else ""
            say(f"wrote {step.path}{kept}")
        _tell_rest(plan, options)
    for sentence in () if options.format == "json" else plan.advice:
        say(sentence)
    return 1 if options.check and drifted else 0


_DRIFT = {State.WRITE: "missing", State.ADD: "lacks", State.EDITED: "differs from what `tradeops init` writes"}
_PLANNED = {
    State.WRITE: "would write",
    State.ADD: "would add to",
    State.SAME: "is there",
    State.YOURS: "is yours",
    State.EDITED: "was edited",
}


def _forced(drifted: Sequence[Step]) -> str:
    """What else to say where something differs: without it, a file that may be somebody's work is left alone."""
    return ", with --force where files differ" if any(step.state is State.EDITED for step in drifted) else ""


def _tell_rest(plan: Plan, options: argparse.Namespace) -> None:
    edited = [step.path for step in plan.steps if step.state is State.EDITED]
    if edited and not options.force:
        said = "left as they are, because they differ from what would be written: "
        say(f"{said}{', '.join(edited)} (--force overwrites and keeps a .bak)")
    if not any(step.drifted for step in plan.steps):
        say("Everything is there.")
    else:
        say("Next: commit the files, then `tradeops doctor` and `tradeops verify`.")
