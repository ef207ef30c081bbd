"""`tradeops monitoring lint`: exit codes, JSON, what it says without a database and with a configured one."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.settings import ServicesSettings

FIXTURES = Path(__file__).resolve().parents[1] / "monitoring" / "lint" / "fixtures"
DEFECT = FIXTURES / "credential-hardcoded" / "defect.yaml"
CLEAN = FIXTURES / "credential-hardcoded" / "clean.yaml"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_findings_are_exit_1_and_have_five_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitoring", "lint", str(DEFECT), "--format", "json"]) == 1
    [finding] = answer(capsys)["findings"]
    assert set(finding) == {"file", "where", "kind", "message", "remedy"}
    assert (finding["file"], finding["kind"]) == (str(DEFECT), "credential-hardcoded")
    assert "telegram-critical" in finding["where"]


def test_the_credential_itself_is_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("text", "json"):
        main(["monitoring", "lint", str(DEFECT), "--format", form])
        shown = capsys.readouterr()
        assert "AA-not-a-token" not in shown.out + shown.err


def test_nothing_found_is_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitoring", "lint", str(CLEAN)]) == 0
    assert capsys.readouterr().out.startswith("Nothing found.\nExamined: 1 files, 2 contact points, 1 policy trees.")


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_to_examine_is_exit_2(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    assert main(["monitoring", "lint", str(tmp_path), "--format", form]) == 2
    assert "nothing there is a dashboard" in capsys.readouterr().err


def test_a_path_that_is_not_there_and_a_budget_that_is_none_are_usage_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["monitoring", "lint", "nowhere"]) == 2
    assert "nowhere does not exist" in capsys.readouterr().err
    assert main(["monitoring", "lint", str(CLEAN), "--budget", "soon"]) == 2
    assert "--budget soon is no time" in capsys.readouterr().err


def test_the_budget_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    late = str(FIXTURES / "latency-over-budget" / "defect.yaml")
    assert main(["monitoring", "lint", late, "--no-database"]) == 1
    assert "takes 70 s in the worst case (interval 10 + `for` 60)" in capsys.readouterr().out
    assert main(["monitoring", "lint", late, "--no-database", "--budget", "2m"]) == 0


def test_a_data_source_may_be_declared(capsys: pytest.CaptureFixture[str]) -> None:
    other = str(FIXTURES / "datasource-unknown" / "defect.yaml")
    assert main(["monitoring", "lint", other, "--no-database"]) == 1
    assert main(["monitoring", "lint", other, "--no-database", "--datasource", "quest-db"]) == 0
    capsys.readouterr()


def test_without_a_database_the_kinds_that_need_one_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = str(FIXTURES / "null-fires" / "defect.yaml")
    assert main(["monitoring", "lint", rule, "--no-database", "--format", "json"]) == 0
    missing = {one["what"]: one["reason"] for one in answer(capsys)["not_examined"]}
    assert missing["null-fires"] == "--no-database was given"
    # A server that is configured and does not answer is said to be missing, and none is started in its place.
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", "http://127.0.0.1:9")
    assert main(["monitoring", "lint", rule, "--format", "json"]) == 0
    missing = {one["what"]: one["reason"] for one in answer(capsys)["not_examined"]}
    assert "127.0.0.1" not in missing["null-fires"] or "refused" in missing["null-fires"].lower()
    assert missing["null-fires"]


def test_the_tables_of_a_configured_server_are_the_subjects_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_tradeops.questdb_sql import QuestDb

    broker = Broker(ServicesSettings(providers=("process",)))
    try:
        url = broker.get("questdb").endpoints["http"]
        with QuestDb(url) as database:
            database.sql(
                "create table own_risk (ts timestamp, bot symbol, dd double) timestamp(ts) partition by day wal"
            )
        rule = (FIXTURES / "null-fires" / "clean.yaml").read_text(encoding="utf-8")
        for old, new in (("trading_risk", "own_risk"), ("drawdown_pct", "dd"), ("WHERE timestamp", "WHERE ts")):
            rule = rule.replace(old, new)
        file = tmp_path / "rules.yaml"
        file.write_text(rule, encoding="utf-8")
        monkeypatch.setenv("TRADEOPS_QUESTDB_URL", url)
        assert main(["monitoring", "lint", str(file), "--format", "json"]) == 0
        said = answer(capsys)
        assert said["examined"]["rules tried on rows"] == 1
        assert said["tables"] == "the running server, the package's own tables"
        with QuestDb(url) as database:
            assert database.sql("select table_name from tables()").rows == (("own_risk",),)
            database.sql("drop table own_risk")
        assert main(["monitoring", "lint", str(file), "--format", "json"]) == 1
        assert [one["kind"] for one in answer(capsys)["findings"]] == ["table-unknown"]
    finally:
        broker.close()


def test_own_tables_come_from_sql_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = (FIXTURES / "null-fires" / "clean.yaml").read_text(encoding="utf-8").replace("trading_risk", "own_risk")
    file = tmp_path / "alerting" / "rules.yaml"
    file.parent.mkdir()
    file.write_text(rule, encoding="utf-8")
    assert main(["monitoring", "lint", str(file), "--no-database"]) == 1
    assert "There is no table `own_risk`" in capsys.readouterr().out
    (tmp_path / "sql").mkdir()
    ddl = "-- our tables\nCREATE TABLE IF NOT EXISTS own_risk (timestamp TIMESTAMP, bot SYMBOL) TIMESTAMP(timestamp);\n"
    (tmp_path / "sql" / "001.sql").write_text(ddl, encoding="utf-8")
    assert main(["monitoring", "lint", str(file), "--no-database", "--schema", "sql"]) == 0
    # Of a project that is one, the SQL is found without being named.
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'bot'\n", encoding="utf-8")
    assert main(["monitoring", "lint", str(file), "--no-database"]) == 0
    capsys.readouterr()
