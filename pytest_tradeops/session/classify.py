"""What an exception that ended a phase means for the check: evidence against, evidence lacking, or a crash."""

from dataclasses import dataclass

import pytest

from ..exceptions import CheckFailed, GuardTripped, Inconclusive, NotApplicable, TradeopsError
from ..model import Finding
from .deadline import DeadlinePassed


@dataclass(frozen=True, slots=True)
class Classified:
    """A phase's status, as in `model.Phase`, with its sentence."""

    status: str
    message: str = ""
    remedy: str = ""
    findings: tuple[Finding, ...] = ()


def classify(when: str, error: BaseException | None) -> Classified:
    """The status of a phase that ended with `error`.

    An assertion is evidence against the subject only in the body; in set-up or tear-down it is a broken check.
    """
    if error is None:
        return Classified("passed")
    guard = tripped(error)
    if guard is not None:
        return Classified("guard", guard.message, guard.remedy, guard.findings)
    if isinstance(error, CheckFailed):
        first = error.findings[0]
        more = f" (and {len(error.findings) - 1} more)" if len(error.findings) > 1 else ""
        return Classified("failed", f"{first.reason}: {first.message}{more}", first.remedy, error.findings)
    if isinstance(error, NotApplicable):
        return Classified("not_applicable", error.message, error.remedy)
    if isinstance(error, Inconclusive):
        return Classified("inconclusive", error.message, error.remedy)
    hung = _hung(error)
    if hung is not None:
        return Classified("over_budget", str(hung))
    if isinstance(error, pytest.skip.Exception):
        return Classified("skipped", f"skipped: {error.msg}")
    if isinstance(error, AssertionError | pytest.fail.Exception) and when == "call":
        lines = str(error).splitlines() or ["an assertion without a message"]
        return Classified("failed", lines[0], findings=(Finding(lines[0], "an assertion of the check failed"),))
    if isinstance(error, TradeopsError):
        return Classified("error", error.message, error.remedy)
    text = str(error).splitlines()[0] if str(error).strip() else ""
    return Classified("error", f"{type(error).__name__}: {text}" if text else type(error).__name__)


def tripped(error: BaseException) -> GuardTripped | None:
    """The guard's own exception, also where the tear-down of several fixtures put others beside it."""
    if isinstance(error, GuardTripped):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := tripped(one)) is not None), None)
    return None


def _hung(error: BaseException) -> DeadlinePassed | None:
    """The first deadline, if nothing but deadlines ended the phase: the tear-down of several fixtures may hang."""
    if isinstance(error, DeadlinePassed):
        return error
    if isinstance(error, BaseExceptionGroup):
        found = [_hung(one) for one in error.exceptions]
        return found[0] if all(found) else None
    return None
