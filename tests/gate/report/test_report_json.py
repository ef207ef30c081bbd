"""The JSON report says everything, validates against its published schema, and is the same twice."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import report_samples as samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.gate.report.as_json import document, normalised, render_json, schema
from pytest_tradeops.gate.report.model import ChecklistItem, Report
from pytest_tradeops.model import (
    Artifact,
    CheckResult,
    CheckSpec,
    EvidenceRecord,
    Examined,
    FaultSpec,
    Finding,
    Grade,
    Outcome,
    TwinResult,
    Verdict,
)
from pytest_tradeops.model.check import SEVERITIES

VALIDATOR = jsonschema.Draft202012Validator(schema())


def read(report: Report) -> Any:
    """The document, as a strict reader sees it."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    text = render_json(report)
    text.encode("ascii")
    loaded = json.loads(text, parse_constant=refuse)
    VALIDATOR.validate(loaded)
    return loaded


def test_schema_is_a_valid_schema_and_refuses_other_documents() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    good = read(samples.report())
    for broken in (
        {**good, "verdict": "MAYBE"},
        {**good, "schema": "tradeops-report/2"},
        {**good, "surprise": 1},
        {key: value for key, value in good.items() if key != "checks"},
        {**good, "checks": [{**good["checks"][0], "outcome": "skipped"}]},
        {**good, "checks": [{**good["checks"][0], "surprise": 1}]},
        {**good, "environment": {"questdb": 9}},
        {**good, "environment": {"plugins": "xdist 3.8.0"}},
    ):
        assert not VALIDATOR.is_valid(broken)


def test_document_says_everything_of_a_failed_check() -> None:
    read_back = read(samples.report())
    assert (read_back["verdict"], read_back["exit_code"], read_back["signature"]) == ("BLOCK", 21, "unsigned")
    check = next(check for check in read_back["checks"] if check["id"] == "SEC-001")
    assert check["outcome"] == "failed"
    assert (check["suite"], check["severity"], check["title"]) == ("security", "high", "SEC-001 holds")
    assert check["examined"] == 9
    assert check["grade"] == "static"
    assert check["findings"][0]["where"] == "strategies/ema.py:12"
    assert check["evidence"]["facts"] == {"loc": 412, "rules": ["B602", "B301"], "version": "1.9.4"}
    fault = check["faults"][0]
    assert (fault["caught"], fault["covers"], fault["why"]) == (False, "1.4.2", "The twin passed.")
    assert check["covers"] == ["1.4.2"]
    assert check["covered"] == []
    assert check["timing"] == {"duration": 1.25, "evidence": {"scan": 0.81}}


def test_every_outcome_is_shown_under_its_own_name() -> None:
    shown = {check["outcome"] for check in read(samples.report())["checks"]}
    assert shown == {outcome.value for outcome in Outcome}


def test_required_id_that_nothing_declares_keeps_its_suite() -> None:
    missing = next(check for check in read(samples.report())["checks"] if check["id"] == "RBK-001")
    assert (missing["suite"], missing["severity"], missing["title"]) == ("rollback", None, "")


def test_coverage_counts_items_by_section_in_the_order_of_the_checklist() -> None:
    coverage = read(samples.report())["coverage"]
    assert coverage["items"] == 4
    assert coverage["covered"] == ["1.4.2"]
    assert coverage["declared"] == ["1.4.1", "1.4.2", "V.security.1"]
    assert coverage["sections"][0] == {
        "section": "Sentry Error Tracking",
        "number": "1.4",
        "items": 2,
        "covered": 1,
        "declared": 2,
    }
    assert [one["number"] for one in coverage["sections"]] == ["1.4", "1.10", "V.security"]


def test_ids_are_sorted_as_numbers() -> None:
    report = samples.report(covered=("1.10.1", "1.9.2", "V.review.1", "1.9.10"))
    assert read(report)["coverage"]["covered"] == ["1.9.2", "1.9.10", "1.10.1", "V.review.1"]


def test_two_runs_differ_in_timing_only() -> None:
    first = samples.report()
    later = replace(
        first,
        started=first.started + timedelta(hours=3),
        duration=99.0,
        results=tuple(
            replace(
                one,
                duration=one.duration * 3 + 1,
                twins=tuple(replace(twin, duration=9.0) for twin in one.twins),
                evidence=replace(
                    one.evidence,
                    timings={name: value * 2 for name, value in one.evidence.timings.items()},
                    artifacts=tuple(replace(art, text=art.text + " ") for art in one.evidence.artifacts),
                ),
            )
            for one in reversed(first.results)
        ),
    )
    assert document(first) != document(later)
    assert normalised(document(first)) == normalised(document(later))


def test_normalised_keeps_everything_else() -> None:
    base = normalised(document(samples.report()))
    assert "timing" not in json.dumps(base)
    for changed in (
        samples.report(reasons=("another",)),
        samples.report(covered=()),
        samples.report(environment={"timing": 1}),
        samples.report((samples.result("SEC-001", Outcome.FAILED),)),
    ):
        assert normalised(document(changed)) != base


