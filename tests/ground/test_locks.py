"""What locks pin, in every format, and what is said of broken ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops import locks
from pytest_tradeops.locks import Pin, Pins

COMMIT = "0" * 40
UV = f"""version = 1
[[package]]
name = "bot"
version = "1"
source = {{ editable = "." }}
[[package]]
name = "Nautilus_Trader"
version = "1.231.0"
source = {{ registry = "https://pypi.org/simple" }}
[[package]]
name = "own-lib"
version = "2"
source = {{ git = "https://example.com/x?rev={COMMIT}" }}
"""
POETRY = """[[package]]
name = "nautilus-trader"
version = "1.231.0"
[[package]]
name = "private"
version = "3"
[package.source]
type = "legacy"
[[package]]
name = "own-lib"
version = "2"
[package.source]
type = "git"
"""
PDM = '[[package]]\nname = "nautilus-trader"\nversion = "1.231.0"\n[[package]]\nname = "own-lib"\nversion = "2"\ngit = "x"\n'
PEP_751 = """lock-version = "1.0"
[[packages]]
name = "nautilus-trader"
version = "1.231.0"
[[packages]]
name = "own-lib"
vcs = { type = "git" }
[[packages]]
name = "bot"
directory = { path = "." }
"""
PIP = f"""# pinned by hand
--extra-index-url https://example.com
-r other.txt
-e .
./local
nautilus-trader[docker] == 1.231.0 ; python_version > "3" \\
    --hash=sha256:{"0" * 64} --hash=sha256:{"1" * 64}
own-lib @ git+https://example.com/x
sentry-sdk>=2
loose==2.*  # two of anything
"""
NAUTILUS = Pin("nautilus-trader", "1.231.0")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("uv.lock", UV, Pins((NAUTILUS, Pin("own-lib", "2", "git")), frozenset({"bot"}))),
        ("poetry.lock", POETRY, Pins((NAUTILUS, Pin("own-lib", "2", "git"), Pin("private", "3")))),
        ("pdm.lock", PDM, Pins((NAUTILUS, Pin("own-lib", "2", "git")))),
        ("pylock.toml", PEP_751, Pins((NAUTILUS, Pin("own-lib", "", "vcs")), frozenset({"bot"}))),
        ("requirements.txt", PIP, Pins((NAUTILUS, Pin("own-lib", "", "url")), loose=("loose", "sentry-sdk"))),
    ],
)
def test_every_format_is_read(tmp_path: Path, name: str, text: str, expected: Pins) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert locks.read(tmp_path / name) == expected


def test_locks_are_found_in_the_order_in_which_they_count(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    for name in ("requirements/base.txt", "requirements-dev.txt", "pylock.dev.toml", "poetry.lock", "uv.lock"):
        (tmp_path / name).touch()
    (tmp_path / "pdm.lock").mkdir()  # a folder of that name is no lock
    assert [path.relative_to(tmp_path).as_posix() for path in locks.find(tmp_path)] == [
        "uv.lock", "poetry.lock", "pylock.dev.toml", "requirements-dev.txt", "requirements/base.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"a = [", "is no TOML"),
        (b"a = " + b"[" * 100_000, "is no TOML"),
        (b"package = 3", "has no list of packages"),
        (b"package = [3]", "has no list of packages"),
        (b"[[package]]\nversion = '1'", "names a package without a name or version"),
        (b"[[package]]\nname = 'x'\nversion = 1", "names a package without a name or version"),
    ],
)
def test_a_broken_lock_is_one_sentence(tmp_path: Path, data: bytes | None, sentence: str) -> None:
    if data is not None:
        (tmp_path / "uv.lock").write_bytes(data)
    with pytest.raises(locks.Unreadable, match=sentence):
        locks.read(tmp_path / "uv.lock")


@given(text=st.text(max_size=400), name=st.sampled_from(["uv.lock", "requirements.txt"]))
def test_whatever_stands_there_is_read_or_refused(
    text: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("locks") / name
    path.write_text(text, encoding="utf-8")
    try:
        found = locks.read(path)
    except locks.Unreadable:
        return
    assert all(pin.name == locks.normalised(pin.name) for pin in found.pins)
