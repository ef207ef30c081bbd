"""For each kind of defect a file that has it and a twin that has not: the one is reported, the other is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.monitoring.lint import KINDS, Report, lint
from pytest_tradeops.monitoring.lint.engine import Options
from pytest_tradeops.questdb_sql import QuestDb

FIXTURES = Path(__file__).parent / "fixtures"
OPTIONS = Options(query_timeout=2.0)


def file(kind: str, name: str) -> Path:
    """`fixtures/KIND/NAME.*`, a file or a folder."""
    [found] = [path for path in (FIXTURES / kind).iterdir() if path.stem == name]
    return found


def test_every_kind_has_its_pair() -> None:
    assert sorted(path.name for path in FIXTURES.iterdir()) == sorted(KINDS)


def examined(kind: str, name: str, connect: Callable[[], QuestDb]) -> Report:
    """With the database only where it decides: the others all ask it the same."""
    return lint([file(kind, name)], connect if KINDS[kind].needs else None, OPTIONS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_defect_is_reported_and_nothing_else(kind: str, connect: Callable[[], QuestDb]) -> None:
    report = examined(kind, "defect", connect)
    assert {one.kind for one in report.findings} == {kind}
    for one in report.findings:
        assert one.message.endswith((".", "?"))
        assert one.remedy
        assert Path(one.file).exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_its_clean_twin_is_not(kind: str, connect: Callable[[], QuestDb]) -> None:
    report = examined(kind, "clean", connect)
    assert report.findings == []
    assert sum(report.examined.values()) > 1


@pytest.mark.parametrize("kind", ["uid-duplicate", "nodata-hides-outage", "panel-threshold-unit"])
def test_the_database_finds_nothing_more_in_them(kind: str, connect: Callable[[], QuestDb]) -> None:
    assert lint([file(kind, "clean")], connect, OPTIONS).findings == []
    assert {one.kind for one in lint([file(kind, "defect")], connect, OPTIONS).findings} == {kind}


def test_without_a_database_the_rest_is_said_to_be_missing() -> None:
    report = lint([file("null-fires", "defect")], without="there is none")
    assert report.findings == []
    assert report.undecided == {name: "there is none" for name, kind in KINDS.items() if kind.needs}


def test_nothing_is_left_on_the_server(connect: Callable[[], QuestDb]) -> None:
    lint([file("null-fires", "clean"), file("panel-unit", "defect")], connect, OPTIONS)
    with connect() as database:
        assert database.sql("select table_name from tables() where table_name like 'lint%'").rows == ()
