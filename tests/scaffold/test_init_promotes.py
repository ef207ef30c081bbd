"""What `tradeops init` writes into an empty repository passes CI, and is held on staging for want of credentials alone.

That it is promoted by `local`, the quickstart says: test_guides_as_written.py does what is typed there. So only what
staging asks for beyond that is run here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_tradeops.gate.profile import load_profile
from pytest_tradeops.review.adr_folder import read_folder

#: They need no credential but minutes: tests/bench/duet runs them on small projects.
MEASURED = {"BEN-004", "BEN-005"}
REPOSITORY = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty git repository with everything that `tradeops init` writes, committed."""
    root = tmp_path / "my-bot"
    root.mkdir()
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    for command in (
        ["git", "init", "-q", "-b", "main"],
        [sys.executable, "-m", "pytest_tradeops", "init"],
        ["git", "add", "-A"],
        ["git", *identity, "commit", "-q", "-m", "Start"],
    ):
        subprocess.run(command, cwd=root, check=True, capture_output=True)
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TRADEOPS_"))}
    whole = [sys.executable, "-m", *command]
    return subprocess.run(whole, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=900)


def test_the_written_records_name_every_module_of_the_written_bot(repository: Path) -> None:
    text = (repository / "docs" / "adr" / "ADR-001-architecture.md").read_text(encoding="utf-8")
    for file in (repository / "strategies").glob("*.py"):
        module = "strategies" if file.stem == "__init__" else f"strategies.{file.stem}"
        assert f'"{module}"' in text
    folder = read_folder(repository / "docs" / "adr")
    assert [record.id for record in folder.records] == ["ADR-001", "ADR-002", "ADR-003"]
    assert folder.findings == ()


@pytest.mark.slow
def test_the_written_ci_command_passes(repository: Path) -> None:
    done = run(repository, "pytest", "-n", "auto", "--reruns", "1")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_staging_without_credentials_is_hold_and_says_what_is_lacking(repository: Path) -> None:
    server = ["MON-001", "MON-002", "MON-003"]
    accounts = [
        "SEC-005",
        "SEC-007",
        "SEC-008",
        "SEC-015",
        "SEC-016",
        "SEC-022",
        "MON-014",
        "MON-025",
        "STG-004",
        "STG-005",
        "STG-006",
    ]
    beyond_local = load_profile("staging", {}, frozenset()).required - load_profile("local", {}, frozenset()).required
    assert beyond_local - set(accounts) == MEASURED, "nothing else wants a credential"
    done = run(repository, "pytest_tradeops", "verify", "--profile", "staging", "--only", *server, *accounts)
    report = json.loads((repository / "tradeops-report" / "report.json").read_text(encoding="utf-8"))
    assert (done.returncode, report["verdict"]) == (20, "HOLD"), done.stdout
    lacking = [check["id"] for check in report["checks"] if check["outcome"] != "missing"]
    assert sorted(lacking) == sorted([*server, *accounts])
    assert "below the floor testnet" in " ".join(report["reasons"])
    assert {check["outcome"] for check in report["checks"] if check["id"] in accounts} == {"inconclusive"}
    # What no provider could give is a reason, and the first of them is a server of one's own.
    said = " ".join(f"{check['reason']} {check['remedy']}" for check in report["checks"] if check["id"] in lacking)
    assert "TRADEOPS_GRAFANA_URL" in said
    assert "TRADEOPS_TELEGRAM_BOT_TOKEN" in said
    assert "TRADEOPS_GITHUB_TOKEN" in said
    assert "TRADEOPS_BINANCE_TESTNET_API_KEY" in said
    assert "TRADEOPS_BYBIT_TESTNET_API_SECRET" in said
