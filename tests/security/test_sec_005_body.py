"""SEC-005 as a whole: what it accepts, what it refuses and why, what it cannot know, and its planted fault."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from github_support import outcome, without_token

from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.loopback.server import Response
from pytest_tradeops.security.dependabot import enabled
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.standins.github_access import Token
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_005 as sec_005

BODY = sec_005.test_sec_005
STANDIN_ONLY = "No real repository was asked, only a stand-in."


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    without_token(monkeypatch)
    return open_subject(tmp_path, load_settings(tmp_path))


def test_without_a_token_the_stand_in_is_well_and_it_is_inconclusive(subject: Subject, github: GitHubStandin) -> None:
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, ended.inconclusive.startswith(STANDIN_ONLY)) == ((), True)
    assert "Set TRADEOPS_GITHUB_TOKEN" in ended.inconclusive
    assert ended.facts["alerts"] == ended.facts["security updates"] == "enabled"
    assert ended.examined == 3


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (lambda one: setattr(one, "alerts_enabled", False), (enabled.REASON_ALERTS,)),
        (lambda one: setattr(one, "updates", None), (enabled.REASON_UPDATES,)),
        (lambda one: setattr(one, "updates", {"enabled": False, "paused": False}), (enabled.REASON_UPDATES,)),
        (lambda one: setattr(one, "updates", {"enabled": True, "paused": True}), (enabled.REASON_PAUSED,)),
        (lambda one: setattr(one, "archived", True), (enabled.REASON_ARCHIVED, enabled.REASON_ALERTS)),
        (lambda one: (setattr(one, "alerts_enabled", False), setattr(one, "updates", None)), (enabled.REASON_ALERTS, enabled.REASON_UPDATES)),
    ],
)  # fmt: skip
def test_what_is_off_is_named(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], reasons: tuple[str, ...]
) -> None:
    change(github)
    assert outcome(BODY, subject, github).reasons == reasons


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (lambda one: None, ()),
        (lambda one: setattr(one, "alerts_enabled", False), (enabled.REASON_ALERTS,)),
        (lambda one: (setattr(one, "alerts_enabled", False), setattr(one, "updates", None)), (enabled.REASON_ALERTS,)),
    ],
)
def test_an_app_that_is_told_no_role_goes_by_what_github_says(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], reasons: tuple[str, ...]
) -> None:
    github.tells_role = False
    change(github)
    assert outcome(BODY, subject, github).reasons == reasons


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: setattr(one, "bearer", Token(scopes=("repo",), admin=False)), "or does not show it to this token"),
        (lambda one: (setattr(one, "bearer", Token(scopes=("repo",), admin=False)), setattr(one, "alerts_enabled", False)), "or does not show it"),
        (lambda one: one.bearer.permissions.remove("administration"), "Grant it administration=read"),
        (lambda one: one.bearer.permissions.remove("metadata"), "may not read /repos/octo-org/bot"),
        (lambda one: setattr(one.bearer, "revoked", True), "does not accept the token"),
        (lambda one: setattr(one, "used_up", True), "rate limit is used up"),
        (lambda one: setattr(one, "updates", {"enabled": "yes"}), "cannot be read"),
        (lambda one: setattr(one, "updates", []), "cannot be read"),
        (lambda one: (setattr(one, "tells_role", False), setattr(one, "updates", None)), "or does not show it to this token"),
        (lambda one: one.faults.refuse_next(503), "HTTP 503"),
        (lambda one: one.faults.hang_up_next(), "broke off its answer"),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_neither(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], words: str
) -> None:
    """A 404 says that alerts are off only to whoever may know; it is no finding for anybody else."""
    change(github)
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, words in ended.inconclusive) == ((), True), ended
    assert github.token not in ended.said


def test_answers_that_contradict_each_other_are_inconclusive(subject: Subject, github: GitHubStandin) -> None:
    repository = github._repository

    def says(**changes: object) -> None:
        github._repository = lambda request: Response.json(  # type: ignore[method-assign]
            {**json.loads(repository(request).body), **changes}
        )

    says(security_and_analysis={"dependabot_security_updates": {"status": "enabled"}})
    assert outcome(BODY, subject, github).inconclusive.startswith(STANDIN_ONLY)
    says(security_and_analysis={"dependabot_security_updates": {"status": "disabled"}})
    assert "both that they are enabled and that they are not" in outcome(BODY, subject, github).inconclusive
    says(full_name="octo-org/other")
    assert "with octo-org/other, which is another one" in outcome(BODY, subject, github).inconclusive


def test_a_token_without_a_repository_is_inconclusive(
    subject: Subject, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.token)
    ended = outcome(BODY, subject, github)
    assert "No repository of GitHub is known" in ended.inconclusive
    assert not github.server.exchanges


def test_what_is_configured_is_asked_and_loopback_is_never_real(
    tmp_path: Path, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_token(monkeypatch)
    monkeypatch.setenv("TRADEOPS_GITHUB_TOKEN", github.token)
    monkeypatch.setenv("TRADEOPS_GITHUB_API", github.url)
    monkeypatch.setenv("TRADEOPS_GITHUB_REPOSITORY", "octo-org/bot")
    with GitHubStandin() as unasked:
        ended = outcome(BODY, open_subject(tmp_path, load_settings(tmp_path)), unasked)
        assert not unasked.server.exchanges
    assert (len(github.server.exchanges), ended.inconclusive.startswith(STANDIN_ONLY)) == (3, True)


def test_the_planted_fault_never_leaves_the_stand_in(
    subject: Subject, tmp_path: Path, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEOPS_GITHUB_TOKEN", "real-one")
    monkeypatch.setenv("TRADEOPS_GITHUB_REPOSITORY", "octo-org/bot")
    ((spec, plant),) = declared_faults(vars(sec_005), "SEC-005")
    copy = subject.copy_to(tmp_path / "copy")
    plant(github)
    assert outcome(BODY, copy, github).reasons == (spec.expects,) == (enabled.REASON_ALERTS,)
    assert spec.covers == "1.1.1"
