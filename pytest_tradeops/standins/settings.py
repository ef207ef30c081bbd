"""`[tool.tradeops.sentry]`."""

from dataclasses import dataclass, field

KINDS = ("sentry", "bugsink")


@dataclass(frozen=True, slots=True)
class SentrySettings:
    """How the subject starts its error tracking, and where its server answers questions.

    Attributes:
        entry: `package.module:function`, called without arguments; it must take the DSN from `SENTRY_DSN`.
        timeout: Seconds a probe may take.
        kind: What serves the DSN: `sentry` (sentry.io or self-hosted) or `bugsink`.
        url: Where its API is, `https://host`; empty for sentry.io, whose region the DSN names.
        organization: Slug or number; empty for the number in a DSN of sentry.io. Bugsink has none.
        project: Slug or number; empty for the number in the DSN.
        token: Bearer token of that API, with `project:read`, and `alerts:write` to apply alert rules.
        event_timeout: How long an event may take until it is found by its id.
        alerts: The file with the alert rules.
        apply_alerts: Let SEC-016 write the alert rules of that file to the real project; else it only reads them back.
    """

    entry: str = "strategies.errors:start"
    timeout: float = 30.0
    kind: str = field(default="sentry", metadata={"env": "TRADEOPS_SENTRY_KIND", "choices": KINDS})
    url: str = field(default="", metadata={"env": "TRADEOPS_SENTRY_URL"})
    organization: str = field(default="", metadata={"env": "TRADEOPS_SENTRY_ORGANIZATION"})
    project: str = field(default="", metadata={"env": "TRADEOPS_SENTRY_PROJECT"})
    token: str = field(default="", metadata={"env": "TRADEOPS_SENTRY_TOKEN", "secret": True}, repr=False)
    event_timeout: float = field(default=60.0, metadata={"duration": True})
    alerts: str = "sentry-alerts.toml"
    apply_alerts: bool = field(default=False, metadata={"env": "TRADEOPS_SENTRY_APPLY_ALERTS"})
