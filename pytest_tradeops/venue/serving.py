"""Serving a venue in this process, for the command and for the child of `process.start_venue`."""

from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from ..exceptions import TradeopsError
from .faces import chosen


def serve(
    state: Path,
    names: Sequence[str],
    on_ready: Callable[[dict[str, Any]], None],
    *,
    seed: int | None = None,
    port_base: int | None = None,
    limits: bool = True,
    retired: bool = False,
) -> None:
    """Serves until SIGTERM or SIGINT.

    Args:
        names: The faces; all of them for none.
        retired: Whether Binance Spot answers where it has been switched off, as for listen keys.
        on_ready: Called with the URLs, accounts and journals once everything answers.

    Raises:
        TradeopsError: a library is missing, a port is taken, the state cannot be used.
    """
    faces = chosen(names)
    for module in ("aiohttp", "cryptography"):
        try:
            __import__(module)
        except ImportError as error:
            raise TradeopsError(f"{module} is not installed.", remedy="pip install 'pytest-tradeops[venue]'") from error
    from . import server  # it needs both

    server.serve(
        state,
        faces,
        on_ready,
        seed=seed,
        port_base=port_base,
        limits=limits,
        retired=retired,
        package=metadata.version("pytest-tradeops"),
    )
