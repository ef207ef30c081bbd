"""The Bot API of Telegram on loopback: one bot, and the chats that it is in, as strict as api.telegram.org.

Requests may come as GET, urlencoded, JSON or multipart. Errors have Telegram's own words, those about entities
included, and offsets in bytes as it counts them. What it does not do: find links and mentions in plain text by itself,
send updates to a webhook, edit.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from ..loopback.server import LoopbackServer, Refused, Request, Response, Served
from .anything import Anything
from .faults import Faults
from .forms import File, Form
from .inbox import Refusal
from .messages import MessageInbox
from .telegram_chat import Chat, TelegramMessage
from .telegram_html import parse_html
from .telegram_markdown import parse_markdown, parse_markdown_v2
from .telegram_request import Arguments, faulty, form, refusal
from .telegram_text import LONGEST, LONGEST_RAW, EntityError, Formatted, cleaned

_PARSERS: dict[str, Callable[[str], Formatted]] = {
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
    "html": parse_html,
}
_LONGEST_CAPTION = 1024
#: A photo may have ten million bytes; a form around it has some more.
_LARGEST_BODY = 11 << 20
_MAY_POST = ("creator", "administrator", "member")


class TelegramInbox(Served, MessageInbox[TelegramMessage]):
    """A Telegram with one bot and one chat that it may post in. A context manager.

    Attributes:
        token: Of the bot; new for every server.
        chat: The chat; `add_chat` makes more.
        faults: What may go wrong: `rate_limit_next`, `refuse_next`, `hang_next`, `revoke`, `lose`, `forget`.
        server: The HTTP server below, with every exchange.
    """

    def __init__(self) -> None:
        # Every path, since a Telegram answers unknown ones in its own way.
        self.server = LoopbackServer(
            [Anything("GET", self._answer), Anything("POST", self._answer)], max_body=_LARGEST_BODY
        )
        super().__init__("telegram", self.server)
        self.faults = Faults(self.server)
        self.bot_id = secrets.randbelow(8 * 10**9) + 10**9
        self.token = f"{self.bot_id}:AA{secrets.token_urlsafe(33)[:33]}"
        self.chats: dict[int, Chat] = {}
        self.chat = self.add_chat()
        self._ids = 0
        self._known: dict[tuple[int, int], TelegramMessage] = {}

    @property
    def url(self) -> str:
        """What stands in for `https://api.telegram.org`, without a trailing slash."""
        return self.server.url

    @property
    def chat_id(self) -> str:
        """Of `chat`, as it goes into settings."""
        return str(self.chat.id)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the bot's own monitoring: credentials, and where the Bot API is."""
        return {
            "TRADEOPS_TELEGRAM_BOT_TOKEN": self.token,
            "TRADEOPS_TELEGRAM_CHAT_ID": self.chat_id,
            "TRADEOPS_TELEGRAM_API_URL": self.url,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def add_chat(self, type: str = "supergroup", *, status: str = "member", username: str = "") -> Chat:
        """A further chat, with an id of the shape that its type has."""
        number = secrets.randbelow(9 * 10**9) + 10**9
        number = {"private": number, "group": -number}.get(type, -1_000_000_000_000 - number)
        chat = self.chats[number] = Chat(number, type, status=status, username=username)
        return chat

    def clear(self) -> None:
        """Forgets everything that was received and refused. Ids go on where they were."""
        super().clear()
        self.server.clear()

    def _answer(self, request: Request) -> Response:
        try:
            fault = self.faults.take()
            if fault is not None:
                raise Refused(faulty(fault))
            method, form = self._called(request)
            handlers = {
                "getme": self._get_me,
                "getchat": self._get_chat,
                "getchatmember": self._get_chat_member,
                "getupdates": self._get_updates,
                "sendmessage": self._send_message,
                "sendphoto": self._send_photo,
                "forwardmessage": self._forward,
                "deletemessage": self._delete,
            }
            if method not in handlers:
                raise refusal(404, "Not Found: method not found")
            return Response.json({"ok": True, "result": handlers[method](Arguments(form))})
        except Refused as refused:
            body = refused.response.body.decode() or "connection closed"
            self.note(Refusal(refused.response.status, body))
            raise

    def _called(self, request: Request) -> tuple[str, Form]:
        """The method in lower case, as the Bot API does not mind the case, and what it is called with."""
        token, found, method = unquote(request.path).removeprefix("/bot").partition("/")
        if not request.path.startswith("/bot") or not found:
            raise refusal(404, "Not Found")
        number, _, secret = token.partition(":")
        if not (number.isascii() and number.isdigit()) or number.startswith("0") or not secret:
            # So answers the public server; one of one's own says 401 here as well.
            raise refusal(404, "Not Found")
        if self.faults.revoked or not secrets.compare_digest(token.encode(), self.token.encode()):
            raise refusal(401, "Unauthorized")
        return method.lower(), form(request)

    def _get_me(self, _: Arguments) -> Any:
        rights = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return {**self._user(), **rights}

    def _get_chat(self, arguments: Arguments) -> Any:
        return {**self._chat(arguments).json(), "accent_color_id": 1, "max_reaction_count": 11}

    def _get_chat_member(self, arguments: Arguments) -> Any:
        chat, user = self._chat(arguments), arguments.number("user_id")
        if user <= 0:
            raise refusal(400, "Bad Request: invalid user_id specified")
        if user != self.bot_id:
            raise refusal(400, "Bad Request: member not found")
        member: dict[str, Any] = {"user": self._user(), "status": chat.status}
        if chat.status == "restricted":
            member |= {"is_member": True, "can_send_messages": False, "until_date": 0}
        if chat.status == "administrator":
            member |= {"can_be_edited": False, "can_manage_chat": True}
            member |= {"can_post_messages": True} if chat.type == "channel" else {}
        return member

    def _get_updates(self, _: Arguments) -> Any:
        """One greeting in every chat: how a newcomer finds out the number of his chat."""
        person = {"id": 1000001, "is_bot": False, "first_name": "Ann"}
        return [
            {
                "update_id": 1 + index,
                "message": {"message_id": 1, "from": person, "chat": chat.json(), "date": 0, "text": "/start"},
            }
            for index, chat in enumerate(self.chats.values())
        ]

    def _send_message(self, arguments: Arguments) -> Any:
        if not arguments.raw("text"):
            raise refusal(400, "Bad Request: message text is empty")
        formatted = self._formatted(arguments, "text")
        chat = self._postable(arguments)
        if not formatted.text:
            raise refusal(400, "Bad Request: text must be non-empty")
        if len(formatted.text) > LONGEST:
            raise refusal(400, "Bad Request: message is too long")
        return self._post(chat, formatted, arguments)

    def _send_photo(self, arguments: Arguments) -> Any:
        photo = arguments.files.get("photo")
        if photo is None and not arguments.raw("photo"):
            raise refusal(400, "Bad Request: there is no photo in the request")
        if photo is None:
            raise refusal(400, "Bad Request: wrong remote file identifier specified: Wrong string length")
        if not photo.data:
            raise refusal(400, "Bad Request: file must be non-empty")
        formatted = self._formatted(arguments, "caption")
        chat = self._postable(arguments)
        if len(formatted.text) > _LONGEST_CAPTION:
            raise refusal(400, "Bad Request: message caption is too long")
        return self._post(chat, formatted, arguments, photo=photo)

    def _forward(self, arguments: Arguments) -> Any:
        if not arguments.raw("from_chat_id"):
            raise refusal(400, 'Bad Request: parameter "from_chat_id" is required')
        source = self._chat(arguments, "from_chat_id")
        original = self._known.get((source.id, arguments.number("message_id")))
        if original is None or self.faults.keeping == "unreadable":
            raise refusal(400, "Bad Request: message to forward not found")
        chat = self._postable(arguments)
        formatted = Formatted(original.text)
        return self._post(chat, formatted, arguments, original.photo, original)

    def _delete(self, arguments: Arguments) -> Any:
        chat = self._chat(arguments)
        message = self._known.pop((chat.id, arguments.number("message_id")), None)
        if message is None or self.faults.keeping == "unreadable":
            raise refusal(400, "Bad Request: message to delete not found")
        if message in self.messages:
            self.discard(message)
        return True

    def _post(
        self,
        chat: Chat,
        formatted: Formatted,
        arguments: Arguments,
        photo: File | None = None,
        original: TelegramMessage | None = None,
    ) -> dict[str, Any]:
        with self.server.changed:
            self._ids += 1
            number = self._ids
        message = TelegramMessage(
            message_id=number,
            chat_id=chat.id,
            text=formatted.text,
            date=int(time.time()),
            entities=original.entities if original else tuple(one.json() for one in formatted.entities),
            fields=arguments.others(),
            photo=photo,
            forwarded=original.message_id if original else None,
        )
        if self.faults.keeping != "lost":
            self._known[chat.id, number] = message
            self.keep(message)
        return self._json(message, original)

    def _json(self, message: TelegramMessage, original: TelegramMessage | None) -> dict[str, Any]:
        shown: dict[str, Any] = {"message_id": message.message_id, "from": self._user()}
        shown |= {"chat": self.chats[message.chat_id].json(), "date": message.date}
        if original is not None:
            origin = {"type": "user", "sender_user": self._user(), "date": original.date}
            shown |= {"forward_origin": origin, "forward_from": self._user(), "forward_date": original.date}
        if message.photo is not None:
            size = len(message.photo.data)
            shown["photo"] = [{"file_id": secrets.token_urlsafe(40), "file_size": size, "width": 90, "height": 90}]
        key = "text" if message.photo is None else "caption"
        shown |= {key: message.text} if message.text else {}
        entities = "entities" if message.photo is None else "caption_entities"
        return shown | ({entities: list(message.entities)} if message.entities else {})

    def _formatted(self, arguments: Arguments, name: str) -> Formatted:
        raw = arguments.raw(name)
        if len(raw) > LONGEST_RAW:
            raise refusal(400, "Bad Request: text is too long")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise refusal(400, "Bad Request: strings must be encoded in UTF-8") from None
        mode = arguments.text("parse_mode").lower()
        if not text or mode in ("", "none"):
            return cleaned(Formatted(text))
        if mode not in _PARSERS:
            raise refusal(400, "Bad Request: unsupported parse_mode")
        try:
            return cleaned(_PARSERS[mode](text))
        except EntityError as error:
            raise refusal(400, f"Bad Request: can't parse entities: {error}") from None

    def _postable(self, arguments: Arguments) -> Chat:
        chat = self._chat(arguments)
        if chat.status in ("left", "kicked"):
            what = {"left": "bot is not a member of", "kicked": "bot was kicked from"}[chat.status]
            kind = "group" if chat.type == "group" else chat.type
            raise refusal(403, f"Forbidden: {what} the {kind} chat")
        if chat.type == "channel" and chat.status not in ("creator", "administrator"):
            raise refusal(400, "Bad Request: need administrator rights in the channel chat")
        if chat.status not in _MAY_POST:
            raise refusal(400, "Bad Request: not enough rights to send text messages to the chat")
        if arguments.number("message_thread_id"):
            raise refusal(400, "Bad Request: message thread not found")
        return chat

    def _chat(self, arguments: Arguments, name: str = "chat_id") -> Chat:
        given = arguments.text(name)
        if not given:
            raise refusal(400, "Bad Request: chat_id is empty")
        if given.startswith("@"):
            named = [one for one in self.chats.values() if one.username and one.username == given[1:]]
            chat = named[0] if named else None
        else:
            chat = self.chats.get(arguments.number(name))
        if chat is None:
            raise refusal(400, "Bad Request: chat not found")
        return chat

    def _user(self) -> dict[str, Any]:
        return {"id": self.bot_id, "is_bot": True, "first_name": "tradeops", "username": "tradeops_test_bot"}
