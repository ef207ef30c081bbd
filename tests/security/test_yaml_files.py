"""Files that a person, or somebody else, wrote: a document or one sentence, whatever they hold."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security.yaml_files import LARGEST, Unreadable, parse, read_text


def test_a_document_is_plain_values() -> None:
    assert parse("a: [1, two, {b: null}]\nc: &x {d: 1}\ne: *x\n") == {
        "a": [1, "two", {"b": None}],
        "c": {"d": 1},
        "e": {"d": 1},
    }
    assert parse("") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1", "is no YAML: .* \\(line [12]\\)"),
        ("a: 1\na: 2\n", "names 'a' twice \\(line 2\\)"),
        ("--- 1\n--- 2\n", "is no YAML: .*another document"),
        ("a: &x [*x]\n", "stands inside of what it names"),
        ("[" * 100 + "]" * 100, "more than 60 levels"),
        ("- &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"- &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ), "more than 100,000 values"),
        ("a: !!python/object/apply:os.system [ls]\n", "is no YAML: could not determine a constructor"),
        ("a: 2026-99-99\n", "is no YAML: month"),
        ("? [1]\n: 2\n", "is no YAML"),
        ("a: \x00", "is no YAML"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        parse(text)


@given(st.text("ab:-[]{}&*!?|>'\"#%@, \n\t<0", max_size=60))
def test_any_text_is_a_document_or_a_sentence(text: str) -> None:
    said = ""
    try:
        parse(text)
    except Unreadable as error:
        said = str(error)
    assert "\n" not in said


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    binary, huge, loop, pipe = (tmp_path / name for name in ("binary", "huge", "loop", "pipe"))
    binary.write_bytes(b"\xff\xfe\x00")
    huge.write_bytes(b"#" * (LARGEST + 1))
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    for path, sentence in (
        (binary, "is not UTF-8 text"),
        (huge, "is larger than 1 MB"),
        (loop, "cannot be read"),
        (pipe, "is no regular file"),
        (tmp_path, "is no regular file"),
        (tmp_path / "absent", "cannot be read"),
    ):
        with pytest.raises(Unreadable, match=sentence):
            read_text(path)
