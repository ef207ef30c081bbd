"""Bugsink, an independent server, as the peer: what our SDK set-up sends is there, found by its id, without secrets."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sentry_sdk
from bugsink_server import Bugsink, launch

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security.rest import RestError
from pytest_tradeops.security.sentry import lookup, proving
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.sentry_check import OneError
from pytest_tradeops.standins.sentry_service import SentryService
from pytest_tradeops.subject import open_subject
from pytest_tradeops.telemetry import errors, sentry
from verification.security import test_sec_015 as sec_015

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bugsink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bugsink]:
    server = launch(tmp_path_factory.mktemp("bugsink"))
    yield server
    server.service.stop()


class Strategy:
    """A strategy whose handler fails with secrets all around."""

    class id:  # noqa: N801 - read as an attribute
        value = "EMA-001"

    class trader_id:  # noqa: N801
        value = "BOT-001"

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def on_order_rejected(self) -> None:
        api_secret = self.secret
        venue = {"accounts": [{"private_key": api_secret}]}
        raise ValueError(f"insufficient balance, {len(venue)} account, token={api_secret}")


def sent(bugsink: Bugsink, monkeypatch: pytest.MonkeyPatch, secret: str) -> str:
    """An exception of a handler, sent by the start-up that subjects get; the event's id."""
    monkeypatch.setenv("SENTRY_DSN", bugsink.dsn)
    monkeypatch.setenv("SENTRY_RELEASE", "bot@4.2")
    assert sentry.start()
    try:
        with sentry_sdk.new_scope() as scope:
            scope.set_extra("binance_api_secret", secret)
            scope.set_extra("venue", {"okx": [{"passphrase": secret}]})
            sentry_sdk.add_breadcrumb(message=f"login with token={secret}", data={"secret_key": secret})
            strategy = errors.guard(Strategy(secret))
            with pytest.raises(ValueError, match="insufficient"):
                strategy.on_order_rejected()
            identifier = sentry_sdk.last_event_id()
        sentry_sdk.flush(10)
    finally:
        sentry_sdk.get_client().close(timeout=5)
        sentry_sdk.get_global_scope().set_client(None)
        sentry_sdk.get_isolation_scope().clear()
    assert identifier
    return identifier


def test_an_exception_of_a_handler_is_found_by_its_id_with_its_tags_and_without_its_secrets(
    bugsink: Bugsink, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secrets.token_hex(20)
    identifier = sent(bugsink, monkeypatch, secret)
    event = lookup.await_event(lookup.connect(bugsink, None), identifier, 30)
    assert event is not None
    assert (event.event_id, event.project, event.release) == (identifier, bugsink.project, "bot@4.2")
    assert {name: event.tags[name] for name in ("strategy_id", "handler", "bot")} == {
        "strategy_id": "EMA-001",
        "handler": "on_order_rejected",
        "bot": "BOT-001",
    }
    assert "ValueError: insufficient balance" in event.text
    frames = [one for value in event.raw["exception"]["values"] for one in value["stacktrace"]["frames"]]
    assert frames[-1]["function"] == "on_order_rejected"
    stored = json.dumps(event.raw)
    assert secret not in stored
    assert stored.count(sentry.MASK) >= 5


def test_sec_015_finds_what_the_subjects_own_start_up_sends(
    bugsink: Bugsink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("strategies/__init__.py", "strategies/errors.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((REPOSITORY / name).read_text())
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "bot"\nversion = "1.2"\n[tool.tradeops.sentry]\nkind = "bugsink"\nurl = "{bugsink.url}"\n'
    )
    monkeypatch.setenv("SENTRY_DSN", bugsink.dsn)
    monkeypatch.setenv("TRADEOPS_SENTRY_TOKEN", bugsink.token)
    subject = open_subject(tmp_path, load_settings(tmp_path))
    evidence = Evidence()
    with SentryService() as service:
        with pytest.raises(Inconclusive, match="the address of a server elsewhere"):  # it is on this machine
            sec_015.test_sec_015(subject, service, evidence)
        assert not service.server.exchanges
    record = evidence.record(Redactor({}))
    assert {one.what: one.count for one in record.examined} == {"answers of the API": 2, "events found by id": 1}
    assert (record.facts["server"], record.facts["release"]) == ("Bugsink", "bot@1.2")


def test_a_dsn_whose_key_is_not_the_projects_is_found_before_anything_is_sent(bugsink: Bugsink) -> None:
    other = f"http://{secrets.token_hex(16)}@{bugsink.dsn.rpartition('@')[2]}"

    def nothing(_: str) -> OneError:
        raise AssertionError("nothing may be sent")

    with SentryService() as service:
        found = proving.prove(bugsink, {"SENTRY_DSN": other}, service, nothing, live=True, within=1)
    assert [one.reason for one in found.findings] == ["sentry: key unknown"]


def test_what_cannot_be_asked_is_inconclusive(bugsink: Bugsink) -> None:
    api = lookup.connect(bugsink, None)
    assert lookup.await_event(api, secrets.token_hex(16), 0.3) is None
    with pytest.raises(RestError) as caught:
        lookup.connect(replace(bugsink, token="0" * 40), None).project()
    assert caught.value.kind == "unauthorized"
    with pytest.raises(RestError) as caught:
        lookup.connect(replace(bugsink, project="77"), None).project()
    assert caught.value.kind == "missing"
    with pytest.raises(Inconclusive, match="has no project 'other'"):
        lookup.connect(replace(bugsink, project="other"), None).project()
    assert lookup.connect(replace(bugsink, project="bot"), None).project().id == bugsink.project
