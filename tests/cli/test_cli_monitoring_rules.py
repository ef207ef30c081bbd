"""`tradeops monitoring replay` and `watch`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.loopback.server import LoopbackServer, Request, Response, Route
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.standins.discord import DiscordInbox
from pytest_tradeops.standins.telegram import TelegramInbox

CASES = Path(__file__).parents[1] / "monitoring" / "conformance" / "traces.json"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def case(tmp_path: Path, questdb: QuestDbClient, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", questdb.handle.endpoints["http"])
    file = tmp_path / "case.json"
    file.write_text(json.dumps(json.loads(CASES.read_text())["for20_sustained"]))
    return file


def test_a_case_is_replayed_and_compared(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["monitoring", "replay", str(case), "--subject", str(case.parent)]
    assert main([*options, "--compare"]) == 0
    assert "sent: firing for20_sustained" in capsys.readouterr().out
    assert main([*options, "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    recorded = json.loads(case.read_text())
    assert shown["case"]["trace"] == recorded["trace"]
    recorded["trace"][4][2] = "inactive"
    case.write_text(json.dumps({"mine": recorded}))
    assert main([*options, "--compare"]) == 1
    assert "differs: at 40 s the rule state was 'inactive', and is 'firing'" in capsys.readouterr().out


def test_what_is_no_case_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.json"
    for text, words in (("{", "is not JSON"), ("[]", "has no cases"), ("{}", "has no cases")):
        file.write_text(text)
        assert main(["monitoring", "replay", str(file)]) == 2
        assert words in capsys.readouterr().err
    assert main(["monitoring", "replay", str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def answer(age: float) -> Response:
    moment = datetime.now(UTC) - timedelta(seconds=age)
    rules = [{"name": "Drawdown", "lastEvaluation": moment.isoformat(timespec="seconds").replace("+00:00", "Z")}]
    return Response.json({"status": "success", "data": {"groups": [{"rules": rules}]}})


@pytest.mark.parametrize(("age", "code"), [(5.0, 0), (600.0, 1)])
def test_frozen_rules_are_told_to_the_critical_contact_points(
    age: float,
    code: int,
    telegram_inbox: TelegramInbox,
    discord_inbox: DiscordInbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def rules(_: Request) -> Response:
        return answer(age)

    for name, value in {**telegram_inbox.environment, "TRADEOPS_DISCORD_WEBHOOK_URL": discord_inbox.url}.items():
        monkeypatch.setenv(name, value)
    with LoopbackServer([Route("GET", "/api/prometheus/grafana/api/v1/rules", rules)]) as grafana:
        monkeypatch.setenv("TRADEOPS_GRAFANA_URL", grafana.url)
        assert main(["monitoring", "watch", "--once", "--subject", str(ROOT)]) == code
    shown = capsys.readouterr().err
    assert ("Drawdown was last evaluated 60" in shown) == bool(code)
    assert len(telegram_inbox.messages) == code
    assert len(discord_inbox.messages) == code
    if code:
        assert "Drawdown was last evaluated" in telegram_inbox.messages[0].text


def test_a_grafana_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRADEOPS_GRAFANA_URL", "http://127.0.0.1:9")
    assert main(["monitoring", "watch", "--once", "--silent", "--subject", str(ROOT)]) == 1
    assert "Grafana does not answer, so no alert rule is evaluated." in capsys.readouterr().err
    monkeypatch.delenv("TRADEOPS_GRAFANA_URL")
    assert main(["monitoring", "watch", "--once", "--subject", str(ROOT)]) == 2
    assert "No Grafana is configured. Set TRADEOPS_GRAFANA_URL." in capsys.readouterr().err
