"""SEC-002 on subjects that are written differently, sound and broken."""

import inspect
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import CheckFailed, DeclarationError, Inconclusive
from pytest_tradeops.gate import Evidence, Grade
from pytest_tradeops.gate.faults import declared_faults
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.sentry import SentryCapture
from pytest_tradeops.subject import Subject, open_subject
from verification.security import test_sec_002 as sec_002

REPOSITORY = Path(__file__).parents[2]
CHECK = sec_002.test_sec_002
FAULTS = declared_faults(vars(sec_002), "SEC-002")
# Not a test of this file: pytest would collect the module's check through its attribute.
SDK = version("sentry-sdk")

#: A second subject: src layout, the DSN read at import, scrubbing and release done its own way, a requirements lock.
ACME = """
import json
import logging
import os
import re

import sentry_sdk
from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

from acme_bot.version import VERSION

DSN = os.environ.get("SENTRY_DSN") or None
NAMES = [*DEFAULT_DENYLIST, "api_secret", "secret_key", "private_key", "passphrase"]
SHAPES = re.compile(r"ghp_[A-Za-z0-9]+|[0-9]{8,10}:[A-Za-z0-9_-]{30,}|(?:token|secret)=[A-Za-z0-9_]+")


def scrub(event, hint):
    return json.loads(SHAPES.sub("***", json.dumps(event, default=str)))


class Tracking:
    def up(self):
        logging.getLogger("acme").info("tracking %s", bool(DSN))
        sentry_sdk.init(
            dsn=DSN, release=f"acme-{VERSION}", before_send=scrub, sample_rate=1.0,
            event_scrubber=EventScrubber(denylist=NAMES, recursive=True),
        )


tracking = Tracking()


def setup_sentry():
    tracking.up()
"""


def acme(root: Path, change: tuple[str, str] = ("", ""), lock: str = f"sentry_sdk[fastapi]=={SDK} \\\n") -> Subject:
    old, new = change
    assert old in ACME, "the test would change nothing"
    package = root / "src" / "acme_bot"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "version.py").write_text('VERSION = "7.1"\n')
    (package / "observability").mkdir()
    (package / "observability" / "__init__.py").write_text(ACME.replace(old, new) if old else ACME)
    (root / "pyproject.toml").write_text('[tool.tradeops.sentry]\nentry = "acme_bot.observability:setup_sentry"\n')
    (root / "requirements.txt").write_text(f"# locked\nurllib3==2.0.0\n{lock}")
    return open_subject(root, load_settings(root))


def ours(root: Path) -> Subject:
    """The reference bot, reduced to what SEC-002 looks at."""
    for name in ("strategies/__init__.py", "strategies/errors.py"):
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_text((REPOSITORY / name).read_text())
    (root / "pyproject.toml").write_text('[project]\nname = "bot"\nversion = "1.2"\n')
    (root / "uv.lock").write_text(f'version = 1\n[[package]]\nname = "sentry-sdk"\nversion = "{SDK}"\n')
    return open_subject(root, load_settings(root))


@pytest.fixture
def capture() -> Iterator[SentryCapture]:
    with SentryCapture() as server:
        yield server


def reasons(subject: Subject, capture: SentryCapture) -> set[str]:
    try:
        CHECK(subject, capture, Evidence())
    except CheckFailed as failed:
        return set(failed.reasons)
    return set()


