"""SEC-008 as a whole: every page, whatever a filter would hide, who dismissed what, and its planted fault."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from github_support import outcome, without_token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.loopback.server import Response
from pytest_tradeops.security.dependabot import alerts
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.standins.github_access import Token, refused
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_008 as sec_008

BODY = sec_008.test_sec_008


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    without_token(monkeypatch)
    return open_subject(tmp_path, load_settings(tmp_path))


def test_dismissed_ones_are_listed_apart_and_nothing_is_open(subject: Subject, github: GitHubStandin) -> None:
    github.alerts.add("critical", "auto_dismissed", package="pillow")
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, ended.inconclusive.startswith("No real repository was asked")) == ((), True)
    assert ended.facts["open"] == {"critical": 0, "high": 1, "medium": 0, "low": 1}
    listed = [(one["by"], one["reason"]) for one in ended.facts["dismissed CRITICAL"]]
    assert listed == [("GitHub", "a rule of Dependabot"), ("octocat", "tolerable_risk")]
    assert ended.facts["repository"] == "octo-org/bot"
    assert ended.facts["dismissed CRITICAL in all"] == 2


@pytest.mark.parametrize("before", [0, 1, 99, 100, 101, 399])
def test_a_critical_one_is_found_on_any_page(subject: Subject, github: GitHubStandin, before: int) -> None:
    github.alerts.add("critical", package="cryptography")
    for _ in range(before):
        github.alerts.add("medium")
    ended = outcome(BODY, subject, github)
    assert ended.reasons == (alerts.REASON,)
    assert "alert 5: cryptography in uv.lock (GHSA-xxxx-xxxx-0005) has a CRITICAL weakness" in ended.said


def test_many_are_named_up_to_a_number_and_counted(subject: Subject, github: GitHubStandin) -> None:
    for _ in range(130):
        github.alerts.add("critical")
        github.alerts.add("critical", "dismissed")
    ended = outcome(BODY, subject, github)
    assert ended.reasons == (alerts.REASON,) * (alerts.NAMED + 1)
    assert "80 more packages have a CRITICAL weakness" in ended.said
    assert (len(ended.facts["dismissed CRITICAL"]), ended.facts["dismissed CRITICAL in all"]) == (alerts.NAMED, 131)


def test_what_an_alert_says_reaches_no_terminal_as_it_is(subject: Subject, github: GitHubStandin) -> None:
    hostile = github.alerts.add("critical", package="evil\x1b[2J\r\nPASSED" + "x" * 5000)
    hostile["html_url"] = "javascript:alert(1)"
    ended = outcome(BODY, subject, github)
    assert ended.reasons == (alerts.REASON,)
    assert "\x1b" not in ended.said
    assert "javascript" not in ended.said
    assert len(ended.said) < 600


@pytest.mark.parametrize("place", ["security_advisory", "security_vulnerability"])
def test_either_severity_counts(subject: Subject, github: GitHubStandin, place: str) -> None:
    github.alerts.add("medium")[place]["severity"] = "critical"
    assert outcome(BODY, subject, github).reasons == (alerts.REASON,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: setattr(one, "alerts_enabled", False), "Dependabot alerts are disabled for this repository"),
        (lambda one: setattr(one, "archived", True), "not available for archived repositories"),
        (lambda one: one.bearer.permissions.remove("vulnerability_alerts"), "Grant it vulnerability_alerts=read"),
        (lambda one: setattr(one, "bearer", Token(scopes=("public_repo",))), "or does not show it to this token"),
        (lambda one: one.alerts.add("medium").update(number=None), "no number or severity that is known"),
        (lambda one: one.alerts.add("medium")["security_vulnerability"].update(severity="catastrophic"), "no number or severity"),
        (lambda one: one.alerts.add("medium").update(security_advisory=None, security_vulnerability={"severity": "medium"}), "only a stand-in"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_never_taken_for_zero(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], words: str
) -> None:
    change(github)
    if words == "no number or severity":
        github.alerts.listed = _unfiltered(github)  # type: ignore[method-assign]
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, words in ended.inconclusive) == ((), True), ended


def _unfiltered(standin: GitHubStandin) -> Callable[..., Any]:
    return lambda request, url: Response.json(standin.alerts._alerts if request.query["state"] == "open" else [])


def test_a_limit_met_on_the_second_page_is_not_the_end(subject: Subject, github: GitHubStandin) -> None:
    for _ in range(150):
        github.alerts.add("medium")
    listed, calls = github.alerts.listed, []

    def interrupted(request: Any, url: str) -> Any:
        calls.append(request)
        if len(calls) == 2:
            raise refused(403, "You have exceeded a secondary rate limit.")
        return listed(request, url)

    github.alerts.listed = interrupted  # type: ignore[method-assign]
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, "secondary rate limit" in ended.inconclusive) == ((), True)


def test_a_list_that_is_cut_short_hides_no_critical_one(subject: Subject, github: GitHubStandin) -> None:
    """A page of a hundred without a link to the next one looks like the last page."""
    github.alerts.add("critical", package="cryptography")
    for _ in range(100):
        github.alerts.add("medium")
    listed = github.alerts.listed
    github.alerts.listed = lambda request, url: Response(body=listed(request, url).body)  # type: ignore[method-assign]
    assert outcome(BODY, subject, github).reasons == (alerts.REASON,)


@pytest.mark.parametrize("state", [None, "OPEN", "reopened", 1])
def test_an_alert_of_a_state_that_nobody_knows_is_not_passed_over(
    subject: Subject, github: GitHubStandin, state: object
) -> None:
    github.alerts.add("critical")["state"] = state
    github.alerts.listed = _unfiltered(github)  # type: ignore[method-assign]
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, "no state that is known" in ended.inconclusive) == ((), True)


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["critical", "low", "CRITICAL", "open", "dismissed", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["severity", "package", "name", "login", "ghsa_id", "manifest_path"]), inner, max_size=3
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    changes=st.dictionaries(
        st.sampled_from(["number", "state", "security_advisory", "security_vulnerability", "dependency", "dismissed_by", "dismissed_reason"]),
        values,
    )
)  # fmt: skip
def test_any_alert_is_read_or_refused(changes: dict[str, Any]) -> None:
    alert = {"number": 1, "state": "open", "security_advisory": {"severity": "low"}, **changes}
    try:
        found = alerts._read(alert)
    except Inconclusive:
        return
    assert found.severity in ("critical", "high", "medium", "low")
    assert len(found.shown) < 400


def test_the_planted_fault_is_caught_for_its_reason(subject: Subject, tmp_path: Path, github: GitHubStandin) -> None:
    ((spec, plant),) = declared_faults(vars(sec_008), "SEC-008")
    copy = subject.copy_to(tmp_path / "copy")
    plant(github)
    assert outcome(BODY, copy, github).reasons == (spec.expects,) == (alerts.REASON,)
    assert spec.covers == "V.security.3"
    first_page = github.server.exchanges[1].response.body
    assert b'"critical"' not in first_page
