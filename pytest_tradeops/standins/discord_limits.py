"""What Discord's webhooks accept: types, lengths and addresses of a message, and the error of everything else."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

CONTENT, EMBEDS, EMBED_TOTAL, FILES = 2000, 10, 6000, 10
_TEXTS = {"title": 256, "description": 4096}
_PARTS: dict[str, dict[str, int]] = {"footer": {"text": 2048}, "author": {"name": 256}}
_FIELDS, _FIELD = 25, {"name": 256, "value": 1024}
_MESSAGE_KEYS = frozenset(
    {"content", "username", "avatar_url", "tts", "embeds", "allowed_mentions", "components", "attachments", "flags"}
    | {"thread_name", "applied_tags", "poll"}
)
_LARGEST_COLOR = 0xFFFFFF
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]{2,}", re.IGNORECASE)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]", re.IGNORECASE)

#: A place such as ("embeds", "0", "title"), and the code and text of what is wrong there.
type Errors = list[tuple[tuple[str, ...], str, str]]


def errors(message: Mapping[str, Any]) -> Errors:
    """Everything that is wrong with a message; empty if Discord would take it.

    Keys that Discord does not know are ignored by it, and here.
    """
    found: Errors = []
    note = _noter(found)
    _text(note, message, "content", CONTENT)
    if message.get("username") is not None:
        _username(note, message["username"])
    if message.get("avatar_url") not in (None, ""):
        _url(note, ("avatar_url",), message["avatar_url"])
    for key in ("tts",):
        if key in message and not isinstance(message[key], bool | None):
            note((key,), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
    embeds = message.get("embeds")
    if embeds is None:
        return found
    if not isinstance(embeds, list):
        note(("embeds",), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return found
    if len(embeds) > EMBEDS:
        note(("embeds",), "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS} or fewer in length.")
    for index, embed in enumerate(embeds):
        _embed(note, ("embeds", str(index)), embed)
    if sum(_size(embed) for embed in embeds if isinstance(embed, dict)) > EMBED_TOTAL:
        note(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")
    return found


def nested(found: Errors) -> dict[str, Any]:
    """The errors as Discord answers them: a tree of places with lists of `_errors` at its ends."""
    tree: dict[str, Any] = {}
    for place, code, told in found:
        node = tree
        for part in place:
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": told})
    return tree


def empty(message: Mapping[str, Any], files: int) -> bool:
    """Whether nothing would be shown. An embed without anything in it is nothing."""
    content = message.get("content")
    shown = isinstance(content, str) and content.strip() != ""
    embeds = message.get("embeds")
    drawn = isinstance(embeds, list) and any(isinstance(one, dict) and _drawn(one) for one in embeds)
    return not (shown or drawn or files or message.get("poll"))


def _drawn(embed: Mapping[str, Any]) -> bool:
    keys = ("title", "description", "url", "footer", "author", "fields", "image", "thumbnail", "timestamp")
    return any(embed.get(key) for key in keys)


type _Note = Callable[[tuple[str, ...], str, str], None]


def _noter(found: Errors) -> _Note:
    def note(place: tuple[str, ...], code: str, told: str) -> None:
        found.append((place, code, told))

    return note


def _text(
    note: _Note, table: Mapping[str, Any], key: str, longest: int, where: tuple[str, ...] = (), *, needed: bool = False
) -> None:
    value = table.get(key)
    if value is None or value == "":
        if needed:
            note((*where, key), "BASE_TYPE_REQUIRED", "This field is required")
        return
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        note((*where, key), "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif len(str(value)) > longest:
        note((*where, key), "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")


def _username(note: _Note, value: Any) -> None:
    if not isinstance(value, str):
        note(("username",), "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif not 1 <= len(value.strip()) <= 80:
        note(("username",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
    else:
        for word in ("discord", "clyde"):
            if word in value.lower():
                note(("username",), "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')


def _embed(note: _Note, where: tuple[str, ...], embed: Any) -> None:
    if not isinstance(embed, dict):
        note(where, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return
    for key, longest in _TEXTS.items():
        _text(note, embed, key, longest, where)
    if embed.get("url") not in (None, ""):
        _url(note, (*where, "url"), embed["url"])
    color = embed.get("color")
    if color is not None and not (isinstance(color, int) and not isinstance(color, bool)):
        note((*where, "color"), "NUMBER_TYPE_COERCE", f'Value "{color}" is not int.')
    elif isinstance(color, int) and not 0 <= color <= _LARGEST_COLOR:
        note((*where, "color"), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {_LARGEST_COLOR}.")
    for part, texts in _PARTS.items():
        _part(note, (*where, part), embed.get(part), texts)
    for part in ("image", "thumbnail"):
        inner = embed.get(part)
        if isinstance(inner, dict) and inner.get("url") not in (None, ""):
            _url(note, (*where, part, "url"), inner["url"], attachment=True)
    _fields(note, (*where, "fields"), embed.get("fields"))


def _part(note: _Note, where: tuple[str, ...], part: Any, texts: Mapping[str, int]) -> None:
    if part is None:
        return
    if not isinstance(part, dict):
        note(where, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return
    for key, longest in texts.items():
        _text(note, part, key, longest, where)
    for key in ("url", "icon_url"):
        if part.get(key) not in (None, ""):
            _url(note, (*where, key), part[key], attachment=key == "icon_url")


def _fields(note: _Note, where: tuple[str, ...], fields: Any) -> None:
    if fields is None:
        return
    if not isinstance(fields, list):
        note(where, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    if len(fields) > _FIELDS:
        note(where, "BASE_TYPE_MAX_LENGTH", f"Must be {_FIELDS} or fewer in length.")
    for index, one in enumerate(fields):
        place = (*where, str(index))
        if not isinstance(one, dict):
            note(place, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            continue
        for key, longest in _FIELD.items():
            _text(note, one, key, longest, place, needed=True)


def _url(note: _Note, where: tuple[str, ...], value: Any, *, attachment: bool = False) -> None:
    schemes = ("http", "https", "attachment") if attachment else ("http", "https")
    try:
        parts = urlsplit(str(value))
        host = parts.netloc.rpartition("@")[2]
        host = host if host.startswith("[") and host.endswith("]") else re.sub(r":\d*$", "", host)
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme and parts.scheme not in schemes:
        quoted = ", ".join(f"'{one}'" for one in schemes)
        note(where, "URL_TYPE_INVALID_SCHEME", f'Scheme "{parts.scheme}" must be one of ({quoted}).')
    elif parts.scheme == "attachment":
        return
    # A name without a dot, such as `localhost` or `grafana`, is no address to Discord.
    elif not parts.scheme or not (_HOST.fullmatch(host) or _ADDRESS.fullmatch(host)):
        note(where, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _size(embed: Mapping[str, Any]) -> int:
    """Characters of an embed that count towards the total of all."""
    texts: list[Any] = [embed.get(key) for key in _TEXTS]
    for part, keys in _PARTS.items():
        inner = embed.get(part)
        texts += [inner.get(key) for key in keys] if isinstance(inner, dict) else []
    fields = embed.get("fields")
    for one in fields if isinstance(fields, list) else []:
        texts += [one.get(key) for key in _FIELD] if isinstance(one, dict) else []
    return sum(len(text) for text in texts if isinstance(text, str))
