"""`[tool.tradeops.backtest]` and `[tool.tradeops.risk]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BacktestSettings:
    """How the subject's reference backtest is built.

    Attributes:
        entry: `package.module:function`; called as `function(seed)`, returns a `BacktestEngine` with venue, data and
            strategies added, not yet run.
        seed: What it is called with.
        timeout: Seconds one run may take.
    """

    entry: str = "strategies.backtest:build"
    seed: int = 7
    timeout: float = 120.0


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """Where the subject's risk limits live.

    Attributes:
        entry: `package.module:function`; called without arguments, returns the `RiskEngineConfig` that the bot uses.
    """

    entry: str = "strategies.risk:risk_engine_config"
