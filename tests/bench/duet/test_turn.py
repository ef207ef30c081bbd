"""Two runs that measure take turns."""

import tempfile
import threading
from pathlib import Path

import pytest

from pytest_tradeops.bench.duet.turn import turn


def test_the_second_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    waits, measured = threading.Event(), threading.Event()

    def second() -> None:
        with turn(waits.set):
            measured.set()

    thread = threading.Thread(target=second)
    with turn(lambda: pytest.fail("nobody else measures")):
        thread.start()
        assert waits.wait(30)
        assert not measured.is_set()
    assert measured.wait(30)
    thread.join(30)
