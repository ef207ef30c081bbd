"""Which time a query is about: seven days at most, by default the last seven."""

from ..common.endpoint import Call
from ..common.errors import BinanceError

WEEK_NS = 7 * 24 * 3_600 * 1_000_000_000


def span(call: Call, most_ns: int = WEEK_NS) -> tuple[int, int]:
    """First and last nanosecond.

    Raises:
        BinanceError: -1023 or -1127.
    """
    start, end = call.get("startTime"), call.get("endTime")
    if start is None and end is None:
        # By the millisecond that the client is told, what happens just now is in it.
        return call.now_ns - most_ns, call.now_ns + 1_000_000_000
    if start is None:
        return end - most_ns, _whole(end)
    if end is None:
        return start, start + most_ns
    if start > end:
        raise BinanceError(-1023, "Start time is greater than end time.")
    if end - start > most_ns:
        raise BinanceError(-1127, "Lookup interval is too big.")
    return start, _whole(end)


def _whole(end_ns: int) -> int:
    """Up to the end of that millisecond."""
    return int(end_ns) + 999_999
