"""Any text becomes fit to be shown, and loses nothing that a reader needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.gate.report.summary import plural, seconds
from pytest_tradeops.gate.report.text import cells, clean, fit, natural, one_line, wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1bPq...\x1b\\after", "after"),
        ("\x1b]0;kept", "\ufffd]0;kept"),
        ("a\r\nb\rc\x85d\te", "a\nb\nc\nd\te"),
        ("a\x00\u202eb\ud800", "a\ufffd\ufffdb\ufffd"),
        ("é漢🎲", "é漢🎲"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text(), st.integers(10, 60))
def test_fitted_text_fits(text: str, columns: int) -> None:
    assert cells(fit(text, columns)) <= columns
    assert "\n" not in fit(text, columns)


@given(st.text(), st.integers(10, 60), st.integers(1, 3))
def test_wrapped_text_fits_and_is_whole_or_says_that_it_is_not(text: str, columns: int, lines: int) -> None:
    wrapped = wrap(text, columns, lines)
    assert len(wrapped) <= lines
    assert all(cells(line) <= columns for line in wrapped)
    whole = "".join(wrapped).replace(" ", "") == one_line(text).replace(" ", "")
    assert whole or wrapped[-1].endswith("...")


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert cells("漢字") == 4
    assert cells("e\u0301") == 1
    assert fit("漢" * 10, 9) == "漢漢漢..."


def test_short_text_is_left_alone() -> None:
    assert fit("short", 10) == "short"
    assert one_line("  a \n b ") == "a b"
    assert wrap("a b", 10, 2) == ["a b"]


def test_a_cut_falls_between_words_unless_a_word_is_very_long() -> None:
    text = "QuestDB could not be downloaded, because the repository refuses"
    assert fit(text, 30) == "QuestDB could not be..."
    assert fit(text, 35) == "QuestDB could not be downloaded..."
    assert fit(text, 34) == "QuestDB could not be..."
    assert one_line(text, 30) == "QuestDB could not be..."
    assert wrap(text, 20, 2) == ["QuestDB could not be", "downloaded..."]
    assert fit("the file " + "x" * 60, 40) == "the file " + "x" * 28 + "..."
    assert fit("x" * 60, 40) == "x" * 37 + "..."


def test_ids_sort_as_numbers() -> None:
    ids = ["V.review.1", "1.10.1", "1.9.10", "1.9.2", "SEC-010", "SEC-002"]
    assert sorted(ids, key=natural) == ["1.9.2", "1.9.10", "1.10.1", "SEC-002", "SEC-010", "V.review.1"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.041, "0.04 s"),
        (1.0, "1 s"),
        (12.34, "12.3 s"),
        (99.97, "100 s"),
        (120.0, "2 min"),
        (302.4, "5 min 2 s"),
        (float("nan"), "unknown"),
        (float("inf"), "unknown"),
        (-1.0, "unknown"),
    ],
)
def test_durations_are_for_people(value: float, shown: str) -> None:
    assert seconds(value) == shown


def test_plural() -> None:
    assert [plural(n, "check") for n in (0, 1, 2)] == ["0 checks", "1 check", "2 checks"]
