"""Which exchanges there are, and how each is put together: engine, accounts' keys, face."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..exceptions import TradeopsError
from .engine.model import Instrument

if TYPE_CHECKING:
    from .engine.engine import Engine
    from .kit.exchange import Exchange
    from .kit.http import Face

#: Nanoseconds between two steps of the background market.
STEP_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class FaceKind:
    """One exchange that can be simulated.

    Attributes:
        place: `module:Class` of its face, imported only when it is served.
        instruments: Functions of `engine.defaults` that name its markets, unless the class has `instruments()`.
        has_retired: Whether the class takes `retired`.
    """

    place: str
    instruments: tuple[str, ...]
    has_retired: bool = False


FACES: Mapping[str, FaceKind] = {
    "binance-spot": FaceKind("pytest_tradeops.venue.binance.spot:BinanceSpot", ("spot_instruments",), has_retired=True),
    "binance-futures": FaceKind("pytest_tradeops.venue.binance.futures:BinanceFutures", ("linear_instruments",)),
    "bybit": FaceKind("pytest_tradeops.venue.bybit.face:Bybit", ("spot_instruments", "linear_instruments")),
}


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The faces of that name, all of them for none; raises TradeopsError for one that there is not."""
    unknown = [name for name in names if name not in FACES]
    if unknown:
        raise TradeopsError(f"There is no face {unknown[0]!r}.", remedy=f"There are {', '.join(FACES)}.")
    return tuple(name for name in FACES if name in names) if names else tuple(FACES)


def face_class(name: str) -> Callable[["Exchange"], "Face"]:
    """What makes the face over an exchange."""
    module, _, attribute = FACES[name].place.partition(":")
    found: Callable[[Exchange], Face] = getattr(importlib.import_module(module), attribute)
    return found


def make_face(name: str, exchange: "Exchange", *, retired: bool = False) -> "Face":
    """The face over an exchange; `retired` with what its exchange has switched off, if it has that."""
    made: Callable[..., Face] = face_class(name)
    return made(exchange, retired=True) if retired and FACES[name].has_retired else made(exchange)


def instruments(name: str) -> list[Instrument]:
    """The markets that an exchange lists."""
    own = getattr(face_class(name), "instruments", None)
    if callable(own):
        return list(own())
    defaults = importlib.import_module("pytest_tradeops.venue.engine.defaults")
    return [one for function in FACES[name].instruments for one in getattr(defaults, function)()]


def make_engine(listed: Sequence[Instrument], *, seed: int, start_ns: int, **more: Any) -> "Engine":
    """A fresh engine."""
    from .engine.engine import Engine

    return Engine(listed, seed=seed, start_ns=start_ns, **{"step_ns": STEP_NS, **more})


def engine_seed(seed: int, name: str) -> int:
    """Each exchange's own: two that list the same market do not move alike."""
    return seed * 1_000 + list(FACES).index(name)
