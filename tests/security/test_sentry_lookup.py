"""Asking an error tracker's API: what is made of its answers, and what it is asked."""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentry_sending import Configured, send

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.loopback.server import LoopbackServer, Request, Response, Route
from pytest_tradeops.security.rest import RestError
from pytest_tradeops.security.sentry import dsn as dsns
from pytest_tradeops.security.sentry import lookup
from pytest_tradeops.standins.sentry_service import SentryService

KEY = secrets.token_hex(16)
TOKEN = secrets.token_hex(32)


@pytest.fixture
def service() -> Iterator[SentryService]:
    with SentryService() as found:
        yield found


def of(service: SentryService, **more: Any) -> lookup.SentryApi | lookup.BugsinkApi:
    given = {"url": service.url, "organization": "acme", "project": "bot", "token": service.token, **more}
    return lookup.connect(Configured(**given), dsns.parse(service.dsn))


@pytest.mark.parametrize(
    ("text", "place", "api", "organization"),
    [
        ("https://{}@o12.ingest.sentry.io/34", "https://o12.ingest.sentry.io", "https://sentry.io", "12"),
        ("https://{}@o12.ingest.us.sentry.io/34", "https://o12.ingest.us.sentry.io", "https://us.sentry.io", "12"),
        ("https://{}@O12.ingest.de.sentry.io:443/34", "https://o12.ingest.de.sentry.io", "https://de.sentry.io", "12"),
        (" https://{}:old@sentry.acme.example/base/34\n", "https://sentry.acme.example/base", "", ""),
        ("http://{}@[::1]:9000/34", "http://[::1]:9000", "", ""),
        ("https://{}@o12.ingest.sentry.io.evil.example/34", "https://o12.ingest.sentry.io.evil.example", "", ""),
    ],
)
def test_a_dsn_says_where_events_go_and_who_can_be_asked(text: str, place: str, api: str, organization: str) -> None:
    found = dsns.parse(text.format(KEY))
    assert found is not None
    assert (found.key, found.place, found.project, found.api, found.organization) == (
        KEY,
        place,
        "34",
        api,
        organization,
    )
    assert KEY not in repr(found)


@pytest.mark.parametrize("text", ["", "x", "https://sentry.io/1", "https://{}@/1", "https://{}@h/x", "https://["])
def test_what_is_no_dsn_is_none(text: str) -> None:
    assert dsns.parse(text.replace("{}", KEY)) is None


@given(st.text() | st.from_regex(r"https?://\w*:?\w*@?[\w.:\[\]]*/\d*"))
def test_no_text_breaks_the_reading_of_a_dsn(text: str) -> None:
    found = dsns.parse(text)
    assert found is None or (found.key and found.host and found.project)


def test_two_dsns_of_one_key_are_the_same_in_both_spellings_of_the_region() -> None:
    old, new = (dsns.parse(f"https://{KEY}@o1.ingest.{region}sentry.io/2") for region in ("", "us."))
    assert old is not None
    assert new is not None
    assert old.same(new)
    german, other = (
        dsns.parse(f"https://{KEY}@{rest}") for rest in ("o1.ingest.de.sentry.io/2", "o1.ingest.sentry.io/3")
    )
    assert german is not None
    assert other is not None
    assert not old.same(german)
    assert not old.same(other)


def test_project_and_keys_are_read_page_by_page(service: SentryService) -> None:
    service.page = 1
    api = of(service)
    assert api.project() == lookup.Project("1", "bot", "active")
    retired, ours = api.client_keys()
    assert (retired.active, ours.active, ours.public) == (False, True, service.public_key)
    assert ours.dsn == dsns.parse(service.dsn)
    assert all(one.request.path.endswith("/") for one in service.server.exchanges), "Django redirects without it"


