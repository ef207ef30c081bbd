"""The terminal report fits one screen, says what matters, and nobody's text steers the terminal."""

import re
from dataclasses import replace

import pytest
import report_samples as samples

from pytest_tradeops.gate.judge.settle import Terms, settle
from pytest_tradeops.gate.report.terminal import SCREEN, render_terminal
from pytest_tradeops.gate.report.text import cells
from pytest_tradeops.model import CheckResult, Grade, Outcome, Verdict

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WRITTEN = ("tradeops-report/report.json", "tradeops-report/report.html")


def test_screen_says_suites_checks_verdict_reason_and_next_action() -> None:
    lines = render_terminal(samples.report(), 100, written=WRITTEN)
    assert lines[0].split() == ["security", "passed", "1", "failed", "2"]
    assert "SEC-001 failed: bandit: B602 HIGH: a shell call (strategies/ema.py:12)" in lines
    assert "BEN-001 over budget: It took longer than its budget of 60 s." in lines
    assert "BLOCK, exit code 21 (evidence against), profile local, 10 checks in 12.3 s" in lines
    assert any("unsigned" in line and "mybot at 0123456789ab" in line and "1 of 4 items" in line for line in lines)
    assert next(line for line in lines if line.startswith("reason:")).endswith("(and 1 reason more)")
    assert "next:   Run `tradeops init strategies`." in lines
    assert lines[-1] == f"report: {', '.join(WRITTEN)}"


def test_gravest_checks_come_first_and_each_takes_one_line() -> None:
    lines = render_terminal(samples.report(), 100)
    ids = [line.split()[0] for line in lines if re.match(r"[A-Z]{3}-\d{3} ", line)]
    assert ids == ["SEC-001", "KNO-002", "RBK-001", "MON-001", "BEN-001", "MON-002", "STG-001", "KNO-001"]


def test_passed_and_not_required_checks_take_no_line() -> None:
    lines = render_terminal(samples.report(), 100)
    assert not any(line.startswith(("SEC-002", "SEC-009")) for line in lines)
    assert "not required: failed 1" in lines


def absent(check: str) -> CheckResult:
    """What the judge makes of a check that this run left out."""
    return settle(check, samples.spec(check, "rollback"), [], Terms(Grade.STATIC, 60.0, required=True))


@pytest.mark.parametrize(("width", "ids"), [(80, 5), (60, 3), (400, 30)])
def test_checks_that_were_merely_not_collected_share_one_line_behind_the_failures(width: int, ids: int) -> None:
    left_out = tuple(absent(f"RBK-{number:03}") for number in range(1, 31))
    lines = render_terminal(samples.report((*left_out, *samples.every_outcome())), width)
    (line,) = [line for line in lines if "not collected" in line and not line.startswith("RBK-001")]
    shown = ", ".join(one.id for one in left_out[:ids])
    assert line == f"30 checks were not collected: {shown}{', ...' if ids < 30 else ''}"
    named = [line[:7] for line in lines if re.match(r"[A-Z]{3}-\d{3} ", line)]
    assert named == ["SEC-001", "KNO-002", "RBK-001", "MON-001", "BEN-001", "MON-002", "STG-001", "KNO-001"]
    assert lines.index(line) > max(place for place, one in enumerate(lines) if one[:7] in named)
    assert len(lines) <= SCREEN


def test_one_check_that_was_not_collected_keeps_its_line() -> None:
    lines = render_terminal(samples.report((absent("RBK-001"), *samples.every_outcome()[:2])), 80)
    assert "RBK-001 missing: it was not run: not collected, or deselected." in lines


def test_a_critical_failure_is_shown_before_others() -> None:
    low, critical = samples.spec("SEC-001", "security", severity="low"), samples.spec("SEC-009", "security")
    results = (
        samples.result("SEC-001", Outcome.FAILED, spec=low),
        samples.result("SEC-009", Outcome.FAILED, spec=replace(critical, severity="critical")),
    )
    lines = render_terminal(samples.report(results), 80)
    assert [line[:7] for line in lines if line.startswith("SEC-")] == ["SEC-009", "SEC-001"]


