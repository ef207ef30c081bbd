"""Waivers: the file's rules, and what the book says of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.gate.waivers import LONGEST, Waiver, WaiverBook, parse
from pytest_tradeops.model import CheckResult, Outcome

TODAY = date(2026, 3, 10)
KNOWN = frozenset({"SEC-001", "SEC-002", "ACME-001"})


def entry(**changes: str) -> str:
    keys = {"check": "'SEC-001'", "owner": "'Ann'", "reason": "'vendor fix due'", "expires": "2026-04-01", **changes}
    return "[[waiver]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def reasons(text: str, today: date = TODAY) -> list[str]:
    return [problem.reason for problem in parse(text, KNOWN, today)[1]]


def test_a_complete_entry_is_a_waiver() -> None:
    assert parse(entry(), KNOWN, TODAY) == ([Waiver("SEC-001", "Ann", "vendor fix due", date(2026, 4, 1))], [])


def test_an_empty_file_waives_nothing() -> None:
    assert parse("", KNOWN, TODAY) == ([], [])
    assert parse("# none\n", KNOWN, TODAY) == ([], [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (entry(owner=""), "waivers: no owner"),
        (entry(owner="'  '"), "waivers: no owner"),
        (entry(owner="7"), "waivers: no owner"),
        (entry(reason=""), "waivers: no reason"),
        (entry(reason="''"), "waivers: no reason"),
        (entry(check=""), "waivers: no check"),
        (entry(check="'SEC-003'"), "waivers: unknown check"),
        (entry(expires=""), "waivers: no expires"),
        (entry(expires="'2026-04-01'"), "waivers: no expires"),
        (entry(expires="2026-04-01T00:00:00Z"), "waivers: no expires"),
        (entry(ticket="'T-1'"), "waivers: unknown key"),
        (entry() + entry(reason="'another'"), "waivers: duplicate"),
        ("version = 1\n", "waivers: unknown key"),
        ("waiver = 'SEC-001'\n", "waivers: not a list"),
        ("waiver = ['SEC-001']\n", "waivers: not a table"),
        ("[[waiver]\n", "waivers: not TOML"),
        (entry(expires="2026-02-30"), "waivers: not TOML"),
        ("[[waiver]]\nx = " + "9" * 5000, "waivers: not TOML"),
    ],
)
def test_each_defect_has_its_own_reason_and_waives_no_more_than_the_rest(text: str, reason: str) -> None:
    assert reasons(text) == [reason]
    assert len(parse(text, KNOWN, TODAY)[0]) == (1 if reason == "waivers: duplicate" else 0)


def test_an_expiry_may_lie_ninety_days_ahead_and_not_one_more() -> None:
    assert reasons(entry(expires=str(TODAY + LONGEST))) == []
    assert reasons(entry(expires=str(TODAY + LONGEST + timedelta(days=1)))) == ["waivers: expires too late"]
    assert parse(entry(expires="9999-12-31"), KNOWN, date(9999, 12, 1))[1] == []


def test_a_problem_names_its_line_and_what_to_write() -> None:
    text = "# ours\n" + entry() + "\n" + entry(check="'SEC-0O2'")
    [problem] = parse(text, KNOWN, TODAY, name="w.toml")[1]
    assert problem.where == "w.toml:8"
    assert problem.remedy == "Did you mean 'SEC-002'?"


def test_a_header_inside_a_text_does_not_shift_the_lines() -> None:
    text = entry(reason="'''\n[[waiver]]\n'''") + entry(check="'SEC-9'")
    [problem] = parse(text, KNOWN, TODAY, name="w.toml")[1]
    assert problem.where == "w.toml"


VALUES = st.one_of(
    st.sampled_from(["'SEC-001'", "'SEC-002'", "''", "1", "true", "[]", "{}", "2026-04-01", "1979-05-27T07:32:00"]),
    st.dates().map(str),
    st.text(alphabet="abc'\"\\\n[]=", max_size=8),
)
ENTRIES = st.dictionaries(st.sampled_from(["check", "owner", "reason", "expires", "x"]), VALUES)


@given(st.lists(ENTRIES, max_size=4))
def test_whatever_the_file_holds_only_complete_entries_waive(tables: list[dict[str, str]]) -> None:
    text = "".join("[[waiver]]\n" + "".join(f"{key} = {value}\n" for key, value in one.items()) for one in tables)
    waivers, problems = parse(text, KNOWN, TODAY)
    assert len({waiver.check for waiver in waivers}) == len(waivers)
    for waiver in waivers:
        assert waiver.check in KNOWN
        assert waiver.owner
        assert waiver.reason
        assert waiver.expires <= TODAY + LONGEST
    assert len(waivers) + len(problems) >= bool(tables)  # nothing vanishes unsaid
    assert all(problem.message.endswith(".") and problem.remedy for problem in problems)


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    waivers, problems = parse(text, KNOWN, TODAY)
    assert waivers == []
    assert all(problem.reason.startswith("waivers: ") for problem in problems)


def book(expires: date) -> WaiverBook:
    return WaiverBook((Waiver("SEC-001", "Ann", "why", expires),))


def test_a_waiver_counts_through_its_last_day() -> None:
    last = book(TODAY)
    assert last.valid("SEC-001", TODAY) is not None
    assert last.expired("SEC-001", TODAY) is None
    assert last.valid("SEC-001", TODAY + timedelta(days=1)) is None
    assert last.expired("SEC-001", TODAY + timedelta(days=1)) is not None
    assert last.valid("SEC-002", TODAY) is None
    assert last.expired("SEC-002", TODAY) is None


@pytest.mark.parametrize(
    ("left", "said"), [(-1, "expired on"), (0, "expires today"), (1, "tomorrow"), (14, "in 14 days"), (15, "")]
)
def test_the_owner_hears_of_the_end_two_weeks_before(left: int, said: str) -> None:
    notes = book(TODAY + timedelta(days=left)).notes(TODAY)
    assert [said in note and "Ann" in note for note in notes] == ([True] if said else [])


def test_a_waiver_whose_check_passes_is_unneeded() -> None:
    waivers = book(TODAY)
    assert waivers.unneeded([CheckResult("SEC-001", Outcome.PASSED)]) == waivers.waivers
    for outcome in (Outcome.FAILED, Outcome.WAIVED, Outcome.FLAKY, Outcome.MISSING):
        assert waivers.unneeded([CheckResult("SEC-001", outcome)]) == ()
    assert waivers.unneeded([CheckResult("SEC-002", Outcome.PASSED)]) == ()
