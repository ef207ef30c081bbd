"""The HTML page is one file, runs nothing, loads nothing, and shows what the report says."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import report_samples as samples

from pytest_tradeops.gate.report.as_html import render_html
from pytest_tradeops.gate.report.model import Report
from pytest_tradeops.model import Artifact, EvidenceRecord, Finding, Grade, Outcome

VOID = {"meta", "img", "input"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "section", "div", "span", "h1", "h2", "h3", "p", "b"),
    *("code", "pre", "ul", "li", "dl", "dt", "dd", "table", "tr", "th", "td", "details", "summary", "input", "label"),
    *("figure", "figcaption", "img", "svg", "g", "rect", "text", "line", "circle"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "type", "id", "for", "checked", "alt", "src"),
    *("viewbox", "width", "height", "role", "aria-label", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx"),
    "text-anchor",
}


class Page(HTMLParser):
    """Reads a page strictly: every tag closed in order, only known tags and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.texts: list[str] = []
        self.style = ""
        self.images: list[str] = []
        self.policy = ""
        self.feed(text)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag in TAGS, tag
        assert given.keys() <= ATTRIBUTES, given
        if tag == "img":
            self.images.append(given["src"] or "")
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        if tag not in VOID and tag not in ("rect", "line", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID and tag not in ("rect", "line", "circle"):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        assert (data, self.getpos()) == (" tradeops-report ", (2, 0)), f"a comment came in: {data[:80]}"


def page(report: Report) -> Page:
    text = render_html(report)
    text.encode("utf-8")
    return Page(text)


def test_page_says_verdict_reason_next_action_and_every_check() -> None:
    shown = page(samples.report()).text
    for words in (
        "BLOCK",
        "mybot at 0123456789ab, with uncommitted changes",
        "exit code 21 (evidence against)",
        "unsigned",
        "Reason SEC-001 failed: bandit: B602 HIGH: a shell call",
        "Next Run tradeops init strategies",
        "1 more reason",
        "strategies/ema.py:12",
        "not caught",
        "The twin passed.",
        "9 examined",
        "ana until 2026-12-01",
        "The plugin foo is loaded.",
        "1 of 4 checklist items covered".replace("1 of 4 ", ""),
    ):
        assert words in shown, words
    for one in samples.every_outcome():
        assert one.id in shown
        assert one.reason in shown
        assert one.outcome.value.replace("_", " ") in shown


def test_policy_allows_our_style_and_data_pictures_only() -> None:
    read = page(samples.report())
    digest = base64.b64encode(hashlib.sha256(read.style.encode()).digest()).decode()
    assert read.policy.split("; ") == [
        "default-src 'none'",
        "img-src data:",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert "url(" not in read.style
    assert "@import" not in read.style


def test_pictures_are_shown_as_images_never_inlined() -> None:
    hostile = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
    check = samples.result(
        "SEC-001",
        Outcome.PASSED,
        evidence=EvidenceRecord(
            artifacts=(
                Artifact("a.svg", "image/svg+xml; charset=utf-8", hostile),
                Artifact("b.html", "text/html", hostile),
            )
        ),
    )
    text = render_html(samples.report((check,)))
    assert "<script" not in text
    (image,) = Page(text).images
    kind, _, data = image.partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == hostile
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("name", samples.HOSTILE)
def test_hostile_text_stays_text(name: str) -> None:
    read = page(samples.hostile(samples.HOSTILE[name]))
    assert all(source.startswith("data:image/svg+xml;base64,") for source in read.images)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", read.text)


def test_hostile_text_is_legible() -> None:
    assert "<script>alert(1)</script>" in page(samples.hostile(samples.HOSTILE["script"])).text


def test_a_megabyte_of_text_is_cut_and_says_so() -> None:
    text = render_html(samples.hostile(samples.HOSTILE["long"]))
    assert len(text) < 2_000_000
    assert "characters more" in text


def test_large_picture_and_many_findings_are_left_to_the_json_report() -> None:
    check = samples.result(
        "SEC-001",
        Outcome.FAILED,
        findings=(Finding("r", "m"),) * 120,
        evidence=EvidenceRecord(artifacts=(Artifact("big.svg", "image/svg+xml", "x" * 2_000_000),)),
    )
    read = page(samples.report((check,)))
    assert "too large for this page" in read.text
    assert "and 70 more, see the JSON report" in read.text
    assert read.images == []


def test_plots_show_suites_budgets_grades_and_coverage() -> None:
    text = render_html(samples.report())
    for title in ("Outcomes per suite", "Time against budget", "Grade against floor"):
        assert f'aria-label="{title}"' in text
    assert "<title>failed: 2</title>" in text
    assert "<title>2% of its budget</title>" in text
    assert "<title>SEC-002: embedded, floor static</title>" in text
    assert "<title>1.4.2: Install sentry-sdk in project; covered in this run by SEC-002</title>" in text
    assert "<title>1.10.1: Nobody checks this; nobody checks it</title>" in text
    assert "covered in this run: 1" in text
    assert "has a check: 2" in text


def test_late_and_weak_checks_stand_out_in_the_plots() -> None:
    late = samples.result("SEC-001", Outcome.OVER_BUDGET, duration=90.0)
    weak = samples.result("SEC-002", Outcome.INCONCLUSIVE, grade=Grade.EMBEDDED, floor=Grade.TESTNET)
    text = render_html(samples.report((late, weak)))
    assert '<g class="o-over_budget"><title>150% of its budget</title>' in text
    assert '<g class="o-failed"><title>SEC-002: embedded, floor testnet</title>' in text
    assert '<g class="o-missing"><title>SEC-001: nothing was examined, floor static</title>' in text


def test_odd_numbers_break_no_plot() -> None:
    odd = [float("nan"), float("inf"), -1.0, 0.0, 1e300]
    results = tuple(
        samples.result(f"SEC-{n:03}", Outcome.PASSED, duration=a, budget=b)
        for n, (a, b) in enumerate((a, b) for a in odd for b in odd)
    )
    text = render_html(samples.report(results))
    Page(text)
    assert "nan" not in "".join(re.findall(r"<svg.*?</svg>", text)).lower().replace("unknown", "")


@pytest.mark.parametrize("count", [0, 1, 128])
def test_any_number_of_checks_makes_a_page(count: int) -> None:
    for passing in (True, False):
        report = samples.many(count, passing)
        assert page(report).text.count("examined ·") == count
        assert len(render_html(report)) < 1_000_000


def test_columns_that_say_nothing_are_left_out() -> None:
    assert "<th>Why not</th>" in render_html(samples.report())
    promoted = render_html(samples.promoted())
    assert "<th>Expected reason</th>" in promoted
    assert "<th>Why not</th>" not in promoted


def test_page_without_checklist_leaves_coverage_out() -> None:
    assert "Checklist" not in page(replace(samples.promoted(), checklist=(), results=())).text


def test_same_report_same_page() -> None:
    assert render_html(samples.report()) == render_html(samples.report())


def test_versions_are_named_as_people_write_them() -> None:
    versions = {"os": "Linux 6.1", "python": "3.12.1", "nautilus_trader": "1.220.0", "questdb": "9.3.4", "acme": "2"}
    text = render_html(samples.report(environment=versions))
    for name, version in zip(("OS", "Python", "NautilusTrader", "QuestDB", "acme"), versions.values(), strict=True):
        assert f"<tr><td>{name}</td><td>{version}</td></tr>" in text
