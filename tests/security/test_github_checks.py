"""What all checks that ask GitHub have in common: when they pass, when they know nothing, and that no token is shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from github_support import client_of, outcome, without_token

from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.gate.catalogue import packaged
from pytest_tradeops.gate.profile import load_profile
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import automerge
from pytest_tradeops.security.github import asking
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_005, test_sec_007, test_sec_008, test_sec_022

BODIES: tuple[Callable[..., None], ...] = (
    test_sec_005.test_sec_005,
    test_sec_007.test_sec_007,
    test_sec_008.test_sec_008,
    test_sec_022.test_sec_022,
)
ALL = pytest.mark.parametrize("body", BODIES, ids=[body.__name__ for body in BODIES])


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    without_token(monkeypatch)
    (tmp_path / automerge.FILE).parent.mkdir(parents=True)
    (tmp_path / automerge.FILE).write_text(automerge.starter("main"), encoding="utf-8")
    return open_subject(tmp_path, load_settings(tmp_path))


def as_if_real(monkeypatch: pytest.MonkeyPatch, github: GitHubStandin) -> None:
    """Lets the stand-in be asked as GitHub itself would be."""

    def connect(*_: Any, live: bool) -> asking.Asked:
        assert live
        return asking.Asked(client_of(github), github.repository, Grade.REAL)

    monkeypatch.setattr(asking, "connect", connect)


@ALL
def test_github_itself_lets_it_pass_with_the_grade_that_it_needs(
    body: Callable[..., None], subject: Subject, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_real(monkeypatch, github)
    evidence = Evidence()
    body(subject, github, evidence)
    examined = evidence.record(Redactor({})).examined
    assert {one.grade for one in examined} == {Grade.REAL}, "a lower one beside it would lower the whole"
    assert sum(one.count for one in examined) >= 2


@ALL
@pytest.mark.parametrize(
    "change",
    [
        lambda one: setattr(one.bearer, "revoked", True),
        lambda one: one.bearer.permissions.clear(),
        lambda one: setattr(one, "used_up", True),
        lambda one: one.faults.rate_limit_next(30),
        lambda one: one.faults.refuse_next(502),
        lambda one: one.faults.hang_up_next(),
    ],
)
def test_what_github_does_not_say_is_neither_for_nor_against(
    body: Callable[..., None],
    subject: Subject,
    github: GitHubStandin,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[GitHubStandin], object],
) -> None:
    as_if_real(monkeypatch, github)
    change(github)
    ended = outcome(body, subject, github)
    assert ended.reasons == ()
    assert github.token not in f"{ended.said}{ended.facts}"
    assert ended.inconclusive


@pytest.mark.parametrize("body", BODIES[1::2], ids=[body.__name__ for body in BODIES[1::2]])
def test_without_a_default_branch_nothing_is_known_of_it(
    body: Callable[..., None], subject: Subject, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_real(monkeypatch, github)
    monkeypatch.setattr(github, "branch", None)
    assert "does not say which branch is the default one" in outcome(body, subject, github).inconclusive


@ALL
def test_a_second_answer_that_fails_is_not_the_end_of_it(
    body: Callable[..., None], subject: Subject, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repository is shown, and whatever is asked next is not."""
    as_if_real(monkeypatch, github)
    routed, asked = github._routed, []

    def broken(request: Any) -> Any:
        asked.append(request)
        github.used_up = len(asked) >= 1
        return routed(request)

    monkeypatch.setattr(github, "_routed", broken)
    ended = outcome(body, subject, github)
    assert (ended.reasons, "rate limit is used up" in ended.inconclusive) == ((), True)


@ALL
def test_nothing_but_get_is_sent(
    body: Callable[..., None], subject: Subject, github: GitHubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_real(monkeypatch, github)
    outcome(body, subject, github)
    assert {one.request.method for one in github.server.exchanges} == {"GET"}


def test_each_is_required_for_staging_and_for_nothing_less() -> None:
    known = packaged().ids
    ids = {"SEC-005", "SEC-007", "SEC-008", "SEC-022"}
    assert ids <= load_profile("staging", {}, known).required
    assert not ids & load_profile("local", {}, known).required
