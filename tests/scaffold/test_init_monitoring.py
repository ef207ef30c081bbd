"""`tradeops init monitoring`: what Grafana is provisioned from, and nothing into folders that somebody else fills."""

import json
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.monitoring.files import generated


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["init", "monitoring", *arguments, "--subject", str(root)])
    return code, capsys.readouterr().out


def test_everything_is_written_once_and_then_nothing_has_drifted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path, capsys, "--check")[0] == 1
    assert init(tmp_path, capsys)[0] == 0
    for path, text in generated().items():
        assert (tmp_path / "monitoring" / path).read_text(encoding="utf-8") == text
    assert init(tmp_path, capsys, "--check")[0] == 0


def test_an_edited_dashboard_stays_until_it_is_forced_and_is_kept_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init(tmp_path, capsys)
    file = tmp_path / "monitoring" / "dashboards" / "tradeops-pnl.json"
    edited = json.dumps({**json.loads(file.read_text(encoding="utf-8")), "title": "Mine"})
    file.write_text(edited, encoding="utf-8")
    code, out = init(tmp_path, capsys, "--check")
    assert code == 1
    assert "tradeops-pnl.json: differs" in out
    init(tmp_path, capsys)
    assert file.read_text(encoding="utf-8") == edited
    init(tmp_path, capsys, "--force")
    assert file.read_text(encoding="utf-8") == generated()["dashboards/tradeops-pnl.json"]
    assert file.with_name("tradeops-pnl.json.bak").read_text(encoding="utf-8") == edited


def test_folders_with_files_of_ones_own_are_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = {"dashboards/team/equity.json": "{}", "provisioning/alerting/team.yaml": "apiVersion: 1\n"}
    for path, text in own.items():
        file = tmp_path / "ops" / "grafana" / path
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    settings = '[tool.tradeops.monitoring]\npath = "ops/grafana"\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    _, out = init(tmp_path, capsys)
    assert "Files of your own are in ops/grafana/dashboards/, ops/grafana/provisioning/alerting/" in out
    folder = tmp_path / "ops" / "grafana"
    written = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()} - set(own)
    assert written == {"provisioning/datasources/questdb.yaml", "provisioning/dashboards/tradeops.yaml"}
    assert init(tmp_path, capsys, "--check")[0] == 0


def test_files_of_ones_own_beside_ours_do_not_stop_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys)
    folder = tmp_path / "monitoring" / "dashboards"
    (folder / "mine.json").write_text("{}", encoding="utf-8")
    (folder / "tradeops-pnl.json").write_text("{}", encoding="utf-8")
    code, out = init(tmp_path, capsys, "--check")
    assert (code, "tradeops-pnl.json: differs" in out) == (1, True)


def test_the_grafana_version_chooses_the_type_of_the_data_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tradeops.monitoring]\ngrafana = "13.3"\n', encoding="utf-8")
    init(tmp_path, capsys)
    text = (tmp_path / "monitoring" / "provisioning" / "datasources" / "questdb.yaml").read_text(encoding="utf-8")
    assert "type: grafana-postgresql-datasource" in text
