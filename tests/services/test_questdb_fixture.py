"""The `questdb` fixture in a subject's own run: serial, with workers, with nobody to give it, and killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.processes import registry, supervisor

pytestmark = pytest.mark.slow

TESTS = """
import pathlib
import pytest

@pytest.mark.parametrize("n", range(4))
def test_round_trip(questdb, n):
    from questdb import TimestampNanos
    table = questdb.table("prices", "ts timestamp", "price double")
    with questdb.sender() as sender:
        sender.row(table, columns={"price": float(n)}, at=TimestampNanos.now())
        sender.flush()
    questdb.wait(table)
    assert questdb.sql(f"select price from {table}").rows == ((float(n),),)
    with pathlib.Path("seen").open("a") as seen:
        seen.write(questdb.handle.endpoints["http"] + "\\n")
"""

FROZEN = """
import pytest
from pytest_tradeops.gate import planted_fault

@pytest.mark.verification(id="ACME-001", suite="acme", title="it answers", covers=(), min_grade="embedded")
def test_acme_001(questdb, evidence):
    from pytest_tradeops.services.questdb import liveness
    found = liveness.examine(questdb, deadline=2)
    evidence.examined(found.answers, "answers", source=questdb)
    evidence.report(found.findings)

@planted_fault(check="ACME-001", title="no answer", expects="questdb: hung")
def frozen(questdb):
    questdb.proxy.freeze()
    yield
    questdb.proxy.thaw()
"""


@pytest.fixture
def subject(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("TRADEOPS_PROVIDERS", "process")
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser()))
    pytester.makepyfile(test_prices=TESTS)
    return pytester


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["serial", "workers"])
def test_every_test_gets_a_clean_table_on_one_server(subject: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    subject.runpytest_subprocess("-W", "error", *arguments).assert_outcomes(passed=4)
    seen = (subject.path / "seen").read_text().split()
    assert len(seen) == 4
    assert len(set(seen)) == 1
    assert seen[0] not in str([record.get("handle") for record in registry.records()])


@pytest.mark.parametrize("arguments", [(), ("-n1",)], ids=["serial", "worker"])
def test_a_twin_freezes_its_own_view_and_is_caught(subject: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    subject.makepyfile(test_acme=FROZEN)
    done = subject.runpytest_subprocess("--tradeops-faults", "with", *arguments)
    done.assert_outcomes(passed=5)  # an uncaught twin would fail its check


def test_without_a_provider_one_sentence_says_why(subject: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_JAR", "/nowhere/questdb.jar")
    done = subject.runpytest_subprocess("-rs", "-n1")
    text = done.stdout.str()
    assert "TRADEOPS_QUESTDB_JAR names no file: /nowhere/questdb.jar" in text
    assert "Traceback" not in text


def test_a_killed_controller_leaves_neither_server_nor_workers(
    subject: pytest.Pytester, until: Callable[..., None]
) -> None:
    subject.makepyfile(test_prices=TESTS + "    import time; time.sleep(600)\n")
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-n2", "-q"], cwd=subject.path, stdout=subprocess.DEVNULL, process_group=0
    ) as run:
        try:
            until((subject.path / "seen").exists, "a test has the server", 60)
            (record,) = [one for one in registry.records() if (one["owner"] or {}).get("pid") == run.pid]
            run.send_signal(signal.SIGKILL)
            until(lambda: supervisor.started(record["child"]["pid"]) is None, "the server is gone")
            until(lambda: not Path(record["directories"][0]).exists(), "its root is gone")
        finally:
            supervisor.signal_group(run.pid, signal.SIGKILL)
