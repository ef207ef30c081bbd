"""Literal credentials by T103 without bandit's scan: found as bandit finds them, and nothing is skipped unseen."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.security import bandit
from pytest_tradeops.security.literals import REASON, UNREAD, search

#: No key of anybody's: a text where one would stand.
TEXT = "ab12" * 4
SOURCES = {
    "plain.py": f'def f(Config):\n    return Config(api_key="{TEXT}")\n',
    "hidden.py": f'def f(Config):\n    return Config(api_secret="{TEXT}")  # nosec\n',
    "named.py": f'KEY = "{TEXT}"\n\n\ndef f(Config):\n    return Config(api_key=KEY)\n',
    "clean.py": 'import os\n\n\ndef f(Config):\n    return Config(api_key=os.environ["X"])\n',
    "deep/er.py": f'def f(Config):\n    return Config(config={{"api_key": "{TEXT}"}})\n',
}


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_it_finds_what_bandit_finds(tmp_path: Path) -> None:
    write(tmp_path, **SOURCES)
    own = {one.where for one in search(tmp_path, "bot").findings}
    theirs = {f"bot/{one.file}:{one.line}" for one in bandit.scan(tmp_path).issues if one.test == "T103"}
    assert own == theirs
    assert own == {"bot/plain.py:2", "bot/hidden.py:2", "bot/named.py:5", "bot/deep/er.py:2"}


def test_lines_are_counted_and_no_finding_shows_the_literal(tmp_path: Path) -> None:
    found = search(write(tmp_path, **SOURCES), "bot")
    assert found.lines == sum(text.count("\n") for text in SOURCES.values())
    assert {one.reason for one in found.findings} == {REASON}
    assert not any(TEXT in f"{one}" for one in found.findings)


@pytest.mark.parametrize("data", [b"def f(:\n", b"\xff\xfe\x00", b"x = 1\0\n", b"(" * 100_000])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "broken.py").write_bytes(data)
    (tmp_path / "fine.py").write_text("x = 1\n", encoding="utf-8")
    (finding,) = search(tmp_path, "bot").findings
    assert (finding.reason, finding.where) == (UNREAD, "bot/broken.py")


def test_an_empty_folder_and_a_link_to_nowhere_are_told(tmp_path: Path) -> None:
    assert [one.reason for one in search(tmp_path, "bot").findings] == [UNREAD]
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "one.py").write_text("x = 1\n", encoding="utf-8")
    assert search(tmp_path, "bot").findings == ()
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    assert [one.where for one in search(tmp_path, "bot").findings] == ["bot/gone.py"]


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_give_an_answer(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "any.py").write_bytes(data)
    search(folder, "bot")