def test_an_event_is_found_once_the_server_has_it(service: SentryService) -> None:
    sent = send(service.dsn)
    assert sent.event_id is not None
    service.lag = 3
    slept: list[float] = []
    event = lookup.await_event(of(service), sent.event_id, 60, sleep=slept.append)
    assert event is not None
    assert len(slept) == 3
    assert (event.event_id, event.project, event.release) == (sent.event_id, "1", "bot@1")
    assert event.tags["strategy_id"] == "EMA"
    assert sent.nonce in event.text
    dashed = f"{sent.event_id[:8]}-{sent.event_id[8:]}".upper()
    assert of(service).event(dashed) == event


def test_an_event_that_is_not_there_is_waited_for_no_longer_than_said(service: SentryService) -> None:
    assert lookup.await_event(of(service), secrets.token_hex(16), 0.2) is None
    assert of(service).event("../../../keys") is None  # a path is no id


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"token": "sntryu_" + "0" * 64}, "unauthorized"),
        ({"token": ""}, "lacking"),
        ({"organization": "other"}, "missing"),
        ({"project": "other"}, "missing"),
        ({"url": "http://127.0.0.1:9"}, "unreachable"),
    ],
    ids=lambda one: "" if isinstance(one, dict) else one,
)
def test_a_server_that_cannot_be_asked_is_inconclusive(
    service: SentryService, change: dict[str, str], kind: str
) -> None:
    with pytest.raises(Inconclusive) as caught:
        of(service, **change).project()
    assert getattr(caught.value, "kind", "lacking") == kind
    assert caught.value.remedy
    assert service.token not in str(caught.value)


def test_a_token_without_the_scope_is_told_apart_from_a_project_that_is_not_there(service: SentryService) -> None:
    service.scopes = {"alerts:write"}
    with pytest.raises(RestError, match="does not let this token do GET") as caught:
        of(service).project()
    assert caught.value.kind == "forbidden"


def test_a_limit_of_sentrys_own_kind_is_told(service: SentryService) -> None:
    service.limit(3600)
    with pytest.raises(RestError, match="too many requests and asks to wait"):
        of(service).project()


def test_what_answers_in_sentrys_place_is_refused(service: SentryService) -> None:
    with LoopbackServer([Route("GET", "/api/0/projects/acme/bot/", lambda _: Response.json([]))]) as other:
        api = of(service, url=other.url)
        with pytest.raises(RestError, match="is no Sentry") as caught:
            api.project()
    assert caught.value.kind == "foreign"


@pytest.mark.parametrize(
    ("configured", "dsn", "absent"),
    [
        (Configured(), "https://{}@o1.ingest.sentry.io/2", "TRADEOPS_SENTRY_TOKEN"),
        (Configured(token="t"), "https://{}@o1.ingest.de.sentry.io/2", ""),
        (Configured(token="t"), "https://{}@sentry.acme.example/2", "`url` in .* and `organization` in"),
        (Configured(token="t", url="https://a.example", organization="o"), "https://{}@a.example/2", ""),
        (Configured(token="t", url="https://a.example", organization="o"), "", "`project` in"),
        (Configured(token="t", kind="bugsink"), "https://{}@o1.ingest.sentry.io/2", "`url` in"),
        (Configured(token="t", kind="bugsink", url="https://b.example"), "https://{}@b.example/2", ""),
    ],
)
def test_what_is_missing_is_named_and_a_token_goes_to_no_guessed_host(
    configured: Configured, dsn: str, absent: str
) -> None:
    parsed = dsns.parse(dsn.replace("{}", KEY))  # a random key in a test's name would part the workers
    if absent:
        with pytest.raises(Inconclusive, match=f"Set {absent}"):
            lookup.connect(configured, parsed)
        return
    assert parsed is not None
    assert lookup.lacking(configured, parsed) == ""
    assert lookup.connect(configured, parsed).rest.host in (parsed.host, "de.sentry.io")


@pytest.mark.parametrize("url", ["https://sentry.acme.example/api/0/", "https://sentry.acme.example"])
def test_the_address_may_be_that_of_the_api(url: str) -> None:
    api = lookup.connect(Configured(token=TOKEN, url=url, organization="o", project="p"), None)
    assert api.rest.base == "https://sentry.acme.example"
    with pytest.raises(Inconclusive, match="in the clear"):
        lookup.connect(Configured(token=TOKEN, url="http://acme.example", organization="o", project="p"), None)


