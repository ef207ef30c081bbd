"""Hand-built reports: one check per outcome, hostile texts, many checks."""

from datetime import UTC, datetime

from pytest_tradeops.gate.report.model import ChecklistItem, Report
from pytest_tradeops.model import (
    Artifact,
    CheckResult,
    CheckSpec,
    EvidenceRecord,
    Examined,
    FaultSpec,
    Finding,
    Grade,
    Outcome,
    Suite,
    TwinResult,
    Verdict,
)

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10"/></svg>'

#: Each of these once broke some tool's report.
HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "pipes": "a | b || c \\| d \\",
    "backticks": "``` `x` ``` ~~~ <!-- --> ]]> `unclosed",
    "markdown": "![x](https://evil.example/p.png) [y](javascript:alert(1)) **b** # h\n\n- item\n| a | b |\n|---|---|",
    "addresses": "https://evil.example/x www.evil.example a@evil.example @someone #12",
    "controls": "a\x00b\x07c\x08d\x0be\x7ff\x9bg\ufffe\uffffh",
    "surrogates": "lone \ud800 and \udfff",
    "ansi": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x1b[1;1H \x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "unterminated": "\x1b]0;swallow everything that follows",
    "bidi": "user \u202e txt.exe \u2066 hidden \u2069",
    "lines": "one\ntwo\r\nthree\rfour\u2028five\u2029six\x85seven",
    "wide": "漢字テスト" * 40,
    "long": "word " * 40 + "x" * 1_000_000,
    "unbroken": "y" * 1_000_000,
    "markup": "&lt;b&gt; &amp; </td></tr></table></details></svg></style><style>*{display:none}</style>",
    "quotes": '" onmouseover="alert(1)" \' x=\'',
    "empty": "",
}


def spec(check: str, suite: str, covers: tuple[str, ...] = (), **more: object) -> CheckSpec:
    given = {"id": check, "suite": suite, "title": f"{check} holds", "covers": covers, **more}
    return CheckSpec.parse(given)


def result(check: str, outcome: Outcome, suite: str = "security", **more: object) -> CheckResult:
    given: dict[str, object] = {
        "id": check,
        "outcome": outcome,
        "spec": spec(check, suite, ("1.4.2",)),
        "required": True,
        "budget": 60.0,
        "duration": 1.25,
        **more,
    }
    return CheckResult(**given)  # type: ignore[arg-type]


def twin(check: str, covers: str, caught: bool = True, why: str = "") -> TwinResult:
    fault = FaultSpec(check, "a DSN in the source", "sentry: DSN not from environment", covers, "dsn_in_the_source")
    return TwinResult(fault, caught, why, 0.3)


def evidence(count: int = 7) -> EvidenceRecord:
    return EvidenceRecord(
        examined=(Examined(count, "strategy files", Grade.STATIC), Examined(2, "rows read back", Grade.EMBEDDED)),
        facts={"version": "1.9.4", "rules": ["B602", "B301"], "loc": 412},
        timings={"scan": 0.81},
        artifacts=(Artifact("pnl.svg", "image/svg+xml", PICTURE), Artifact("bandit.json", "application/json", "{}")),
    )


def every_outcome() -> tuple[CheckResult, ...]:
    """Nine required checks, one per outcome, and an advisory one that failed."""
    fix = "Run `tradeops init strategies`."
    finding = Finding("bandit: B602 HIGH", "a shell call", "strategies/ema.py:12", "Pass a list to subprocess.run.")
    return (
        result("BEN-001", Outcome.OVER_BUDGET, "benchmarks", reason="It took longer than its budget of 60 s."),
        result("KNO-001", Outcome.NOT_APPLICABLE, "knowledge", reason="The bot has no schema of its own."),
        result("KNO-002", Outcome.ERROR, "knowledge", reason="KeyError: 'adr'", remedy="Report it with the traceback."),
        result("MON-001", Outcome.INCONCLUSIVE, "monitoring", reason="No Java 17 was found.", remedy="Install one."),
        result("MON-002", Outcome.FLAKY, "monitoring", reason="It failed, then passed on a rerun.", attempts=2),
        result("RBK-001", Outcome.MISSING, "rollback", reason="It was not collected.", spec=None, duration=0.0),
        result(
            "SEC-001",
            Outcome.FAILED,
            reason="bandit: B602 HIGH: a shell call (strategies/ema.py:12)",
            remedy=fix,
            findings=(finding,),
            evidence=evidence(),
            grade=Grade.STATIC,
            twins=(twin("SEC-001", "1.4.2", False, "The twin passed."),),
        ),
        result(
            "SEC-002",
            Outcome.PASSED,
            evidence=evidence(3),
            grade=Grade.EMBEDDED,
            twins=(twin("SEC-002", "1.4.2"), twin("SEC-002", "")),
        ),
        result("SEC-009", Outcome.FAILED, reason="ci: bandit cannot block", required=False, advisory=True),
        result("STG-001", Outcome.WAIVED, "staging", reason="node: refused", waiver="ana until 2026-12-01"),
    )


