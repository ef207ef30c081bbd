"""The venue's time: the machine's, unless a test holds it; a fault may make the exchange's own clock wrong."""

import time

_SECOND = 1_000_000_000


class VenueClock:
    """What the exchange believes the time is.

    Attributes:
        skew_ns: How far the exchange's clock is off. It moves what clients are told and what their timestamps are
            compared with; `true_ns`, which orders and faults live by, never goes wrong.
    """

    def __init__(self) -> None:
        self.skew_ns = 0

    def true_ns(self) -> int:
        """Nanoseconds since the epoch, without the skew."""
        return time.time_ns()

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, as the exchange tells them."""
        return self.true_ns() + self.skew_ns

    def now_ms(self) -> int:
        """Milliseconds since the epoch, as the exchange tells them."""
        return self.now_ns() // 1_000_000


class ManualClock(VenueClock):
    """Stands still until a test moves it."""

    def __init__(self, start_ns: int) -> None:
        super().__init__()
        self._ns = start_ns

    def true_ns(self) -> int:
        return self._ns

    def advance(self, seconds: float) -> None:
        """Moves it forward."""
        if seconds < 0:
            raise ValueError("time goes forward only")
        self._ns += round(seconds * _SECOND)
