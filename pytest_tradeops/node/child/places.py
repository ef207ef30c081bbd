"""Where a node trades and who trades in it: its instruments with their terms, and the team's strategies."""

from collections.abc import Iterator
from typing import Any

from nautilus_trader.model.data import BarType  # type: ignore[import-not-found]
from nautilus_trader.model.identifiers import InstrumentId  # type: ignore[import-not-found]

from .driver import Driver
from .kinds import face_of, kind_of

#: Instrument classes by the name that the venue has for them.
_KINDS = {"SPOT": "spot", "SWAP": "linear"}
_FACES = {"binance-spot": ("spot",), "binance-futures": ("linear",), "bybit": ("spot", "linear")}


def places(node: Any, config: Any) -> list[dict[str, Any]]:
    """One row per instrument that the node can trade on one of the venue's faces: where that is, and its terms."""
    clients = {str(name): client for name, client in node.kernel.exec_engine._clients.items()}
    takes = {face_of(one, kind): None for one in config.data_clients.values() if (kind := kind_of(one, "data_clients"))}
    faces: list[tuple[str, Any]] = []
    for name, one in sorted(config.exec_clients.items()):
        kind = kind_of(one, "exec_clients")
        if kind is not None and name in clients:
            # The sandbox fills at the prices of the exchange that the data come from.
            its = takes if kind.adapter == "sandbox" else (face_of(one, kind),)
            faces += [(face, clients[name]) for face in its if face]
    rows = []
    for instrument in sorted(node.cache.instruments(), key=lambda one: str(one.id.value)):
        kind_name = _KINDS.get(instrument.instrument_class.name, "")
        found = [
            (face, client)
            for face, client in faces
            if client.venue == instrument.id.venue and kind_name in _FACES[face]
        ]
        rows += [_row(node, instrument, kind_name, *one) for one in found[:1]]
    return rows


def is_sandbox(client: Any) -> bool:
    """Whether an execution client fills orders inside of the node."""
    return type(client).__name__ == "SandboxExecutionClient"


def team(node: Any) -> list[dict[str, Any]]:
    """One row per strategy that is not ours: its id, its class, and the instruments that its configuration names."""
    return [
        {
            "id": one.id.value,
            "class": f"{type(one).__module__}:{type(one).__qualname__}",
            "instruments": sorted(set(_instruments(one.config))),
            "running": bool(one.is_running),
        }
        for one in node.trader.strategies()
        if not isinstance(one, Driver)
    ]


def _row(node: Any, instrument: Any, kind: str, face: str, client: Any) -> dict[str, Any]:
    base = instrument.get_base_currency()
    account = node.cache.account(client.account_id)
    return {
        "instrument": instrument.id.value,
        "face": face,
        "market": f"{instrument.raw_symbol.value}.{kind}",
        "account": client.account_id.value,
        "account_type": "" if account is None else account.type.name,
        "one_currency": account is not None and account.base_currency is not None,
        "paper": is_sandbox(client),
        "base": "" if base is None else base.code,
        "quote": instrument.quote_currency.code,
        "tick": str(instrument.price_increment),
        "step": str(instrument.size_increment),
        "min_quantity": str(instrument.min_quantity or 0),
        "min_notional": str(0 if instrument.min_notional is None else instrument.min_notional.as_decimal()),
    }


def _instruments(value: Any) -> Iterator[str]:
    """Every instrument that a configuration names, at any depth."""
    if isinstance(value, InstrumentId):
        yield value.value
    elif isinstance(value, BarType):
        yield value.instrument_id.value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _instruments(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _instruments(one)
    elif hasattr(value, "__struct_fields__"):
        for name in value.__struct_fields__:
            yield from _instruments(getattr(value, name))
