"""`[tool.tradeops.venue]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VenueSettings:
    """The simulated exchange of a run.

    Attributes:
        seed: Of the market; the same seed and the same commands at the same times give the same events.
    """

    seed: int = 7
