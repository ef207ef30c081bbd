"""`[tool.tradeops.backtest]`, `[tool.tradeops.risk]` and `[tool.tradeops.node]`."""

from dataclasses import dataclass, field


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


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """How the subject's trading node is built and run.

    Attributes:
        config: `package.module:function`, returning the bot's `TradingNodeConfig`; it is called with `mode` (`venue`,
            `paper` or `testnet`) if it has that parameter. Or the path of a NautilusTrader configuration file (JSON).
        further: More of them, such as those of a second bot: SEC-003 holds the guard to every one.
        start_timeout: Until the trader must run, its configuration loaded and its clients connected.
        stop_timeout: Until a node that was asked to stop must have ended.
        preload_timeout: Until the process that nodes are forked from must have NautilusTrader loaded.
        start: `fork` from one process that has it loaded, `spawn` an interpreter per node, or `auto`: fork, and spawn
            where that fails.
        paper_balances: What the sandbox starts with in paper mode, where the bot's function does not know the mode.
        binance_testnet_api_key: For the testnet mode, as the following ones.
    """

    config: str = "strategies.node:node_config"
    further: tuple[str, ...] = ()
    start_timeout: float = field(default=30.0, metadata={"duration": True})
    stop_timeout: float = field(default=15.0, metadata={"duration": True})
    preload_timeout: float = field(default=90.0, metadata={"duration": True})
    start: str = field(default="auto", metadata={"choices": ("auto", "fork", "spawn")})
    paper_balances: tuple[str, ...] = ("1_000_000 USDT", "10 BTC")
    binance_testnet_api_key: str = field(
        default="", repr=False, metadata={"env": "TRADEOPS_BINANCE_TESTNET_API_KEY", "secret": True}
    )
    binance_testnet_api_secret: str = field(
        default="", repr=False, metadata={"env": "TRADEOPS_BINANCE_TESTNET_API_SECRET", "secret": True}
    )
    binance_futures_testnet_api_key: str = field(
        default="", repr=False, metadata={"env": "TRADEOPS_BINANCE_FUTURES_TESTNET_API_KEY", "secret": True}
    )
    binance_futures_testnet_api_secret: str = field(
        default="", repr=False, metadata={"env": "TRADEOPS_BINANCE_FUTURES_TESTNET_API_SECRET", "secret": True}
    )
    bybit_testnet_api_key: str = field(
        default="", repr=False, metadata={"env": "TRADEOPS_BYBIT_TESTNET_API_KEY", "secret": True}
    )
    bybit_testnet_api_secret: str = field(
        default="", repr=False, metadata={"env": "TRADEOPS_BYBIT_TESTNET_API_SECRET", "secret": True}
    )
