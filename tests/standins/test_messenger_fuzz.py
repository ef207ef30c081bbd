"""Whatever is sent, a messenger's stand-in answers in its own words, never with an error of ours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.loopback.http import Request, Response
from pytest_tradeops.loopback.server import LoopbackServer
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.standins.telegram import TelegramInbox

# Not over the wire: `answer` is what a connection calls, and it says 500 where a handler breaks.
TELEGRAM, DISCORD = TelegramInbox(), DiscordInbox()
METHODS = ("getMe", "getChat", "getChatMember", "sendMessage", "sendPhoto", "forwardMessage", "deleteMessage", "x", "")
KINDS = (
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=B",
    'multipart/form-data; boundary="',
)
TEXT = st.text(max_size=40) | st.sampled_from(["<b>x", "*x", "[a](b", ">q||", "&#xD83D;", "\ud800", "1" * 40, "-1"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(["chat_id", "text", "parse_mode", "caption", "photo", "user_id", "message_id", "from_chat_id"])
KEYS = st.sampled_from(["content", "embeds", "username", "avatar_url", "tts", "thread_name", "poll", "payload_json"])
EMBED = st.dictionaries(
    st.sampled_from(["title", "url", "color", "fields", "footer", "author", "image", "description"]), JSON, max_size=4
)
BODIES = st.binary(max_size=200) | st.sampled_from(
    [
        b'--B\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--B--',
        b'--B\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\nx\r\n--B--\r\n',
        b"--B\r\n\r\n\r\n--B--",
        b"--B--",
        b"a=%ff&b=%zz&text=x",
    ]
)


@pytest.fixture(autouse=True, scope="module")
def running() -> Iterator[None]:
    with TELEGRAM, DISCORD:
        yield


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def fine(server: LoopbackServer, request: Request) -> Response:
    response = server.answer(request)
    server.wait_for(lambda: True, 1)  # raises if a handler broke, with what broke it
    assert response.status < 500
    assert not response.body or isinstance(json.loads(response.body), dict)
    return response


COMMON = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@COMMON
@given(
    method=st.sampled_from(METHODS),
    verb=st.sampled_from(["GET", "POST"]),
    kind=st.sampled_from(KINDS),
    query=st.dictionaries(NAMES, TEXT, max_size=3),
    body=BODIES | st.dictionaries(NAMES, JSON, max_size=4).map(encoded) | JSON.map(encoded),
    mode=st.sampled_from(["", "HTML", "Markdown", "MarkdownV2"]),
)
def test_telegram(method: str, verb: str, kind: str, query: dict[str, str], body: bytes, mode: str) -> None:
    asked = {"chat_id": TELEGRAM.chat_id, "parse_mode": mode, **query}
    path = f"/bot{TELEGRAM.token}/{method}"
    fine(TELEGRAM.server, Request(verb, path, asked, {"content-type": kind}, body))


@COMMON
@given(path=st.text(max_size=60), verb=st.sampled_from(["GET", "POST"]))
def test_any_path(path: str, verb: str) -> None:
    for server in (TELEGRAM.server, DISCORD.server):
        for prefix in ("/", "/bot", "/api/webhooks/", f"/api/webhooks/{DISCORD.id}/", f"/bot{TELEGRAM.token}"):
            fine(server, Request(verb, prefix + path))


@COMMON
@given(
    verb=st.sampled_from(["GET", "POST", "DELETE", "PATCH"]),
    kind=st.sampled_from(KINDS),
    rest=st.sampled_from(["", "/messages/1", "/messages/x"]),
    query=st.dictionaries(st.sampled_from(["wait", "thread_id"]), TEXT, max_size=2),
    body=BODIES
    | JSON.map(encoded)
    | st.dictionaries(KEYS, JSON, max_size=4).map(encoded)
    | st.lists(EMBED, max_size=3).map(lambda embeds: encoded({"content": "x", "embeds": embeds})),
)
def test_discord(verb: str, kind: str, rest: str, query: dict[str, str], body: bytes) -> None:
    path = f"/api/webhooks/{DISCORD.id}/{DISCORD.token}{rest}"
    fine(DISCORD.server, Request(verb, path, query, {"content-type": kind}, body))
