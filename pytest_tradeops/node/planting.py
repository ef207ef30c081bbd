"""Faults in any subject's node configuration: which file is written anew, and with what."""

import json
from pathlib import Path
from typing import Any

from ..exceptions import DeclarationError
from . import faults

#: Every client's environment goes back to its default. What is in a configuration file is still a plain mapping.
_NO_ENVIRONMENT = """
def tamper(config, *arguments):
    from msgspec.structs import replace

    def default(client):
        if hasattr(client, "environment"):
            return replace(client, environment=None)
        if isinstance(getattr(client, "config", None), dict) and "environment" in client.config:
            return replace(client, config={k: v for k, v in client.config.items() if k != "environment"})
        return client

    roles = {
        role: {name: default(client) for name, client in getattr(config, role).items()}
        for role in ("data_clients", "exec_clients")
    }
    return replace(config, **roles)
"""

#: An exception ends the process before any strategy hears of it.
_AT_ONCE = """
def tamper(config, *arguments):
    from msgspec.structs import replace
    from nautilus_trader.config import LiveDataEngineConfig, LiveExecEngineConfig, LiveRiskEngineConfig

    kinds = {
        "data_engine": LiveDataEngineConfig, "risk_engine": LiveRiskEngineConfig, "exec_engine": LiveExecEngineConfig
    }
    engines = {name: getattr(config, name) or kind() for name, kind in kinds.items()}
    return replace(
        config, **{name: replace(one, graceful_shutdown_on_exception=False) for name, one in engines.items()}
    )
"""
_ENGINES = ("data_engine", "risk_engine", "exec_engine")

#: No order is looked at on its way: the risk engine is bypassed, and what might stand beside it is not loaded.
_RISK_BYPASSED = """
def tamper(config, *arguments):
    from msgspec.structs import replace
    from nautilus_trader.config import LiveRiskEngineConfig

    engine = config.risk_engine or LiveRiskEngineConfig()
    return replace(config, risk_engine=replace(engine, bypass=True), controller=None, actors=[])
"""

#: Orders go to the exchange whatever mode was asked for: the bot's own configuration for the venue, and where that has
#: the sandbox as well, a client for each exchange that it takes data from.
_PAPER_IGNORED = """
def tamper(original, mode):
    import inspect

    from msgspec.structs import replace
    from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
    from nautilus_trader.adapters.bybit.config import BybitDataClientConfig, BybitExecClientConfig
    from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig

    asked = "venue" if mode == "paper" else mode
    config = original(mode=asked) if "mode" in inspect.signature(original).parameters else original()
    if mode != "paper":
        return config
    kinds = {BinanceDataClientConfig: BinanceExecClientConfig, BybitDataClientConfig: BybitExecClientConfig}
    shared = ("venue", "account_type", "environment", "product_types", "instrument_provider")
    exchanges = {
        name: kinds[type(client)](**{field: getattr(client, field) for field in shared if hasattr(client, field)})
        for name, client in config.data_clients.items()
        if type(client) in kinds
    }
    kept = {
        name: client
        for name, client in config.exec_clients.items()
        if type(client) is not SandboxExecutionClientConfig
    }
    return replace(config, exec_clients={**({} if kept else exchanges), **kept})
"""

#: A strategy whose configuration has a key in it, and that logs its configuration.
_LOGS_ITS_KEY = """
import os

from nautilus_trader.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy


class LogsItsKeyConfig(StrategyConfig, frozen=True):
    api_key: str = os.environ.get("BINANCE_TESTNET_API_KEY", "")
    order_id_tag: str = "905"


class LogsItsKey(Strategy):
    def on_start(self):
        self.log.info(f"Started with {self.config}")

    def on_stop(self):
        pass
"""
_ONE_STRATEGY_MORE = """
def tamper(config, *arguments):
    from msgspec.structs import replace
    from nautilus_trader.config import ImportableStrategyConfig

    more = ImportableStrategyConfig(**PLANTED)
    return replace(config, strategies=[*config.strategies, more])
"""


