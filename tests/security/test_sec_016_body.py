"""SEC-016 as a whole: which projects are as the file says, which are not and why, and what is never written."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.loopback.server import Request
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import sentry
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.sentry_service import SentryService
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_016 as sec_016

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_016), "SEC-016")
FILE = "sentry-alerts.toml"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentryService]:
    for name in ("SENTRY_DSN", "TRADEOPS_SENTRY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with SentryService() as found:
        yield found


@pytest.fixture
def configured() -> Iterator[SentryService]:
    """What the settings name, as if it were the team's own."""
    with SentryService() as found:
        yield found


def made(root: Path, text: str | None = None, **more: Any) -> Subject:
    root.mkdir(exist_ok=True)
    if text is None:
        text = sentry.alerts_starter()
    if text:
        (root / FILE).write_text(text, encoding="utf-8")
    found = load_settings(root)
    return open_subject(root, replace(found, sentry=replace(found.sentry, **more)))


def real(tmp_path: Path, server: SentryService, text: str | None = None, **more: Any) -> Subject:
    given = {"url": server.url, "organization": "acme", "project": "bot", "token": server.token, **more}
    return made(tmp_path / "subject", text, **given)


def failures(subject: Subject, service: SentryService) -> set[str]:
    """Reasons; inconclusive is none."""
    try:
        sec_016.test_sec_016(subject, service, Evidence())
    except CheckFailed as failed:
        return set(failed.reasons)
    except Inconclusive:
        return set()
    return set()


def writes(server: SentryService) -> int:
    return sum(one.request.method != "GET" for one in server.server.exchanges)


def test_on_the_stand_in_everything_is_tried_and_it_says_what_is_missing(
    tmp_path: Path, service: SentryService
) -> None:
    evidence = Evidence()
    with pytest.raises(Inconclusive, match=r"only a stand-in.*SENTRY_DSN"):
        sec_016.test_sec_016(made(tmp_path / "subject"), service, evidence)
    record = evidence.record(Redactor({}))
    assert {one.what: one.count for one in record.examined} == {"alert rules read back": 3}
    assert record.facts == {"alerts": 3, "applied": True, "file": FILE, "foreign rules": 1}
    assert writes(service) == 3


def test_this_repositorys_own_file_is_what_init_writes(service: SentryService) -> None:
    assert (REPOSITORY / FILE).read_text(encoding="utf-8") == sentry.alerts_starter()
    assert failures(open_subject(REPOSITORY, load_settings(REPOSITORY)), service) == set()


def test_a_project_is_only_read_unless_the_settings_allow_more(
    tmp_path: Path, service: SentryService, configured: SentryService
) -> None:
    assert failures(real(tmp_path, configured), service) == {"sentry: alert rule missing on read-back"}
    assert writes(configured) == 0
    configured.scopes = {"project:read"}
    assert failures(real(tmp_path, configured), service) == {"sentry: alert rule missing on read-back"}
    assert not service.server.exchanges


def test_where_the_settings_allow_it_the_project_is_made_so_and_what_was_done_is_kept(
    tmp_path: Path, service: SentryService, configured: SentryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_tradeops.security.rest.Rest.local", False)
    evidence = Evidence()
    sec_016.test_sec_016(real(tmp_path, configured, apply_alerts=True), service, evidence)
    record = evidence.record(Redactor({}))
    assert record.grade is Grade.REAL
    (undo,) = record.artifacts
    assert [one["kind"] for one in json.loads(undo.text)["changes"]] == ["create"] * 3
    evidence = Evidence()
    sec_016.test_sec_016(real(tmp_path, configured), service, evidence)  # and now it is, without writing
    assert evidence.record(Redactor({})).artifacts == ()
    assert writes(configured) == 3


def edited(key: str, value: Any) -> Callable[[SentryService], None]:
    def change(server: SentryService) -> None:
        rule = next(one for one in server.rules.listed() if one["name"].startswith("tradeops: "))
        rule[key] = value

    return change


def removed(server: SentryService) -> None:
    server.rules.delete(server.rules.listed()[0]["id"])


def added(server: SentryService) -> None:
    rule = server.rules.listed()[0]
    server.rules.stored["1"] = {**rule, "id": "1", "name": "tradeops: of an older file"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (removed, "sentry: alert rule missing on read-back"),
        (edited("frequency", 10_000), "sentry: alert rule differs on read-back"),
        (edited("environment", "staging"), "sentry: alert rule differs on read-back"),
        (edited("actions", []), "sentry: alert rule differs on read-back"),
        (edited("status", "disabled"), "sentry: alert rule differs on read-back"),
        (added, "sentry: alert rule not in file"),
    ],
)
def test_a_project_that_was_changed_by_hand_is_found(
    tmp_path: Path,
    service: SentryService,
    configured: SentryService,
    broken: Callable[[SentryService], None],
    reason: str,
) -> None:
    assert failures(real(tmp_path, configured, apply_alerts=True), service) == set()
    broken(configured)
    before = writes(configured)
    assert failures(real(tmp_path, configured), service) == {reason}
    assert writes(configured) == before


