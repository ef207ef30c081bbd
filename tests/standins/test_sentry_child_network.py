"""Which hosts the probe's child reaches: loopback, and those that it was told, by whatever addresses these have."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_tradeops.standins import sentry_child

NAMES = {"sentry.acme.example": "192.0.2.7", "elsewhere.example": "192.0.2.8"}


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A resolver that knows two names; whatever the child changes is taken back."""

    def getaddrinfo(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (NAMES[str(host).lower()], port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    sentry_child.ALLOWED.clear()
    sentry_child.REACHED.clear()


def refused(event: str, *arguments: Any) -> bool:
    try:
        sentry_child.refuse_the_network(event, arguments)
    except OSError:
        return True
    return False


def connect(address: str) -> bool:
    return refused("socket.connect", None, (address, 443))


@pytest.mark.usefixtures("resolver")
def test_nothing_but_loopback_is_reached_unless_it_is_told() -> None:
    assert not connect("127.0.0.1")
    assert not connect("::1")
    assert connect("192.0.2.7")
    assert refused("socket.getaddrinfo", "sentry.acme.example", 443)
    assert refused("socket.getaddrinfo", b"sentry.acme.example", 443)
    assert refused("socket.sendto", None, ("192.0.2.7", 53))
    assert not refused("socket.connect", None, "/a/unix/socket")
    assert not refused("open", "x", "r", 0)
    assert sentry_child.REACHED == ["192.0.2.7", "sentry.acme.example", "sentry.acme.example", "192.0.2.7"]


@pytest.mark.usefixtures("resolver")
def test_an_allowed_host_is_reached_by_its_addresses_once_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)  # so that it is put back
    sentry_child.allow(["sentry.acme.example"])
    assert connect("192.0.2.7"), "its name was not resolved yet"
    assert not refused("socket.getaddrinfo", "Sentry.Acme.example", 443)
    socket.getaddrinfo("Sentry.Acme.example", 443)
    assert not connect("192.0.2.7")
    assert connect("192.0.2.8")
    socket.getaddrinfo("elsewhere.example", 443)  # the hook refuses it before; this is the function below it
    assert connect("192.0.2.8")
