"""What the dashboards' files say, and that this repository carries them as they are generated."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_tradeops.monitoring.dashboards import DASHBOARDS, Dashboard, Panel, to_dict
from pytest_tradeops.monitoring.dashboards.classic import datasource_type
from pytest_tradeops.monitoring.files import generated
from pytest_tradeops.telemetry.tables import TABLES

REPOSITORY = Path(__file__).resolve().parent.parent.parent.parent
EVERY = [pytest.param(one, panel, id=f"{one.uid}: {panel.title}") for one in DASHBOARDS for panel in one.panels]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("path", sorted(generated()))
def test_this_repository_carries_what_is_generated(path: str) -> None:
    committed = (REPOSITORY / "monitoring" / path).read_text(encoding="utf-8")
    assert committed == generated()[path], "run `tradeops init monitoring --force` and remove the backup"


def test_there_are_eight_dashboards_and_every_file_can_be_read() -> None:
    files = generated()
    for path, text in files.items():
        assert text.endswith("\n")
        assert json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
    assert sorted(path for path in files if path.startswith("dashboards/")) == [
        f"dashboards/tradeops-{name}.json"
        for name in ("claude", "connections", "drawdown", "errors", "latency", "pnl", "positions", "ralph")
    ]


def test_every_table_of_metrics_is_shown_somewhere() -> None:
    asked = " ".join(target.sql for one in DASHBOARDS for panel in one.panels for target in panel.targets)
    assert [name for name in TABLES if not re.search(rf"\b{name}\b", asked)] == []


@pytest.mark.parametrize(("dashboard", "panel"), EVERY)
def test_every_panel_explains_itself(dashboard: Dashboard, panel: Panel) -> None:
    assert panel.unit
    assert panel.description.endswith(".")
    assert panel.no_data.endswith(".")
    assert panel.targets


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.uid)
def test_panels_fill_the_grid_without_overlap(dashboard: Dashboard) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in to_dict(dashboard)["panels"]:
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not taken & cells
        taken |= cells


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.uid)
def test_a_file_carries_no_address_and_no_secret(dashboard: Dashboard) -> None:
    assert [one for one in strings(to_dict(dashboard)) if re.search(r"https?://|password|token=", one)] == []


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.uid)
def test_macros_have_no_parentheses_inside(dashboard: Dashboard) -> None:
    for panel in dashboard.panels:
        for target in panel.targets:
            for argument in re.findall(r"\$__\w+\(([^)]*)\)", target.sql):
                assert "(" not in argument


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.uid)
def test_panels_have_ids_and_letters_of_their_own(dashboard: Dashboard) -> None:
    panels = to_dict(dashboard)["panels"]
    assert len({one["id"] for one in panels}) == len(panels)
    for one in panels:
        assert [target["refId"] for target in one["targets"]] == ["A", "B"][: len(one["targets"])]


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("", "postgres"),
        ("9.4.0-pre", "postgres"),
        ("10.0.0", "grafana-postgresql-datasource"),
        ("v13.3", "grafana-postgresql-datasource"),
        ("latest", "postgres"),
    ],
)
def test_the_data_source_has_the_type_of_the_grafana_version(version: str, kind: str) -> None:
    assert datasource_type(version) == kind
    files = generated(grafana=version)
    [source] = yaml.safe_load(files["provisioning/datasources/questdb.yaml"])["datasources"]
    assert source["type"] == kind
    assert f'"type": "{kind}"' in files["dashboards/tradeops-pnl.json"]


def test_the_data_source_takes_address_user_and_password_from_the_environment() -> None:
    [source] = yaml.safe_load(generated()["provisioning/datasources/questdb.yaml"])["datasources"]
    given = (source["url"], source["user"], source["secureJsonData"]["password"])
    assert all(one.startswith("$TRADEOPS_QUESTDB_PG_") for one in given)
    assert source["uid"] == "questdb"
    assert source["editable"] is False


def test_drawdown_lines_stand_where_alerts_begin() -> None:
    [drawdown] = [one for one in DASHBOARDS if one.uid == "tradeops-drawdown"]
    drawn = [panel for panel in drawdown.panels if panel.lines]
    assert [[step.value for step in panel.steps] for panel in drawn] == [[5, 10]]
    assert {panel.unit for panel in drawn} == {"percent"}
