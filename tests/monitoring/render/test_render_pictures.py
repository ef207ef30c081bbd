# ruff: noqa: ARG002, RUF001, S314 - a canned server; signs as they are drawn; our own pictures
"""Pictures of dashboards: the same answers give the same bytes, and everything that matters is in them as text."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.exceptions import Inconclusive, TradeopsError
from pytest_tradeops.monitoring.asking import Answer, ask
from pytest_tradeops.monitoring.panels import DashboardView, read_dashboard
from pytest_tradeops.monitoring.render import gallery
from pytest_tradeops.monitoring.render.figure import picture, svg
from pytest_tradeops.monitoring.render.units import shown
from pytest_tradeops.monitoring.sql import TimeRange
from pytest_tradeops.questdb_sql import Column, QuestDbError, Result

REPOSITORY = Path(__file__).resolve().parent.parent.parent.parent
NOW = 1_795_000_000 * 10**9
SPAN = TimeRange(NOW - 3_600 * 10**9, NOW)


class Canned:
    """Answers every statement alike; drawing is what is examined here, not the server."""

    def __init__(self, result: Result | QuestDbError) -> None:
        self._result = result

    def sql(self, query: str, *, timeout: float = 10.0) -> Result:
        if isinstance(self._result, QuestDbError):
            raise self._result
        return self._result


def dashboard(tmp_path: Path, **panel: Any) -> DashboardView:
    panel = {"title": "A panel", "gridPos": {"h": 8, "w": 24, "x": 0, "y": 0}, **panel}
    panel.setdefault("targets", [{"refId": "A", "rawSql": "SELECT 1", "format": panel.pop("format", "time_series")}])
    file = tmp_path / "one.json"
    file.write_text(json.dumps({"uid": "one", "title": "One", "panels": [panel]}), encoding="utf-8")
    return read_dashboard(file)


def answered(seen: DashboardView, columns: dict[str, str], *rows: tuple[Any, ...]) -> list[Answer]:
    return ask(seen, Canned(Result(tuple(Column(*one) for one in columns.items()), rows)), SPAN)


def series(*values: float | None) -> tuple[tuple[Any, ...], ...]:
    return tuple((f"2026-11-18T08:{index:02d}:00.000000Z", "ALPHA", value) for index, value in enumerate(values, 10))


TIMES = {"time": "TIMESTAMP", "metric": "STRING", "pnl": "DOUBLE"}


def texts(drawn: str) -> str:
    return " ".join("".join(one.itertext()) for one in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text"))


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    seen = dashboard(tmp_path, type="timeseries")
    answers = answered(seen, TIMES, *series(1.0, 2.5, 2.0))
    first, second = (svg(seen, answers, SPAN, source="some rows") for _ in range(2))
    assert first == second
    assert not re.search(r"\b20\d\d-\d\d-\d\dT", first.replace("2026-11-18T", ""))
    assert picture(seen, answers, SPAN, source="some rows", format="png").startswith(b"\x89PNG")


def test_title_source_series_and_last_value_are_text(tmp_path: Path) -> None:
    seen = dashboard(tmp_path, type="timeseries", fieldConfig={"defaults": {"unit": "percent", "decimals": 2}})
    said = texts(svg(seen, answered(seen, TIMES, *series(1.0, 2.5)), SPAN, source="sample rows, made up"))
    for part in ("One", "A panel", "sample rows, made up", "ALPHA", "2.50 %"):
        assert part in said


@pytest.mark.parametrize("kind", ["timeseries", "stat", "gauge", "bargauge", "table", "piechart"])
def test_every_kind_of_panel_is_drawn(kind: str, tmp_path: Path) -> None:
    seen = dashboard(tmp_path, type=kind)
    drawn = svg(seen, answered(seen, TIMES, *series(1.0, None, -3.25)), SPAN, source="some rows")
    assert "-3.25" in texts(drawn).replace("−", "-")


def test_a_panel_without_rows_says_where_to_look(tmp_path: Path) -> None:
    seen = dashboard(tmp_path, type="timeseries", fieldConfig={"defaults": {"noValue": "Look at the collector."}})
    assert "Look at the collector." in texts(svg(seen, answered(seen, TIMES), SPAN, source="some rows"))


def test_a_panel_whose_query_fails_shows_the_servers_words(tmp_path: Path) -> None:
    seen = dashboard(tmp_path, type="timeseries")
    broken = Canned(QuestDbError("table does not exist [table=nope]", kind="rejected"))
    assert "table does not exist" in texts(svg(seen, ask(seen, broken, SPAN), SPAN, source="some rows"))


def test_text_from_rows_cannot_become_markup(tmp_path: Path) -> None:
    seen = dashboard(tmp_path, type="table", format="table")
    columns = {"reason": "VARCHAR", "n": "LONG"}
    drawn = svg(seen, answered(seen, columns, ("<script>alert(1)</script> $x^2$", 1)), SPAN, source="<b>")
    assert "<script" not in drawn
    assert "$x^2$" in texts(drawn)


def test_a_long_table_says_how_much_more_there_is(tmp_path: Path) -> None:
    seen = dashboard(tmp_path, type="table", format="table")
    drawn = svg(seen, answered(seen, {"n": "LONG"}, *((one,) for one in range(100))), SPAN, source="some rows")
    assert re.search(r"and \d+ more", texts(drawn))


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "wanted"),
    [
        (None, "percent", 2, "–"),
        (float("nan"), "none", None, "–"),
        (0.0512, "percentunit", 1, "5.1 %"),
        (12.5, "ms", 1, "12.5 ms"),
        (1_250_000.0, "ns", 2, "1.25 ms"),
        (90.0, "s", 1, "1.5 min"),
        (0.0, "ms", None, "0 s"),
        (1234.5, "currencyUSD", None, "$1,234.50"),
        (41_000.0, "short", None, "41.0k"),
        (3.0, "none", None, "3"),
        (0.125, "none", None, "0.125"),
    ],
)
def test_numbers_are_written_in_their_unit(value: float | None, unit: str, decimals: int | None, wanted: str) -> None:
    assert shown(value, unit, decimals) == wanted


def test_a_missing_matplotlib_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    seen = dashboard(tmp_path, type="stat")
    with pytest.raises(Inconclusive, match="matplotlib is not installed"):
        svg(seen, [], SPAN, source="some rows")


def test_the_gallery_writes_a_file_for_each_and_says_what_is_wrong(tmp_path: Path) -> None:
    views = gallery.dashboards(REPOSITORY / "monitoring", ["tradeops-pnl", "tradeops-ralph"])
    broken = Canned(QuestDbError("no", kind="rejected"))
    for seen in views:
        object.__setattr__(seen, "variables", ())
    drawn = list(gallery.render(views, broken, tmp_path, source="some rows", format="json", now_ns=NOW))
    assert [one.file.name for one in drawn] == ["tradeops-pnl.json", "tradeops-ralph.json"]
    assert all(len(one.failed) >= one.panels for one in drawn)
    document = json.loads(drawn[0].file.read_text(encoding="utf-8"))
    assert (document["source"], document["panels"][0]["error"]) == ("some rows", "no")
    with pytest.raises(TradeopsError, match="no-such"):
        gallery.dashboards(REPOSITORY / "monitoring", ["no-such"])


def test_the_command_needs_a_server_or_sample_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRADEOPS_QUESTDB_URL", raising=False)
    arguments = ["dashboards", "render", "--subject", str(REPOSITORY), "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "--sample" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command_draws_the_rows_of_a_server_that_is_configured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", "http://127.0.0.1:9")
    arguments = ["dashboards", "render", "tradeops-pnl", "--subject", str(REPOSITORY), "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "Not reachable" in capsys.readouterr().err


@pytest.mark.slow
def test_sample_rows_fill_every_panel_of_every_dashboard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEOPS_PROVIDERS", "process")
    arguments = ["dashboards", "render", "--sample", "--format", "json", "--out", str(tmp_path), "--subject"]
    assert main([*arguments, str(REPOSITORY)]) == 0
    out = capsys.readouterr().out
    assert out.count(" 0 empty)") == out.count("wrote ") == 8
    document = json.loads((tmp_path / "tradeops-claude.json").read_text(encoding="utf-8"))
    assert document["source"] == "sample rows, made up"
