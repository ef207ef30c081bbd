"""`[tool.tradeops.monitoring]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonitoringSettings:
    """Where the subject keeps what its monitoring is provisioned from.

    Attributes:
        path: Folder with `dashboards/*.json` and `provisioning/{alerting,dashboards,datasources}/*.yaml`.
        grafana: Version of the Grafana that reads the generated files; empty: what every version reads.
        frozen_after: Seconds after which a rule that was not evaluated counts as frozen.
        drawdown_warning_rule: Uid of the alert rule that MON-009 examines; the next ones likewise for their checks.
        pnl_dashboard: Uid of the dashboard that MON-004 examines; the next ones likewise for their checks.
        telegram_guide: How the bot is set up; MON-017 runs its commands.
        discord_guide: How the webhook is set up; MON-017 runs its commands.
        discord_script: Sets the webhook up; MON-023 runs it.
    """

    path: str = "monitoring"
    grafana: str = ""
    frozen_after: int = 60
    drawdown_warning_rule: str = "drawdown-warning"
    drawdown_critical_rule: str = "drawdown-critical"
    error_rate_rule: str = "error-rate"
    position_rule: str = "position-max"
    connection_rule: str = "connection-lost"
    watchdog_rule: str = "pipeline-dead"
    telegram_guide: str = "docs/telegram.md"
    discord_guide: str = "docs/discord.md"
    discord_script: str = "scripts/discord-webhook.sh"
    pnl_dashboard: str = "tradeops-pnl"
    drawdown_dashboard: str = "tradeops-drawdown"
    latency_dashboard: str = "tradeops-latency"
    errors_dashboard: str = "tradeops-errors"
    positions_dashboard: str = "tradeops-positions"
    claude_dashboard: str = "tradeops-claude"