def test_promoted_run_is_short() -> None:
    lines = render_terminal(samples.promoted(), 80, written=WRITTEN)
    assert lines[1].startswith("PROMOTE, exit code 0, profile local, 1 check in")
    assert len(lines) == 4


def test_all_of_ten_failures_are_shown() -> None:
    shown = render_terminal(samples.many(10), 80, written=WRITTEN)
    assert sum(1 for line in shown if re.match(r"[A-Z]{3}-\d{3} failed", line)) == 10
    assert len(shown) <= SCREEN


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("count", [0, 1, 10, 24, 128, 1000])
def test_any_number_of_checks_fits_a_screen(count: int, width: int) -> None:
    lines = render_terminal(samples.many(count), width, written=WRITTEN * 3)
    assert len(lines) <= SCREEN < 24
    assert max(map(cells, lines)) <= width
    shown = sum(1 for line in lines if re.match(r"[A-Z]{3}-\d{3} failed", line))
    rest = next((int(line.split()[1]) for line in lines if line.startswith("and ") and "see report" in line), 0)
    assert shown + rest == count


def test_many_suites_are_folded() -> None:
    results = tuple(samples.result(f"ACME{chr(65 + n)}-001", Outcome.PASSED, f"suite{n}", spec=None) for n in range(20))
    lines = render_terminal(samples.report(results), 80)
    assert len(lines) <= SCREEN
    assert any("and 12 suites more with 12 checks" in line for line in lines)


def test_run_without_checks_says_so() -> None:
    assert "No check was required and none was collected." in render_terminal(samples.report(()), 80)


@pytest.mark.parametrize(("code", "words"), [(2, "interrupted"), (22, "the guard tripped"), (23, "the policy")])
def test_exit_code_is_explained(code: int, words: str) -> None:
    shown = "\n".join(render_terminal(samples.report(exit_code=code), 100))
    assert f"exit code {code} ({words}" in shown


def test_first_known_remedy_stands_in_for_a_missing_one() -> None:
    lines = render_terminal(samples.report(reasons=("a", "b"), remedies=("", "Do b.")), 80)
    assert "next:   first known remedy: Do b." in lines
    lines = render_terminal(samples.report(reasons=("a",), remedies=()), 80)
    assert "next:   Read the report for the evidence behind the reason." in lines


def test_long_remedy_keeps_its_command_on_a_second_line() -> None:
    remedy = "Write the two missing files with the help of " + "`tradeops init strategies --with-tests` and commit."
    lines = render_terminal(samples.report(remedies=(remedy, "")), 80)
    assert remedy in " ".join(" ".join(lines).split())


def test_colour_changes_nothing_but_colours() -> None:
    for report in (samples.report(), samples.promoted(), samples.many(128)):
        plain = render_terminal(report, 80)
        painted = render_terminal(report, 80, color=True)
        assert painted != plain
        assert [COLOUR.sub("", line) for line in painted] == plain
    assert "\x1b[31;1mBLOCK" in "\n".join(render_terminal(samples.report(), 80, color=True))


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("name", samples.HOSTILE)
def test_hostile_text_neither_steers_nor_overflows(name: str, color: bool) -> None:
    lines = render_terminal(samples.hostile(samples.HOSTILE[name]), 80, color=color, written=(samples.HOSTILE[name],))
    assert len(lines) <= SCREEN
    for line in lines:
        plain = COLOUR.sub("", line) if color else line
        assert plain.isprintable(), plain
        assert cells(plain) <= 80
        line.encode("utf-8")
    assert any("BLOCK" in line for line in lines)


def test_unterminated_escape_swallows_nothing() -> None:
    report = samples.report(reasons=("\x1b]0;it is broken",), remedies=("",))
    assert any("it is broken" in line for line in render_terminal(report, 80))


def test_narrow_terminals_get_forty_columns() -> None:
    assert max(len(line) for line in render_terminal(samples.report(), 1)) <= 40


def test_same_report_same_lines() -> None:
    report = samples.report(verdict=Verdict.HOLD, exit_code=20)
    assert render_terminal(report, 80, color=True) == render_terminal(report, 80, color=True)
