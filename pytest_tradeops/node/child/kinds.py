"""The client configurations that the guard knows: their exact classes and every field of NautilusTrader 1.231."""

from dataclasses import dataclass
from typing import Any

from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceEnvironment
from nautilus_trader.adapters.binance.config import BinanceDataClientConfig, BinanceExecClientConfig
from nautilus_trader.adapters.bybit.config import BybitDataClientConfig, BybitExecClientConfig
from nautilus_trader.adapters.sandbox.config import SandboxExecutionClientConfig
from nautilus_trader.core.nautilus_pyo3 import BybitEnvironment, BybitProductType

_LIVE = "instrument_provider routing"
_DATA = f"{_LIVE} handle_revised_bars"
_BYBIT = (
    "api_key api_secret product_types environment base_url_http proxy_url transport_backend max_retries "
    "retry_delay_initial_ms retry_delay_max_ms recv_window_ms"
)
_BINANCE = (
    "venue api_key api_secret key_type account_type environment base_url_http base_url_ws proxy_url us "
    "transport_backend"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of client configurations.

    Attributes:
        adapter: `binance`, `bybit` or `sandbox`.
        role: `data_clients` or `exec_clients`.
        addresses: The fields that hold a URL.
        fields: All fields. A newer version may bring one that leads elsewhere, so an unknown one is refused.
        factories: The stock factory's name in a configuration file.
    """

    type: type[Any]
    adapter: str
    role: str
    addresses: tuple[str, ...]
    fields: frozenset[str]
    factory: str


KINDS = tuple(
    Kind(type_, adapter, role, tuple(addresses.split()), frozenset(fields.split()), factory)
    for type_, adapter, role, addresses, fields, factory in (
        (
            BinanceDataClientConfig,
            "binance",
            "data_clients",
            "base_url_http base_url_ws",
            f"{_DATA} {_BINANCE} update_instruments_interval_mins use_agg_trade_ticks",
            "BinanceLiveDataClientFactory",
        ),
        (
            BinanceExecClientConfig,
            "binance",
            "exec_clients",
            "base_url_http base_url_ws base_url_ws_stream",
            f"{_LIVE} {_BINANCE} base_url_ws_stream use_gtd use_reduce_only use_position_ids use_trade_lite "
            "treat_expired_as_canceled recv_window_ms max_retries retry_delay_initial_ms retry_delay_max_ms "
            "futures_leverages futures_margin_types log_rejected_due_post_only_as_warning",
            "BinanceLiveExecClientFactory",
        ),
        (
            BybitDataClientConfig,
            "bybit",
            "data_clients",
            "base_url_http",
            f"{_DATA} {_BYBIT} update_instruments_interval_mins bars_timestamp_on_close instrument_status_poll_secs",
            "BybitLiveDataClientFactory",
        ),
        (
            BybitExecClientConfig,
            "bybit",
            "exec_clients",
            "base_url_http base_url_ws_private base_url_ws_trade",
            f"{_LIVE} {_BYBIT} base_url_ws_private base_url_ws_trade use_gtd use_ws_execution_fast use_http_batch_api "
            "ignore_uncached_instrument_executions auto_repay_spot_borrows repay_queue_interval_secs "
            "ws_trade_timeout_secs ws_auth_timeout_secs futures_leverages position_mode margin_mode "
            "use_spot_position_reports",
            "BybitLiveExecClientFactory",
        ),
        (
            SandboxExecutionClientConfig,
            "sandbox",
            "exec_clients",
            "",
            f"{_LIVE} venue starting_balances base_currency oms_type account_type default_leverage leverages book_type "
            "frozen_account bar_execution trade_execution reject_stop_orders support_gtd_orders "
            "support_contingent_orders use_position_ids use_random_ids use_reduce_only",
            "SandboxLiveExecClientFactory",
        ),
    )
)

#: What serves no live market. Bybit's demo is missing: its public stream is the live one.
TEST_ENVIRONMENTS: dict[str, tuple[Any, ...]] = {
    "binance": (BinanceEnvironment.TESTNET, BinanceEnvironment.DEMO),
    "bybit": (BybitEnvironment.TESTNET,),
}
ENVIRONMENT_TYPES: dict[str, type[Any]] = {"binance": BinanceEnvironment, "bybit": BybitEnvironment}
ACCOUNT_TYPES = {BinanceAccountType.SPOT: "binance-spot", BinanceAccountType.USDT_FUTURES: "binance-futures"}
PRODUCTS = (BybitProductType.LINEAR, BybitProductType.SPOT)


def kind_of(client: Any, role: str) -> Kind | None:
    """The kind of a client configuration of exactly that class; None for any other, subclasses included."""
    return next((one for one in KINDS if one.role == role and type(client) is one.type), None)


def face_of(client: Any, kind: Kind) -> str:
    """The venue's face that this client belongs to; empty for none."""
    if kind.adapter == "binance":
        return ACCOUNT_TYPES.get(client.account_type, "") if isinstance(client.account_type, BinanceAccountType) else ""
    return "bybit" if kind.adapter == "bybit" else ""
