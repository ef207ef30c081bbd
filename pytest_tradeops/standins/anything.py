"""A route for every path: a stand-in that answers unknown ones in its own way tells them apart itself."""

from collections.abc import Callable

from ..loopback.http import Request, Response, Route


class Anything(Route):
    """Whatever path it is."""

    def __init__(self, method: str, handler: Callable[[Request], Response]) -> None:
        super().__init__(method, "/", handler)

    def match(self, path: str) -> dict[str, str] | None:  # noqa: ARG002
        return {}
