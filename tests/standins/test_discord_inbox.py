"""The Discord webhook on loopback answers what discord.com answers, and shows what was delivered."""

import json
from typing import Any

import pytest
from messenger_support import Answer, call, post_form, post_json, post_multipart

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.standins.discord import DiscordInbox


def refused(answer: Answer) -> tuple[int, int]:
    return answer.status, answer.json["code"]


def test_a_message_without_wait_is_answered_with_nothing(discord_inbox: DiscordInbox) -> None:
    answer = post_json(discord_inbox.url, {"content": "drawdown 6 %", "embeds": [{"title": "[FIRING:1]"}]})
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["x-ratelimit-limit"] == "5"
    assert discord_inbox.await_message("drawdown").embeds == ({"title": "[FIRING:1]"},)
    assert discord_inbox.find("FIRING")


def test_every_way_to_send_and_every_version_of_the_path(discord_inbox: DiscordInbox) -> None:
    assert post_form(discord_inbox.url, content="a").status == 204
    assert post_multipart(discord_inbox.url, {"content": "b"}).status == 204
    payload = json.dumps({"content": "c", "embeds": [{"image": {"url": "attachment://x.png"}}]})
    assert post_multipart(discord_inbox.url, {"payload_json": payload}, {"file": ("x.png", b"png")}).status == 204
    assert post_json(discord_inbox.url.replace("/api/", "/api/v10/"), {"content": "d"}).status == 204
    assert [one.content for one in discord_inbox.messages] == ["a", "b", "c", "d"]
    assert discord_inbox.messages[2].files[0].data == b"png"


def test_a_message_is_read_back_and_deleted_by_its_id(discord_inbox: DiscordInbox) -> None:
    shown = post_json(f"{discord_inbox.url}?wait=true", {"content": "x", "username": "bot"}).json
    assert shown["webhook_id"] == discord_inbox.id
    place = f"{discord_inbox.url}/messages/{shown['id']}"
    assert call(place, "GET").json["content"] == "x"
    discord_inbox.faults.forget()
    assert refused(call(place, "GET")) == (404, 10008)
    discord_inbox.faults.recover()
    assert call(place, "DELETE").status == 204
    assert refused(call(place, "GET")) == (404, 10008)
    assert discord_inbox.messages == ()
    assert refused(call(place, "PATCH")) == (405, 0)


def test_the_webhook_can_be_looked_at(discord_inbox: DiscordInbox) -> None:
    shown = call(discord_inbox.url, "GET").json
    assert (shown["id"], shown["token"], shown["type"]) == (discord_inbox.id, discord_inbox.token, 1)


def test_wrong_addresses(discord_inbox: DiscordInbox) -> None:
    base = discord_inbox.server.url
    assert refused(call(f"{base}/api/webhooks/1/{discord_inbox.token}", "GET")) == (404, 10015)
    assert refused(call(f"{base}/api/webhooks/{discord_inbox.id}/wrong", "GET")) == (401, 50027)
    assert refused(call(f"{base}/api/webhooks/abc/x", "GET")) == (400, 50035)
    assert refused(call(f"{base}/webhooks", "GET")) == (404, 0)
    discord_inbox.faults.revoke()
    assert refused(post_json(discord_inbox.url, {"content": "x"})) == (404, 10015)


@pytest.mark.parametrize(
    ("message", "place", "code"),
    [
        ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
        ({"content": ["x"]}, "content", "STRING_TYPE_CONVERT"),
        ({"content": "x", "username": "Discord alerts"}, "username", "USERNAME_INVALID_CONTAINS"),
        ({"content": "x", "username": "n" * 81}, "username", "BASE_TYPE_BAD_LENGTH"),
        ({"content": "x", "avatar_url": "ftp://a.b"}, "avatar_url", "URL_TYPE_INVALID_SCHEME"),
        ({"embeds": {}}, "embeds", "LIST_TYPE_CONVERT"),
        ({"embeds": ["x"]}, "embeds.0", "MODEL_TYPE_CONVERT"),
        ({"embeds": [{"title": "t"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "t" * 257}]}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "t" * 4097}]}, "embeds.0.description", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "t" * 3001}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
        ({"embeds": [{"title": "t", "color": 1 << 24}]}, "embeds.0.color", "NUMBER_TYPE_MAX"),
        ({"embeds": [{"title": "t", "color": "red"}]}, "embeds.0.color", "NUMBER_TYPE_COERCE"),
        ({"embeds": [{"title": "t", "url": "http://localhost:3000/alerting/list"}]}, "embeds.0.url", "URL_TYPE_INVALID_URL"),
        ({"embeds": [{"title": "t", "url": "/alerting/list"}]}, "embeds.0.url", "URL_TYPE_INVALID_URL"),
        ({"embeds": [{"title": "t", "footer": {"text": "f" * 2049}}]}, "embeds.0.footer.text", "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"fields": [{"name": "n"}]}]}, "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED"),
        ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, "embeds.0.fields", "BASE_TYPE_MAX_LENGTH"),
    ],
)  # fmt: skip
def test_limits(discord_inbox: DiscordInbox, message: dict[str, Any], place: str, code: str) -> None:
    answer = post_json(discord_inbox.url, message)
    assert refused(answer) == (400, 50035)
    node = answer.json["errors"]
    for part in place.split("."):
        node = node[part]
    assert node["_errors"][0]["code"] == code
    assert discord_inbox.messages == ()
    assert [one.status for one in discord_inbox.refusals] == [400]


def test_the_longest_message_is_taken(discord_inbox: DiscordInbox) -> None:
    embeds = [{"title": "t" * 256, "url": "http://127.0.0.1:3000/a", "description": "d" * 200, "color": 14037554}] * 10
    assert post_json(discord_inbox.url, {"content": "x" * 2000, "embeds": embeds}).status == 204


def test_messages_that_show_nothing_or_cannot_be_read(discord_inbox: DiscordInbox) -> None:
    assert refused(post_json(discord_inbox.url, {"content": " \n"})) == (400, 50006)
    assert refused(post_json(discord_inbox.url, {"embeds": [{}]})) == (400, 50006)
    assert refused(call(discord_inbox.url, kind="application/json", body=b"{")) == (400, 50109)
    assert refused(call(discord_inbox.url, kind="application/json", body=b"[]")) == (400, 50035)
    assert refused(call(discord_inbox.url, kind="text/plain", body=b"x")) == (400, 50035)
    assert refused(post_json(f"{discord_inbox.url}?thread_id=1", {"content": "x"})) == (404, 10003)
    assert refused(post_json(discord_inbox.url, {"content": "x", "thread_name": "t"})) == (400, 220003)


def test_rate_limits_and_lost_messages(discord_inbox: DiscordInbox) -> None:
    discord_inbox.faults.rate_limit_next(0.529)
    limited = post_json(discord_inbox.url, {"content": "x"})
    assert limited.status == 429
    assert limited.json == {"message": "You are being rate limited.", "retry_after": 0.529, "global": False}
    assert limited.headers["retry-after"] == "1"
    assert limited.headers["x-ratelimit-remaining"] == "0"
    discord_inbox.faults.lose()
    assert post_json(discord_inbox.url, {"content": "x"}).status == 204
    with pytest.raises(CheckFailed, match="discord: message never arrived"):
        discord_inbox.await_message(within="50ms")