def without_environment(root: Path, entry: str) -> tuple[str, str]:
    """The file of the entry, relative to `root`, and its text without the clients' environments.

    Raises:
        DeclarationError: there is none, or it names no environment.
    """
    if entry.endswith(".json"):
        return entry, _json_without_environment(root / entry)
    path = faults.module_file(root, entry)
    return path, faults.wrapped((root / path).read_text(encoding="utf-8"), entry, _NO_ENVIRONMENT)


def paper_ignored(root: Path, entry: str) -> tuple[str, str] | None:
    """The file of the entry and its text with a function that trades on the exchange in paper mode, too.

    None for a configuration file: there the switch is not the subject's.

    Raises:
        DeclarationError: the subject has no such file.
    """
    if entry.endswith(".json") or entry.startswith("tradeops:"):
        return None
    path = faults.module_file(root, entry)
    source = (root / path).read_text(encoding="utf-8")
    return path, faults.replaced(source, entry, _PAPER_IGNORED, "mode")


def ending_at_once(root: Path, entry: str) -> tuple[str, str]:
    """The file of the entry and its text with engines that end the node's process at once when a handler raises.

    Raises:
        DeclarationError: the subject has no such file.
    """
    if entry.endswith(".json"):
        document = _document(root / entry)
        for name in _ENGINES:
            document[name] = {**(document.get(name) or {}), "graceful_shutdown_on_exception": False}
        return entry, json.dumps(document, indent=2) + "\n"
    path = faults.module_file(root, entry)
    return path, faults.wrapped((root / path).read_text(encoding="utf-8"), entry, _AT_ONCE)


def risk_bypassed(root: Path, entry: str) -> tuple[str, str]:
    """The file of the entry and its text with a node in which nothing looks at an order before it leaves.

    Raises:
        DeclarationError: the subject has no such file.
    """
    if entry.endswith(".json"):
        document = _document(root / entry)
        document["risk_engine"] = {**(document.get("risk_engine") or {}), "bypass": True}
        document |= {"controller": None, "actors": []}
        return entry, json.dumps(document, indent=2) + "\n"
    path = faults.module_file(root, entry)
    return path, faults.wrapped((root / path).read_text(encoding="utf-8"), entry, _RISK_BYPASSED)


def logging_its_key(root: Path, entry: str) -> list[tuple[str, str]]:
    """Files and their texts, with one strategy more in the node, which logs its configuration with a key in it.

    Raises:
        DeclarationError: the subject has no such file.
    """
    module = "tradeops_planted_key"
    planted = {"strategy_path": f"{module}:LogsItsKey", "config_path": f"{module}:LogsItsKeyConfig", "config": {}}
    files = [(f"{module}.py", _LOGS_ITS_KEY.lstrip())]
    if entry.endswith(".json"):
        document = _document(root / entry)
        document["strategies"] = [*(document.get("strategies") or []), planted]
        return [*files, (entry, json.dumps(document, indent=2) + "\n")]
    path = faults.module_file(root, entry)
    body = _ONE_STRATEGY_MORE.replace("PLANTED", repr(planted))
    return [*files, (path, faults.wrapped((root / path).read_text(encoding="utf-8"), entry, body))]


def _document(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeclarationError(f"{path.name} cannot be read: {error}.", remedy="Correct the file.") from None
    return document


def _json_without_environment(path: Path) -> str:
    document = _document(path)
    removed = [
        place.pop("environment")
        for role in ("data_clients", "exec_clients")
        for client in document.get(role, {}).values()
        for place in _places(client)
        if "environment" in place
    ]
    if not removed:
        raise DeclarationError(f"No client in {path.name} names an environment.", remedy="Let each name one.")
    return json.dumps(document, indent=2) + "\n"


def _places(client: Any) -> list[dict[str, Any]]:
    if not isinstance(client, dict):
        return []
    inner = client.get("config")
    return [client, inner] if isinstance(inner, dict) else [client]
