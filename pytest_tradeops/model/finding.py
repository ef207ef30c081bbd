"""One thing that is wrong with the subject."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, for a named reason.

    Attributes:
        reason: The stable name of the defect, such as `bandit: B602 HIGH`. Planted faults expect it literally.
        message: One sentence: what was found.
        where: File and line, or another place; empty where the whole subject is meant.
        remedy: One sentence: what to do next, with the command where there is one.
    """

    reason: str
    message: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.reason}: {self.message}{place}{remedy}"
