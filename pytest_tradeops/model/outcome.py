"""What became of a check, and what follows for the build."""

import enum


class Outcome(enum.StrEnum):
    """What became of one check. Closed: every run of every check ends in exactly one of these."""

    PASSED = "passed"  #: examined > 0, twins caught, in budget, grade at its floor, at the first attempt
    FAILED = "failed"  #: evidence against the subject
    ERROR = "error"  #: the check itself broke
    FLAKY = "flaky"  #: failed, then passed on a rerun
    INCONCLUSIVE = "inconclusive"  #: evidence lacking, with a reason
    NOT_APPLICABLE = "not_applicable"  #: declared so by the subject, with a reason
    WAIVED = "waived"  #: failed under a valid waiver
    MISSING = "missing"  #: not collected, deselected, or lost with a worker
    OVER_BUDGET = "over_budget"  #: passed, but too late


class Verdict(enum.StrEnum):
    """May the build be promoted? Ordered by `severity`: BLOCK > HOLD > PROMOTE."""

    PROMOTE = "PROMOTE"
    HOLD = "HOLD"  #: evidence is lacking
    BLOCK = "BLOCK"  #: there is evidence against

    @property
    def severity(self) -> int:
        return (Verdict.PROMOTE, Verdict.HOLD, Verdict.BLOCK).index(self)

    @property
    def exit_code(self) -> int:
        """0, 20 or 21 (22 is the guard's, 23 the policy's)."""
        return (0, 20, 21)[self.severity]
