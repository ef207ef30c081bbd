"""Grafana that is already there: address and credentials come from the environment, nothing is started."""

import urllib.parse

from ...exceptions import NotReady, TradeopsError
from ...model import Grade, ServiceHandle
from ..images import say_once
from ..provider import Running
from ..settings import ServicesSettings
from . import answers, undo
from .api import Grafana, GrafanaError
from .undo import PASSWORD, TOKEN, URL, USER

#: A server that is there answers at once; waiting a whole start's time for it would only hide that it is not.
_ANSWER = 10.0


class RemoteProvider:
    """The configured server; its grade is what the configuration declares."""

    name = "remote"

    def available(self, settings: ServicesSettings) -> str:
        return "" if settings.grafana_url else f"{URL} is not set."

    def grade(self, settings: ServicesSettings) -> Grade:
        return Grade.parse(settings.grafana_grade)  # as declared: nothing here can tell a staging server from a laptop

    def start(self, settings: ServicesSettings) -> Running:
        """Asks the server who we are, and takes away what killed runs left on it; `stop` does nothing.

        Raises:
            NotReady: as `ask`.
        """
        about = ask(settings)
        api = _api(settings, _ANSWER)
        _finish_ended_runs(api)
        endpoints = {"http": api.url}
        if settings.grafana_token:
            endpoints["token"] = settings.grafana_token
        else:
            endpoints |= {"user": settings.grafana_user, "password": settings.grafana_password}
        handle = ServiceHandle(
            name="grafana",
            provider=self.name,
            grade=self.grade(settings),
            version=about.version,
            endpoints=endpoints,
            origin="the configured server",
        )
        return Running(handle, lambda: None)


def ask(settings: ServicesSettings, *, timeout: float = 0) -> answers.About:
    """What the configured server says of itself; changes nothing.

    Args:
        timeout: Seconds for each answer; 0 for the usual ones.

    Raises:
        NotReady: it is malformed, unreachable, refuses the credentials, or is no Grafana. No message holds a secret.
    """
    if not settings.grafana_token and not settings.grafana_user:
        raise NotReady(f"{URL} is set, but no credentials are.", remedy=f"Set {TOKEN}, or {USER} and {PASSWORD}.")
    api = _api(settings, timeout or _ANSWER)
    try:
        about = answers.about(api)
        api.call("GET", "/api/folders?limit=1")  # what a token without any role is refused
    except GrafanaError as error:
        raise _not_ready(api.place, error) from None
    return about


def _api(settings: ServicesSettings, timeout: float) -> Grafana:
    try:
        named = urllib.parse.urlsplit(settings.grafana_url).username is not None
        return Grafana(
            settings.grafana_url,
            token=settings.grafana_token,
            user=settings.grafana_user,
            password=settings.grafana_password,
            timeout=timeout,
        )
    except ValueError:
        named = "@" in settings.grafana_url
    remedy = f"Put user and password into {USER} and {PASSWORD}." if named else "Write it as http://host:3000."
    raise NotReady(f"{URL} is no plain http address.", remedy=remedy) from None


def _finish_ended_runs(api: Grafana) -> None:
    for path in undo.left_behind():
        try:
            undo.finish(path, api)
        except TradeopsError as error:
            say_once(str(error))  # no reason not to run: it stays on disk, and nothing of it is in our way


def _not_ready(place: str, error: GrafanaError) -> NotReady:
    if error.kind == "unauthorized":
        return NotReady(f"The Grafana at {place} refuses the credentials.", remedy=f"Correct {TOKEN}, or {USER}.")
    if error.kind in ("foreign", "missing", "rejected"):
        return NotReady(f"What answers at {place} is no Grafana.", remedy=f"Correct {URL}.")
    return NotReady(error.message, remedy=f"Start it, or unset {URL}.")
