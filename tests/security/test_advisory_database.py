"""Which records concern a version: OSV's own rules, over lists, ranges and hostile records."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from advisory_support import record
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.security.advisories import database


def ranged(*events: dict[str, str], **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "Ccxt"}, "ranges": ranges, **more}]}


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.9", False), ("1.0", True), ("1.5rc1", True), ("1.5", False), ("1.9", False), ("2.0", True), ("2.1", True),
     ("2.1.post1", False), ("3", False)],
)  # fmt: skip
def test_the_last_event_before_a_version_decides(version: str, expected: bool) -> None:
    events = ({"introduced": "2.0"}, {"fixed": "1.5"}, {"introduced": "1.0"}, {"last_affected": "2.1"})
    assert database.affects(ranged(*events), "ccxt", version) is expected


def test_from_the_beginning_includes_what_came_before_the_first_release() -> None:
    assert database.affects(ranged({"introduced": "0"}), "ccxt", "0.0.dev1")


@pytest.mark.parametrize("version", ["1.10", "1.10.0", "1.10.0.0"])
def test_a_listed_version_is_meant_however_it_is_written(version: str) -> None:
    assert database.affects(ranged(versions=["1.9", "1.10"]), "CCXT", version)
    assert not database.affects(ranged(versions=["1.1"]), "ccxt", version)


def test_names_are_compared_as_pypi_does_and_other_ecosystems_are_not_meant() -> None:
    found = database.of([record("A", "Nautilus_Trader"), {**record("B", "nautilus-trader")}])
    assert [one["id"] for one in found.concerning("nautilus.trader", "1.0")] == ["A", "B"]
    other = record("C", "nautilus-trader")
    other["affected"][0]["package"]["ecosystem"] = "crates.io"
    assert database.of([other]).concerning("nautilus-trader", "1.0") == []


def test_a_withdrawn_record_concerns_nobody() -> None:
    assert database.of([record("A", "ccxt", withdrawn="2026-01-01T00:00:00Z")]).concerning("ccxt", "1") == []


def test_commits_are_no_versions() -> None:
    commits = {"type": "GIT", "events": [{"introduced": "0"}]}
    affected = {"package": {"ecosystem": "PyPI", "name": "ccxt"}, "ranges": [commits]}
    assert not database.affects({"id": "A", "affected": [affected]}, "ccxt", "1")


@given(
    numbers=st.lists(st.integers(0, 40), min_size=1, max_size=8, unique=True).map(sorted),
    asked=st.integers(0, 45),
    closed=st.booleans(),
)
def test_a_range_is_what_it_says_event_by_event(numbers: list[int], asked: int, closed: bool) -> None:
    """Alternately weak and fixed at rising versions; each version has the state of the newest event up to it."""
    end = "fixed" if closed else "last_affected"
    events = [{("introduced" if at % 2 == 0 else end): f"1.{number}"} for at, number in enumerate(numbers)]
    before = [at for at, number in enumerate(numbers) if number <= asked]
    expected = bool(before) and (before[-1] % 2 == 0 or (not closed and numbers[before[-1]] == asked))
    assert database.affects(ranged(*events), "ccxt", f"1.{asked}") is expected


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "affected", "package", "name", "ecosystem", "ranges", "type", "events", "versions"]
                ),
                inner | st.sampled_from(["PyPI", "ccxt", "ECOSYSTEM"]),
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_a_hostile_record_concerns_nobody_and_breaks_nothing(value: Any) -> None:
    try:
        found = database.of([{"id": "A", "affected": value}])
    except TradeopsError:
        return
    assert isinstance(found.concerning("ccxt", "1"), list)


def test_a_version_that_is_none_is_only_found_in_a_list() -> None:
    assert database.affects(ranged({"introduced": "0"}, versions=["2004d-final"]), "ccxt", "2004d-final")
    assert not database.affects(ranged({"introduced": "0"}), "ccxt", "2004d-final")


def test_a_folder_and_an_archive_are_read_alike(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for one in ("A", "B"):
        (folder / f"{one}.json").write_text(json.dumps(record(one, "ccxt")), encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert set(database.load(folder).records) == set(database.load(tmp_path / "all.zip").records) == {"A", "B"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"PK\x03\x04 half an archive", "cannot be read: File is not a zip file."),
        ({}, "holds no record."),
        ({"a.json": b"\xff\xfe{"}, "is no record in JSON."),
        ({"a.json": b"[1]"}, "is no record in JSON."),
        ({"a.json": b"[" * 100_000}, "is no record in JSON."),
        ({"a.json": b"{}"}, "A record of the database has no id."),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, content: bytes | dict[str, bytes] | None, sentence: str
) -> None:
    place = tmp_path / "database"
    if isinstance(content, bytes):
        place.write_bytes(content)
    elif content is not None:
        place.mkdir()
        for name, data in content.items():
            (place / name).write_bytes(data)
    with pytest.raises(TradeopsError) as caught:
        database.load(place)
    assert sentence in caught.value.message


def test_the_order_of_versions_is_that_of_pypi() -> None:
    assert Version("1.10") > Version("1.9")
    assert database.affects(ranged({"introduced": "1.9"}, {"fixed": "1.11"}), "ccxt", "1.10")
