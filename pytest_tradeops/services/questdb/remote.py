"""QuestDB that is already there: its addresses and its token come from the environment, nothing is started."""

import urllib.parse
from typing import Any

from ...exceptions import NotReady
from ...model import Grade, ServiceHandle
from ...questdb_sql import QuestDb, QuestDbError
from ..provider import Running
from ..settings import ServicesSettings
from .version import version_of

#: A server that is there answers at once; waiting a whole start's time for it would only hide that it is not.
_ANSWER = 10.0
_URL, _DSN, _TOKEN = "TRADEOPS_QUESTDB_URL", "TRADEOPS_QUESTDB_PG_DSN", "TRADEOPS_QUESTDB_TOKEN"


class RemoteProvider:
    """The configured server; its grade is what the configuration declares."""

    name = "remote"

    def available(self, settings: ServicesSettings) -> str:
        return "" if settings.questdb_url else f"{_URL} is not set."

    def grade(self, settings: ServicesSettings) -> Grade:
        return Grade.parse(settings.questdb_grade)  # as declared: nothing here can tell a testnet from a laptop

    def start(self, settings: ServicesSettings) -> Running:
        """Asks the server for its build; `stop` does nothing.

        Raises:
            NotReady: it is malformed, unreachable, refuses the credentials, or is no QuestDB. No
                message holds a secret.
        """
        place = _place(settings.questdb_url)
        try:
            with QuestDb(settings.questdb_url, token=settings.questdb_token, timeout=_ANSWER) as database:
                build = str(database.sql("select build").scalar())
        except ValueError:
            raise NotReady(f"{_URL} is no http address.", remedy="Write it as http://host:9000.") from None
        except QuestDbError as error:
            raise _not_ready(place, error) from None
        endpoints = {"http": settings.questdb_url.rstrip("/")}
        if settings.questdb_token:
            endpoints["token"] = settings.questdb_token
        if settings.questdb_pg_dsn:
            _ask_pg(settings.questdb_pg_dsn)
            endpoints["pg"] = settings.questdb_pg_dsn
        handle = ServiceHandle(
            name="questdb",
            provider=self.name,
            grade=self.grade(settings),
            version=version_of(build),
            endpoints=endpoints,
            origin="the configured server",
        )
        return Running(handle, lambda: None)


def _not_ready(place: str, error: QuestDbError) -> NotReady:
    if error.kind == "unauthorized":
        return NotReady(
            f"The QuestDB at {place} refuses the credentials.", remedy=f"Correct {_TOKEN}, or the URL's user."
        )
    if error.kind == "rejected":
        return NotReady(f"What answers at {place} is no QuestDB.", remedy=f"Correct {_URL}.")
    what = "does not answer" if error.kind == "timeout" else "is not reachable"
    detail = error.message.removeprefix("Not reachable: ").rstrip(".")
    return NotReady(f"The QuestDB at {place} {what} ({detail}).", remedy=f"Start it, or unset {_URL}.")


def _place(url: str) -> str:
    """Host and port alone: the rest may hold credentials."""
    try:
        parts = urllib.parse.urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    except ValueError:
        return "the configured address"


def _ask_pg(dsn: str) -> None:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise NotReady(
            f"{_DSN} is set, but psycopg is not installed.", remedy="Run `pip install 'pytest-tradeops[services]'`."
        ) from None
    try:
        given: dict[str, Any] = dict(conninfo_to_dict(dsn))
    except psycopg.ProgrammingError:
        raise NotReady(
            f"{_DSN} is malformed.", remedy="Write it as postgresql://user:password@host:8812/qdb."
        ) from None
    place = f"{given.get('host', 'localhost')}:{given.get('port', 8812)}"
    password = str(given.get("password") or "")
    try:
        with psycopg.connect(dsn, connect_timeout=int(_ANSWER), autocommit=True) as connection:
            connection.execute("select 1")
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        if password:
            said = said.replace(password, "[redacted]")
        raise NotReady(f"The QuestDB's PG side at {place} refuses: {said}.", remedy=f"Correct {_DSN}.") from None
