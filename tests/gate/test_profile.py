"""Profiles: packaged and one's own, what they may change, and what they may not."""

from datetime import date
from typing import Any

import pytest

from pytest_tradeops.exceptions import PolicyError
from pytest_tradeops.gate.catalogue import packaged as packaged_checks
from pytest_tradeops.gate.profile import load_profile, packaged
from pytest_tradeops.model import CheckSpec, Grade

KNOWN = frozenset({"ACME-001", "ACME-002"})
TODAY = date(2026, 11, 23)


def load(**table: Any):
    return load_profile("own", {"own": table}, KNOWN)


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


def test_an_id_has_precedence_over_its_suite() -> None:
    profile = load(floors={"acme": "container", "ACME-001": "real"})
    assert profile.floor(CheckSpec("ACME-001", "acme", "t", min_grade=Grade.EMBEDDED)) is Grade.REAL


def test_advisory_takes_a_check_out_until_its_end() -> None:
    profile = load(extends="local", advisory={"SEC-001": {"owner": "me", "until": date(2026, 12, 1)}})
    assert not profile.requires("SEC-001", TODAY)
    assert profile.requires("SEC-001", date(2026, 12, 2))
    assert "SEC-001" in profile.expected(date(2026, 12, 2)) - profile.expected(TODAY)


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
        ({"own": {"extends": "staging", "floors": {"monitoring": "embedded"}}}, "is lower than in 'staging'"),
    ],
)
def test_what_is_wrong_is_one_sentence(own: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_profile("own", own, KNOWN)
    assert sentence in str(caught.value)
    assert caught.value.remedy
