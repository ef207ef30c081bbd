"""The factories that nodes are built with: NautilusTrader's own, and for Bybit's data one that fills a gap."""

import asyncio
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from nautilus_trader.adapters.binance.factories import BinanceLiveDataClientFactory, BinanceLiveExecClientFactory
from nautilus_trader.adapters.bybit.data import BybitDataClient
from nautilus_trader.adapters.bybit.factories import (
    BybitLiveDataClientFactory,
    BybitLiveExecClientFactory,
    get_cached_bybit_http_client,
    get_cached_bybit_instrument_provider,
)
from nautilus_trader.adapters.sandbox.factory import SandboxLiveExecClientFactory
from nautilus_trader.core import nautilus_pyo3
from nautilus_trader.live.factories import LiveDataClientFactory

_STOCK: dict[tuple[str, str], type[Any]] = {
    ("binance", "data_clients"): BinanceLiveDataClientFactory,
    ("binance", "exec_clients"): BinanceLiveExecClientFactory,
    ("bybit", "data_clients"): BybitLiveDataClientFactory,
    ("bybit", "exec_clients"): BybitLiveExecClientFactory,
    ("sandbox", "exec_clients"): SandboxLiveExecClientFactory,
}


def factory(adapter: str, role: str, face: Mapping[str, str] | None) -> type[Any]:
    """The factory for one client.

    Args:
        face: The venue's addresses of this exchange; None on the testnet.
    """
    if adapter == "bybit" and role == "data_clients" and face:
        return _bybit_data({"linear": face["ws_public_linear"], "spot": face["ws_public_spot"]})
    return _STOCK[adapter, role]


class _BybitData(BybitDataClient):
    """Bybit's data client with a public stream address per product.

    NautilusTrader 1.231 hands `base_url_http` to the streams, one address for all products: with an address of its
    own for HTTP no stream can be opened.
    """

    def __init__(self, *, streams: Mapping[str, str], config: Any, **arguments: Any) -> None:
        # The parent makes a stream per product from this address and opens none before `_connect`.
        first = streams[_word(config.product_types[0])]
        super().__init__(config=replace(config, base_url_http=first), **arguments)
        for product in config.product_types[1:]:
            self._ws_clients[product] = nautilus_pyo3.BybitWebSocketClient.new_public(
                product_type=product, environment=config.environment, url=streams[_word(product)]
            )
            self._ws_clients[product].set_bars_timestamp_on_close(config.bars_timestamp_on_close)
        self.streams = {_word(product): streams[_word(product)] for product in config.product_types}


def _bybit_data(streams: Mapping[str, str]) -> type[Any]:
    class LoopbackBybitDataFactory(LiveDataClientFactory):
        """Builds the client as the stock factory does, except for the addresses of the public streams."""

        @staticmethod
        def create(
            loop: asyncio.AbstractEventLoop, name: str, config: Any, msgbus: Any, cache: Any, clock: Any
        ) -> BybitDataClient:
            client = get_cached_bybit_http_client(
                environment=config.environment,
                api_key=config.api_key,
                api_secret=config.api_secret,
                base_url=config.base_url_http,
                max_retries=config.max_retries,
                retry_delay_ms=config.retry_delay_initial_ms,
                retry_delay_max_ms=config.retry_delay_max_ms,
                recv_window_ms=config.recv_window_ms,
            )
            return _BybitData(
                streams=streams,
                config=config,
                loop=loop,
                client=client,
                msgbus=msgbus,
                cache=cache,
                clock=clock,
                instrument_provider=get_cached_bybit_instrument_provider(
                    client=client, product_types=tuple(config.product_types), config=config.instrument_provider
                ),
                name=name,
            )

    return LoopbackBybitDataFactory


def _word(product: Any) -> str:
    """`linear` or `spot`, the product's name in addresses."""
    return str(product.name).lower()
