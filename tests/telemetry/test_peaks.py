"""The highest equity outlives the bot, and no file makes the bot fail."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.telemetry.peaks import Peaks


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_peak_is_kept_across_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "peaks.json"
    first = Peaks(path)
    assert [first.rise("a", Decimal(one)) for one in ("10", "12.5", "9")] == [10, Decimal("12.5"), Decimal("12.5")]
    first.save()
    second = Peaks(path)
    assert (second.rise("a", Decimal(3)), second.rise("b", Decimal(3))) == (Decimal("12.5"), 3)
    assert second.problem == ""


def test_it_is_written_at_most_once_a_second_and_whole(tmp_path: Path) -> None:
    path, clock = tmp_path / "peaks.json", Clock()
    peaks = Peaks(path, clock)
    peaks.rise("a", Decimal(1))
    peaks.rise("a", Decimal(2))
    assert json.loads(path.read_text())["peaks"] == {"a": "1"}
    clock.now += 1
    peaks.rise("a", Decimal(1))
    assert json.loads(path.read_text())["peaks"] == {"a": "2"}
    assert [one.name for one in tmp_path.iterdir()] == ["peaks.json"]


def test_without_a_file_it_is_kept_in_memory() -> None:
    peaks = Peaks(None)
    assert (peaks.rise("a", Decimal(2)), peaks.rise("a", Decimal(1)), peaks.known("b")) == (2, 2, 0)
    peaks.save()


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", '{"version": 2, "peaks": {}}', '{"version": 1}', '{"version": 1, "peaks": 3}'),
        *(f'{{"version": 1, "peaks": {{"a": "{one}"}}}}' for one in ("x", "NaN", "Infinity")),
    ],
)
def test_a_damaged_file_is_put_aside_and_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "peaks.json"
    path.write_text(text)
    peaks = Peaks(path)
    assert "peaks.json cannot be read" in peaks.problem
    assert (tmp_path / "peaks.json.broken").read_text() == text
    assert peaks.rise("a", Decimal(5)) == 5
    assert Peaks(path).known("a") == 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_no_file_whatever_makes_it_fail(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "peaks.json"
    path.write_bytes(data)
    assert Peaks(path, Clock()).rise("a", Decimal(1)) >= 1


def test_a_peak_that_cannot_be_written_is_still_known_and_tried_again(tmp_path: Path) -> None:
    blocked = tmp_path / "spool"
    blocked.write_text("a file where the folder should be")
    clock = Clock()
    peaks = Peaks(blocked / "peaks.json", clock)
    with pytest.raises(OSError, match="spool"):
        peaks.rise("a", Decimal(7))
    assert peaks.known("a") == 7
    blocked.unlink()
    clock.now += 2
    assert peaks.rise("a", Decimal(1)) == 7
    assert Peaks(blocked / "peaks.json").known("a") == 7
