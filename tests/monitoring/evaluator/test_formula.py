"""Math expressions, parsed and executed with Grafana's joins, NaN and NULL."""

import contextlib
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_tradeops.monitoring.evaluator import formula, mathexp
from pytest_tradeops.monitoring.evaluator.values import EvaluationError, Number, Series, Value

A = {"A": [Number(5.0)], "B": [Number(2.0)]}


def run(text: str, variables: dict[str, list[Value]] | None = None) -> list[Value]:
    return mathexp.execute(formula.parse(text), A if variables is None else variables)


def value(text: str) -> float | None:
    (only,) = run(text)
    assert isinstance(only, Number)
    return only.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 ** 3 ** 2", 64.0),  # by the left, as Grafana's
        ("-$A + ${B}", -3.0),
        ("7 % 4 - 1", 2.0),
        ("$A > 4 && $B < 3", 1.0),
        ("$A == 5 || 1 / 0", 1.0),
        ("!$A", 0.0),
        ("0x10 + 010", 24.0),
        ("abs(-3) + round(2.5) + ceil(1.1) + floor(1.9)", 9.0),
        ("is_null(null()) + is_nan(nan()) + is_inf(infn()) + is_number(1)", 4.0),
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("log(0)", -math.inf),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("text", ["nan() > 1", "nan() < 1", "0 / 0", "5 % 0", "log(-1)", "nan() == nan()", "!nan()"])
def test_nan_stays_nan(text: str) -> None:
    found = value(text)
    assert found is not None
    assert math.isnan(found)


def test_null_stays_null() -> None:
    assert value("null() > 1") is None
    assert value("-null()") is None


def test_and_or_decide_before_nan_is_looked_at() -> None:
    assert value("1 || nan()") == 1.0
    assert value("0 && nan()") == 0.0


def test_labels_decide_what_meets() -> None:
    a = [Number(1.0, {"s": "x"}), Number(2.0, {"s": "y"})]
    b = [Number(10.0, {"s": "x", "t": "1"}), Number(20.0, {"s": "z"})]
    assert [(one.labels, one.value) for one in run("$A + $B", {"A": a, "B": b}) if isinstance(one, Number)] == [
        ({"s": "x", "t": "1"}, 11.0)
    ]
    # One on either side always meets, and the labels are gone then.
    (only,) = run("$A + $B", {"A": a[:1], "B": b[1:]})
    assert (only.labels, getattr(only, "value", None)) == ({}, 21.0)
    assert run("$A + $B", {"A": a, "B": []}) == []


def test_series_meet_at_their_common_times() -> None:
    a, b = Series((1, 2, 3), (1.0, None, 3.0)), Series((2, 3, 4), (5.0, 5.0, 5.0))
    assert run("$A + $B", {"A": [a], "B": [b]}) == [Series((2, 3), (None, 8.0))]
    assert run("1 - $A", {"A": [a]}) == [Series((1, 2, 3), (0.0, None, -2.0))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expr: unexpected EOF in input: F()"),
        ("1 +", "expr: unexpected EOF in input: F()"),
        ("(1", "expr: unexpected EOF in input: F()"),
        ("1 2", 'expr: unexpected "2" in root input'),
        ("$", "expr: unexpected incomplete variable in input: F()"),
        ("${A", "expr: unexpected unterminated variable missing closing } in input: F()"),
        ("1 >- 2", "expr: unexpected >- in root input"),
        ("sqrt(4)", "expr: non existent function sqrt"),
        ("abs()", "expr: parse: not enough arguments for abs"),
        ("nan(1)", "expr: parse: too many arguments for nan"),
        ("1 ; 2", "expr: unexpected invalid character: ; in root input"),
    ],
)
def test_a_formula_that_grafana_refuses(text: str, message: str) -> None:
    with pytest.raises(EvaluationError) as refused:
        formula.parse(text)
    assert str(refused.value) == message


@settings(deadline=None)
@given(st.text(alphabet='$AB{}()0123456789.eExX+-*/%!<>=&|" ,absinul_', max_size=40))
@example("(" * 400 + "1")
@example("0e")
@example("0x")
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    with contextlib.suppress(EvaluationError):
        mathexp.execute(formula.parse(text), {"A": [Number(1.0), Number(math.nan)], "B": [Number(None)]})
