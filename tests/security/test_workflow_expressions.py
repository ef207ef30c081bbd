"""Conditions of workflows: only what can never hold is impossible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security.expressions import UNKNOWN, has_status_function, holds, text_of, truth

KNOWN = {"github.event_name": "push", "github.ref": "refs/heads/main"}


@pytest.mark.parametrize(
    "condition",
    [
        None,
        True,
        1,
        "true",
        "",
        "${{ true }}",
        "github.event_name == 'push'",
        "github.event_name == 'PUSH'",
        "GITHUB.event_name != 'schedule'",
        "github.actor == 'dependabot[bot]'",
        "!github.event.pull_request.draft",
        "github.event_name == 'never' || github.actor == 'x'",
        "always() && !cancelled()",
        "success()",
        "'false'",
        "contains(github.ref, 'main') && startsWith(github.ref, 'refs/')",
        "contains(fromJSON('[1]'), 1)",
        "github.event.commits[0].message == 'x'",
        "secrets.X != ''",
        "true == 1",
        "null == 0",
        "it's broken (",
        "x ${{ false }}",
        "!" * 5000 + "x",
        "(" * 5000,
    ],
)
def test_what_may_hold_is_possible(condition: object) -> None:
    assert holds(condition, KNOWN)


@pytest.mark.parametrize(
    "condition",
    [
        False,
        0,
        "false",
        "${{ false }}",
        "github.event_name == 'never'",
        "github.event_name == 'schedule' && github.actor == 'x'",
        "github.actor == 'x' && false",
        "!(github.event_name == 'push')",
        "!true || 0 || '' || null",
        "failure()",
        "endsWith(github.ref, 'old')",
        "'a' == 1",
        "'it''s' == 'its'",
        "0x10 == 17",
    ],
)
def test_what_never_holds_is_impossible(condition: object) -> None:
    assert not holds(condition, KNOWN)


def test_functions_of_the_status_are_seen() -> None:
    assert has_status_function("${{ !cancelled() }}")
    assert not has_status_function("github.ref == 'always'")
    assert not has_status_function(None)


literals = st.sampled_from(["true", "false", "github.event_name == 'push'", "github.event_name == 'x'"])
formulas = st.recursive(
    literals, lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner) | inner.map("!({})".format)
)  # fmt: skip


@given(formulas)
def test_formulas_have_the_value_that_python_gives_them(formula: str) -> None:
    python = formula.replace("github.event_name == 'push'", "True").replace("github.event_name == 'x'", "False")
    for ours, theirs in (("&&", " and "), ("||", " or "), ("!", " not "), ("true", "True"), ("false", "False")):
        python = python.replace(ours, theirs)
    assert holds(formula, KNOWN) is bool(eval(python.strip()))  # noqa: S307 - made of the words above alone


@given(formulas, formulas)
def test_what_is_unknown_makes_nothing_impossible_that_may_hold(left: str, right: str) -> None:
    for operator in ("&&", "||"):
        unknown = holds(f"({left}) {operator} github.actor", KNOWN)
        assert unknown is (holds(f"({left}) {operator} true", KNOWN) or holds(f"({left}) {operator} false", KNOWN))
    assert holds(f"github.actor || ({right})", KNOWN)


@given(st.text("!&|=()'ab.0x ${}[],", max_size=30))
def test_any_text_is_answered(text: str) -> None:
    assert holds(text, KNOWN) in (True, False)


RUN = {
    "github.event_name": "pull_request",
    "steps.*": "",
    "steps.meta.outputs.*": "",
    "steps.meta.outputs.update-type": "patch",
    "steps.other.outputs.*": UNKNOWN,
    "number": 7.0,
    "success()": False,
    "failure()": True,
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("steps.meta.outputs.update-type == 'patch'", True),
        ("steps.meta.outputs['update-type'] == 'patch'", True),
        ("steps.META.outputs['Update-Type'] == 'PATCH'", True),
        ("steps.meta.outputs.update_type == 'patch'", False),
        ("steps.meta.outputs[steps.x] == 'patch'", False),
        ("steps['meta'].outputs.update-type == 'patch'", True),
        ("steps['meta']['outputs'].update-type == 'minor'", False),
        ("fromJSON('[{}]')[0].x", UNKNOWN),
        ("steps.absent.outputs.x == ''", True),
        ("steps.other.outputs.x == ''", UNKNOWN),
        ("steps.other.outputs.x == '' && false", False),
        ("github.event.x", UNKNOWN),
        ("success()", False),
        ("failure() && !cancelled()", True),
        ('contains(fromJSON(\'["minor", "patch"]\'), steps.meta.outputs.update-type)', True),
        ("contains(fromJSON('[\"minor\"]'), steps.meta.outputs.update-type)", False),
        ("contains(fromJSON('[\"minor\"]'), steps.other.outputs.x)", UNKNOWN),
        ("contains(fromJSON('[broken'), 'x')", UNKNOWN),
        ("contains(steps.meta.outputs.update-type, 'pat')", True),
        ("fromJSON('{}') || true", True),
        (None, True),
        ("it's broken (", UNKNOWN),
    ],
)
def test_a_simulated_run_knows_more(condition: object, expected: object) -> None:
    assert truth(condition, RUN) is expected


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a ${{ steps.meta.outputs.update-type }} of ${{ number }}", "a patch of 7"),
        ("${{ true && null }}", ""),
        ("${{ 1 == 1 }}", "true"),
        ("${{ github.event.x || 'staging' }}", None),
        ("${{ github.event.x && '' }}", None),
        ("${{ null || 'staging' }}", "staging"),
        (True, "true"),
        (3, "3"),
        (None, ""),
        ("${{ github.event.x }}", None),
        ("${{ broken ( }}", None),
        ("${{ fromJSON('[1]') }}", None),
        ("no expression {{ x }}", "no expression {{ x }}"),
    ],
)
def test_texts_with_expressions(template: object, text: str | None) -> None:
    assert text_of(template, RUN) == text


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(["${{", "}}", "steps.meta", "[", "'x'", "]", "(", ")", "==", "fromJSON", "contains", ","])
    ).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    assert truth(text, RUN) in (True, False, UNKNOWN)
    found = text_of(text, RUN)
    assert found is None or isinstance(found, str)
