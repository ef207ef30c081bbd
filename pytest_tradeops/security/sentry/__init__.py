"""The subject's error tracker as its server has it: project, keys, events by id, and alert rules from a file."""

from pathlib import Path


def alerts_starter() -> str:
    """The file with alert rules that `tradeops init sentry-alerts` writes."""
    return Path(__file__).with_name("sentry-alerts.toml").read_text(encoding="utf-8")
