"""SEC-001: bandit finds nothing of HIGH severity in the strategies."""

import pytest

from pytest_tradeops import clock
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.gate.waivers import base_baseline
from pytest_tradeops.security import bandit, baseline
from pytest_tradeops.security.settings import SecuritySettings
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-001",
    suite="security",
    title="bandit finds nothing of HIGH severity in the strategies",
    severity="critical",
    covers=("V.security.1",),
    min_grade="static",
    budget="120s",
    requires=("bandit",),
)
def test_sec_001(_subject: Subject, _evidence: Evidence) -> None:
    """Reads bandit's JSON report on every Python file of the strategies folder, linked folders included.

    It fails for each issue of HIGH severity, whatever its confidence, for one that a `# nosec` hides, for a file that
    bandit could not parse or did not read, and for a folder without code. The subject's own bandit settings do not
    take part. The trading rules do: a literal key, a live endpoint or an order error that nobody sees is HIGH. What the
    baseline accounts for is counted and does not block, but only where the base revision has its entry, too: a change
    cannot excuse itself. It does not prove that the code is safe: bandit knows patterns, and it reads neither notebooks
    nor Cython (both are counted in the evidence).
    """
    name = _subject.settings.strategies
    folder = _subject.path(name)
    if not folder.is_dir():
        _evidence.fail(
            bandit.REASON_MISSING,
            f"there is no folder {name}/.",
            where=name,
            remedy="Run `tradeops init strategies`, or name your folder as `strategies` in [tool.tradeops].",
        )
    report = bandit.scan(folder)
    _evidence.examined(report.loc, "lines of strategy code", source=Grade.STATIC)
    _evidence.fact(**report.facts())
    settings, file = _subject.settings, _subject.settings.security.baseline

    def base() -> tuple[str | None, str]:
        return base_baseline(_subject.git, file, SecuritySettings().baseline, settings.default_branch)

    excused = baseline.excused(_subject.root, name, report, file, base, clock.today())
    _evidence.fact(**{"accepted by the baseline": len(excused.accepted)})
    _evidence.fact(**({"baseline": excused.remark} if excused.remark else {}))
    _evidence.report(bandit.findings(report, name, excused.accepted))


SHELL_CALL = "import subprocess\n\n\ndef planted(name):\n    subprocess.call(f'ls {name}', shell=True)"


@planted_fault(
    check="SEC-001", covers="V.security.1", title="a shell call of HIGH severity", expects="bandit: B602 HIGH"
)
def shell_call_in_a_copied_strategy(_subject: Subject) -> None:
    _subject.write(f"{_subject.settings.strategies}/planted_shell_call.py", SHELL_CALL + "\n")


@planted_fault(check="SEC-001", title="an order error that nobody sees", expects="bandit: T105 HIGH")
def swallowed_order_error(_subject: Subject) -> None:
    _subject.write(
        f"{_subject.settings.strategies}/planted_swallowed_error.py",
        "def planted(bot, order):\n    try:\n        bot.submit_order(order)\n    except Exception:\n        return\n",
    )


@planted_fault(check="SEC-001", title="a HIGH issue hidden by a comment", expects="bandit: HIGH suppressed by nosec")
def suppressed_shell_call(_subject: Subject) -> None:
    _subject.write(f"{_subject.settings.strategies}/planted_nosec.py", SHELL_CALL + "  # nosec\n")


@planted_fault(check="SEC-001", title="a file that bandit cannot parse", expects="bandit: file not parsed")
def unparsable_strategy(_subject: Subject) -> None:
    _subject.write(f"{_subject.settings.strategies}/planted_syntax_error.py", SHELL_CALL + "\nbroken = (\n")


@planted_fault(check="SEC-001", title="an empty strategies folder", expects="bandit: nothing scanned")
def no_code_left(_subject: Subject) -> None:
    for file in sorted(_subject.path(_subject.settings.strategies).rglob("*")):
        if file.is_symlink() or file.suffix in bandit.SCANNED:
            file.unlink()  # never written to: a link may lead back into the real subject


@planted_fault(check="SEC-001", title="a HIGH issue that the change itself baselines", expects="bandit: B602 HIGH")
def excused_by_its_own_change(_subject: Subject) -> None:
    name = f"{_subject.settings.strategies}/planted_shell_call.py"
    _subject.write(name, SHELL_CALL + "\n")
    key = baseline.key_of(baseline.Source(SHELL_CALL.encode()), "B602", name, len(SHELL_CALL.splitlines()))
    entry = baseline.Entry(key, "planted", "a change excuses itself", clock.today())
    _subject.write(_subject.settings.security.baseline, baseline.render([entry]))
