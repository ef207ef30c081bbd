"""A client's own view of a server: the same endpoints, each behind a fault proxy."""

import urllib.parse
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from ...loopback.proxy import FaultProxy

_PROXIED = {"http": 9000, "pg": 8812}


class FaultView:
    """One fault proxy per endpoint, told together.

    Attributes:
        endpoints: The server's endpoints, leading through the proxies.
        http, pg: The single proxies, for a fault on one side only; `pg` is None where that address is not known.
    """

    def __init__(self, endpoints: Mapping[str, str]) -> None:
        self._undo = ExitStack()
        self.endpoints = dict(endpoints)
        proxies: dict[str, FaultProxy] = {}
        for name, usual in _PROXIED.items():
            if name in endpoints:
                parts = urllib.parse.urlsplit(endpoints[name])
                proxy = self._undo.enter_context(FaultProxy((parts.hostname or "127.0.0.1", parts.port or usual)))
                user = parts.netloc.rpartition("@")
                proxies[name] = proxy
                place = f"{user[0]}{user[1]}127.0.0.1:{proxy.port}"
                self.endpoints[name] = urllib.parse.urlunsplit(parts._replace(netloc=place))
        self.http = proxies["http"]
        self.pg = proxies.get("pg")
        self._all = tuple(proxies.values())

    def freeze(self) -> None:
        """Ports open, no answer."""
        for proxy in self._all:
            proxy.freeze()

    def thaw(self) -> None:
        """Ends `freeze` and `refuse`."""
        for proxy in self._all:
            proxy.thaw()

    def drop(self) -> None:
        """Cuts every open connection."""
        for proxy in self._all:
            proxy.drop()

    def refuse(self) -> None:
        """Cuts every connection and refuses new ones."""
        for proxy in self._all:
            proxy.refuse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._undo.close()
