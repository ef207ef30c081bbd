"""SEC-022 as a whole: the newest analysis of each part, its SARIF, what cannot be known, and its planted fault."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from github_support import outcome, without_token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops import clock
from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.loopback.server import Response
from pytest_tradeops.security import codeql
from pytest_tradeops.security.codeql import sarif_shape, uploaded
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.standins.github_access import Token
from pytest_tradeops.standins.github_scanning import sarif
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_022 as sec_022

BODY = sec_022.test_sec_022
DAY = timedelta(days=1)


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    without_token(monkeypatch)
    return open_subject(tmp_path, load_settings(tmp_path))


def at(days: float) -> Any:
    return clock.now() - timedelta(days=days)


def only(standin: GitHubStandin, days: float, **changes: Any) -> None:
    standin.analyses.known.clear()
    standin.analyses.add(at(days), **changes)


def test_the_newest_of_each_part_counts(subject: Subject, github: GitHubStandin) -> None:
    github.analyses.add(at(59), category="/language:javascript", rules_count=0)
    github.analyses.add(at(3), rules_count=0)
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, ended.inconclusive.startswith("No real repository was asked")) == ((), True)
    assert ended.facts["analyses"] == [
        {"part": "/language:python", "rules": 50, "results": 1},
        {"part": "/language:actions", "rules": 17, "results": 1},
    ]
    assert ended.facts["no longer uploaded"] == ["/language:javascript"]
    assert ended.facts["branch"] == "main"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one.analyses.add(at(0), rules_count=0), uploaded.REASON_EMPTY),
        (lambda one: one.analyses.add(at(0), category="/language:actions", rules_count=0), uploaded.REASON_EMPTY),
        (lambda one: one.analyses.add(at(0), error="No source code was seen."), uploaded.REASON_ERROR),
        (lambda one: only(one, 8.01), uploaded.REASON_OLD),
        (lambda one: only(one, 8.01, category="whatever"), uploaded.REASON_OLD),
        (lambda one: only(one, -1), uploaded.REASON_OLD),
        (lambda one: (only(one, 9), one.analyses.add(at(0), category="/language:actions")), uploaded.REASON_OLD),
        (lambda one: only(one, 0, category="/language:actions"), codeql.REASON_NO_PYTHON),
        (lambda one: (only(one, 0, category="/language:actions"), one.analyses.add(at(61))), codeql.REASON_NO_PYTHON),
        (lambda one: only(one, 61), uploaded.REASON_OLD),
        (lambda one: one.analyses.known.clear(), uploaded.REASON_NONE),
        (lambda one: only(one, 0, ref="refs/heads/feature"), uploaded.REASON_NONE),
        (lambda one: only(one, 0, tool={"name": "zizmor"}), uploaded.REASON_NONE),
        (lambda one: setattr(one, "branch", "trunk"), uploaded.REASON_NONE),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], reason: str
) -> None:
    change(github)
    assert outcome(BODY, subject, github).reasons == (reason,)


def test_a_part_without_a_language_is_known_by_its_rules(subject: Subject, github: GitHubStandin) -> None:
    only(github, 0, category="whatever")
    assert outcome(BODY, subject, github).reasons == ()
    text = json.dumps(sarif(5, 1)).replace("py/", "js/")
    github.analyses.one = lambda request, number: Response.json(json.loads(text))  # type: ignore[method-assign]
    assert outcome(BODY, subject, github).reasons == (codeql.REASON_NO_PYTHON,)


@pytest.mark.parametrize("days", [0, 7.99])
def test_a_week_and_a_day_is_new_enough(subject: Subject, github: GitHubStandin, days: float) -> None:
    only(github, days)
    assert outcome(BODY, subject, github).reasons == ()


def test_a_server_that_ignores_the_filters_is_not_believed(subject: Subject, github: GitHubStandin) -> None:
    only(github, 0, ref="refs/heads/feature")
    github.analyses.add(at(0), tool={"name": "zizmor"}, category="zizmor")
    listed = github.analyses.listed

    def unfiltered(request: Any) -> Any:
        object.__setattr__(request, "query", {})
        return listed(request)

    github.analyses.listed = unfiltered  # type: ignore[method-assign]
    assert outcome(BODY, subject, github).reasons == (uploaded.REASON_NONE,)


def test_the_next_page_is_read_for_an_older_part(subject: Subject, github: GitHubStandin) -> None:
    only(github, 9)
    for _ in range(120):
        github.analyses.add(at(0), category="/language:actions")
    assert outcome(BODY, subject, github).reasons == (uploaded.REASON_OLD,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: setattr(one.analyses, "enabled", False), "Code Security must be enabled for this repository"),
        (lambda one: one.bearer.permissions.remove("security_events"), "Grant it security_events=read"),
        (lambda one: setattr(one, "bearer", Token(scopes=("public_repo",))), "or does not show it to this token"),
        (lambda one: one.analyses.add(at(0)).update(rules_count="many"), "lacks its number, date"),
        (lambda one: one.analyses.add(at(0)).update(rules_count=None), "lacks its number, date"),
        (lambda one: one.analyses.add(at(0)).update(created_at="yesterday"), "lacks its number, date"),
        (lambda one: one.analyses.add(at(0)).update(error=None), "lacks its number, date"),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_neither(
    subject: Subject, github: GitHubStandin, change: Callable[[GitHubStandin], object], words: str
) -> None:
    change(github)
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, words in ended.inconclusive) == ((), True), ended


def run(**changes: Any) -> dict[str, Any]:
    """A log whose one run is changed."""
    log = sarif(3, 1)
    log["runs"][0].update(changes)
    return log


RESULT = {"ruleId": "py/x", "message": {"text": "x"}}


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ([], "is no object"),
        ({"version": "2.0.0", "runs": [run()["runs"][0]]}, "is of version '2.0.0', not 2.1.0"),
        ({"version": "2.1.0"}, "has no run"),
        ({"version": "2.1.0", "runs": []}, "has no run"),
        ({"version": "2.1.0", "runs": [1]}, "has a run that is no object (runs[0])"),
        (run(tool={"driver": {"name": "bandit"}}), "was written by 'bandit', not by CodeQL (runs[0])"),
        (run(tool=None), "was written by 'None', not by CodeQL (runs[0])"),
        (run(results=None), "has no list of results (runs[0])"),
        (run(invocations={}), "has invocations that are no list (runs[0])"),
        (run(invocations=[{"executionSuccessful": False}]), "says that the tool did not run to its end (runs[0])"),
        (run(results=[1]), "has a result that is no object (results[0]) (runs[0])"),
        (run(results=[RESULT, {"message": {"text": "x"}}]), "has a result that names no rule (results[1]) (runs[0])"),
        (run(results=[{"ruleId": "x"}]), "has a result without a message (results[0]) (runs[0])"),
        (run(results=[{**RESULT, "level": "fatal"}]), "has a result of the level 'fatal' (results[0]) (runs[0])"),
        (run(results=[{**RESULT, "locations": {}}]), "has a result with locations that are no list (results[0]) (runs[0])"),
    ],
)  # fmt: skip
def test_a_sarif_that_is_none(subject: Subject, github: GitHubStandin, log: Any, words: str) -> None:
    newest = github.analyses.add(at(0))
    github.analyses.replace_sarif(newest["id"], log)
    ended = outcome(BODY, subject, github)
    assert (ended.reasons, f"the SARIF {words}." in ended.said) == ((uploaded.REASON_SARIF,), True), ended


@pytest.mark.parametrize(
    "log",
    [
        sarif(0, 0),
        run(results=[]),
        run(results=[{"ruleIndex": 0, "message": {"id": "default"}, "level": "note"}, {"rule": {"index": 1}, "message": {"text": ""}}]),
        run(invocations=[{"executionSuccessful": True}]),
    ],
)  # fmt: skip
def test_other_ways_to_write_it_are_valid(log: Any) -> None:
    assert sarif_shape.objections(log, "CodeQL")[0] == ()


def test_a_hundred_wrong_results_are_ten_sentences() -> None:
    said, results = sarif_shape.objections(run(results=[{}] * 100), "CodeQL")
    assert (len(said), results) == (sarif_shape.MOST, 100)


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["2.1.0", "CodeQL", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["version", "runs", "tool", "driver", "name", "results", "ruleId", "message", "text", "invocations", "level"]),
        inner, max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(log=values)
def test_any_document_is_a_verdict(log: Any) -> None:
    said, results = sarif_shape.objections(log, "CodeQL")
    assert results >= 0
    assert all(len(one) < 200 for one in said)


@settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "rules_count", "results_count", "created_at", "error", "category", "analysis_key"]),
        values,
    )
)
def test_any_analysis_is_read_or_refused(changes: dict[str, Any]) -> None:
    usual = {"id": 1, "rules_count": 2, "results_count": 0, "created_at": "2026-01-02T03:04:05Z", "error": ""}
    try:
        found = uploaded._read({**usual, **changes})
    except Inconclusive:
        return
    assert found.created.tzinfo is not None
    assert found.rules >= 0


def test_the_planted_fault_is_caught_for_its_reason(subject: Subject, tmp_path: Path, github: GitHubStandin) -> None:
    ((spec, plant),) = declared_faults(vars(sec_022), "SEC-022")
    copy = subject.copy_to(tmp_path / "copy")
    plant(github)
    assert outcome(BODY, copy, github).reasons == (spec.expects,) == (uploaded.REASON_EMPTY,)
    assert spec.covers == "7.1.4"
