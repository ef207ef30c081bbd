"""The guard's second look: at the clients as NautilusTrader has built them, not at what they were to be built from."""

from collections.abc import Collection, Iterator
from typing import Any

from .addresses import is_test_host, objection
from .kinds import face_of, kind_of
from .refusal import Refusal

#: Where each class of clients keeps an address, as dotted attributes.
_PLACES = {
    "BinanceSpotDataClient": ("_http_client._base_url", "_ws_client._base_url", "_ws_public_client._base_url"),
    "BinanceFuturesDataClient": ("_http_client._base_url", "_ws_client._base_url", "_ws_public_client._base_url"),
    "BinanceSpotExecutionClient": ("_http_client._base_url", "_ws_client._base_url"),
    "BinanceFuturesExecutionClient": (
        "_http_client._base_url",
        "_ws_client._base_url",
        "_ws_client._stream_base_url",
    ),
    # The streams of Bybit's clients are native and tell no address; they were made from these fields.
    "BybitDataClient": ("_http_client.base_url", "_config.base_url_http"),
    "_BybitData": ("_http_client.base_url", "_config.base_url_http", "streams.linear", "streams.spot"),
    "BybitExecutionClient": (
        "_http_client.base_url",
        "_config.base_url_http",
        "_config.base_url_ws_private",
        "_config.base_url_ws_trade",
    ),
    "SandboxExecutionClient": (),
}


def examine(node: Any, config: Any, mode: str, given: Collection[str]) -> tuple[list[Refusal], list[dict[str, Any]]]:
    """What is wrong with the node's clients, and one row per client: its class and how many addresses were read."""
    refusals: list[Refusal] = []
    rows: list[dict[str, Any]] = []
    for role, engine in (("data_clients", node.kernel.data_engine), ("exec_clients", node.kernel.exec_engine)):
        clients = {str(name): client for name, client in engine._clients.items()}
        wanted = getattr(config, role)
        if len(clients) != len(wanted):
            message = f"{len(wanted)} {role} are configured and {len(clients)} were built."
            refusals.append(Refusal("guard: client missing", message, role))
        for name, client in sorted(clients.items()):
            place = f"{role}.{name}"
            class_ = type(client).__name__
            if class_ not in _PLACES:
                message = f"A {type(client).__module__}.{class_} was built, and it is not known where it leads."
                refusals.append(Refusal("guard: unknown client", message, place))
                continue
            read = list(_addresses(client, class_))
            rows.append({"role": role, "client": name, "class": class_.lstrip("_"), "addresses": len(read)})
            for attribute, address in read:
                why = objection(address, mode, given)
                if why:
                    message = f"{attribute} of the built client {why}."
                    refusals.append(Refusal("guard: built client leads elsewhere", message, f"{place}.{attribute}"))
    return refusals, rows


def _addresses(client: Any, class_: str) -> Iterator[tuple[str, Any]]:
    for path in _PLACES[class_]:
        found: Any = client
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else getattr(found, name, None)
        if found is None and (path.startswith(("_config.", "streams."))):
            continue  # left to the environment on the testnet, or a product that was not asked for
        yield path, found


def facts(config: Any) -> list[dict[str, Any]]:
    """One row per rendered client, for the evidence: no address, no key."""
    rows = []
    for role in ("data_clients", "exec_clients"):
        for name, client in sorted(getattr(config, role).items()):
            kind = kind_of(client, role)
            addresses = [getattr(client, field) for field in kind.addresses] if kind is not None else []
            given = [one for one in addresses if one is not None]
            rows.append(
                {
                    "role": role,
                    "client": name,
                    "class": type(client).__name__,
                    "face": face_of(client, kind) if kind is not None else "",
                    "environment": str(getattr(client, "environment", "sandbox")).rpartition(".")[2].upper(),
                    "addresses": len(given),
                    "test hosts": sum(is_test_host(one) for one in given),
                }
            )
    return rows
