"""What a Telegram shows: chats, and the messages in them."""

from dataclasses import dataclass, field
from typing import Any

from .forms import File


@dataclass
class Chat:
    """A chat that the bot knows.

    Attributes:
        status: Of the bot in it: `creator`, `administrator`, `member`, `restricted` (may read only), `left`, `kicked`.
    """

    id: int
    type: str = "supergroup"
    title: str = "tradeops alerts"
    username: str = ""
    status: str = "member"

    def json(self) -> dict[str, Any]:
        named = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        return {"id": self.id, **named, "type": self.type, **({"username": self.username} if self.username else {})}


@dataclass(frozen=True)
class TelegramMessage:
    """A message as its readers see it.

    Attributes:
        text: Without markup; of a photo, its caption.
        entities: What the markup meant, as the Bot API gives them.
        fields: Everything else that the request said, such as `parse_mode` or `disable_notification`.
        forwarded: Id of the message that it is a copy of.
    """

    message_id: int
    chat_id: int
    text: str
    date: int
    entities: tuple[dict[str, Any], ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    photo: File | None = None
    forwarded: int | None = None

    def mentions(self, text: str) -> bool:
        return text in self.text

    def __str__(self) -> str:
        return f"{self.text[:80]!r} in chat {self.chat_id}"
