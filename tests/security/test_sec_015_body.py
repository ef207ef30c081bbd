"""SEC-015 as a whole: which answers of a server pass, which fail for which reason, and what says nothing."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sentry_sending import Configured, nothing_sent, send

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.model import FaultSpec
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security.rest import RestError
from pytest_tradeops.security.sentry import proving
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.sentry_check import OneError
from pytest_tradeops.standins.sentry_service import SentryService
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_015 as sec_015

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = declared_faults(vars(sec_015), "SEC-015")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentryService]:
    for name in ("SENTRY_DSN", "TRADEOPS_SENTRY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with SentryService() as found:
        yield found


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """The reference bot, reduced to its error tracking."""
    root = tmp_path / "subject"
    for name in ("strategies/__init__.py", "strategies/errors.py"):
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_text((REPOSITORY / name).read_text())
    (root / "pyproject.toml").write_text('[project]\nname = "bot"\nversion = "1.2"\n')
    return open_subject(root, load_settings(root))


def proven(
    service: SentryService, sender: proving.Send = send, *, server: SentryService | None = None, **environ: str
) -> proving.Proven:
    """With `server` as if it were the configured one."""
    configured: Any = Configured()
    if server is not None:
        configured = Configured(url=server.url, organization="acme", project="bot", token=server.token)
        environ = {"SENTRY_DSN": server.dsn, **environ}
    return proving.prove(configured, environ, service, sender, live=server is not None, within=0.5)


def reasons(*arguments: Any, **named: Any) -> set[str]:
    return {one.reason for one in proven(*arguments, **named).findings}


def test_on_the_stand_in_it_finds_its_own_event_and_says_what_is_missing(service: SentryService) -> None:
    found = proven(service)
    assert (found.findings, found.grade, found.found, found.answers) == ([], Grade.EMBEDDED, 1, 3)
    assert found.lacking == "TRADEOPS_SENTRY_TOKEN and SENTRY_DSN"
    assert found.facts["project"] == "bot"
    assert service.public_key not in str(found)


def test_a_configured_server_is_asked_instead_and_on_this_machine_it_proves_nothing_more(
    service: SentryService,
) -> None:
    with SentryService() as configured:
        found = proven(service, server=configured)
        assert (found.findings, found.grade, found.found) == ([], Grade.EMBEDDED, 1)
        assert found.lacking == "the address of a server elsewhere"
        assert len(configured.events) == 1
    assert not service.server.exchanges


def test_a_server_elsewhere_counts_as_real(service: SentryService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_tradeops.security.rest.Rest.local", False)
    with SentryService() as configured:
        found = proven(service, server=configured)
    assert (found.findings, found.grade, found.lacking) == ([], Grade.REAL, "")
    assert proven(service).grade is Grade.EMBEDDED, "a stand-in never is"


def disabled(service: SentryService) -> None:
    service.active = False


def pending(service: SentryService) -> None:
    as_it_was = service._project()
    service._project = lambda: {**as_it_was, "status": "pending_deletion"}  # type: ignore[method-assign]


def other_host(service: SentryService) -> None:
    key = service._key

    def elsewhere(public: str, name: str, active: bool) -> dict[str, Any]:
        found = key(public, name, active)
        return {**found, "dsn": {"public": f"https://{public}@sentry.example/1"}}

    service._key = elsewhere  # type: ignore[method-assign]


def no_key(service: SentryService) -> None:
    service._keys = lambda: [service._key(secrets.token_hex(16), "Old", True)]  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (disabled, "sentry: project key inactive"),
        (pending, "sentry: project not active"),
        (other_host, "sentry: DSN differs"),
        (no_key, "sentry: key unknown"),
        (SentryService.drop, "sentry: event not found by id"),
        (lambda service: service.refuse(403), "sentry: event not found by id"),
    ],
)
def test_each_thing_that_is_wrong_has_its_reason(
    service: SentryService, broken: Callable[[SentryService], None], reason: str
) -> None:
    broken(service)
    assert reasons(service) == {reason}


def test_a_dsn_of_another_project_is_found_before_anything_is_sent(service: SentryService) -> None:
    with SentryService() as configured:
        dsn = configured.elsewhere.dsn
        assert reasons(service, server=configured, SENTRY_DSN=dsn) == {"sentry: DSN of another project"}
        assert not configured.elsewhere.events
        assert reasons(service, server=configured, SENTRY_DSN="https://sentry.io") == {"sentry: DSN malformed"}


def test_an_id_alone_is_no_event(service: SentryService) -> None:
    def another(dsn: str) -> OneError:
        return replace(send(dsn, text="something else"), nonce="probe 1")

    assert reasons(service, another) == {"sentry: another event"}
    assert reasons(service, lambda _: OneError(None, "probe 1")) == {"sentry: event dropped"}
    assert reasons(service, nothing_sent) == {"sentry: entry fails"}


@pytest.mark.parametrize("spoil", ["token", "scope", "limit", "missing"])
def test_a_server_that_cannot_be_asked_is_inconclusive(service: SentryService, spoil: str) -> None:
    with SentryService() as configured:
        token = configured.token
        if spoil == "token":
            configured.token = secrets.token_hex(32)
        elif spoil == "scope":
            configured.scopes = set()
        elif spoil == "limit":
            configured.limit(3600)
        else:
            configured.organization = "other"
        settings = Configured(url=configured.url, organization="acme", project="bot", token=token)
        with pytest.raises(RestError) as caught:
            proving.prove(settings, {"SENTRY_DSN": configured.dsn}, service, send, live=True, within=0.5)
    assert isinstance(caught.value, Inconclusive)
    assert token not in str(caught.value)


def test_the_body_with_the_subjects_own_start_up(subject: Subject, service: SentryService) -> None:
    evidence = Evidence()
    with pytest.raises(Inconclusive, match="only a stand-in"):
        sec_015.test_sec_015(subject, service, evidence)
    record = evidence.record(Redactor({}))
    assert {one.what: one.count for one in record.examined} == {"answers of the API": 3, "events found by id": 1}
    (event,) = service.events
    assert (event.release, event.environment) == ("bot@1.2", "pytest-tradeops")
    assert "a test by pytest-tradeops" in event.message


def test_the_childs_environment_holds_neither_token_nor_steering(
    subject: Subject, service: SentryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = secrets.token_hex(32)
    monkeypatch.setenv("TRADEOPS_SENTRY_TOKEN", token)
    monkeypatch.setenv("SENTRY_RELEASE", "outer")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    start = "def start():\n    import os, sentry_sdk\n    sentry_sdk.init(os.environ['SENTRY_DSN'])\n"
    seen = "    sentry_sdk.set_tag('seen', ' '.join(sorted(k for k in os.environ if 'SENTRY' in k)))\n"
    (subject.root / "strategies" / "errors.py").write_text(start + seen)
    with pytest.raises(Inconclusive):
        sec_015.test_sec_015(subject, service, Evidence())
    assert service.events[0].tags["seen"] == "SENTRY_DSN SENTRY_ENVIRONMENT"


def test_a_start_up_that_sends_elsewhere_is_found(subject: Subject, service: SentryService) -> None:
    elsewhere = service.elsewhere.dsn
    (subject.root / "strategies" / "errors.py").write_text(
        f"def start():\n    import sentry_sdk\n    sentry_sdk.init({elsewhere!r})\n"
    )
    with pytest.raises(CheckFailed) as caught:
        sec_015.test_sec_015(subject, service, Evidence())
    assert caught.value.reasons == ("sentry: DSN not from environment",)


@pytest.mark.parametrize(("fault", "plant"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_its_faults_are_caught_and_undone(
    fault: FaultSpec, plant: Callable[[SentryService], object], service: SentryService
) -> None:
    plant(service)
    assert reasons(service) == {fault.expects}
    service.recover()
    assert reasons(service) == set()
