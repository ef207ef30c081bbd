"""The recorder behind the `evidence` fixture: a check says here what it examined and what it found."""

import math
from collections.abc import Iterable
from typing import Any, NoReturn, Protocol

from ...exceptions import CheckFailed, Inconclusive, NotApplicable
from ...model import Artifact, EvidenceRecord, Examined, Finding, Grade
from ...redaction import Redactor

#: What a JSON reader in another language still reads as a whole number.
_LARGEST = 2**63 - 1
_DEEPEST = 40  # as deep as the report shows
_CARRIED = "give text, a finite number of at most 64 bits, a bool, None, or a list or dict (with text keys) of them"


class Graded(Protocol):
    """Anything that says which grade evidence taken from it has: a service handle, a node, a venue."""

    @property
    def grade(self) -> Grade: ...


class Evidence:
    """Records what one check examined. Nothing leaves it unredacted.

    A check that never calls `examined` with a positive count does not pass, whatever it asserted. What a report cannot
    carry is refused where it is said, as the check's own error: else a run with workers would lose what a serial one
    shows.
    """

    def __init__(self) -> None:
        self._examined: list[Examined] = []
        self._facts: dict[str, Any] = {}
        self._timings: dict[str, float] = {}
        self._artifacts: dict[str, Artifact] = {}

    def examined(self, count: int, what: str, *, source: "Grade | Graded" = Grade.STATIC) -> None:
        """Says that `count` things were examined.

        Count only what carries the claim: the evidence's grade is the lowest among its sources. Zero is recorded
        too, and lifts nothing.

        Args:
            count: How many, >= 0.
            what: A plural noun phrase: `strategy files`, `rows read back`.
            source: What they were taken from: a grade, or a service handle. Default `static`.

        Raises:
            TypeError: an argument is of another type.
            ValueError: the count is negative, or longer than 64 bits.
        """
        if isinstance(count, bool) or not isinstance(count, int):
            raise TypeError(f"evidence.examined(): count is a whole number, not {_type(count)}.")
        if not 0 <= count <= _LARGEST:
            raise ValueError("evidence.examined(): count is from 0 to 2**63 - 1.")
        grade = source if isinstance(source, Grade) else getattr(source, "grade", None)
        if not isinstance(grade, Grade):
            raise TypeError(f"evidence.examined(): source is a Grade or has one, not {_type(source)}.")
        self._examined.append(Examined(int.__int__(count), _text("examined", "what", what), grade))

    def fact(self, **facts: Any) -> None:
        """Records JSON values that are the same on every run of the same subject: versions, counts, names.

        Ports, paths of this machine, pids, nonces and times do not belong here; see `timing`. Values are copied.

        Raises:
            TypeError: a value is none that JSON carries, such as a date, a path, bytes, a set or NaN.
        """
        self._facts.update({name: _simple(value, name) for name, value in facts.items()})

    def timing(self, **seconds: float) -> None:
        """Records durations in seconds; left out when two reports are compared.

        Raises:
            TypeError: one is not a finite number.
        """
        for name, value in seconds.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
                raise TypeError(f"evidence.timing({name}=...): seconds are a finite number, not {_kind(value)}.")
        self._timings.update({name: float(value) for name, value in seconds.items()})

    def attach(self, name: str, text: str, media_type: str = "text/plain") -> None:
        """Attaches a text or an SVG picture under a file name; the same name replaces.

        Raises:
            TypeError: an argument is not text.
        """
        name = _text("attach", "name", name)
        media_type = _text("attach", "media_type", media_type)
        self._artifacts[name] = Artifact(name, media_type, _text("attach", "text", text))

    def fail(self, reason: str, message: str, *, where: str = "", remedy: str = "") -> NoReturn:
        """Ends the check as failed for one named reason.

        Args:
            reason: The defect's stable name, such as `bandit: B602 HIGH`; planted faults expect it literally.
            message: One sentence: what was found.
            where: File and line.
            remedy: One sentence: what to do next, with the command.

        Raises:
            CheckFailed: always, unless
            TypeError: an argument is not text.
        """
        raise CheckFailed([_checked("fail", Finding(reason, message, where, remedy))])

    def report(self, findings: Iterable[Finding]) -> None:
        """Ends the check as failed if there is any finding; returns otherwise."""
        found = tuple(_checked("report", one) for one in findings)
        if found:
            raise CheckFailed(found)

    def inconclusive(self, message: str, *, remedy: str = "") -> NoReturn:
        """Ends the check because the evidence cannot be had here: no credentials, no tool, no engine."""
        raise Inconclusive(_text("inconclusive", "message", message), remedy=_text("inconclusive", "remedy", remedy))

    def not_applicable(self, message: str) -> NoReturn:
        """Ends the check because the subject declares that its object cannot exist. Look for contradictions first."""
        raise NotApplicable(_text("not_applicable", "message", message))

    def record(self, redactor: Redactor) -> EvidenceRecord:
        """What was recorded so far, redacted."""
        return EvidenceRecord(
            examined=tuple(Examined(one.count, redactor.text(one.what), one.grade) for one in self._examined),
            facts=redactor.data(self._facts),
            timings={redactor.text(name): value for name, value in self._timings.items()},
            artifacts=tuple(
                Artifact(redactor.text(one.name), redactor.text(one.media_type), redactor.text(one.text))
                for one in self._artifacts.values()
            ),
        )


def _type(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _kind(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _type(value)
    return "one beyond 64 bits" if isinstance(value, int) else repr(float(value))


def _text(call: str, argument: str, value: str) -> str:
    """`value` as an exact `str`: workers cannot send a subclass."""
    if not isinstance(value, str):
        raise TypeError(f"evidence.{call}(): {argument} is text, not {_type(value)}.")
    return str.__str__(value)


def _checked(call: str, finding: Finding) -> Finding:
    if not isinstance(finding, Finding):
        raise TypeError(f"evidence.{call}(): a finding is a Finding, not {_type(finding)}.")
    names = ("reason", "message", "where", "remedy")
    return Finding(**{name: _text(call, name, getattr(finding, name)) for name in names})


def _simple(value: Any, where: str, depth: int = 0) -> Any:
    """A copy of `value` in JSON's own types, without subclasses such as enums and numpy's float64.

    Args:
        where: The place in the facts, for the error: `orders['filled'][0]`.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and -_LARGEST - 1 <= value <= _LARGEST:
        return int.__int__(value)
    if isinstance(value, float) and math.isfinite(value):
        return float.__float__(value)
    if depth >= _DEEPEST:
        raise TypeError(f"evidence.fact({where[:60]}...): it is nested more than {_DEEPEST} deep, or holds itself.")
    if isinstance(value, list | tuple):
        return [_simple(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {str.__str__(name): _simple(item, f"{where}[{name!r}]", depth + 1) for name, item in value.items()}
    what = "a dict with keys that are no text" if isinstance(value, dict) else _kind(value)
    raise TypeError(f"evidence.fact({where}): a report cannot carry {what}; {_CARRIED}.")
