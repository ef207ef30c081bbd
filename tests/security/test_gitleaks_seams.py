"""Large files: a secret is found wherever it stands, also where gitleaks cuts a file into pieces."""

import random
from pathlib import Path

import pytest
from gitleaks_support import CONFIG, examine, secret
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security.gitleaks import examining
from pytest_tradeops.security.gitleaks.samples import github_token
from pytest_tradeops.security.gitleaks.seams import PIECE, READINGS, spread


def test_every_secret_of_a_large_file_is_found(tmp_path: Path) -> None:
    # Not an empty line among them, so that gitleaks' own seams fall into some.
    rng, count = random.Random(1), 3_200
    text = "".join(f't{number}="{github_token(rng)}"\n' for number in range(count))
    assert len(text) > PIECE * 1.5
    (tmp_path / "tokens.js").write_text(text)
    assert {leak.line for leak in examine(tmp_path, history=False).shown} == set(range(1, count + 1))


def around(position: int, ending: str = "\n") -> str:
    """A hundred and fifty kilobytes of short pieces, and a secret that begins at a byte."""
    piece = "x" * 79 + ending
    before = (piece * (position // len(piece) + 1))[: position - len(ending)] + ending
    return f'{before}BINANCE_API_SECRET = "{secret()}"{ending}' + piece * 300


def line_of_the_secret(text: str) -> int:
    return text[: text.index("BINANCE")].count("\n") + 1


@pytest.mark.parametrize("ending", ["\n", "\r\n", ";"], ids=["lines", "windows", "minified"])
@pytest.mark.parametrize("position", [PIECE + 24_930, PIECE + 24_960])
def test_a_secret_on_the_first_seam_is_found_and_named_by_its_line(tmp_path: Path, position: int, ending: str) -> None:
    text = around(position, ending)
    (tmp_path / "notes.txt").write_text(text, newline="")
    [finding] = examining.findings(examine(tmp_path, history=False))
    assert finding.reason == "gitleaks: tradeops-binance-secret in tree"
    assert finding.where == f"notes.txt:{line_of_the_secret(text)}"


def test_what_is_ignored_in_a_large_file_stays_hidden_by_the_ignore_file(tmp_path: Path) -> None:
    text = around(PIECE)
    (tmp_path / "notes.txt").write_text(text)
    line = line_of_the_secret(text)
    (tmp_path / ".gitleaks.toml").write_text(CONFIG)
    (tmp_path / ".gitleaksignore").write_text(
        f"notes.txt:generic-api-key:{line}\nnotes.txt:tradeops-binance-secret:{line}\n"
    )
    found = examine(tmp_path, history=False)
    assert found.shown == ()
    assert [leak.where for leak in found.hidden] == [f"notes.txt:{line}"]


CONTENT = st.lists(
    st.tuples(st.sampled_from([b"\n", b"\r\n", b"a", b"b, ", b"'", b"\n\n"]), st.integers(1, 5_000)), max_size=20
)


@given(CONTENT, st.sampled_from(READINGS))
def test_nothing_is_lost_and_every_line_is_known_again(parts: list[tuple[bytes, int]], first: int) -> None:
    content = b"".join(text * times for text, times in parts)
    anew, lines = spread(content, first)
    assert anew.replace(b"\n", b"") == content.replace(b"\n", b"")
    mine = content.split(b"\n")
    for number, line in enumerate(anew.split(b"\n"), start=1):
        if line:
            assert line in mine[lines.itself(number) - 1]


@given(CONTENT, st.integers(0, 80_000))
def test_what_one_reading_cuts_is_whole_in_the_other(parts: list[tuple[bytes, int]], begin: int) -> None:
    content = b"".join(text * times for text, times in parts)
    secret_sized = content[begin : begin + 4_096]
    assert any(secret_sized in spread(content, first)[0] for first in READINGS)
