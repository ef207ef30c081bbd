"""`Evidence` refuses at the call what a report, or the way from a worker, cannot carry."""

import math
from collections.abc import Callable
from datetime import date
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import execnet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.model import Finding, Grade
from pytest_tradeops.redaction import MASK, Redactor
from pytest_tradeops.session.transport import evidence_from, evidence_to


class Side(StrEnum):
    BUY = "buy"


class Level(IntEnum):
    HIGH = 3


def circle() -> list[object]:
    found: list[object] = []
    found.append({"again": found})
    return found


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("count", "error"),
    [(True, TypeError), (1.0, TypeError), ("1", TypeError), (None, TypeError), (-1, ValueError), (2**63, ValueError)],
)
def test_a_count_is_a_whole_number(count: Any, error: type[Exception]) -> None:
    evidence = Evidence()
    with pytest.raises(error, match=r"evidence\.examined\(\): count"):
        evidence.examined(count, "things")
    assert evidence.record(Redactor({})).examined == ()


@pytest.mark.parametrize("what", [None, 3, b"rows", Path("rows"), ["rows"]])
def test_what_was_examined_is_text(what: Any) -> None:
    with pytest.raises(TypeError, match=r"evidence\.examined\(\): what is text, not"):
        Evidence().examined(1, what)


@pytest.mark.parametrize("source", [None, "static", Path(), type("Handle", (), {"grade": "static"})()])
def test_a_source_has_a_grade(source: Any) -> None:
    with pytest.raises(TypeError, match=r"evidence\.examined\(\): source"):
        Evidence().examined(1, "rows", source=source)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2026, 1, 1), r"day\): a report cannot carry datetime\.date; give text"),
        (b"x", "bytes"),
        (Path("x"), "Path"),
        ({1}, "set"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (2**63, "beyond 64 bits"),
        (-(2**63) - 1, "beyond 64 bits"),
        ({1: "x"}, "keys that are no text"),
        ({"a": [1, date(2026, 1, 1)]}, r"day\['a'\]\[1\]\)"),
        (circle(), "holds itself"),
        (deep(41), "more than 40 deep"),
        (deep(5000), "more than 40 deep"),
        (object(), "object"),
        (1j, "complex"),
    ],
)  # fmt: skip
def test_a_fact_is_what_json_carries(value: Any, said: str) -> None:
    evidence = Evidence()
    with pytest.raises(TypeError, match=r"^evidence\.fact\(day") as caught:
        evidence.fact(fine=1, day=value)
    assert caught.match(said)
    assert "\n" not in str(caught.value)
    assert evidence.record(Redactor({})).facts == {}


def test_subclasses_become_what_they_are_and_later_changes_do_not_count() -> None:
    evidence, names = Evidence(), ["a"]
    evidence.fact(side=Side.BUY, level=Level.HIGH, pair=(1, None), names=names, sound=True)
    names.append("b")
    evidence.examined(Level.HIGH, Side.BUY)
    record = evidence.record(Redactor({}))
    assert record.facts == {"side": "buy", "level": 3, "pair": [1, None], "names": ["a"], "sound": True}
    assert execnet.loads(execnet.dumps(evidence_to(record))) == evidence_to(record)


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, "1", True, None, 10**400])
def test_a_timing_is_a_finite_number(seconds: Any) -> None:
    with pytest.raises(TypeError, match=r"evidence\.timing\(start=...\)"):
        Evidence().timing(first=1, start=seconds)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((1, "x"), "name"), (("a.txt", b"x"), "text"), (("a.txt", "x", None), "media_type"), ((Path("a"), "x"), "name")],
)
def test_an_attachment_is_text(arguments: Any, said: str) -> None:
    with pytest.raises(TypeError, match=rf"evidence\.attach\(\): {said} is text"):
        Evidence().attach(*arguments)


@pytest.mark.parametrize(
    "call",
    [
        lambda evidence: evidence.fail("acme: broken", "It is.", where=Path("a.py")),
        lambda evidence: evidence.fail(7, "It is."),
        lambda evidence: evidence.report([Finding("acme: broken", "It is.", remedy=None)]),  # type: ignore[arg-type]
        lambda evidence: evidence.report(["acme: broken"]),
        lambda evidence: evidence.inconclusive(b"no engine"),
        lambda evidence: evidence.not_applicable(None),
    ],
)
def test_an_ending_is_text(call: Callable[[Any], None]) -> None:
    with pytest.raises(TypeError, match=r"^evidence\.\w+\(\): [\w ]+ is (text|a Finding), not \w"):
        call(Evidence())


def test_endings_stay_what_they_were() -> None:
    with pytest.raises(CheckFailed) as failed:
        Evidence().fail("acme: broken", "It is.", where="a.py:1", remedy="Mend it.")
    assert failed.value.findings == (Finding("acme: broken", "It is.", "a.py:1", "Mend it."),)
    with pytest.raises(Inconclusive, match=r"No engine\. Start one\."):
        Evidence().inconclusive("No engine.", remedy="Start one.")
    Evidence().report([])


def test_every_text_of_the_record_is_redacted() -> None:
    evidence = Evidence()
    evidence.examined(1, "rows of sesame7", source=Grade.STATIC)
    evidence.fact(**{"of sesame7": ["sesame7", {"sesame7": 1}]})
    evidence.timing(**{"start of sesame7": 1.5})
    evidence.attach("sesame7.txt", "sesame7", "text/plain; boundary=sesame7")
    record = evidence.record(Redactor({"MY_TOKEN": "sesame7"}))
    assert "sesame7" not in repr(record)
    assert repr(record).count(MASK) == 8
    assert list(record.timings.values()) == [1.5]


SIMPLE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(SIMPLE, st.text(st.characters(codec=None)))
def test_what_is_accepted_arrives_as_it_was_sent(value: object, text: str) -> None:
    evidence = Evidence()
    evidence.examined(1, text)
    evidence.fact(value=value)
    evidence.attach(text, text, text)
    evidence.timing(**{text: 1.0})
    record = evidence.record(Redactor({}))
    assert evidence_from(execnet.loads(execnet.dumps(evidence_to(record)))) == record