class Bugsink:
    """Bugsink's answers, as version 2.6.1 gave them; `tests/acceptance` asks the real one."""

    def __init__(self, events: int = 3) -> None:
        self.ids = [secrets.token_hex(16) for _ in range(events)]
        base = "/api/canonical/0"
        self.server = LoopbackServer(
            [
                Route("GET", f"{base}/projects/", self.projects),
                Route("GET", f"{base}/projects/{{number}}/", lambda _, number: Response.json(self.project(number))),
                Route("GET", f"{base}/issues/", lambda _: Response.json({"next": None, "results": [{"id": "i-1"}]})),
                Route("GET", f"{base}/events/", self.events),
                Route("GET", f"{base}/events/{{number}}/", self.event),
            ]
        )

    def project(self, number: str = "1") -> dict[str, Any]:
        return {"id": int(number), "slug": "bot", "dsn": f"{self.server.url.replace('//', f'//{KEY}@')}/{number}"}

    def projects(self, request: Request) -> Response:
        if "cursor" not in request.query:
            other = "http://elsewhere.example/api/canonical/0/projects/?cursor=two"
            return Response.json({"next": other, "results": [{"id": 7, "slug": "other"}]})
        assert request.query["cursor"] == "two"
        return Response.json({"next": None, "results": [self.project()]})

    def events(self, request: Request) -> Response:
        assert request.query["issue"] == "i-1"
        dashed = [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in self.ids]
        return Response.json(
            {"next": None, "results": [{"id": f"n{at}", "event_id": one} for at, one in enumerate(dashed)]}
        )

    def event(self, _: Request, number: str) -> Response:
        data = {"exception": {"values": [{"type": "E", "value": "v"}]}, "tags": [["a", "b"]], "release": "bot@1"}
        return Response.json({"event_id": self.ids[int(number[1:])], "project": 1, "data": data})


@pytest.mark.parametrize("project", ["1", "bot"])
def test_bugsink_is_asked_its_own_way(project: str) -> None:
    peer = Bugsink()
    with peer.server:
        configured = Configured(kind="bugsink", url=peer.server.url, project=project, token=TOKEN)
        api = lookup.connect(configured, None)
        assert api.project() == lookup.Project("1", "bot")
        assert [key.public for key in api.client_keys()] == [KEY]
        event = api.event(peer.ids[2])
        assert event is not None
        assert (event.event_id, event.text, event.tags, event.release) == (peer.ids[2], "E: v", {"a": "b"}, "bot@1")
        assert api.event(secrets.token_hex(16)) is None
        with pytest.raises(Inconclusive, match="has no project 'none'"):
            lookup.connect(Configured(kind="bugsink", url=peer.server.url, project="none", token=TOKEN), None).project()
        with pytest.raises(RestError) as caught:  # the settings say Sentry, and Bugsink answers
            lookup.connect(Configured(url=peer.server.url, organization="o", project="1", token=TOKEN), None).project()
        assert caught.value.kind == "missing"


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KNOWN = ("id", "eventID", "title", "message", "entries", "tags", "release", "type", "data", "values", "dsn", "isActive")


class Rest:
    """Answers everything with one value."""

    host, local = "h", True

    def __init__(self, data: Any) -> None:
        self.data = data

    def call(self, *_: Any, **__: Any) -> Any:
        return self

    def pages(self, *_: Any, **__: Any) -> list[Any]:
        return self.data if isinstance(self.data, list) else []


@given(st.dictionaries(st.sampled_from(KNOWN), JSON) | JSON)
def test_no_answer_of_a_server_breaks_the_reading(data: Any) -> None:
    rest: Any = Rest(data)
    for api in (lookup.SentryApi(rest, "o", "p"), lookup.BugsinkApi(rest, "1")):
        for ask in (api.project, api.client_keys, lambda api=api: api.event("0" * 32)):
            with contextlib.suppress(RestError):
                ask()
