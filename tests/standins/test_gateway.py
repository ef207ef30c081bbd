"""The gateway: a public HTTPS address answered by a stand-in, and nothing else reached."""

import http.client
import json
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from pytest_tradeops.standins.gateway import Gateway
from pytest_tradeops.standins.telegram import TelegramInbox


@pytest.fixture
def inbox() -> Iterator[TelegramInbox]:
    with TelegramInbox() as made:
        yield made


@pytest.fixture
def gateway(inbox: TelegramInbox) -> Iterator[Gateway]:
    with Gateway({"api.telegram.org": inbox.url}) as made:
        yield made


def through(gateway: Gateway, host: str, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    proxy = urlsplit(gateway.environment["HTTPS_PROXY"])
    connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port, timeout=10, context=context)
    connection.set_tunnel(host, 443)
    return connection


def test_a_message_to_the_public_address_arrives_at_the_stand_in(gateway: Gateway, inbox: TelegramInbox) -> None:
    context = ssl.create_default_context(cadata=gateway.ca.decode())
    for text in ("first", "second"):
        connection = through(gateway, "api.telegram.org", context)
        body = json.dumps({"chat_id": inbox.chat_id, "text": text})
        connection.request("POST", f"/bot{inbox.token}/sendMessage", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["ok"]) == (200, True)
        connection.close()
    assert [one.text for one in inbox.messages] == ["first", "second"]
    assert gateway.refused == []


def test_whoever_does_not_know_the_authority_sends_nothing(gateway: Gateway, inbox: TelegramInbox) -> None:
    connection = through(gateway, "api.telegram.org", ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("GET", f"/bot{inbox.token}/getMe")
    connection.close()
    assert inbox.server.exchanges == ()


def test_no_other_address_is_reached(gateway: Gateway, inbox: TelegramInbox) -> None:
    context = ssl.create_default_context(cadata=gateway.ca.decode())
    connection = through(gateway, "discord.com", context)
    with pytest.raises(OSError, match="403"):
        connection.request("GET", "/")
    connection.close()
    proxy = urlsplit(gateway.environment["HTTPS_PROXY"])
    plain = http.client.HTTPConnection(proxy.hostname or "", proxy.port, timeout=10)
    plain.request("GET", "http://example.invalid/")
    assert plain.getresponse().status == 403
    plain.close()
    assert gateway.refused == ["discord.com:443", "http://example.invalid/"]
    assert inbox.server.exchanges == ()
