"""A check's and a planted fault's declaration, validated."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..config import parse_duration, suggestion
from ..exceptions import ConfigError, DeclarationError
from .grade import Grade

#: The suites' own prefixes have three capitals; an adopter's have three to eight and are none of these.
CHECK_ID = re.compile(r"[A-Z]{3,8}-\d{3}")
SPEC_ID = re.compile(r"(?:\d+|V)\.(?:\d+|[a-z]+)\.\d+")
SEVERITIES = ("critical", "high", "medium", "low")
DEFAULT_BUDGET = 60.0


class Suite(enum.StrEnum):
    """The packaged suites; the value is the folder under `verification/`."""

    SECURITY = "security"
    MONITORING = "monitoring"
    REVIEW = "review"
    STAGING = "staging"
    ROLLBACK = "rollback"
    BENCHMARKS = "benchmarks"
    KNOWLEDGE = "knowledge"
    LOOPS = "loops"

    @property
    def prefix(self) -> str:
        return _PREFIXES[self]


_PREFIXES = {
    Suite.SECURITY: "SEC",
    Suite.MONITORING: "MON",
    Suite.REVIEW: "REV",
    Suite.STAGING: "STG",
    Suite.ROLLBACK: "RBK",
    Suite.BENCHMARKS: "BEN",
    Suite.KNOWLEDGE: "KNO",
    Suite.LOOPS: "LOP",
}


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """The arguments of `@pytest.mark.verification(...)`.

    Attributes:
        id: `SEC-001`; an adopter's own checks use a prefix of 3-8 capitals of their own.
        suite: One of the packaged suites, or an adopter's own lower-case word.
        title: One line, positive, answerable by yes or no.
        severity: `critical`, `high`, `medium` or `low`.
        covers: Ids of the checklist, such as `1.4.2`.
        min_grade: Evidence below it does not count.
        budget: Seconds the check's body may take; set-up (starting services) is not counted.
        requires: What must be there to run it, for `list` and `doctor`: `questdb`, `bandit`, `nautilus_trader`.
    """

    id: str
    suite: str
    title: str
    severity: str = "high"
    covers: tuple[str, ...] = ()
    min_grade: Grade = Grade.STATIC
    budget: float = DEFAULT_BUDGET
    requires: tuple[str, ...] = ()

    @classmethod
    def parse(cls, given: Mapping[str, Any], positional: tuple[Any, ...] = ()) -> Self:
        """The validated declaration.

        Raises:
            DeclarationError: an argument is missing, unknown, positional or malformed.
        """
        if positional:
            raise DeclarationError("verification() takes keyword arguments only.", remedy="Write id='SEC-001', ...")
        known = cls.__dataclass_fields__
        for name in given:
            if name not in known:
                raise DeclarationError(
                    f"verification() got an unknown argument {name!r}.", remedy=suggestion(name, known)
                )
        for name in ("id", "suite", "title"):
            if not isinstance(given.get(name), str) or not given[name].strip():
                raise DeclarationError(f"verification() needs {name}=, a text.", remedy="See docs/writing-a-check.md.")
        check = given["id"]
        if not CHECK_ID.fullmatch(check):
            raise DeclarationError(f"{check!r} is not a check id.", remedy="Write 3-8 capitals, a dash, three digits.")
        _match_suite(check, given["suite"])
        severity = given.get("severity", "high")
        if severity not in SEVERITIES:
            raise DeclarationError(
                f"{check}: severity {severity!r} is not known.", remedy=suggestion(str(severity), SEVERITIES)
            )
        try:
            budget = parse_duration(given.get("budget", DEFAULT_BUDGET), f"{check}: budget")
        except ConfigError as error:
            raise DeclarationError(error.message, remedy=error.remedy) from None
        return cls(
            id=check,
            suite=given["suite"],
            title=given["title"].strip(),
            severity=severity,
            covers=_texts(given.get("covers", ()), f"{check}: covers"),
            min_grade=Grade.parse(given.get("min_grade", Grade.STATIC), f"{check}: min_grade"),
            budget=budget,
            requires=_texts(given.get("requires", ()), f"{check}: requires"),
        )


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """The arguments of `@planted_fault(...)`.

    Attributes:
        check: The id of the check whose body must fail.
        title: What is broken, one line.
        expects: The reason that the failing twin must carry, literally.
        covers: The checklist item whose coverage this fault proves; empty for an additional fault.
        name: The function's name.
    """

    check: str
    title: str
    expects: str
    covers: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        for value, name in ((self.check, "check"), (self.title, "title"), (self.expects, "expects")):
            if not isinstance(value, str) or not value.strip():
                raise DeclarationError(f"planted_fault() needs {name}=, a text.", remedy="See docs/writing-a-check.md.")


def _match_suite(check: str, suite: str) -> None:
    prefix = check.split("-")[0]
    owner = next((one for one in Suite if one.prefix == prefix), None)
    if owner is not None and owner.value != suite:
        raise DeclarationError(
            f"{check} belongs to the suite {owner.value!r}, not {suite!r}.", remedy="Correct suite= or id=."
        )
    if owner is None and suite in {one.value for one in Suite}:
        raise DeclarationError(
            f"{check}: the suite {suite!r} is a packaged one.", remedy="Name a suite of your own, such as 'acme'."
        )


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise DeclarationError(f"{where} must be a list of texts.", remedy="Write ('1.4.2',) with the comma.")
    return tuple(value)
