"""Every exception of the package. Each says what happened, where, and what to do next.

Two families matter to a check's outcome: `CheckFailed` is evidence *against* the subject, `Inconclusive` is
evidence that could not be had. Anything else that escapes a check is a crash, which is neither.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model.finding import Finding


class TradeopsError(Exception):
    """Base of all errors of the package: one sentence for a person, and optionally what to do next."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message


class ConfigError(TradeopsError):
    """A key in `[tool.tradeops]`, an environment variable or an option is unknown or has the wrong type."""


class DeclarationError(TradeopsError):
    """A check or a planted fault is declared wrongly: bad id, unknown argument, unknown spec item."""


class PolicyError(TradeopsError):
    """A profile or the waiver file cannot be used; the run ends with exit code 23 before any check."""


class CheckFailed(AssertionError):
    """The subject does not satisfy the check, for named reasons.

    An `AssertionError`, so that ordinary pytest shows it as a failed test. `reasons` is what a planted fault's
    `expects` is compared with: text equality, never a substring.
    """

    def __init__(self, findings: Sequence["Finding"]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(finding.reason for finding in self.findings)


class Inconclusive(TradeopsError):
    """The evidence could not be had: no credentials, no engine, no tool. Never counts as a pass."""


class NotApplicable(TradeopsError):
    """The subject declares, with a reason, that the check's object cannot exist in it."""


class NestedRun(Inconclusive):
    """A nested run (`TRADEOPS_NESTED=1`) was asked to start another one."""


class GuardTripped(TradeopsError):
    """A configuration could reach a live venue: exit code 22, before any order.

    `findings` name what could not be proven; a planted fault's `expects` is compared with their reasons.
    """

    findings: tuple["Finding", ...] = ()


class ServiceUnavailable(Inconclusive):
    """A service could not be had from any provider; the message names the reason per provider."""


class NoEngine(ServiceUnavailable):
    """No container engine answers."""


class EngineUnusable(ServiceUnavailable):
    """Something answers as a container engine, but no container can be had from it."""


class NoImage(ServiceUnavailable):
    """An engine answers, but the image is neither present, pullable nor buildable."""


class NotReady(ServiceUnavailable):
    """The service started but did not answer in time, or ended during its start."""


class NoJava(ServiceUnavailable):
    """No Java runtime of a usable version was found."""


class NoJar(ServiceUnavailable):
    """The server jar is absent and could not be resolved, or its checksum is wrong."""