@pytest.mark.parametrize("make", [ours, acme])
def test_a_sound_subject_passes_with_evidence(
    make: Callable[[Path], Subject], capture: SentryCapture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What an outer run may hold must not reach the child: it would steer the SDK.
    monkeypatch.setenv("SENTRY_RELEASE", "outer")
    monkeypatch.setenv("SENTRY_SAMPLE_RATE", "0")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    evidence = Evidence()
    CHECK(make(tmp_path / "subject"), capture, evidence)
    record = evidence.record(Redactor({}))
    assert record.grade is Grade.EMBEDDED
    assert {one.what: one.count for one in record.examined}["events received"] == 1
    assert record.facts["sdk"] == SDK
    assert record.facts["release"] == ("bot@1.2" if make is ours else "acme-7.1")
    assert record.facts["lock"] == ("uv.lock" if make is ours else "requirements.txt")


@pytest.mark.parametrize("make", [ours, acme])
@pytest.mark.parametrize(("spec", "fault"), FAULTS, ids=[spec.name for spec, _ in FAULTS])
def test_every_planted_fault_is_caught_on_every_subject(
    spec: object, fault: Callable[..., None], make: Callable[[Path], Subject], capture: SentryCapture, tmp_path: Path
) -> None:
    copy = make(tmp_path / "subject").copy_to(tmp_path / "copy")
    given = {"_subject": copy, "_sentry": capture}
    fault(**{name: given[name] for name in inspect.signature(fault).parameters})
    assert reasons(copy, capture) == {spec.expects}  # type: ignore[attr-defined]


def test_there_is_a_fault_for_each_item_that_the_check_covers() -> None:
    assert {spec.covers: spec.expects for spec, _ in FAULTS} == {
        "1.4.2": "sentry: sdk not installed",
        "1.4.3": "sentry: DSN not from environment",
        "1.4.6": "sentry: event never arrived",
    }


REAL = f"https://{secrets.token_hex(16)}@o4507.ingest.de.sentry.io/4508"
BROKEN = {
    "fallback to a literal": (
        ('os.environ.get("SENTRY_DSN") or None', f'os.environ.get("SENTRY_DSN") or {REAL!r}'),
        {"sentry: DSN not from environment", "sentry: DSN in source"},
    ),
    "literal only": (
        ('os.environ.get("SENTRY_DSN") or None', repr(REAL)),
        {"sentry: DSN not from environment", "sentry: DSN in source"},
    ),
    "off unless another variable is set": (
        ("    tracking.up()\n", "    if 'ACME_SENTRY' in os.environ:\n        tracking.up()\n"),
        {"sentry: not initialised"},
    ),
    "no scrubbing by shape": (("before_send=scrub, ", ""), {"sentry: canary in event"}),
    "not recursive": (("recursive=True", "recursive=False"), {"sentry: canary in event"}),
    "names missing": (('"api_secret", ', ""), {"sentry: canary in event"}),
    "no release": (('release=f"acme-{VERSION}"', 'release=""'), {"sentry: release missing"}),
    "no traceback": (
        ("    return json.loads", '    event.get("exception", {}).clear()\n    return json.loads'),
        {"sentry: traceback missing", "sentry: message lost"},
    ),
    "a greeting at start-up": (
        ("        )\n\n\ntracking", '        )\n        sentry_sdk.capture_message("up")\n\n\ntracking'),
        {"sentry: unexpected event"},
    ),
    "dropped before it is sent": (("    return json.loads", "    return None\n    return json.loads"),
                                  {"sentry: event never arrived"}),
    "needs an argument": (("def setup_sentry():", "def setup_sentry(config):"), {"sentry: entry fails"}),
    "raises": (("    tracking.up()\n", "    raise KeyError('config')\n"), {"sentry: entry fails"}),
    "raises without a DSN": (
        ("    tracking.up()\n", "    if not DSN:\n        raise KeyError('config')\n    tracking.up()\n"),
        {"sentry: entry fails"},
    ),
    "renamed": (("def setup_sentry():", "def setup():"), {"sentry: entry missing"}),
    "a broken import": (("from acme_bot.version", "from acme_bot.nowhere"), {"sentry: entry fails"}),
    "ends the process": (("    tracking.up()\n", "    os._exit(3)\n"), {"sentry: probe crashed"}),
    "calls home without a DSN": (
        ("    tracking.up()\n",
         "    tracking.up()\n    import socket\n    try:\n        socket.create_connection(('192.0.2.1', 9), 5)\n"
         "    except OSError:\n        pass\n"),
        {"sentry: network without DSN"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_start_up_fails_for_its_own_reason(
    change: tuple[str, str], expected: set[str], capture: SentryCapture, tmp_path: Path
) -> None:
    assert reasons(acme(tmp_path / "subject", change), capture) == expected


@pytest.mark.parametrize(
    ("lock", "expected"),
    [("", "sentry: sdk not locked"), ("sentry-sdk>=2\n", "sentry: sdk not locked"),
     ("sentry-sdk==2.0.1\n", "sentry: sdk differs from lock")],
)  # fmt: skip
def test_the_running_version_must_be_the_locked_one(
    lock: str, expected: str, capture: SentryCapture, tmp_path: Path
) -> None:
    assert reasons(acme(tmp_path / "subject", lock=lock), capture) == {expected}


@pytest.mark.parametrize(
    ("lock", "why"),
    [("httpx==1.0\n", "requirements.txt does not pin it."), (None, "there is no lock file.")],
)
def test_an_unpinned_sdk_says_why(lock: str | None, why: str, capture: SentryCapture, tmp_path: Path) -> None:
    subject = acme(tmp_path / "subject", lock=lock or "")
    if lock is None:
        subject.path("requirements.txt").unlink()
    with pytest.raises(CheckFailed) as caught:
        CHECK(subject, capture, Evidence())
    assert f"sentry-sdk {SDK} runs, but it is not pinned: {why}" in str(caught.value)


def test_an_absent_start_up_names_the_command_that_writes_one(capture: SentryCapture, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed) as caught:
        CHECK(open_subject(tmp_path, load_settings(tmp_path)), capture, Evidence())
    assert caught.value.reasons == ("sentry: entry missing",)
    assert "tradeops init strategies" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_module_of_that_name_from_elsewhere_does_not_count(capture: SentryCapture, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tradeops.sentry]\nentry = "json:loads"\n')
    assert reasons(open_subject(tmp_path, load_settings(tmp_path)), capture) == {"sentry: entry missing"}
    # A folder without __init__.py loses against a package of that name anywhere on the path.
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "tool.py").write_text("def start():\n    pass\n")
    (tmp_path / "pyproject.toml").write_text('[tool.tradeops.sentry]\nentry = "json.tool:start"\n')
    assert reasons(open_subject(tmp_path, load_settings(tmp_path)), capture) == {"sentry: entry shadowed"}


def test_no_finding_repeats_a_secret_or_a_dsn(capture: SentryCapture, tmp_path: Path) -> None:
    change = ('os.environ.get("SENTRY_DSN") or None', f'os.environ.get("SENTRY_DSN") or {REAL!r}')
    with pytest.raises(CheckFailed) as caught:
        CHECK(acme(tmp_path / "subject", change), capture, Evidence())
    assert REAL.partition("@")[0].removeprefix("https://") not in str(caught.value)
    assert "observability/__init__.py:" in str(caught.value)


def test_a_leak_is_reported_with_its_place_in_the_event(capture: SentryCapture, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed) as caught:
        CHECK(acme(tmp_path / "subject", ("before_send=scrub, ", "")), capture, Evidence())
    text = str(caught.value)
    for place in ("exception at event.exception.values[0].value", "tag at event.tags.tradeops.login", "argv at event."):
        assert place in text


def test_a_python_that_cannot_be_started_is_no_evidence(capture: SentryCapture, tmp_path: Path) -> None:
    subject = replace(acme(tmp_path / "subject"), python=tmp_path / "nowhere")
    with pytest.raises(Inconclusive, match="cannot be started"):
        CHECK(subject, capture, Evidence())


def test_a_start_up_that_hangs_ends_at_the_time_out(capture: SentryCapture, tmp_path: Path) -> None:
    subject = acme(
        tmp_path / "subject", ("    tracking.up()\n", "    import threading\n    threading.Event().wait()\n")
    )
    sentry = replace(subject.settings.sentry, timeout=2.0)
    subject = replace(subject, settings=replace(subject.settings, sentry=sentry))
    assert reasons(subject, capture) == {"sentry: probe timed out"}


def test_faults_refuse_an_entry_that_is_not_in_the_sources(capture: SentryCapture, tmp_path: Path) -> None:
    subject = acme(tmp_path / "subject").copy_to(tmp_path / "copy")
    settings = replace(subject.settings, sentry=replace(subject.settings.sentry, entry="json:loads"))
    with pytest.raises(DeclarationError, match="not a function in the subject's own sources"):
        sec_002.sample_rate_is_zero(replace(subject, settings=settings))


def test_the_subject_is_not_imported_here(capture: SentryCapture, tmp_path: Path) -> None:
    reasons(acme(tmp_path / "subject"), capture)
    assert not [name for name in sys.modules if name.startswith("acme_bot")]
