"""The Bot API on loopback answers what api.telegram.org answers, and shows what was delivered."""

import http.client
import socket
import threading

import pytest
from messenger_support import Answer, call, post_form, post_json, post_multipart

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.standins.telegram import TelegramInbox


def url(inbox: TelegramInbox, method: str, token: str | None = None) -> str:
    return f"{inbox.url}/bot{inbox.token if token is None else token}/{method}"


def send(inbox: TelegramInbox, text: str, **fields: str) -> Answer:
    return post_json(url(inbox, "sendMessage"), {"chat_id": inbox.chat_id, "text": text, **fields})


def refused(answer: Answer) -> tuple[int, str]:
    assert answer.json["ok"] is False
    assert answer.json["error_code"] == answer.status
    return answer.status, answer.json["description"]


def test_every_way_to_call_is_understood(telegram_inbox: TelegramInbox) -> None:
    fields = {"chat_id": telegram_inbox.chat_id, "text": "a <b>b</b>", "parse_mode": "HTML"}
    target = url(telegram_inbox, "sendMessage")
    query = (
        "&".join(f"{name}={value}" for name, value in fields.items())
        .replace("<b>", "%3Cb%3E")
        .replace("</b>", "%3C/b%3E")
    )
    for answer in (
        post_json(target, {**fields, "chat_id": int(telegram_inbox.chat_id)}),
        post_form(target, **fields),
        post_multipart(target, fields),
        call(f"{target}?{query.replace(' ', '+')}", "GET"),
        call(f"{url(telegram_inbox, 'SENDMESSAGE')}?{query.replace(' ', '%20')}"),
    ):
        assert answer.status == 200, answer.body
        shown = answer.json["result"]
        assert (shown["text"], shown["entities"]) == ("a b", [{"offset": 2, "length": 1, "type": "bold"}])
        assert shown["chat"]["id"] == telegram_inbox.chat.id
    messages = telegram_inbox.await_messages(5, "a b")
    assert [one.message_id for one in messages] == [1, 2, 3, 4, 5]
    assert messages[0].fields["parse_mode"] == "HTML"


def test_the_bot_and_its_chat_can_be_read_back(telegram_inbox: TelegramInbox) -> None:
    me = call(url(telegram_inbox, "getMe"), "GET").json["result"]
    assert me["id"] == telegram_inbox.bot_id == int(telegram_inbox.token.split(":")[0])
    assert me["is_bot"]
    chat = post_form(url(telegram_inbox, "getChat"), chat_id=telegram_inbox.chat_id).json["result"]
    assert (chat["id"], chat["type"]) == (telegram_inbox.chat.id, "supergroup")
    member = url(telegram_inbox, "getChatMember")
    asked = {"chat_id": telegram_inbox.chat_id, "user_id": str(telegram_inbox.bot_id)}
    assert post_form(member, **asked).json["result"]["status"] == "member"
    telegram_inbox.chat.status = "restricted"
    assert post_form(member, **asked).json["result"]["can_send_messages"] is False
    assert refused(post_form(member, **{**asked, "user_id": "5"})) == (400, "Bad Request: member not found")
    assert refused(post_form(member, **{**asked, "user_id": "x"})) == (400, "Bad Request: invalid user_id specified")
    updates = call(url(telegram_inbox, "getUpdates"), "GET").json["result"]
    assert updates[0]["message"]["chat"]["id"] == telegram_inbox.chat.id


@pytest.mark.parametrize(
    ("token", "status", "description"),
    [
        ("", 404, "Not Found"),
        ("nonsense", 404, "Not Found"),
        ("0123:AA", 404, "Not Found"),
        ("123456789:AAwrong", 401, "Unauthorized"),
    ],
)
def test_wrong_tokens(telegram_inbox: TelegramInbox, token: str, status: int, description: str) -> None:
    assert refused(call(url(telegram_inbox, "getMe", token), "GET")) == (status, description)


