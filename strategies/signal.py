"""When to be long and when to be flat: pure arithmetic, no NautilusTrader, so that it can be tested in milliseconds."""

from enum import Enum


class Signal(Enum):
    """What the strategy should do now."""

    ENTER = "enter"
    EXIT = "exit"
    HOLD = "hold"


class CrossSignal:
    """Tells apart a fresh crossing of two averages from a lasting order of them.

    The first pair only says on which side we are: entering in the middle of a trend because the bot was just started
    is not a signal.

    Args:
        threshold: Smallest relative distance of the averages that counts as crossed; keeps noise around equality from
            trading back and forth.
    """

    def __init__(self, threshold: float = 0.0) -> None:
        if threshold < 0:
            raise ValueError(f"threshold must be >= 0, was {threshold}")
        self._threshold = threshold
        self._above: bool | None = None

    def update(self, fast: float, slow: float) -> Signal:
        """The signal of the newest pair of averages.

        Args:
            fast: The faster average, price units.
            slow: The slower average, price units, > 0.
        """
        distance = (fast - slow) / slow
        if abs(distance) <= self._threshold:
            return Signal.HOLD
        before, self._above = self._above, distance > 0
        if before is None or before == self._above:
            return Signal.HOLD
        return Signal.ENTER if self._above else Signal.EXIT

    def reset(self) -> None:
        """Forgets on which side the averages were."""
        self._above = None
