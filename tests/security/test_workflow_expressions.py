"""Conditions of workflows: only what can never hold is impossible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security.expressions import has_status_function, holds

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