def test_a_revoked_token_and_unknown_methods(telegram_inbox: TelegramInbox) -> None:
    assert refused(call(url(telegram_inbox, "sendTelegram"))) == (404, "Not Found: method not found")
    assert refused(call(f"{telegram_inbox.url}/sendMessage")) == (404, "Not Found")
    telegram_inbox.faults.revoke()
    assert refused(send(telegram_inbox, "x")) == (401, "Unauthorized")
    telegram_inbox.faults.recover()
    assert send(telegram_inbox, "x").status == 200
    assert [one.status for one in telegram_inbox.refusals] == [404, 404, 401]


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        ({"text": ""}, "Bad Request: message text is empty"),
        ({"text": " \n"}, "Bad Request: text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "Bad Request: text must be non-empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        ({"text": "é" * 20000}, "Bad Request: text is too long"),
        ({"text": "x", "parse_mode": "html5"}, "Bad Request: unsupported parse_mode"),
        ({"text": "pnl < 1", "parse_mode": "HTML"}, 'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 4'),
        ({"text": "max_dd", "parse_mode": "Markdown"}, "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 3"),
        ({"text": "5.0", "parse_mode": "MarkdownV2"}, "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'"),
        ({"text": "x", "chat_id": ""}, "Bad Request: chat_id is empty"),
        ({"text": "x", "chat_id": "-1009999"}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": "alerts"}, "Bad Request: chat not found"),
        ({"text": "x", "message_thread_id": "7"}, "Bad Request: message thread not found"),
    ],
)  # fmt: skip
def test_what_is_refused(telegram_inbox: TelegramInbox, fields: dict[str, str], description: str) -> None:
    answer = post_form(url(telegram_inbox, "sendMessage"), **{"chat_id": telegram_inbox.chat_id, **fields})
    assert refused(answer) == (400, description)
    assert telegram_inbox.messages == ()


def test_length_counts_after_the_entities(telegram_inbox: TelegramInbox) -> None:
    assert send(telegram_inbox, f"<b>{'x' * 4096}</b>", parse_mode="HTML").status == 200
    assert send(telegram_inbox, "😀" * 4096).status == 200


def test_text_that_is_not_utf8(telegram_inbox: TelegramInbox) -> None:
    body = f"chat_id={telegram_inbox.chat_id}&text=%ff".encode()
    answer = call(url(telegram_inbox, "sendMessage"), body=body, kind="application/x-www-form-urlencoded")
    assert refused(answer) == (400, "Bad Request: strings must be encoded in UTF-8")


def test_chats_in_which_the_bot_may_not_post(telegram_inbox: TelegramInbox) -> None:
    def post(kind: str, status: str) -> tuple[int, str]:
        chat = telegram_inbox.add_chat(kind, status=status)
        return refused(post_form(url(telegram_inbox, "sendMessage"), chat_id=str(chat.id), text="x"))

    assert post("supergroup", "kicked") == (403, "Forbidden: bot was kicked from the supergroup chat")
    assert post("group", "left") == (403, "Forbidden: bot is not a member of the group chat")
    assert post("channel", "member") == (400, "Bad Request: need administrator rights in the channel chat")
    assert post("supergroup", "restricted")[1] == "Bad Request: not enough rights to send text messages to the chat"
    named = telegram_inbox.add_chat("channel", status="administrator", username="tradeops")
    assert post_form(url(telegram_inbox, "sendMessage"), chat_id="@tradeops", text="x").status == 200
    assert telegram_inbox.await_message().chat_id == named.id


def test_forward_and_delete_find_a_message_by_its_id(telegram_inbox: TelegramInbox) -> None:
    number = str(send(telegram_inbox, "drawdown <i>6</i>", parse_mode="HTML").json["result"]["message_id"])
    chat = telegram_inbox.chat_id
    forward = {"chat_id": chat, "from_chat_id": chat}
    answer = post_form(url(telegram_inbox, "forwardMessage"), **forward, message_id=number)
    assert answer.json["result"]["forward_origin"]["sender_user"]["id"] == telegram_inbox.bot_id
    assert telegram_inbox.messages[-1].forwarded == int(number)
    assert telegram_inbox.messages[-1].entities == telegram_inbox.messages[0].entities
    for wrong in ("99", "", "x", "-1"):
        missing = post_form(url(telegram_inbox, "forwardMessage"), **forward, message_id=wrong)
        assert refused(missing) == (400, "Bad Request: message to forward not found")
    assert post_form(url(telegram_inbox, "deleteMessage"), chat_id=chat, message_id=number).json["result"] is True
    gone = post_form(url(telegram_inbox, "forwardMessage"), **forward, message_id=number)
    assert refused(gone) == (400, "Bad Request: message to forward not found")
    assert len(telegram_inbox.messages) == 1


