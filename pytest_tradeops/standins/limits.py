"""What Sentry's Relay refuses for its size.

Source: the defaults of `Limits` in getsentry/relay, `relay-config/src/config.rs`, and
https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits . Relay lets a whole envelope have 200 MiB; a stand-in
in a test has no use for that, so envelopes stop at 20 MiB, Relay's bound for other requests and the public service's
bound for a compressed one.
"""

from collections import Counter
from collections.abc import Iterable

from .envelope import Item

KIB, MIB = 1 << 10, 1 << 20

#: Bytes of a request, before and after decompression.
MAX_ENVELOPE = 20 * MIB

#: Bytes of one item of that type. Types that are not named are bounded by the envelope.
PER_ITEM = {
    "event": MIB,
    "transaction": MIB,
    "security": MIB,
    "user_report": MIB,
    "user_report_v2": MIB,
    "feedback": MIB,
    "check_in": 100 * KIB,
    "statsd": MIB,
    "metric_buckets": MIB,
    "span": 12 * MIB,
    "log": 12 * MIB,  # a container of many logs, of 2 MiB each at most
    "trace_metric": 12 * MIB,
    "replay_event": MIB,
    "replay_recording": 10 * MIB,
}
#: Bytes of all items of that type together.
TOGETHER = {"session": 10 * MIB, "sessions": 10 * MIB, "client_report": 100 * KIB}
#: How many items of that type.
COUNT = {"session": 100, "sessions": 100, "client_report": 100, "attachment": 30}


def offender(items: Iterable[Item]) -> str | None:
    """The type of the first item that is too large or too many; None if all is within the limits."""
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for item in items:
        kind, size = item.type, len(item.payload)
        sizes[kind] += size
        counts[kind] += 1
        too_many = kind in COUNT and counts[kind] > COUNT[kind]
        too_large = size > PER_ITEM.get(kind, MAX_ENVELOPE) or sizes[kind] > TOGETHER.get(kind, MAX_ENVELOPE)
        if too_many or too_large:
            return kind
    return None
