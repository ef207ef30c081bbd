"""The guard's rules: what has to be proven of a configuration before anything is built from it.

They are applied twice: to what the team wrote, so that a forgotten field is found, and to what is rendered from it,
so that nothing depends on rendering being right.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from nautilus_trader.adapters.binance.config import BinanceInstrumentProviderConfig
from nautilus_trader.config import ImportableConfig, InstrumentProviderConfig, TradingNodeConfig

from .addresses import is_loopback, is_test_host, objection
from .kinds import ENVIRONMENT_TYPES, KINDS, TEST_ENVIRONMENTS, Kind, face_of, kind_of
from .refusal import Refusal

ROLES = ("data_clients", "exec_clients")
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
_KEY = re.compile(
    r"(?:BINANCE|BYBIT|OKX|KRAKEN|HYPERLIQUID|DERIBIT|BITMEX|DYDX|COINBASE)\w*_(?:KEY|SECRET|PK|PASSPHRASE)"
)
_PROVIDERS = (InstrumentProviderConfig, BinanceInstrumentProviderConfig)


def environment(environ: Mapping[str, str] | None = None) -> list[Refusal]:
    """What in the process environment could lead or authorise a client elsewhere."""
    found = []
    for name, value in sorted((os.environ if environ is None else environ).items()):
        if value and name.upper() in _PROXIES:
            message = f"The environment sets {name}, and the clients would connect through it."
            found.append(Refusal("guard: proxy in the environment", message, name, f"Unset {name}."))
        elif value and _KEY.fullmatch(name.upper()) and not ({"TESTNET", "DEMO"} & set(name.upper().split("_"))):
            message = f"The environment holds {name}, which the adapters take for live keys."
            found.append(Refusal("guard: live keys in the environment", message, name, f"Unset {name} for this run."))
    return found


def node(config: Any) -> list[Refusal]:
    """Whether it is a node configuration at all, of exactly that class."""
    if type(config) is TradingNodeConfig:
        return []
    message = f"The configuration is a {type(config).__name__} and not exactly a TradingNodeConfig."
    return [Refusal("guard: unknown node configuration", message, "", "Return a TradingNodeConfig.")]


def importable(config: Any) -> list[Refusal]:
    """What is wrong with the class paths of a configuration file, before any of them is imported."""
    found = []
    for place, client in _clients(config):
        if type(client) is not ImportableConfig:
            continue
        if not client.path.startswith("nautilus_trader.adapters."):
            message = f"{client.path} is no configuration of an adapter of NautilusTrader."
            found.append(Refusal("guard: unknown client configuration", message, place, _KNOWN))
        factory = client.factory.path if client.factory is not None else ""
        stock = {kind.factory for kind in KINDS}
        if factory and not (factory.startswith("nautilus_trader.adapters.") and factory.partition(":")[2] in stock):
            message = f"{factory} could build a client that nobody has examined."
            found.append(Refusal("guard: unknown factory", message, place, "Leave `factory` out: ours are used."))
    return found


def written(config: Any, mode: str) -> list[Refusal]:
    """What is wrong with the configuration as the team wrote it."""
    found: list[Refusal] = []
    for place, client in _clients(config):
        kind = kind_of(client, place.partition(".")[0])
        if kind is None:
            message = f"{type(client).__module__}.{type(client).__qualname__} is no client configuration that is known."
            found.append(Refusal("guard: unknown client configuration", message, place, _KNOWN))
            continue
        found += _common(client, kind, place)
        for field in kind.addresses:
            address = getattr(client, field)
            if address is None or is_test_host(address) or (mode != "testnet" and is_loopback(address)):
                continue
            message = f"{field} is neither an IP literal of loopback nor a test host of the exchange."
            remedy = "Leave it out: the venue's address is filled in, and on the testnet the exchange's own is used."
            found.append(Refusal("guard: address not allowed", message, f"{place}.{field}", remedy))
    return found


def rendered(config: Any, mode: str, given: Collection[str]) -> list[Refusal]:
    """What is wrong with the configuration that the node would be built from.

    Args:
        given: The venue's addresses.
    """
    found: list[Refusal] = []
    for place, client in _clients(config):
        kind = kind_of(client, place.partition(".")[0])
        if kind is None:
            found.append(Refusal("guard: unknown client configuration", "Rendering changed its class.", place))
            continue
        found += _common(client, kind, place)
        for field in kind.addresses:
            address = getattr(client, field)
            if address is None and mode == "testnet":
                continue  # the environment's own; the built clients are looked at once more
            if address is None:
                message = f"{field} is not set, so {place} would fall through to the exchange's own host."
                found.append(Refusal("guard: address missing", message, f"{place}.{field}"))
            elif why := objection(address, mode, given):
                message = f"{field} {why}."
                found.append(Refusal("guard: address not allowed", message, f"{place}.{field}"))
        if kind.role == "exec_clients" and kind.adapter != "sandbox" and not (client.api_key and client.api_secret):
            message = "The keys are not given, so the adapter would look for some in the environment."
            found.append(Refusal("guard: keys not explicit", message, place))
    shared = [config.cache, config.message_bus]
    if any(one is not None and one.database is not None for one in shared) or config.streaming is not None:
        message = "The node would keep its state in a database or catalog that a live one may share."
        found.append(Refusal("guard: shared state", message))
    return found


def _common(client: Any, kind: Kind, place: str) -> Iterator[Refusal]:
    """The rules that hold for both."""
    unknown = sorted(set(client.__struct_fields__) ^ kind.fields)
    if unknown:
        message = f"This NautilusTrader has other fields than 1.231: {', '.join(unknown)}."
        yield Refusal(
            "guard: unknown field", message, place, "Install nautilus_trader 1.231, or a newer pytest-tradeops."
        )
        return
    if type(client.instrument_provider) not in _PROVIDERS:
        message = f"{type(client.instrument_provider).__qualname__} is no instrument provider that is known."
        yield Refusal("guard: unknown client configuration", message, f"{place}.instrument_provider", _KNOWN)
    if kind.adapter == "sandbox":
        return
    yield from _environment(client, kind, f"{place}.environment")
    if client.proxy_url is not None:
        message = "proxy_url is set: what is behind a proxy cannot be seen."
        yield Refusal("guard: proxy", message, f"{place}.proxy_url", "Remove proxy_url.")
    if kind.adapter == "binance":
        if client.us is not False:
            yield Refusal("guard: Binance US", "us is set, and Binance US has no testnet.", f"{place}.us", "Remove us.")
        if not face_of(client, kind):
            message = f"The account type {client.account_type} has no test venue."
            remedy = "Use BinanceAccountType.SPOT or USDT_FUTURES."
            yield Refusal("guard: unknown account type", message, f"{place}.account_type", remedy)


def _environment(client: Any, kind: Kind, place: str) -> Iterator[Refusal]:
    given, type_ = client.environment, ENVIRONMENT_TYPES[kind.adapter]
    remedy = f"Write environment={type_.__name__}.TESTNET."
    if given is None:
        message = "environment is not set, and the adapter's default is the live venue."
        yield Refusal("guard: environment not explicit", message, place, remedy)
    elif not isinstance(given, type_):
        # NautilusTrader does not convert it: compared with its own members it is none of the test environments.
        message = f"environment is {str(given)[:40]!r} and not a member of {type_.__name__}."
        yield Refusal("guard: environment not explicit", message, place, remedy)
    elif not any(given == one for one in TEST_ENVIRONMENTS[kind.adapter]):
        why = "shares streams with the live venue" if str(given).upper().endswith("DEMO") else "is the live venue"
        yield Refusal("guard: live environment", f"environment is {given}, which {why}.", place, remedy)


def _clients(config: Any) -> Iterator[tuple[str, Any]]:
    for role in ROLES:
        for name, client in sorted(getattr(config, role).items()):
            yield f"{role}.{name}", client


_KNOWN = "Known are the Binance Spot, Binance USDT-M futures, Bybit and sandbox clients of NautilusTrader."