def test_photos(telegram_inbox: TelegramInbox) -> None:
    target, chat = url(telegram_inbox, "sendPhoto"), telegram_inbox.chat_id
    assert post_multipart(target, {"chat_id": chat, "caption": "c"}, {"photo": ("a.png", b"\x89PNG")}).status == 200
    assert telegram_inbox.messages[0].photo is not None
    assert telegram_inbox.messages[0].photo.data == b"\x89PNG"
    assert refused(post_form(target, chat_id=chat)) == (400, "Bad Request: there is no photo in the request")
    empty = post_multipart(target, {"chat_id": chat}, {"photo": ("a.png", b"")})
    assert refused(empty) == (400, "Bad Request: file must be non-empty")
    long = post_multipart(target, {"chat_id": chat, "caption": "c" * 1025}, {"photo": ("a.png", b"x")})
    assert refused(long) == (400, "Bad Request: message caption is too long")


def test_rate_limits_and_other_faults_end_by_themselves(telegram_inbox: TelegramInbox) -> None:
    telegram_inbox.faults.rate_limit_next(7)
    telegram_inbox.faults.refuse_next(500)
    limited = send(telegram_inbox, "x")
    assert refused(limited) == (429, "Too Many Requests: retry after 7")
    assert limited.json["parameters"] == {"retry_after": 7}
    assert limited.headers["retry-after"] == "7"
    assert send(telegram_inbox, "x").status == 500
    assert send(telegram_inbox, "x").status == 200
    telegram_inbox.faults.hang_up_next()
    with pytest.raises(http.client.RemoteDisconnected):
        send(telegram_inbox, "x")
    assert len(telegram_inbox.messages) == 1


def test_what_is_lost_or_forgotten_was_acknowledged(telegram_inbox: TelegramInbox) -> None:
    telegram_inbox.faults.lose()
    assert send(telegram_inbox, "x").json["ok"] is True
    assert telegram_inbox.messages == ()
    telegram_inbox.faults.recover()
    telegram_inbox.faults.forget()
    number = send(telegram_inbox, "y").json["result"]["message_id"]
    assert telegram_inbox.await_message("y").message_id == number
    chat = telegram_inbox.chat_id
    answer = post_form(url(telegram_inbox, "forwardMessage"), chat_id=chat, from_chat_id=chat, message_id=str(number))
    assert refused(answer) == (400, "Bad Request: message to forward not found")


def test_a_hanging_request_ends_with_recovery_or_with_the_server() -> None:
    with TelegramInbox() as inbox:
        inbox.faults.hang_next()
        with pytest.raises(socket.timeout):
            call(url(inbox, "getMe"), "GET", timeout=0.2)
        inbox.faults.hang_next()
        outcomes: list[object] = []

        def ask() -> None:
            try:
                outcomes.append(call(url(inbox, "getMe"), "GET").status)
            except Exception as error:
                outcomes.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        assert inbox.server.wait_for(lambda: inbox.faults.hanging == 2, "5s")
        inbox.faults.recover()
        thread.join(5)
        assert len(outcomes) == 1
        assert isinstance(outcomes[0], Exception)
        inbox.faults.hang_next()
        with pytest.raises(socket.timeout):
            call(url(inbox, "getMe"), "GET", timeout=0.2)


def test_waiting_says_what_did_arrive(telegram_inbox: TelegramInbox) -> None:
    send(telegram_inbox, "something else")
    send(telegram_inbox, "a < b", parse_mode="HTML")
    with pytest.raises(CheckFailed, match="telegram: message never arrived") as failed:
        telegram_inbox.await_message("drawdown", within="50ms")
    assert "something else" in str(failed.value)
    assert "can't parse entities" in str(failed.value)
    with pytest.raises(CheckFailed, match="Fewer than 3 messages"):
        telegram_inbox.await_messages(3, within="50ms")
    telegram_inbox.await_none("drawdown", after=lambda: None)
    with pytest.raises(CheckFailed, match="telegram: unexpected message"):
        telegram_inbox.await_none(after=lambda: None)
    telegram_inbox.clear()
    assert (telegram_inbox.messages, telegram_inbox.refusals, telegram_inbox.server.exchanges) == ((), (), ())
