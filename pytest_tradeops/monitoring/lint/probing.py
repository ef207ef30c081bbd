"""Whether a rule can fire, can resolve, and what NULLs, missing rows and repeated rows do to it: tried, not guessed.

Each rule runs on sets of synthetic rows. What it does on all of them is a finding only where the sets hold everything
that its SQL asks for; a rule whose SQL asks for more (joins, patterns) is reported as not decided.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from ...questdb_sql import QuestDbError
from .finding import Report
from .material import Material, Rule
from .rows import STALE, Recipe, combinations, numbers
from .scratch import Scratch, Shape
from .sqltext import tokens
from .trial import Seen, Trial
from .unitcheck import threshold_unit, value_unit
from .watching import is_watchdog

#: Findings that keep a rule from being evaluated at all.
BROKEN = frozenset(
    {
        *(
            "query-fails",
            "query-slow",
            "query-empty",
            "table-unknown",
            "column-unknown",
            "macro-unknown",
            "macro-rejected",
        ),
        *("statement-writes", "format-invalid", "time-column-missing", "time-descending", "condition-unknown"),
        *("expression-reference", "expression-type-unknown", "operator-unknown", "reducer-unknown", "value-missing"),
        *("value-several", "series-not-reduced", "variable-in-rule", "refid-duplicate"),
    }
)
_DRAWN = 6
#: A count that needs more rows than this is not tried.
_MOST_ROWS = 20_000
#: What synthetic rows cannot be expected to satisfy.
_HARD = frozenset(
    {"like", "ilike", "~", "!~", "join", "regexp_replace", "asof", "splice", "substring", "left", "right"}
)


@dataclass
class Behaviour:
    """What a rule did.

    Attributes:
        empty: Without any row.
        populated: With rows: what it did on each set.
        decided: Why it was not tried; empty if it was.
    """

    empty: Seen | None = None
    populated: list[Seen] = field(default_factory=list)
    undecided: str = ""

    @property
    def fires(self) -> bool:
        return any(one.state == "fires" and not one.nan for one in self.populated)

    @property
    def rests(self) -> bool:
        return any(one.state in ("normal", "no data") for one in self.populated)


def examine(material: Material, scratch: Scratch, report: Report) -> dict[int, Behaviour]:
    """Every rule that can be evaluated; by the rule's `id()`."""
    found: dict[int, Behaviour] = {}
    for rule in material.examined_rules():
        if rule.is_recording or not rule.nodes:
            continue
        broken = {
            one.kind
            for one in report.findings
            if one.file == rule.place.file and one.where.startswith(rule.place.where)
        }
        if broken & BROKEN or not all(node.is_expression or node.query is not None for node in rule.nodes):
            continue
        if "threshold-missing" in broken and any(
            one.where != rule.place.where for one in report.findings if one.kind == "threshold-missing"
        ):
            continue
        behaviour = _examine(rule, scratch, report)
        found[id(rule)] = behaviour
        if behaviour.undecided:
            report.skip(f"{rule.place.file}: {rule.place.where} was not tried on rows: {behaviour.undecided}.")
        else:
            report.count("rules tried on rows")
    return found


def _examine(rule: Rule, scratch: Scratch, report: Report) -> Behaviour:
    trial = Trial(rule, scratch)
    behaviour = Behaviour()
    if not trial.fillable:
        behaviour.undecided = (
            "it reads no table, or one that cannot be filled" if not trial.shapes else "it reads a view"
        )
        if not trial.shapes and not is_watchdog(rule):
            _constant(trial, rule, report)
        return behaviour
    now = time.time_ns()
    try:
        behaviour.empty = trial.run((), now)
        firing, resting = _search(trial, behaviour, now)
        if _gave_up(behaviour):
            behaviour.undecided = behaviour.undecided or _first_error(behaviour)
            return behaviour
        unit = value_unit(trial, now)
        mismatch = threshold_unit(rule, trial, unit, behaviour.populated)
        if mismatch:
            report.add("threshold-unit", rule.place, mismatch)
        _verdicts(rule, trial, behaviour, report, mismatch=bool(mismatch))
        _nulls(rule, trial, behaviour, report, now)
        _duplicates(rule, trial, report, now)
        if firing is not None and resting is not None:
            _latch(rule, trial, firing, resting, report, now)
    except QuestDbError as error:
        if error.kind != "rejected":
            raise
        behaviour.undecided = f"QuestDB refuses its synthetic rows ({scratch.plain(error.message)[:120]})"
    return behaviour


