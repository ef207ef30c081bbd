"""A promotion target's policy: what is required, at which grade, and how much flakiness and time it allows."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib import resources
from typing import Any

from .. import clock
from ..config import parse_duration, suggestion
from ..exceptions import ConfigError, DeclarationError, PolicyError
from ..model import CheckSpec, Grade
from ..model.check import CHECK_ID

_KEYS = ("extends", "required", "advisory", "floors", "budgets", "flaky_budget")

#: How far ahead an advisory entry may end: it takes a check out of the verdict, as a waiver does.
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Advisory:
    """A check that is shown but does not count until `until` (inclusive, UTC); afterwards it is required."""

    check: str
    owner: str
    until: date


@dataclass(frozen=True, slots=True)
class Profile:
    """A promotion target's policy.

    Attributes:
        required: Ids of the checks that must be there, whatever was collected.
        advisory: Checks that are shown but do not count yet.
        floors: Check id or suite name to the lowest grade that counts; only ever raises a check's own floor.
        budgets: Check id to seconds, in place of the check's own.
        flaky_budget: How many required checks may be flaky before the verdict is HOLD.
    """

    name: str
    required: frozenset[str]
    advisory: tuple[Advisory, ...] = ()
    floors: Mapping[str, Grade] = field(default_factory=dict)
    budgets: Mapping[str, float] = field(default_factory=dict)
    flaky_budget: int = 0

    @property
    def listed(self) -> frozenset[str]:
        """Every id that the profile names: required or advisory, ended or not."""
        return self.required | {entry.check for entry in self.advisory}

    def requires(self, check: str, today: date) -> bool:
        """Whether the check counts today; an advisory entry that has ended makes it required."""
        entry = self.advised(check)
        return entry.until < today if entry is not None else check in self.required

    def advised(self, check: str) -> Advisory | None:
        """The advisory entry of the check, ended or not."""
        return next((entry for entry in self.advisory if entry.check == check), None)

    def expected(self, today: date) -> frozenset[str]:
        """Every id that must have a result today."""
        return frozenset(check for check in self.listed if self.requires(check, today))

    def floor(self, spec: CheckSpec) -> Grade:
        """The grade the check's evidence must reach. A check whose evidence can only be static stays at static."""
        if spec.min_grade is Grade.STATIC:
            return Grade.STATIC
        # The highest of all three: else a profile would lower the suite floor it extends by naming an id.
        return max(spec.min_grade, *(self.floors.get(key, Grade.STATIC) for key in (spec.id, spec.suite)))

    def budget(self, spec: CheckSpec) -> float:
        """Seconds the check's body may take."""
        return self.budgets.get(spec.id, spec.budget)


def packaged() -> dict[str, dict[str, Any]]:
    """The profiles that ship with the package, as tables."""
    text = resources.files(__package__).joinpath("profiles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def load_profile(name: str, own: Mapping[str, Any], known: frozenset[str], today: date | None = None) -> Profile:
    """The profile `name`, from the adopter's own tables or the packaged ones, `extends` resolved.

    Args:
        own: `[tool.tradeops.profiles]`. An own table of a packaged name would loosen it unseen and is refused.
        known: Ids of every declared check. A required id outside of it is kept: it will be `missing`.
        today: The UTC day from which the longest advisory entry is counted; default the current one.

    Raises:
        PolicyError: unknown name, key or id, a cycle, a wrong type, an advisory entry that ends too late.
    """
    tables = packaged()
    for clash in tables.keys() & own.keys():
        raise PolicyError(
            f"Profile {clash!r} is a packaged one.", remedy=f"Name yours otherwise, with extends = {clash!r}."
        )
    merged = {**tables, **own}
    return _resolve(name, merged, known, today or clock.today(), ())


def _resolve(
    name: str, tables: Mapping[str, Any], known: frozenset[str], today: date, seen: tuple[str, ...]
) -> Profile:
    if name in seen:
        raise PolicyError(f"Profiles extend each other in a circle: {' -> '.join((*seen, name))}.", remedy="Break it.")
    table = tables.get(name)
    if not isinstance(table, Mapping):
        raise PolicyError(f"Unknown profile {name!r}.", remedy=suggestion(name, tables))
    where = f"profile {name!r}"
    for key in table:
        if key not in _KEYS:
            raise PolicyError(f"{where}: unknown key {key!r}.", remedy=suggestion(key, _KEYS))
    base = Profile(name, frozenset())
    if "extends" in table:
        base = _resolve(str(table["extends"]), tables, known, today, (*seen, name))
    advisory = tuple(_advisory(check, entry, where, today) for check, entry in _table(table, "advisory", where).items())
    advised = {entry.check for entry in advisory}
    floors = {key: _grade(value, f"{where}: floors.{key}") for key, value in _table(table, "floors", where).items()}
    for key, grade in floors.items():
        if grade < base.floors.get(key, Grade.STATIC):
            raise PolicyError(
                f"{where}: floors.{key} is lower than in {base.name!r}.", remedy="A profile may only raise a floor."
            )
    flaky = table.get("flaky_budget", base.flaky_budget)
    if isinstance(flaky, bool) or not isinstance(flaky, int) or flaky < 0:
        raise PolicyError(f"{where}: flaky_budget must be a whole number >= 0.", remedy="Correct it.")
    return replace(
        base,
        name=name,
        required=(base.required | _required(table, where, known)) - advised,
        advisory=(*(entry for entry in base.advisory if entry.check not in advised), *advisory),
        floors={**base.floors, **floors},
        budgets={
            **base.budgets,
            **{key: _seconds(value, key, where) for key, value in _table(table, "budgets", where).items()},
        },
        flaky_budget=flaky,
    )


def _required(table: Mapping[str, Any], where: str, known: frozenset[str]) -> frozenset[str]:
    required = table.get("required", [])
    if not isinstance(required, list):
        raise PolicyError(f"{where}: required must be a list of check ids.", remedy="Write required = ['SEC-001'].")
    for check in required:
        if not isinstance(check, str) or not CHECK_ID.fullmatch(check):
            raise PolicyError(f"{where}: {check!r} is not a check id.", remedy=suggestion(str(check), known))
    return frozenset(required)


def _table(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, Mapping):
        raise PolicyError(f"{where}: {key} must be a table.", remedy="See docs/profiles.md.")
    return value


def _advisory(check: str, entry: Any, where: str, today: date) -> Advisory:
    owner, until = (entry.get("owner"), entry.get("until")) if isinstance(entry, Mapping) else (None, None)
    if not isinstance(owner, str) or not owner.strip() or type(until) is not date:
        raise PolicyError(
            f"{where}: advisory.{check} needs an owner and an end date.",
            remedy="Write {owner = 'name', until = 2026-12-31}.",
        )
    latest = today + LONGEST if date.max - today > LONGEST else date.max
    if until > latest:
        raise PolicyError(
            f"{where}: advisory.{check} ends on {until}, which is more than {LONGEST.days} days away.",
            remedy=f"Write {latest} or earlier.",
        )
    return Advisory(check, owner, until)


def _grade(value: Any, where: str) -> Grade:
    try:
        return Grade.parse(value, where)
    except DeclarationError as error:
        raise PolicyError(error.message, remedy=error.remedy) from None


def _seconds(value: Any, key: str, where: str) -> float:
    try:
        return parse_duration(value, f"{where}: budgets.{key}")
    except ConfigError as error:
        raise PolicyError(error.message, remedy=error.remedy) from None
