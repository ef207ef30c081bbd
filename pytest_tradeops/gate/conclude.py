"""Puts a run together: every required, advisory and collected check settled, and the verdict on them. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ..model import CheckResult, CheckSpec, Grade
from .catalogue import Catalogue
from .collect.ledger import Ledger
from .judge.settle import Terms, settle
from .judge.verdict import Judgement, Objection, judge
from .profile import Profile
from .waivers import WaiverBook


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that is decided before the run.

    Attributes:
        not_applicable: Check id to the subject's declared reason.
        today: The UTC day that expiries are judged on.
    """

    profile: Profile
    catalogue: Catalogue
    waivers: WaiverBook
    not_applicable: Mapping[str, str]
    today: date

    def terms(self, check: str, spec: CheckSpec | None) -> Terms:
        """What the check is held to."""
        valid = self.waivers.valid(check, self.today)
        expired = self.waivers.expired(check, self.today)
        required = self.profile.requires(check, self.today)
        return Terms(
            floor=self.profile.floor(spec) if spec else Grade.STATIC,
            budget=self.profile.budget(spec) if spec else 0.0,
            required=required,
            advisory=not required and self.profile.advised(check) is not None,
            not_applicable=self.not_applicable.get(check, ""),
            waiver=f"{valid.owner} until {valid.expires}: {valid.reason}" if valid else "",
            expired_waiver=f"{expired.owner} until {expired.expires}" if expired else "",
        )

    def settle(self, check: str, ledger: Ledger) -> CheckResult:
        """The result of one check, as far as the run has come."""
        observations = ledger.by_check().get(check, [])
        entry = self.catalogue.get(check)
        spec = observations[0].spec if observations else entry.spec if entry else None
        return settle(check, spec, observations, self.terms(check, spec))


def conclude(policy: Policy, ledger: Ledger, objections: Iterable[Objection]) -> tuple[list[CheckResult], Judgement]:
    """The settled results, sorted by id, and the verdict on them."""
    results = [policy.settle(check, ledger) for check in sorted(policy.profile.listed | ledger.started())]
    return results, judge(results, policy.profile, policy.today, objections)
