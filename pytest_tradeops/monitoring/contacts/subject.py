"""A subject's own alerting files, and the variables that its contact points take their credentials from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ...exceptions import CheckFailed
from ...model import Finding
from .notify import TELEGRAM_API_VARIABLE
from .parse import Alerting, read
from .points import Receiver

ALERTING = "provisioning/alerting"
REMEDY = "Write the files with `tradeops init monitoring`, or set `path` in [tool.tradeops.monitoring]."
#: Kind of messenger to the settings that are credentials of it.
_SETTINGS: Mapping[str, tuple[str, ...]] = {"telegram": ("bottoken", "chatid"), "discord": ("url",)}


class TelegramPlace(Protocol):
    """A Bot API with a bot and a chat of its own."""

    @property
    def url(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def chat_id(self) -> str: ...


class DiscordPlace(Protocol):
    """A webhook."""

    @property
    def url(self) -> str: ...


def load(root: Path, folder: str) -> Alerting:
    """The alerting files of the subject at `root`, whose monitoring is kept in `folder`.

    Raises:
        CheckFailed: there are none (`contacts: files missing`), or one is not YAML (`contacts: unreadable`).
    """
    from ...exceptions import ConfigError

    shown = f"{folder.strip('/')}/{ALERTING}"
    try:
        alerting = read(root / shown, shown)
    except ConfigError as error:
        finding = Finding("contacts: unreadable", error.message, shown, error.remedy)
        raise CheckFailed([finding]) from None
    if not alerting.files:
        finding = Finding("contacts: files missing", "There are no alerting files for Grafana.", shown, REMEDY)
        raise CheckFailed([finding])
    return alerting


def environment(
    alerting: Alerting, telegram: TelegramPlace | None = None, discord: DiscordPlace | None = None
) -> dict[str, str]:
    """Values for the variables that the contact points name, so that they lead to these places.

    A setting that is not one variable alone, such as `-100$CHAT`, gets none: nobody can say what it should be.
    """
    values: dict[str, str] = {}
    if telegram is not None:
        values[TELEGRAM_API_VARIABLE] = telegram.url
        given = {"bottoken": telegram.token, "chatid": telegram.chat_id}
        values |= _assigned(alerting, "telegram", given)
    if discord is not None:
        values |= _assigned(alerting, "discord", {"url": discord.url})
    return values


def given(receiver: Receiver, environ: Mapping[str, str]) -> bool:
    """Whether the environment holds everything that the receiver's credentials name."""
    names = [name for key in _SETTINGS.get(receiver.type, ()) for name in _names(receiver, key)]
    return bool(names) and all(environ.get(name) for name in names)


def wanted(receiver: Receiver) -> str:
    """The variables to set for a receiver, as a sentence names them."""
    names = dict.fromkeys(name for key in _SETTINGS.get(receiver.type, ()) for name in _names(receiver, key))
    return " and ".join(names) or "the variables that the contact point should name"


def _assigned(alerting: Alerting, kind: str, values: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for receiver in alerting.receivers(kind):
        for key, value in values.items():
            names = _names(receiver, key)
            if len(names) == 1:
                found[names[0]] = value
    return found


def _names(receiver: Receiver, key: str) -> tuple[str, ...]:
    from .interpolate import variables

    return variables(receiver.settings.get(key))