def _constant(trial: Trial, rule: Rule, report: Report) -> None:
    seen = trial.evaluate(time.time_ns())
    if seen.state == "fires":
        report.add("cannot-resolve", rule.place, "It reads no table, and fires always.")
    elif seen.state == "normal":
        report.add("cannot-fire", rule.place, "It reads no table, and never fires.")


def _all(trial: Trial, recipe: Recipe) -> list[tuple[Shape, Recipe]]:
    return [(shape, recipe) for shape in trial.shapes]


def _big(trial: Trial) -> float:
    return 2 * max((abs(one) for one in trial.thresholds if math.isfinite(one)), default=1.0) + 1


def _sets(trial: Trial) -> Iterator[list[tuple[Shape, Recipe]]]:
    """Sets of rows, those first that settle most rules."""
    big = _big(trial)
    yield _all(trial, Recipe(big))
    yield _all(trial, Recipe(0.0))
    # One column against all others: a value against its limit.
    for name in list(trial.numeric())[:4]:
        yield _all(trial, Recipe(1.0, numbers={name: 10 * big}))
        yield _all(trial, Recipe(0.0, numbers={name: big}))
        yield _all(trial, Recipe(10 * big, numbers={name: 1.0}))
    yield _all(trial, Recipe(-big))
    yield _all(trial, Recipe(big, ages=STALE))
    yield _all(trial, Recipe(0.0, ages=(0.2,)))
    for number in range(max((len(combinations(shape, trial.filters)) for shape in trial.shapes), default=1)):
        yield _all(trial, Recipe(big, only=number))
        yield _all(trial, Recipe(0.0, only=number))
    for shape in trial.shapes:
        # One table alone, then all but one: rates compare the numbers of their rows.
        yield [(shape, Recipe(big))]
        yield [(one, Recipe(big)) for one in trial.shapes if one is not shape]
    for one in dict.fromkeys(trial.thresholds):
        for factor in (0.999, 1.001, -1.0, 100.0, 0.01):
            yield _all(trial, Recipe(one * factor))
    low = min(trial.thresholds, default=0.0)
    high = max(trial.thresholds, default=1.0)
    yield _all(trial, Recipe((low + high) / 2))
    random = Random(trial.rule.uid)  # noqa: S311 - the same rows in every run
    for _ in range(_DRAWN):
        yield [
            (shape, Recipe(None, numbers=numbers(list(shape.columns), trial.thresholds, random)))
            for shape in trial.shapes
        ]
    for size in (1e-9, 1e12, -1e12):
        yield _all(trial, Recipe(size))
    many = _many(trial)
    if many:
        for shape in trial.shapes:
            for number in range(len(combinations(shape, trial.filters))):
                yield [(shape, Recipe(big, only=number, copies=many, ages=(0.5,)))]
    yield _all(trial, Recipe(big, ages=tuple(0.1 * 1.35**number for number in range(64))))


def _many(trial: Trial) -> int:
    wanted = [one for one in trial.thresholds if 0 < one < _MOST_ROWS]
    return int(2 * max(wanted)) + 10 if wanted else 0


def _search(
    trial: Trial, behaviour: Behaviour, now: int
) -> tuple[list[tuple[Shape, Recipe]] | None, list[tuple[Shape, Recipe]] | None]:
    """Tries sets until the rule was seen to fire and to rest; the sets that made it do so."""
    firing = resting = None
    for made in _sets(trial):
        seen = trial.run(made, now)
        if seen.duplicate:
            # Rows of one label set are one at a time: the newest of each.
            made = [(shape, Recipe(one.number, one.numbers, (0.2,), one.only)) for shape, one in made]
            seen = trial.run(made, now)
        if seen.state == "frozen":
            behaviour.undecided = "QuestDB does not answer its query in time"
            break
        behaviour.populated.append(seen)
        if seen.state == "fires" and not seen.nan and firing is None:
            firing = made
        if seen.state in ("normal", "no data") and resting is None:
            resting = made
        if firing is not None and resting is not None:
            break
        if len(behaviour.populated) >= 4 and all(one.state == "error" for one in behaviour.populated):
            break
    return firing, resting


def _gave_up(behaviour: Behaviour) -> bool:
    return bool(behaviour.undecided) or all(one.state == "error" for one in behaviour.populated)


