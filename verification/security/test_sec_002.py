"""SEC-002: an error in the bot reaches Sentry, complete and without secrets."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.standins.sentry import SentryCapture
from pytest_tradeops.standins.sentry_check import examine
from pytest_tradeops.standins.sentry_probe import after_start
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-002",
    suite="security",
    title="an error reaches Sentry by the environment's DSN, with traceback and release, without secrets",
    severity="critical",
    covers=("1.4.2", "1.4.3", "1.4.6"),
    min_grade="embedded",
    budget="60s",
    requires=("sentry_sdk",),
)
def test_sec_002(_subject: Subject, _sentry: SentryCapture, _evidence: Evidence) -> None:
    """Starts the subject's error tracking in its own Python and reads what arrives at a Sentry stand-in.

    A child calls the function named in `[tool.tradeops.sentry] entry` with `SENTRY_DSN` set to a DSN on loopback,
    raises one error inside a function full of planted secrets, and captures it. Exactly that event must arrive, with
    traceback and release, from the locked version of sentry-sdk, and with none of the secrets. A second child with an
    empty `SENTRY_DSN` must send nothing anywhere, and no DSN may stand in the Python, TOML or YAML sources.

    It does not prove that Sentry itself accepts the DSN, nor that errors inside strategy handlers are captured.
    To fix a failure: `tradeops init strategies` writes a start-up that passes; `docs/sentry.md` explains it.
    """
    examination = examine(
        python=_subject.python,
        root=_subject.root,
        files=None if _subject.is_copy else _subject.git.files(),
        entry=_subject.settings.sentry.entry,
        timeout=_subject.settings.sentry.timeout,
        capture=_sentry,
    )
    _evidence.examined(examination.events, "events received", source=Grade.EMBEDDED)
    _evidence.examined(examination.secrets, "planted secrets looked for", source=Grade.EMBEDDED)
    _evidence.fact(**examination.facts)
    _evidence.report(examination.findings)


@planted_fault(
    check="SEC-002",
    covers="1.4.2",
    title="the SDK is missing in the environment that the bot runs in",
    expects="sentry: sdk not installed",
)
def sdk_is_gone(_subject: Subject) -> None:
    """Hides the package by one of the same name that comes first on the child's path."""
    _subject.write(
        "sentry_sdk/__init__.py", "raise ModuleNotFoundError(\"No module named 'sentry_sdk'\", name='sentry_sdk')\n"
    )


@planted_fault(
    check="SEC-002",
    covers="1.4.3",
    title="the start-up carries a DSN of its own, so that the event goes elsewhere",
    expects="sentry: DSN not from environment",
)
def dsn_is_hard_coded(_subject: Subject, _sentry: SentryCapture) -> None:
    """Initialises the SDK once more, with a literal."""
    _plant(_subject, f"sentry_sdk.init(dsn={_sentry.elsewhere.dsn!r})")


@planted_fault(
    check="SEC-002",
    covers="1.4.6",
    title="a sample rate of zero: an error is captured and nothing arrives",
    expects="sentry: event never arrived",
)
def sample_rate_is_zero(_subject: Subject) -> None:
    """Turns the started client's own option down, so that it works however the SDK was initialised."""
    _plant(_subject, "sentry_sdk.get_client().options.update(sample_rate=0.0, error_sampler=None)")


def _plant(subject: Subject, statements: str) -> None:
    subject.write(*after_start(subject.root, subject.settings.sentry.entry, statements))
