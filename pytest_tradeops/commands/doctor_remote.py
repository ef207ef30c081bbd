"""Whether a configured server answers: one question over HTTP, with a deadline, and no secret in what is said of it."""

import re
import threading
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..exceptions import NotReady
from ..questdb_sql import QuestDb, QuestDbError
from ..redaction import MASK, Redactor
from ..services.settings import ServicesSettings

#: Seconds. `tradeops doctor` is asked often, and a server that is there answers in milliseconds.
DEADLINE = 2.0
_URL, _TOKEN = "TRADEOPS_QUESTDB_URL", "TRADEOPS_QUESTDB_TOKEN"
_VERSION = re.compile(r"QuestDB (\d[\w.+-]{0,30})")
type Providers = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said.

    Attributes:
        said: `QuestDB 9.3.4 answers at host:9000`; empty if it is of no use.
        why_not: Else one sentence with what to do.
    """

    said: str = ""
    why_not: str = ""


def asked(service: str, providers: Providers, settings: ServicesSettings) -> Providers:
    """A service's providers as `control.probe` gave them, with what the configured server answers.

    One that does not answer is of no use, and neither are those behind it: a run does not replace it by another one.
    """
    if providers["remote"]["why_not"]:
        return providers
    answer = _ask_grafana(settings) if service == "grafana" else _ask(settings)
    found = {**providers, "remote": {**providers["remote"], "answer": answer.said}}
    if answer.why_not:
        found["remote"] = {"why_not": answer.why_not, "grade": "", "answer": ""}
        for name in settings.providers[settings.providers.index("remote") + 1 :]:
            if name in found and not found[name]["why_not"]:
                found[name] = {"why_not": "a configured remote that does not answer is not replaced.", "grade": ""}
    return found


def _ask(settings: ServicesSettings) -> Answer:
    place = _place(settings.questdb_url)
    try:
        build = within(DEADLINE, lambda: _build(settings))
    except TimeoutError:
        return Answer(
            why_not=f"the server at {place} does not answer within {DEADLINE:g} s; start it, or unset {_URL}."
        )
    except ValueError:
        return Answer(why_not=f"{_URL} is no http address; write it as http://host:9000.")
    except QuestDbError as error:
        return Answer(why_not=_why_not(place, error, settings))
    if "QuestDB" not in build:
        return Answer(why_not=f"what answers at {place} is no QuestDB; correct {_URL}.")
    version = _VERSION.search(build)  # of a build of one's own it may be none
    return Answer(said=f"QuestDB{f' {version[1].rstrip(",")}' if version else ''} answers at {place}")


def _ask_grafana(settings: ServicesSettings) -> Answer:
    from ..services.grafana.remote import ask

    try:
        about = within(DEADLINE, lambda: ask(settings, timeout=DEADLINE))
    except (NotReady, TimeoutError) as error:
        said = str(error) or f"The configured Grafana does not answer within {DEADLINE:g} s."
        return Answer(why_not=_clean(said[:1].lower() + said[1:], settings))
    return Answer(said=f"Grafana {about.version} answers at {_place(settings.grafana_url)}")


def _build(settings: ServicesSettings) -> str:
    with QuestDb(settings.questdb_url, token=settings.questdb_token, timeout=DEADLINE) as database:
        return str(database.sql("select build").scalar())


def within[T](seconds: float, question: Callable[[], T]) -> T:
    """The answer; on a thread of its own, as nothing else bounds the look-up of a host's name.

    Raises:
        TimeoutError: none in time.
    """
    answers: list[T] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(question())
        except Exception as error:  # handed over to the asker
            errors.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="tradeops-doctor")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError
    return answers[0]


def _why_not(place: str, error: QuestDbError, settings: ServicesSettings) -> str:
    if error.kind == "unauthorized":
        return f"the server at {place} refuses the credentials; correct {_TOKEN}, or the URL's user."
    if error.kind == "rejected":
        return f"what answers at {place} is no QuestDB; correct {_URL}."
    if error.kind == "timeout":
        return f"the server at {place} does not answer within {DEADLINE:g} s; start it, or unset {_URL}."
    detail = error.message.removeprefix("Not reachable: ").rstrip(".")
    return f"the server at {place} is not reachable ({_clean(detail, settings)}); start it, or unset {_URL}."


def _place(url: str) -> str:
    """Host and port alone: the rest may hold credentials, and so may all of it where the address is malformed."""
    try:
        parts = urllib.parse.urlsplit(url)
        if not parts.hostname or "@" in f"{parts.path}{parts.query}{parts.fragment}":
            return "the configured address"
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return "the configured address"


def _clean(text: str, settings: ServicesSettings) -> str:
    for secret in _secrets(settings):
        text = text.replace(secret, MASK)
    return Redactor().text(text)


def _secrets(settings: ServicesSettings) -> Sequence[str]:
    try:
        password = urllib.parse.urlsplit(settings.questdb_url).password or ""
    except ValueError:
        password = ""
    given = (settings.questdb_token, settings.grafana_token, settings.grafana_password)
    return [one for one in (*given, password, urllib.parse.unquote(password)) if one]
