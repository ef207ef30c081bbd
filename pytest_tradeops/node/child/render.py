"""Turns the team's node configuration into one that trades on the venue, on paper or on the testnet."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType
from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig
from nautilus_trader.config import (
    ImportableConfig,
    LiveDataEngineConfig,
    LiveExecEngineConfig,
    LiveRiskEngineConfig,
    LoggingConfig,
)
from nautilus_trader.core.nautilus_pyo3 import BybitProductType
from nautilus_trader.model.identifiers import TraderId  # type: ignore[import-not-found]

from .entry import Problem
from .kinds import PRODUCTS, Kind, face_of, kind_of

_TIMEOUTS = {
    "timeout_connection": 10.0,
    "timeout_reconciliation": 10.0,
    "timeout_portfolio": 5.0,
    "timeout_disconnection": 5.0,
    "timeout_post_stop": 0.5,
    "timeout_shutdown": 2.0,
}
_EXEC = {
    "inflight_check_interval_ms": 500,
    "inflight_check_threshold_ms": 2_000,
    "inflight_check_retries": 3,
    "reconciliation_startup_delay_secs": 0.5,
}
_ENGINES = {
    "data_engine": LiveDataEngineConfig,
    "risk_engine": LiveRiskEngineConfig,
    "exec_engine": LiveExecEngineConfig,
}
#: Bybit's client asks for no reports when its streams come back; without these a fill in the gap is never seen.
_BYBIT_CHECKS = {
    "open_check_interval_secs": 2.0,
    "open_check_open_only": False,
    "open_check_threshold_ms": 1_000,
    "open_check_missing_retries": 1,
}
#: When its stream comes back, the client asks for each market by two names, counts fills twice, and corrects that with
#: an order of nobody's, which the node would believe in.
_FUTURES_CHECKS = {"filter_unclaimed_external_orders": True}
#: Not on Spot, which reports no positions: each check would find every position missing.
_POSITION_CHECKS = {"position_check_interval_secs": 3.0, "position_check_threshold_ms": 1_000}


def resolve(config: Any) -> Any:
    """The configuration with the class paths of a configuration file replaced by the configurations they name."""
    return replace(
        config,
        **{
            role: {
                name: client.create() if type(client) is ImportableConfig else client  # type: ignore[no-untyped-call]
                for name, client in getattr(config, role).items()
            }
            for role in ("data_clients", "exec_clients")
        },
    )


def render(config: Any, task: Mapping[str, Any], *, switch: bool) -> Any:
    """The node's configuration: its strategies and limits are the team's own, where it connects to is not.

    Args:
        task: `mode`, `faces` (name to `urls`, `api_key`, `api_secret`), `tag`, `log_directory`, `balances`,
            `strategies`, `graceful`.
        switch: Whether execution is to be replaced in paper mode; not if the team's own function knows the mode.

    Raises:
        Problem: the venue has no face for a client.
    """
    data, execution = (
        {name: _redirected(client, role, name, task) for name, client in getattr(config, role).items()}
        for role in ("data_clients", "exec_clients")
    )
    if task["mode"] == "paper" and switch:
        execution = dict(_sandboxed(name, client, task["balances"]) for name, client in execution.items())
    name = config.trader_id.value.rpartition("-")[0] or "TRADER"
    changes: dict[str, Any] = {
        "trader_id": TraderId(f"{name}-{task['tag']}"),
        "data_clients": data,
        "exec_clients": execution,
        "logging": LoggingConfig(
            log_level="ERROR",
            log_level_file="INFO",
            log_directory=task["log_directory"],
            log_file_name="node",
            log_file_format="JSON",
            log_colors=False,
        ),
        # State that outlives the node: a live one may share it.
        "cache": replace(config.cache, database=None) if config.cache is not None else None,
        "message_bus": (
            replace(config.message_bus, database=None, external_streams=None)
            if config.message_bus is not None
            else None
        ),
        "streaming": None,
        "load_state": False,
        "save_state": False,
        **_unless_written(config, _TIMEOUTS),
        **_engines(config, execution, graceful=task["graceful"]),
    }
    if not task["strategies"]:
        changes |= {"strategies": [], "actors": [], "exec_algorithms": [], "controller": None}
    return replace(config, **changes)


def graceful_engines(config: Any) -> dict[str, bool]:
    """Engine to whether an unexpected exception in it stops the node in order, as the configuration says itself."""
    return {
        name: bool((getattr(config, name) or default()).graceful_shutdown_on_exception)
        for name, default in _ENGINES.items()
    }


def hides_rejections(config: Any) -> str:
    """What in the configuration's own logging keeps rejections, which are warnings, out of every log; else empty."""
    logging = config.logging or LoggingConfig()
    if logging.bypass_logging:
        return "bypass_logging"
    levels = {"log_level": logging.log_level, "log_level_file": logging.log_level_file}
    quiet = [f"{name} {level}" for name, level in levels.items() if level and level.upper() in ("OFF", "ERROR")]
    return " and ".join(quiet) if len(quiet) == sum(level is not None for level in levels.values()) else ""


