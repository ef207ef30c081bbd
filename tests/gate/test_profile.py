"""Profiles: packaged and one's own, what they may change, and what they may not."""

from datetime import date, timedelta
from typing import Any

import pytest

from pytest_tradeops.exceptions import PolicyError
from pytest_tradeops.gate.catalogue import packaged as packaged_checks
from pytest_tradeops.gate.profile import LONGEST, load_profile, packaged
from pytest_tradeops.model import CheckSpec, Grade

KNOWN = frozenset({"ACME-001", "ACME-002"})
TODAY = date(2026, 11, 23)


def load(**table: Any):
    return load_profile("own", {"own": table}, KNOWN, TODAY)


@pytest.mark.parametrize("name", sorted(packaged()))
def test_a_packaged_profile_requires_only_checks_that_ship(name: str) -> None:
    profile = load_profile(name, {}, packaged_checks().ids)
    assert profile.required
    assert profile.required <= packaged_checks().ids


def test_staging_is_local_with_higher_floors() -> None:
    local, staging = (load_profile(name, {}, packaged_checks().ids) for name in ("local", "staging"))
    assert staging.required >= local.required
    spec = CheckSpec("MON-001", "monitoring", "rows come back", min_grade=Grade.EMBEDDED)
    assert (local.floor(spec), staging.floor(spec)) == (Grade.EMBEDDED, Grade.TESTNET)


def test_a_profile_of_ones_own_extends_another() -> None:
    profile = load(extends="local", required=["ACME-001"], floors={"acme": "container"}, budgets={"ACME-001": "5s"})
    assert {"ACME-001", "SEC-001"} <= profile.required
    spec = CheckSpec("ACME-001", "acme", "t", min_grade=Grade.EMBEDDED)
    assert profile.floor(spec) is Grade.CONTAINER
    assert profile.budget(spec) == 5.0


def test_a_floor_never_lowers_a_checks_own_nor_raises_static_evidence() -> None:
    profile = load(floors={"ACME-001": "static", "ACME-002": "real"})
    assert profile.floor(CheckSpec("ACME-001", "acme", "t", min_grade=Grade.EMBEDDED)) is Grade.EMBEDDED
    assert profile.floor(CheckSpec("ACME-002", "acme", "t", min_grade=Grade.STATIC)) is Grade.STATIC


@pytest.mark.parametrize(
    ("suite", "own", "wanted"),
    [("container", "real", Grade.REAL), ("real", "container", Grade.REAL), ("testnet", "embedded", Grade.TESTNET)],
)
def test_the_highest_of_suite_and_id_counts(suite: str, own: str, wanted: Grade) -> None:
    profile = load(floors={"acme": suite, "ACME-001": own})
    assert profile.floor(CheckSpec("ACME-001", "acme", "t", min_grade=Grade.EMBEDDED)) is wanted


def test_naming_an_id_does_not_lower_the_suite_floor_that_is_extended() -> None:
    tables = {
        "base": {"floors": {"monitoring": "testnet"}},
        "own": {"extends": "base", "floors": {"MON-001": "embedded"}},
    }
    profile = load_profile("own", tables, KNOWN, TODAY)
    spec = CheckSpec("MON-001", "monitoring", "rows come back", min_grade=Grade.EMBEDDED)
    assert profile.floor(spec) is Grade.TESTNET


def test_advisory_takes_a_check_out_until_its_end() -> None:
    profile = load(extends="local", advisory={"SEC-001": {"owner": "me", "until": date(2026, 12, 1)}})
    assert not profile.requires("SEC-001", TODAY)
    assert profile.requires("SEC-001", date(2026, 12, 2))
    assert "SEC-001" in profile.expected(date(2026, 12, 2)) - profile.expected(TODAY)


def test_an_advisory_entry_may_end_ninety_days_ahead_and_not_one_more() -> None:
    last = TODAY + LONGEST
    assert load(advisory={"SEC-001": {"owner": "me", "until": last}}).advised("SEC-001") is not None
    with pytest.raises(PolicyError, match="more than 90 days away") as caught:
        load(advisory={"SEC-001": {"owner": "me", "until": last + timedelta(days=1)}})
    assert str(last) in caught.value.remedy
    tables = {"base": {"advisory": {"SEC-001": {"owner": "me", "until": date.max}}}, "own": {"extends": "base"}}
    with pytest.raises(PolicyError, match=r"advisory\.SEC-001 ends on 9999-12-31"):
        load_profile("own", tables, KNOWN, TODAY)
    assert load_profile("own", tables, KNOWN, date(9999, 12, 1)).advised("SEC-001") is not None


def test_without_a_day_the_ninety_days_count_from_now() -> None:
    with pytest.raises(PolicyError, match="days away"):
        load_profile("own", {"own": {"advisory": {"SEC-001": {"owner": "me", "until": date.max}}}}, KNOWN)


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"local": {}}, "Profile 'local' is a packaged one."),
        ({"own": {"requierd": []}}, "unknown key 'requierd'. Did you mean 'required'?"),
        ({"own": {"required": "ACME-001"}}, "required must be a list"),
        ({"own": {"required": ["acme"]}}, "'acme' is not a check id"),
        ({"own": {"extends": "own"}}, "in a circle: own -> own"),
        ({"own": {"extends": "locl"}}, "Unknown profile 'locl'. Did you mean 'local'?"),
        ({"own": {"advisory": {"SEC-001": {"owner": "me"}}}}, "needs an owner and an end date"),
        ({"own": {"advisory": {"SEC-001": {"owner": "", "until": TODAY}}}}, "needs an owner and an end date"),
        ({"own": {"floors": {"acme": "gold"}}}, "'gold' is not a grade"),
        ({"own": {"budgets": {"ACME-001": "soon"}}}, "is not a duration"),
        ({"own": {"flaky_budget": -1}}, "flaky_budget must be a whole number"),
        ({"own": {"extends": "staging", "floors": {"MON-001": "embedded"}}}, "is lower than in 'staging'"),
    ],
)
def test_what_is_wrong_is_one_sentence(own: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_profile("own", own, KNOWN, TODAY)
    assert sentence in str(caught.value)
    assert caught.value.remedy
