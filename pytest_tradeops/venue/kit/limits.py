"""Rate limits in fixed windows, as the exchanges document them, with a ban for who goes on after a 429."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

REQUEST_WEIGHT, ORDERS = "request_weight", "orders"

_SECOND, _MINUTE, _DAY = 1_000, 60_000, 86_400_000
#: Refusals within one window after which an address is banned, and how long at first; each further ban doubles it.
BAN_AFTER = 20
FIRST_BAN_MS = 2 * _MINUTE
LONGEST_BAN_MS = 3 * _DAY


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` within each window of `window_ms`.

    Attributes:
        label: How headers name the window: `1m`, `10s`.
        bans: Whether going on after a refusal leads to a ban. Refused requests then count, too.
    """

    bucket: str
    limit: int
    window_ms: int
    label: str
    bans: bool = False


#: What a face starts with; it may `define` more.
RULES: Mapping[str, tuple[Rule, ...]] = {
    "binance-spot": (
        Rule(REQUEST_WEIGHT, 6_000, _MINUTE, "1m", bans=True),
        Rule(ORDERS, 100, 10 * _SECOND, "10s"),
        Rule(ORDERS, 200_000, _DAY, "1d"),
    ),
    "binance-futures": (
        Rule(REQUEST_WEIGHT, 2_400, _MINUTE, "1m", bans=True),
        Rule(ORDERS, 300, 10 * _SECOND, "10s"),
        Rule(ORDERS, 1_200, _MINUTE, "1m"),
    ),
    "bybit": (Rule(REQUEST_WEIGHT, 600, 5 * _SECOND, "5s"), Rule(ORDERS, 10, _SECOND, "1s")),
}


@dataclass(frozen=True, slots=True)
class Usage:
    """What one key has used of a bucket, per window's label.

    Attributes:
        reset_ms: When the shortest window ends, milliseconds since the epoch.
    """

    used: dict[str, int]
    limits: dict[str, int]
    reset_ms: int


class Limited(Exception):
    """A limit is used up: HTTP 429, or 418 if `banned`."""

    def __init__(self, bucket: str, retry_after_s: int, *, banned: bool, usage: Usage) -> None:
        super().__init__(f"{bucket}: retry after {retry_after_s} s")
        self.bucket = bucket
        self.retry_after_s = retry_after_s
        self.banned = banned
        self.usage = usage


class RateLimiter:
    """Counts per bucket and key (an address, an account) in fixed windows.

    Attributes:
        enforced: If not, everything is counted and nothing refused.
    """

    def __init__(self, rules: Iterable[Rule] = (), *, enforced: bool = True) -> None:
        self.enforced = enforced
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._counts: dict[tuple[str, str, int], list[int]] = {}  # (bucket, key, window): [index, used, refused]
        self._bans: dict[tuple[str, str], list[int]] = {}  # (bucket, key): [until_ms, length_ms]
        self.define(*rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for rules in self._rules.values() for rule in rules)

    def define(self, *rules: Rule) -> None:
        """Replaces the rules of the buckets that are named."""
        for bucket in {rule.bucket for rule in rules}:
            self._rules[bucket] = tuple(rule for rule in rules if rule.bucket == bucket)

    def spend(self, bucket: str, key: str, weight: int, now_ms: int) -> Usage:
        """Counts a request.

        Raises:
            Limited: a window is used up, or the key is banned.
            KeyError: the bucket was never defined.
        """
        rules = self._rules[bucket]
        ban = self._bans.get((bucket, key))
        if ban and now_ms < ban[0]:
            raise Limited(bucket, _seconds(ban[0] - now_ms), banned=True, usage=self.usage(bucket, key, now_ms))
        windows = [self._window(rule, key, now_ms) for rule in rules]
        over = [
            (rule, window)
            for rule, window in zip(rules, windows, strict=True)
            if self.enforced and window[1] + weight > rule.limit
        ]
        for rule, window in zip(rules, windows, strict=True):
            if not over or rule.bans:
                window[1] += weight
        if over:
            raise self._refused(bucket, key, over, now_ms)
        return self.usage(bucket, key, now_ms)

    def usage(self, bucket: str, key: str, now_ms: int) -> Usage:
        """What is used up now, without counting anything."""
        rules = self._rules[bucket]
        return Usage(
            {rule.label: self._window(rule, key, now_ms)[1] for rule in rules},
            {rule.label: rule.limit for rule in rules},
            min(((now_ms // rule.window_ms) + 1) * rule.window_ms for rule in rules),
        )

    def _window(self, rule: Rule, key: str, now_ms: int) -> list[int]:
        window = self._counts.setdefault((rule.bucket, key, rule.window_ms), [0, 0, 0])
        index = now_ms // rule.window_ms
        if window[0] != index:
            window[:] = [index, 0, 0]
        return window

    def _refused(self, bucket: str, key: str, over: list[tuple[Rule, list[int]]], now_ms: int) -> Limited:
        wait = max(((now_ms // rule.window_ms) + 1) * rule.window_ms - now_ms for rule, _ in over)
        banned = False
        for rule, window in over:
            window[2] += 1
            banned = banned or (rule.bans and window[2] >= BAN_AFTER)
        if banned:
            earlier = self._bans.get((bucket, key))
            wait = min(earlier[1] * 2, LONGEST_BAN_MS) if earlier else FIRST_BAN_MS
            self._bans[bucket, key] = [now_ms + wait, wait]
        return Limited(bucket, _seconds(wait), banned=banned, usage=self.usage(bucket, key, now_ms))


def _seconds(milliseconds: int) -> int:
    return max(1, -(-milliseconds // 1000))