def test_a_fact_named_timing_is_kept() -> None:
    fact = samples.result("SEC-001", Outcome.PASSED, evidence=EvidenceRecord(facts={"timing": 3}))
    assert normalised(document(samples.report((fact,))))["checks"][0]["evidence"]["facts"] == {"timing": 3}


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("1.10"), "1.10"),
        (Path("a/b"), "a/b"),
        (Grade.TESTNET, "testnet"),
        (Outcome.FLAKY, "flaky"),
        ({"b", "a"}, ["a", "b"]),
        ({2: 1, 1: (None, True)}, {"1": [None, True], "2": 1}),
        ([10**5000], [hex(10**5000)]),
        (b"\xff", "b'\\xff'"),
    ],
)
def test_any_fact_becomes_json(fact: object, shown: object) -> None:
    check = samples.result("SEC-001", Outcome.PASSED, evidence=EvidenceRecord(facts={"fact": fact}))
    assert read(samples.report((check,)))["checks"][0]["evidence"]["facts"]["fact"] == shown


def test_endless_facts_end() -> None:
    circle: dict[str, Any] = {}
    circle["again"] = circle
    check = samples.result("SEC-001", Outcome.PASSED, evidence=EvidenceRecord(facts=circle))
    assert '"..."' in render_json(samples.report((check,)))


@pytest.mark.parametrize("duration", [float("nan"), float("inf")])
def test_unknown_durations_are_null(duration: float) -> None:
    check = samples.result("SEC-001", Outcome.PASSED, duration=duration, budget=duration)
    read_back = read(samples.report((check,), duration=duration))
    assert read_back["timing"]["duration"] is None
    assert read_back["checks"][0]["budget"] is None


@pytest.mark.parametrize(
    ("started", "shown"),
    [
        (datetime.min, None),
        (datetime(2026, 1, 2, 3, 4, 5, 6000), "2026-01-02T03:04:05.006Z"),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:00:00.000Z"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
    ],
)
def test_start_is_shown_in_utc(started: datetime, shown: str | None) -> None:
    assert read(samples.report(started=started))["timing"]["started"] == shown


@pytest.mark.parametrize("name", samples.HOSTILE)
def test_hostile_text_stays_text(name: str) -> None:
    text = samples.HOSTILE[name]
    read_back = read(samples.hostile(text))
    assert read_back["reasons"] == [text.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")]


TEXT = st.text(max_size=20) | st.sampled_from([text for text in samples.HOSTILE.values() if len(text) < 999])
NUMBER = st.floats()
GRADE = st.sampled_from(Grade)
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
EVIDENCE = st.builds(
    EvidenceRecord,
    examined=st.lists(st.builds(Examined, st.integers(0, 99), TEXT, GRADE), max_size=2).map(tuple),
    facts=st.dictionaries(TEXT, JSONISH, max_size=3),
    timings=st.dictionaries(TEXT, NUMBER, max_size=2),
    artifacts=st.lists(st.builds(Artifact, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)
TWIN = st.builds(
    TwinResult,
    st.builds(FaultSpec, st.just("SEC-001"), st.just("a fault"), st.just("r: x"), TEXT, TEXT),
    st.booleans(),
    TEXT,
    NUMBER,
)
CHECK_ID = st.from_regex(r"[A-Z]{3,8}-[0-9]{3}", fullmatch=True)


@st.composite
def results(draw: st.DrawFn) -> CheckResult:
    check = draw(CHECK_ID)
    declared = CheckSpec(
        check, draw(TEXT), draw(TEXT), draw(st.sampled_from(SEVERITIES)), draw(st.lists(TEXT, max_size=2).map(tuple))
    )
    return CheckResult(
        id=check,
        outcome=draw(st.sampled_from(Outcome)),
        spec=draw(st.none() | st.just(declared)),
        reason=draw(TEXT),
        remedy=draw(TEXT),
        findings=tuple(draw(st.lists(st.builds(Finding, TEXT, TEXT, TEXT, TEXT), max_size=2))),
        evidence=draw(EVIDENCE),
        twins=tuple(draw(st.lists(TWIN, max_size=2))),
        grade=draw(st.none() | GRADE),
        floor=draw(GRADE),
        duration=draw(NUMBER),
        budget=draw(NUMBER),
        attempts=draw(st.integers(1, 9)),
        required=draw(st.booleans()),
        advisory=draw(st.booleans()),
        waiver=draw(TEXT),
    )


REPORTS = st.builds(
    Report,
    verdict=st.sampled_from(Verdict),
    exit_code=st.sampled_from([0, 2, 3, 4, 20, 21, 22, 23]),
    profile=TEXT,
    reasons=st.lists(TEXT, max_size=2).map(tuple),
    remedies=st.lists(TEXT, max_size=2).map(tuple),
    subject=st.fixed_dictionaries({"name": TEXT, "revision": TEXT, "dirty": st.booleans()}),
    results=st.lists(results(), max_size=4).map(tuple),
    covered=st.lists(TEXT, max_size=3).map(tuple),
    items=st.integers(0, 200),
    notes=st.lists(TEXT, max_size=2).map(tuple),
    environment=st.dictionaries(TEXT, JSONISH, max_size=2),
    started=st.datetimes(),
    duration=NUMBER,
    checklist=st.lists(
        st.builds(ChecklistItem, TEXT, TEXT, TEXT, st.lists(CHECK_ID, max_size=2).map(tuple)), max_size=3
    ).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(REPORTS)
def test_any_report_validates_and_is_rendered_the_same_twice(report: Report) -> None:
    once = read(report)
    assert render_json(report) == render_json(report)
    VALIDATOR.validate(once)
