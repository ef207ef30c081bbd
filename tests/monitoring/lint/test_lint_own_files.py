"""What `tradeops init` writes is clean, with every query run and every rule tried."""

from collections.abc import Callable
from pathlib import Path

from pytest_tradeops.monitoring.files import generated
from pytest_tradeops.monitoring.lint import lint
from pytest_tradeops.questdb_sql import QuestDb

ROOT = Path(__file__).resolve().parents[3]


def test_the_generated_monitoring_is_clean(tmp_path: Path, connect: Callable[[], QuestDb]) -> None:
    for name, text in generated().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    report = lint([tmp_path], connect)
    assert report.findings == []
    assert report.skipped == []
    assert report.undecided == {}
    assert report.examined["queries run"] == report.examined["queries"]
    assert report.examined["rules tried on rows"] == report.examined["rules"]
    assert report.examined["dashboards"] == 8


def test_this_repositorys_own_monitoring_needs_nothing_but_its_files() -> None:
    report = lint([ROOT / "monitoring"])
    assert report.findings == []
    assert report.examined["data sources"] == 1
