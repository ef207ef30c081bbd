"""All settings together: `[tool.tradeops]` with one sub-table per domain."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import config
from .bench.settings import BenchSettings
from .monitoring.settings import MonitoringSettings
from .node.settings import BacktestSettings, NodeSettings, RiskSettings
from .review.settings import AdrSettings
from .security.settings import SecuritySettings
from .services.settings import ServicesSettings
from .standins.settings import SentrySettings
from .venue.settings import VenueSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """`[tool.tradeops]`.

    Attributes:
        profile: What `tradeops verify` judges by when no `--profile` is given.
        checks: Files or folders with the adopter's own checks; `tradeops verify` runs them beside the packaged suites.
        strategies: The folder with the strategy code.
        smoke_tests: Node ids of a few fast tests that BEN-001 runs with and without workers.
        ci_test_command: The command that CI runs the tests with; it must stand literally in a CI file.
        waivers: The waiver file.
        default_branch: The branch whose waivers count for a change.
        not_applicable: Check id to the reason why its object cannot exist in this subject.
        profiles: Profiles of the adopter's own.
    """

    profile: str = field(default="local", metadata={"env": "TRADEOPS_PROFILE"})
    checks: tuple[str, ...] = ()
    strategies: str = "strategies"
    smoke_tests: tuple[str, ...] = ()
    ci_test_command: str = ""
    waivers: str = field(default="tradeops-waivers.toml", metadata={"env": "TRADEOPS_WAIVERS"})
    default_branch: str = "main"
    not_applicable: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, Any] = field(default_factory=dict)
    services: ServicesSettings = field(default_factory=ServicesSettings)
    backtest: BacktestSettings = field(default_factory=BacktestSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    node: NodeSettings = field(default_factory=NodeSettings)
    venue: VenueSettings = field(default_factory=VenueSettings)
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    sentry: SentrySettings = field(default_factory=SentrySettings)
    adr: AdrSettings = field(default_factory=AdrSettings)
    security: SecuritySettings = field(default_factory=SecuritySettings)
    bench: BenchSettings = field(default_factory=BenchSettings)


def load_settings(root: Path, options: dict[str, Any] | None = None) -> Settings:
    """The settings of the subject at `root`.

    Raises:
        ConfigError: `pyproject.toml` is broken, or a key is unknown or of the wrong type.
    """
    return config.load(Settings, config.read_table(root), options=options)
