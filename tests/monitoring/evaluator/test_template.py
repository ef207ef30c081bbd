"""Annotations with templates: the part of Go's templates that alert rules use."""

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.monitoring.evaluator.formats import TemplateError
from pytest_tradeops.monitoring.evaluator.outcomes import Capture, exponent_text, number_text
from pytest_tradeops.monitoring.evaluator.template import expand

LABELS = {"bot": "A-1", "venue": "BINANCE"}
CAPTURES = {"A": Capture("A", LABELS, 1234.5), "B": Capture("B", LABELS, None), "C": Capture("C", {}, 1.0)}


def filled(text: str) -> str:
    return expand(text, LABELS, CAPTURES, "[ var='A' value=1234.5 ]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{ $labels.bot }} at {{ .Labels.venue }}", "A-1 at BINANCE"),
        ("{{ $values.A }} {{ $values.A.Value }} {{ $values.B }}", "1234.5 1234.5 NaN"),
        ("{{ $values.A.Labels.bot }}", "A-1"),
        ("{{ $labels.nope }} {{ $values.Z }}", "[no value] [no value]"),
        ("{{ $value }}", "[ var='A' value=1234.5 ]"),
        ('{{ printf "%.1f %s %d%%" $values.A.Value $labels.bot 3 }}', "1234.5 A-1 3%"),
        ("{{ humanize $values.A.Value }} {{ $values.A.Value | humanize }}", "1.234k 1.234k"),
        ("{{ humanizePercentage 0.1234 }} {{ humanizeDuration 3725 }}", "12.34% 1h 2m 5s"),
        ("{{ humanize1024 2048 }} {{ humanize 0.012 }}", "2ki 12m"),
        ('{{ index $labels "bot" }} {{ len "abc" }}', "A-1 3"),
        ("{{ if gt $values.A.Value 1000.0 }}high{{ else }}low{{ end }}", "high"),
        ('{{ if eq $labels.bot "B" }}b{{ else if eq $labels.bot "A-1" }}a{{ else }}c{{ end }}', "a"),
        ("a {{- $labels.bot -}} b", "aA-1b"),
        ("{{/* nothing */}}x", "x"),
    ],
)
def test_templates(text: str, expected: str) -> None:
    assert filled(text) == expected


@pytest.mark.parametrize(
    "text",
    ["{{ $labels.bot", "{{ }}", "{{ range $labels }}{{ end }}", "{{ if true }}", "{{ end }}", "{{ $values.Z.Value.x }}",
     "{{ nothing 1 }}", "{{ (1 }}", "{{ humanize }}", '{{ printf "%x" 1 }}'],
)  # fmt: skip
def test_what_is_not_known_is_said(text: str) -> None:
    with pytest.raises(TemplateError):
        filled(text)


@settings(deadline=None)
@given(st.text(alphabet='{}$.|()"` -abilnefoxs%1', max_size=60))
def test_any_text_is_expanded_or_refused(text: str) -> None:
    with contextlib.suppress(TemplateError):
        filled(text)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value_in_print(value: float) -> None:
    assert float(number_text(value)) == value
    assert float(exponent_text(value)) == value


def test_numbers_look_as_go_prints_them() -> None:
    assert [exponent_text(one) for one in (1.0, 500.0, 100.000001, 0.0, math.nan)] == [
        "1e+00", "5e+02", "1.00000001e+02", "0e+00", "NaN",
    ]  # fmt: skip
    assert [number_text(one) for one in (500.0, 1e21, 2e-7, math.inf, None)] == [
        "500",
        "1e+21",
        "2e-07",
        "+Inf",
        "null",
    ]
