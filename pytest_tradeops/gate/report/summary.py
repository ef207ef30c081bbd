"""What every rendering needs to know of a report: suites, counts, what stands against promotion, coverage."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ...model import CheckResult, Outcome, Suite
from ..judge.settle import NOT_COLLECTED
from ..judge.verdict import severity_rank
from .model import Report
from .text import natural

#: The gravest first; the order of lists, legends and bars.
GRAVITY: tuple[Outcome, ...] = (
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.MISSING,
    Outcome.INCONCLUSIVE,
    Outcome.OVER_BUDGET,
    Outcome.FLAKY,
    Outcome.WAIVED,
    Outcome.NOT_APPLICABLE,
    Outcome.PASSED,
)

#: What the exit code says, for a person.
EXIT_CODES = {
    0: "",
    2: "interrupted",
    3: "pytest broke",
    4: "wrong usage",
    20: "evidence is lacking",
    21: "evidence against",
    22: "the guard tripped",
    23: "the policy is invalid",
    143: "ended by SIGTERM",
}

_PREFIXES = {suite.prefix: suite.value for suite in Suite}
_ORDER = {suite.value: place for place, suite in enumerate(Suite)}


@dataclass(frozen=True, slots=True)
class SuiteCounts:
    """One suite's results: how many of each outcome, the gravest outcome first."""

    suite: str
    counts: tuple[tuple[Outcome, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the checklist: its items, each with its state: `covered`, `declared` (has a check) or `nobody`."""

    name: str
    number: str
    items: tuple[tuple[str, str], ...]

    @property
    def heading(self) -> str:
        """Number and name; the verification part has no numbers of its own."""
        return f"{'V' if self.number.startswith('V.') else self.number} {self.name}"

    def count(self, state: str) -> int:
        return sum(1 for _, one in self.items if one == state)


def label(outcome: Outcome) -> str:
    """The outcome as words."""
    return outcome.value.replace("_", " ")


def suite_of(result: CheckResult) -> str:
    """The check's suite; for an undeclared id, what its prefix says."""
    if result.spec is not None:
        return result.spec.suite
    prefix = result.id.split("-")[0]
    return _PREFIXES.get(prefix, prefix.lower())


def by_suite(report: Report) -> list[SuiteCounts]:
    """The suites that have results: packaged ones in their own order, then the adopter's by name."""
    found: dict[str, Counter[Outcome]] = {}
    for result in report.results:
        found.setdefault(suite_of(result), Counter())[result.outcome] += 1
    return [
        SuiteCounts(suite, tuple((one, found[suite][one]) for one in GRAVITY if found[suite][one]))
        for suite in sorted(found, key=lambda suite: (_ORDER.get(suite, len(_ORDER)), suite))
    ]


def gravest_first(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Results by gravity of outcome, then by the check's severity, then by id."""
    return sorted(results, key=lambda one: (GRAVITY.index(one.outcome), severity_rank(one), natural(one.id)))


def counting_first(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Results by gravity, but what failed without being required stands at the end."""
    return sorted(gravest_first(results), key=lambda one: not one.required and one.outcome is not Outcome.PASSED)


def not_passed(report: Report, *, required: bool) -> list[CheckResult]:
    """The checks that did not pass, the gravest first: the required ones, or the others."""
    return gravest_first(
        result for result in report.results if result.outcome is not Outcome.PASSED and result.required is required
    )


def not_collected(result: CheckResult) -> bool:
    """Whether nothing else is known against it than that this run left it out."""
    return result.outcome is Outcome.MISSING and result.reason == NOT_COLLECTED


def declared(report: Report) -> frozenset[str]:
    """Checklist ids that some known check claims, whether or not this run covered them."""
    claimed = {item for result in report.results if result.spec for item in result.spec.covers}
    return frozenset(claimed | {item.id for item in report.checklist if item.checks} | set(report.covered))


def total_items(report: Report) -> int:
    """How many items the checklist has."""
    return report.items or len(report.checklist)


def sections(report: Report) -> list[Section]:
    """The checklist by section, in its own order; empty when the report carries no checklist."""
    covered, claimed = frozenset(report.covered), declared(report)
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for item in report.checklist:
        state = "covered" if item.id in covered else "declared" if item.id in claimed else "nobody"
        number = item.id.rpartition(".")[0]
        found.setdefault((number, item.section), []).append((item.id, state))
    return [Section(name, number, tuple(items)) for (number, name), items in found.items()]


def subject_line(report: Report) -> str:
    """The subject in a few words: `mybot at 1a2b3c4d5e6f, with uncommitted changes`."""
    name = str(report.subject.get("name") or "the subject")
    revision = str(report.subject.get("revision") or "")
    at = f" at {revision[:12]}" if revision else ""
    return name + at + (", with uncommitted changes" if report.subject.get("dirty") else "")


def seconds(value: float) -> str:
    """A duration for a person: `0.04 s`, `12.3 s`, `5 min 2 s`."""
    if not 0 <= value < 1e9:  # also NaN
        return "unknown"
    if value < 1:
        return f"{value:.2f} s"
    if value < 100:
        return f"{value:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def plural(count: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
