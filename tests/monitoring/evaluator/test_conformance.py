"""Every recorded case of a real Grafana 9.4 comes out of the evaluator as it came out of Grafana."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.monitoring.evaluator.compare import differences
from pytest_tradeops.monitoring.evaluator.replay import case_name, replay
from pytest_tradeops.questdb_sql import QuestDb
from pytest_tradeops.services.questdb.client import QuestDbClient

RECORDINGS = Path(__file__).parents[1] / "conformance"
CASES = json.loads((RECORDINGS / "traces.json").read_text(encoding="utf-8"))
MORE = json.loads((RECORDINGS / "traces-more.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.slow


@pytest.fixture
def database(questdb: QuestDbClient) -> Iterator[QuestDb]:
    with QuestDb(questdb.handle.endpoints["http"]) as database:
        yield database


def test_all_of_them_are_here() -> None:
    assert (len(CASES), len(MORE)) == (38, 28)
    assert all(len(case["trace"]) == 14 for case in {**CASES, **MORE}.values())


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_case(name: str, database: QuestDb) -> None:
    assert differences(CASES[name], replay(CASES[name], database, name=name)) == []


@pytest.mark.parametrize("name", MORE)
def test_a_case_that_was_recorded_afterwards(name: str, database: QuestDb) -> None:
    """The evaluator was written before these were recorded."""
    assert differences(MORE[name], replay(MORE[name], database)) == []


@pytest.mark.parametrize("name", CASES)
def test_a_case_says_its_own_name(name: str) -> None:
    assert case_name(CASES[name]) in (name, "rule")


def test_a_difference_is_seen(database: QuestDb) -> None:
    """The comparison is no better than what it notices: each part of a recording, changed, is complained of."""
    case: dict[str, Any] = json.loads(json.dumps(CASES["for20_sustained"]))
    ours = replay(case, database)
    assert differences(case, ours) == []
    for path, value, words in (
        (("trace", 4, 2), "pending", "the rule state was 'pending'"),
        (("trace", 4, 3), "nodata", "the health was 'nodata'"),
        (("trace", 4, 4, 0, "activeAt_s"), 20.0, "the alerts was"),
        (("trace", 4, 4, 0, "value"), "5e+02", "the alerts was"),
        (("trace", 4, 5), "no such thing", "the last error was"),
        (("notifications", 0, 0), 39.0, "was told at 39.0 s"),
        (("notifications", 0, 0), 53.0, "was told at 53.0 s"),
        (("notifications", 0, 1), "resolved", "was told"),
        (("notifications", 0, 2, 0, 0), "other", "was told"),
    ):
        changed = json.loads(json.dumps(case))
        target = changed
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value
        assert any(words in one for one in differences(changed, ours)), path