def report(results: tuple[CheckResult, ...] | None = None, **more: object) -> Report:
    given: dict[str, object] = {
        "verdict": Verdict.BLOCK,
        "exit_code": 21,
        "profile": "local",
        "reasons": ("SEC-001 failed: bandit: B602 HIGH: a shell call (strategies/ema.py:12)", "MON-001 inconclusive."),
        "remedies": ("Run `tradeops init strategies`.", ""),
        "subject": {"name": "mybot", "revision": "0123456789abcdef0123", "dirty": True},
        "results": every_outcome() if results is None else results,
        "covered": ("1.4.2",),
        "items": 4,
        "notes": ("The waiver of STG-002 expired on 2026-11-01.", "The plugin foo is loaded."),
        "environment": {"python": "3.12.1", "plugins": ["xdist 3.8.0"]},
        "started": datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        "duration": 12.34,
        "checklist": (
            ChecklistItem("1.4.1", "Sentry Error Tracking", "Create Sentry project", ("SEC-015",)),
            ChecklistItem("1.4.2", "Sentry Error Tracking", "Install sentry-sdk in project", ("SEC-002",)),
            ChecklistItem("1.10.1", "Tenth", "Nobody checks this"),
            ChecklistItem("V.security.1", "Security Verification", "Zero HIGH findings", ("SEC-001",)),
        ),
        **more,
    }
    return Report(**given)  # type: ignore[arg-type]


def promoted() -> Report:
    """All green."""
    only = (result("SEC-002", Outcome.PASSED, evidence=evidence(), grade=Grade.EMBEDDED, twins=(twin("X", "1.4.2"),)),)
    return report(only, verdict=Verdict.PROMOTE, exit_code=0, reasons=(), remedies=(), notes=())


def hostile(text: str) -> Report:
    """`text` wherever a report carries text that somebody else wrote."""
    bad = CheckResult(
        id="SEC-001",
        outcome=Outcome.FAILED,
        spec=CheckSpec("SEC-001", "security", text or "t", covers=("1.4.2",)),
        reason=text,
        remedy=text,
        findings=(Finding(text, text, text, text),),
        evidence=EvidenceRecord(
            examined=(Examined(1, text, Grade.STATIC),),
            facts={"fact": text, text: [text, {text: text}]},
            timings={text: 1.0},
            artifacts=(
                Artifact("a.svg", "image/svg+xml", text),
                Artifact(text, "text/html", text),
                Artifact("c.svg", text, text),
            ),
        ),
        twins=(TwinResult(FaultSpec("SEC-001", text or "t", text or "e", text, text), False, text),),
        required=True,
        waiver=text,
    )
    return report(
        (bad, result("SEC-007", Outcome.MISSING, reason=text, remedy=text)),
        reasons=(text,),
        remedies=(text,),
        subject={"name": text, "revision": text, "dirty": False, text: text},
        notes=(text, text),
        environment={text: text},
        profile=text,
        covered=("1.4.2",),
        checklist=(ChecklistItem("1.4.2", text, text, ("SEC-001",)),),
    )


def many(count: int, passing: bool = False) -> Report:
    """`count` required checks over all suites, all failing or all passing."""
    suites = list(Suite)
    outcome = Outcome.PASSED if passing else Outcome.FAILED
    results = tuple(
        result(
            f"{suites[n % 8].prefix}-{n // 8 + 1:03}",
            outcome,
            suites[n % 8].value,
            reason="" if passing else f"thing {n} is broken for a reason that takes quite some words to explain",
            remedy="" if passing else "Run `tradeops init config`, then commit what it wrote.",
            twins=(twin("X", "1.4.2"),) * 3,
            evidence=evidence(n + 1),
            grade=Grade.EMBEDDED,
            floor=Grade.STATIC,
            duration=n * 0.7,
        )
        for n in range(count)
    )
    results = tuple(sorted(results, key=lambda one: one.id))
    if passing:
        return report(results, verdict=Verdict.PROMOTE, exit_code=0, reasons=(), remedies=())
    return report(
        results,
        reasons=tuple(f"{one.id} failed: {one.reason}" for one in results),
        remedies=tuple(one.remedy for one in results),
    )
