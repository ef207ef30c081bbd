"""The Markdown report holds its tables together and makes no markup of anybody's text."""

import re

import pytest
import report_samples as samples

from pytest_tradeops.gate.report.markdown import LARGEST, escape, render_markdown
from pytest_tradeops.model import Outcome

#: What the renderer itself writes of HTML.
OWN = re.compile(r"</?(?:code|details|summary)>|<!-- -->|\A<!-- tradeops-report -->$", re.MULTILINE)
#: Markup with its sign neither escaped by a backslash nor written as an entity.
MARKUP = re.compile(r"(?<!\\)(?:!?\[|\]\(|https?:|www\.|#(?!\d+;))|[`$@](?!<!-- -->)|&(?!#\d+;)")


def tables(text: str) -> list[list[list[str]]]:
    """The tables as cells, read as GitHub does: a pipe that is not escaped ends a cell."""
    found: list[list[list[str]]] = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("|"):
            found.append([re.split(r"(?<!\\)\|", line)[1:-1] for line in paragraph.splitlines()])
    return found


def test_summary_says_verdict_reason_and_next_action_first() -> None:
    mark, *head = render_markdown(samples.report()).split("\n\n")
    assert mark == "<!-- tradeops-report -->"
    assert head[0].startswith("## ⛔ BLOCK: mybot at 0123456789ab")
    assert head[1].startswith(r"**Reason:** SEC\-001 failed")
    assert head[2] == r"**Next:** Run <code>tradeops init strategies</code>\."
    assert "exit code 21" in head[4]
    assert "**unsigned**" in head[4]


def test_promoted_run_shows_no_complaints() -> None:
    text = render_markdown(samples.promoted())
    assert "✅ PROMOTE" in text
    for absent in ("Reason", "did not pass", "not caught", "Waivers"):
        assert absent not in text


def test_tables_say_suites_checks_faults_and_everything() -> None:
    suites, complaints, advisory, faults, everything = tables(render_markdown(samples.report()))
    assert [cell.strip() for cell in suites[2]][:2] == ["security", "1"]
    assert complaints[2][0].strip() == r"SEC\-001"
    assert len(complaints) == 2 + 8
    assert "(advisory)" in advisory[2][1]
    assert "The twin passed" in faults[2][3]
    assert len(everything) == 2 + 10


def test_waivers_and_notes_are_listed() -> None:
    text = render_markdown(samples.report())
    assert r"- STG\-001\: waiver by ana until 2026\-12\-01" in text
    assert r"- The plugin foo is loaded\." in text


def test_every_outcome_has_its_words() -> None:
    text = render_markdown(samples.report())
    for outcome in Outcome:
        assert outcome.value.replace("_", " ") in text


@pytest.mark.parametrize("name", samples.HOSTILE)
def test_hostile_text_breaks_no_table_and_makes_no_markup(name: str) -> None:
    text = render_markdown(samples.hostile(samples.HOSTILE[name]))
    text.encode("utf-8")
    assert [len(table[0]) for table in tables(text)] == [3, 4, 4, 8]
    for table in tables(text):
        assert {len(row) for row in table} == {len(table[0])}
    bare = OWN.sub("", text)
    assert "<" not in bare
    assert ">" not in bare
    for line in text.splitlines():
        own = re.sub(r"^(?:#{2,3} |- )", "", line)
        assert not MARKUP.search(OWN.sub(lambda match: match[0] if "!" in match[0] else "", own)), line
    assert text.count("<details>") == text.count("</details>") == 1


@pytest.mark.parametrize("text", ["a | b", "<b>", "[x](y)", "a@b", "#1", "https://x.example", "`a", "\\", "$x$"])
def test_escaped_text_loses_no_character(text: str) -> None:
    shown = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), re.sub(r"\\(?=[^\\])", "", escape(text)))
    assert shown.replace("<!-- -->", "") == text


def test_pair_of_backticks_is_code_and_its_content_is_inert() -> None:
    assert escape("Run `a <b> | c`.") == r"Run <code>a &#60;b&#62; &#124; c</code>\."


def test_summary_stays_below_the_limit_and_says_what_it_left_out() -> None:
    text = render_markdown(samples.many(1000))
    assert len(text.encode()) <= LARGEST
    assert "And 800 more, see the report." in text
    wide = samples.report(
        tuple(samples.result(f"SEC-{n:03}", Outcome.FAILED, reason="@" * 300, remedy="@" * 300) for n in range(999)),
        notes=("@" * 5000,) * 500,
    )
    assert len(render_markdown(wide).encode()) <= LARGEST


def test_run_without_checks_says_so() -> None:
    assert "none was collected" in render_markdown(samples.report(()))


def test_same_report_same_text() -> None:
    assert render_markdown(samples.report()) == render_markdown(samples.report())