def _first_error(behaviour: Behaviour) -> str:
    return next((one.error.rstrip(".") for one in behaviour.populated if one.error), "it could not be evaluated")


def _verdicts(rule: Rule, trial: Trial, behaviour: Behaviour, report: Report, *, mismatch: bool) -> None:
    sets = len(behaviour.populated)
    hard = sorted({token.low for sql in trial.sqls for token in tokens(sql)} & _HARD)
    if not behaviour.fires and not mismatch:
        values = [one for seen in behaviour.populated for one in seen.values if math.isfinite(one)]
        if hard or any(one >= _MOST_ROWS for one in trial.thresholds if not values or max(values) < one):
            what = f"its SQL has {', '.join(hard)}" if hard else "it needs more rows than were tried"
            report.skip(f"{rule.place.file}: whether {rule.place.where} can fire is not decided: {what}.")
        elif behaviour.empty is not None and behaviour.empty.state == "fires" and not behaviour.empty.nan:
            pass  # it fires when there is nothing, which is what it is for
        elif not values:
            message = f"On {sets} sets of rows, of every age up to months, its query gave none."
            report.add("cannot-fire", rule.place, message, "Correct the time window or the filter of the query.")
        else:
            limits = ", ".join(f"{one:g}" for one in dict.fromkeys(trial.thresholds)) or "none"
            lay = f"between {min(values):g} and {max(values):g}"
            message = f"On {sets} sets of rows its value lay {lay}; the threshold: {limits}."
            report.add("cannot-fire", rule.place, message)
    states = {one.state for one in behaviour.populated}
    seen = {value for one in behaviour.populated for value in one.values}
    if behaviour.fires and "normal" not in states and 0.0 in seen and len(seen) > 1 and not mismatch and not hard:
        message = f"Every value fires, from {min(seen):g} to {max(seen):g}: only missing rows end the alert."
        report.add("cannot-resolve", rule.place, message, "Add a threshold, or correct it.")
    elif behaviour.fires and not behaviour.rests and not mismatch and not hard:
        empty = behaviour.empty
        if empty is None or empty.state in ("fires", "error"):
            message = f"It fires on all of {sets} sets of rows, and without any row as well."
            report.add("cannot-resolve", rule.place, message, "Add a threshold, or correct it.")


def _nulls(rule: Rule, trial: Trial, behaviour: Behaviour, report: Report, now: int) -> None:
    if behaviour.empty is not None and behaviour.empty.state == "fires" and behaviour.empty.nan:
        message = "Without any row its query answers one row with NULL, and that fires."
        report.add("null-fires", rule.place, message, "Use coalesce(..., 0), or whatever means that all is well.")
        return
    seen = trial.run(_all(trial, Recipe(None, ages=(0.2,))), now)
    if seen.state == "fires" and seen.nan:
        message = "A row whose numbers are NULL fires."
        report.add("null-fires", rule.place, message)


def _duplicates(rule: Rule, trial: Trial, report: Report, now: int) -> None:
    seen = trial.run(_all(trial, Recipe(_big(trial), ages=(0.2, 1.5), varied=True)), now)
    if seen.duplicate:
        message = "Two rows of the table give two values with the same labels."
        report.add("labels-duplicate", rule.place, message)


def _latch(
    rule: Rule,
    trial: Trial,
    firing: list[tuple[Shape, Recipe]],
    resting: list[tuple[Shape, Recipe]],
    report: Report,
    now: int,
) -> None:
    """Whether a breach of long ago still fires, whatever has come since."""
    if any(min(recipe.ages) > 1_000 for _, recipe in firing) or any(recipe.copies > 1 for _, recipe in firing):
        return
    long_ago = 400 * 86_400.0
    old = [(shape, Recipe(one.number, one.numbers, (long_ago,), one.only)) for shape, one in firing]
    if trial.run(old, now).state != "fires":
        return
    big = _big(trial)
    better = [[(shape, Recipe(one.number, one.numbers, (0.2,), one.only)) for shape, one in resting]]
    better += [_all(trial, Recipe(number, ages=(0.2, 1.5, 4.0))) for number in (0.0, -big, big, -1e9, 1e9)]
    for fresh in better:
        if trial.run([*old, *fresh], now).state != "fires":
            return
    message = "A breach of 400 days ago still fires, whatever rows have come since."
    report.add("cannot-resolve", rule.place, message, "Bound the query in time, or look at the newest row only.")
