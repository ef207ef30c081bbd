"""What a check examined, as it leaves the process: plain data, already redacted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .grade import Grade


@dataclass(frozen=True, slots=True)
class Examined:
    """`count` things of one kind, taken from a source of one grade."""

    count: int
    what: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class Artifact:
    """A named text or picture attached to the evidence.

    Attributes:
        name: File name with a suffix, unique within the check: `pnl.svg`, `bandit.json`.
        media_type: Such as `image/svg+xml`; SVG pictures are shown in the HTML report.
        text: The content. Binary content is not carried.
    """

    name: str
    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """Everything a check examined.

    Attributes:
        facts: Name to JSON value; the same on every run of the same subject. No ports, paths, pids, nonces or times.
        timings: Name to seconds; left out when two reports are compared.
    """

    examined: tuple[Examined, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()

    @property
    def total(self) -> int:
        """How many things were examined, of all kinds."""
        return sum(one.count for one in self.examined)

    @property
    def grade(self) -> Grade | None:
        """The lowest grade among the sources: a chain of evidence is as good as its weakest link."""
        return min((one.grade for one in self.examined if one.count > 0), default=None)


#: Of a check that examined nothing.
NOTHING = EvidenceRecord()
