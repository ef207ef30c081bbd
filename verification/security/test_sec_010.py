"""SEC-010: the baseline of bandit's findings accounts for each of them, and for nothing else."""

from datetime import timedelta

import pytest

from pytest_tradeops import clock
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security import bandit, baseline
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-010",
    suite="security",
    title="each HIGH finding of bandit has one entry in the baseline, with an owner, a reason and an end",
    severity="high",
    covers=("1.2.2",),
    min_grade="static",
    budget="120s",
    requires=("bandit",),
)
def test_sec_010(_subject: Subject, _evidence: Evidence) -> None:
    """Scans the strategies folder, and matches findings of HIGH severity with the baseline's entries, one to one.

    The baseline is `tradeops-bandit-baseline.toml`, or what `baseline` in `[tool.tradeops.security]` names. Findings
    are known by rule, file, enclosing function and the statement's source, so that lines may shift and a file may be
    renamed, while one more of the same kind is beyond the baseline. Each entry needs an owner, a reason, an expiry at
    most a year ahead, and a finding that still exists. Without the file all is well as long as nothing is HIGH.

    It does not prove that an entry is right to be there: whether it counts, SEC-001 decides by the base revision.
    """
    folder, name, today = _subject.settings.strategies, _subject.settings.security.baseline, clock.today()
    if not _subject.path(folder).is_dir():
        _evidence.fail(
            bandit.REASON_MISSING,
            f"there is no folder {folder}/.",
            where=folder,
            remedy="Run `tradeops init strategies`, or name your folder as `strategies` in [tool.tradeops].",
        )
    report = bandit.scan(_subject.path(folder))
    _evidence.examined(report.loc, "lines of strategy code", source=Grade.STATIC)
    file = _subject.path(name)
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    entries, problems = baseline.parse(text, today, name=name)
    if entries:
        _evidence.examined(len(entries), "baseline entries", source=Grade.STATIC)
    found = baseline.high(_subject.root, folder, report)
    matched = baseline.hold(folder, report, found, entries)
    _evidence.fact(
        **{"HIGH": len(found), "baseline entries": len(entries), "of a renamed file": len(matched.moved)},
        **({"the next to expire": min(one.expires for one in entries).isoformat()} if entries else {}),
    )
    against = [*bandit.unread(report, folder), *problems]
    _evidence.report([*against, *baseline.findings(report, folder, matched, name, today)])


HEAD, CALL = "import subprocess\n\n\ndef planted(name):\n", "    subprocess.call(f'ls {name}', shell=True)\n"


def _plant(subject: Subject, text: str, *, days: int = 30) -> None:
    """Writes a strategy, and a baseline with one entry for a shell call in it."""
    name = f"{subject.settings.strategies}/planted_shell_call.py"
    subject.write(name, text)
    key = baseline.key_of(baseline.Source((HEAD + CALL).encode()), "B602", name, 5)
    entry = baseline.Entry(key, "planted", "a planted fault", clock.today() + timedelta(days=days))
    subject.write(subject.settings.security.baseline, baseline.render([entry]))


@planted_fault(
    check="SEC-010",
    covers="1.2.2",
    title="a second HIGH of the same kind in a baselined file",
    expects="bandit: finding beyond baseline",
)
def second_of_the_same_kind(_subject: Subject) -> None:
    _plant(_subject, HEAD + CALL + CALL)


@planted_fault(check="SEC-010", title="an entry that has expired", expects="bandit: baseline entry expired")
def expired_entry(_subject: Subject) -> None:
    _plant(_subject, HEAD + CALL, days=-1)


@planted_fault(check="SEC-010", title="an entry whose finding is repaired", expects="bandit: stale baseline entry")
def repaired_finding(_subject: Subject) -> None:
    _plant(_subject, "PRICE = 1\n")


@planted_fault(check="SEC-010", title="an entry that nobody owns", expects="bandit: baseline entry without owner")
def entry_without_owner(_subject: Subject) -> None:
    _plant(_subject, HEAD + CALL)
    _subject.edit(_subject.settings.security.baseline, 'owner = "planted"\n', "")