def test_an_update_that_does_not_hold_is_found(
    tmp_path: Path, service: SentryService, configured: SentryService
) -> None:
    """A rule that comes back differently each time would be written for ever."""
    listed = configured.rules.listed
    configured.rules.listed = lambda: [{**one, "frequency": 7} for one in listed()]  # type: ignore[method-assign]
    reasons = failures(real(tmp_path, configured, apply_alerts=True), service)
    assert reasons == {"sentry: alert rule differs on read-back"}


def test_a_second_time_that_changes_something_is_found(tmp_path: Path, service: SentryService) -> None:
    seen = iter(range(1, 100))
    listed = service.rules.listed

    def restless() -> list[dict[str, Any]]:
        # From the third list on, the one that the second time goes by, a rule of somebody else's is another.
        late = next(seen) >= 3
        return [{**one, "frequency": 5} if late and not one["name"].startswith("tradeops") else one for one in listed()]

    service.rules.listed = restless  # type: ignore[method-assign]
    found = failures(made(tmp_path / "subject"), service)
    assert found == {"sentry: alert rules not idempotent", "sentry: foreign alert rule touched"}


def test_what_sentry_refuses_is_held_against_the_file(
    tmp_path: Path, service: SentryService, configured: SentryService
) -> None:
    configured.rules.environments = {"production"}
    text = sentry.alerts_starter().replace('frequency = "5m"', 'frequency = "5m"\nenvironment = "nowhere"')
    subject = real(tmp_path, configured, text, apply_alerts=True)
    with pytest.raises(CheckFailed, match="environment: This environment has not been created") as caught:
        sec_016.test_sec_016(subject, service, Evidence())
    assert caught.value.reasons == ("sentry: alert rule refused",)


def test_a_failure_midway_is_inconclusive_and_says_how_to_take_back_what_was_done(
    tmp_path: Path, service: SentryService, configured: SentryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_tradeops.security.rest.Rest.local", False)
    subject = real(tmp_path, configured, apply_alerts=True)
    guarded = configured._allow

    def failing(request: Request, scopes: frozenset[str]) -> None:
        guarded(request, scopes)
        if request.method == "POST" and len(configured.rules.stored) == 2:
            configured.scopes = set()
            guarded(request, scopes)

    configured._allow = failing  # type: ignore[method-assign]
    evidence = Evidence()
    with pytest.raises(Inconclusive, match="does not let this token do POST"):
        sec_016.test_sec_016(subject, service, evidence)
    (undo,) = evidence.record(Redactor({})).artifacts
    assert len(json.loads(undo.text)["changes"]) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "sentry: alert rules missing"),
        ("# nothing yet\n", "sentry: alert rules missing"),
        ("[[alert]]\nname = 1\n", "sentry: alert file invalid"),
        ("[[alert", "sentry: alert file invalid"),
    ],
)
def test_a_file_without_rules_fails_before_anybody_is_asked(
    tmp_path: Path, service: SentryService, text: str, reason: str
) -> None:
    assert failures(made(tmp_path / "subject", text), service) == {reason}
    assert not service.server.exchanges


@pytest.mark.parametrize("more", [{"token": secrets.token_hex(32)}, {"project": "other"}, {"kind": "bugsink"}])
def test_a_server_that_cannot_be_asked_is_inconclusive(
    tmp_path: Path, service: SentryService, configured: SentryService, more: dict[str, str]
) -> None:
    with pytest.raises(Inconclusive) as caught:
        sec_016.test_sec_016(real(tmp_path, configured, **more), service, Evidence())
    assert "stand-in" not in str(caught.value)
    assert not service.server.exchanges


@pytest.mark.parametrize("text", [None, "", "[[alert]]\nname = 1\n"], ids=["its file", "no file", "a broken file"])
@pytest.mark.parametrize(("fault", "plant"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_its_fault_is_caught_on_any_subject(
    fault: FaultSpec,
    plant: Callable[[Subject, SentryService], object],
    text: str | None,
    tmp_path: Path,
    service: SentryService,
) -> None:
    copy = made(tmp_path / "subject", text).copy_to(tmp_path / "copy")
    plant(copy, service)
    assert failures(copy, service) == {fault.expects}
    service.recover()
    assert failures(copy, service) == set()