def _redirected(client: Any, role: str, name: str, task: Mapping[str, Any]) -> Any:
    kind = kind_of(client, role)
    if kind is None or kind.adapter == "sandbox":
        return client
    face = task["faces"].get(face_of(client, kind))
    if face is None:
        message = f"{role}.{name} needs the face {face_of(client, kind)}, and this node was given none."
        raise Problem("no face", message, word="node")
    changes: dict[str, Any] = {"api_key": face["api_key"], "api_secret": face["api_secret"]}
    if task["mode"] != "testnet":
        changes |= _addresses(kind, face["urls"])
    if kind.adapter == "bybit":
        changes["product_types"] = _products(client, role, name)
    return replace(client, **changes)


def _addresses(kind: Kind, urls: Mapping[str, str]) -> dict[str, str]:
    if kind.adapter == "bybit":
        private = {"base_url_ws_private": urls["ws_private"], "base_url_ws_trade": urls["ws_trade"]}
        return {"base_url_http": urls["http"], **(private if kind.role == "exec_clients" else {})}
    if kind.role == "data_clients":
        return {"base_url_http": urls["http"], "base_url_ws": urls["ws"]}
    # Execution's `base_url_ws` is the WS-API; only futures read the stream's, Spot must not be left with a live one.
    return {"base_url_http": urls["http"], "base_url_ws": urls["ws_api"], "base_url_ws_stream": urls["ws"]}


def _products(client: Any, role: str, name: str) -> tuple[Any, ...]:
    wanted = tuple(client.product_types or PRODUCTS)
    if not all(any(one == known for known in PRODUCTS) for one in wanted):
        message = f"{role}.{name} names products that the venue does not have; it has Spot and linear."
        raise Problem("no face", message, word="node")
    return wanted


def _sandboxed(name: str, client: Any, balances: list[str]) -> tuple[str, Any]:
    if type(client) is SandboxExecutionClientConfig:
        return name, client
    bybit = hasattr(client, "product_types")
    venue = "BYBIT" if bybit else client.venue.value
    spot = (
        all(one == BybitProductType.SPOT for one in client.product_types)
        if bybit
        else client.account_type is BinanceAccountType.SPOT
    )
    return venue, SandboxExecutionClientConfig(
        venue=venue,
        starting_balances=list(balances),
        account_type="CASH" if spot else "MARGIN",
        oms_type="NETTING",
        default_leverage=Decimal(1) if spot else Decimal(10),
        routing=client.routing,
    )


def _engines(config: Any, execution: Mapping[str, Any], *, graceful: bool | None) -> dict[str, Any]:
    exec_engine = config.exec_engine or LiveExecEngineConfig()
    checks = dict(_EXEC)
    if any(hasattr(client, "product_types") for client in execution.values()):
        checks |= _BYBIT_CHECKS
    spot = any(_is_spot(client) for client in execution.values())
    changes = _unless_written(exec_engine, checks | ({} if spot else _POSITION_CHECKS))
    if spot:
        # A Spot client reports no positions: NautilusTrader would close those of an earlier run with made-up orders.
        changes["generate_missing_orders"] = False
    if any(getattr(client, "account_type", None) is BinanceAccountType.USDT_FUTURES for client in execution.values()):
        changes |= _unless_written(exec_engine, _FUTURES_CHECKS)
    engines = {
        "data_engine": config.data_engine or LiveDataEngineConfig(),
        "risk_engine": config.risk_engine or LiveRiskEngineConfig(),
        "exec_engine": replace(exec_engine, **changes),
    }
    if graceful is None:
        return engines
    return {name: replace(one, graceful_shutdown_on_exception=graceful) for name, one in engines.items()}


def _is_spot(client: Any) -> bool:
    products = getattr(client, "product_types", None) or ()
    return getattr(client, "account_type", None) is BinanceAccountType.SPOT or any(
        one == BybitProductType.SPOT for one in products
    )


def _unless_written(config: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The values for fields that still have NautilusTrader's default; what the team chose is kept."""
    default = type(config)()
    return {name: value for name, value in wanted.items() if getattr(config, name) == getattr(default, name)}
