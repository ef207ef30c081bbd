"""STG-006 as it is run: a trade on the venue, seen through Grafana's API; and without a Grafana."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lean import LEAN

from pytest_tradeops.fixtures.on_grafana import Answering
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.questdb.process import Instance, launch
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.standins.grafana import GrafanaStandin

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CHECK = "tradeops/staging/test_stg_006.py"


@pytest.fixture(scope="module")
def database() -> Iterator[Instance]:
    made = launch(ServicesSettings())
    yield made
    made.stop()


@pytest.fixture
def _subject(pytester: pytest.Pytester, database: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference bot and its monitoring, on a configured QuestDB."""
    for name in ("strategies", "monitoring"):
        shutil.copytree(ROOT / name, pytester.path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (pytester.path / "pyproject.toml").write_text(
        '[tool.tradeops.profiles.own]\nrequired = ["STG-006"]\n[tool.tradeops.services]\nproviders = ["remote"]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", database.handle.endpoints["http"])
    monkeypatch.setenv("TRADEOPS_QUESTDB_PG_DSN", database.handle.endpoints["pg"])
    for name in ("URL", "TOKEN", "USER", "PASSWORD"):
        monkeypatch.delenv(f"TRADEOPS_GRAFANA_{name}", raising=False)


def judged(pytester: pytest.Pytester) -> tuple[int, dict[str, Any]]:
    done = pytester.runpytest_subprocess(*LEAN, "--tradeops-gate=own", "--tradeops-report=out/report.json", CHECK)
    report = json.loads((pytester.path / "out" / "report.json").read_text())
    (check,) = [one for one in report["checks"] if one["id"] == "STG-006"]
    return int(done.ret), check


@pytest.mark.usefixtures("_subject")
def test_a_trade_is_seen_through_the_api_and_nothing_is_left_there(
    pytester: pytest.Pytester, database: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with QuestDb(database.handle.endpoints["http"]) as direct, GrafanaStandin(Answering(direct)) as standin:
        before = standin.state()
        monkeypatch.setenv("TRADEOPS_GRAFANA_URL", standin.url)
        monkeypatch.setenv("TRADEOPS_GRAFANA_TOKEN", standin.token)
        code, check = judged(pytester)
        assert (code, check["outcome"], check["grade"]) == (0, "passed", "container"), check
        assert [one["caught"] for one in check["faults"]] == [True]
        assert check["evidence"]["examined"][0]["count"] > 40
        assert standin.state() == before


@pytest.mark.usefixtures("_subject")
def test_without_a_grafana_it_is_inconclusive_and_its_fault_still_caught(pytester: pytest.Pytester) -> None:
    code, check = judged(pytester)
    assert (code, check["outcome"]) == (20, "inconclusive")
    assert "TRADEOPS_GRAFANA_URL is not set" in check["reason"]
    assert [one["caught"] for one in check["faults"]] == [True]
