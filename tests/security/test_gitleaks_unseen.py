"""What gitleaks never looks at by itself, and a key may stand in all the same: names, encodings, messages, tags."""

import re
import subprocess
from pathlib import Path

import pytest
from gitleaks_support import begun, examine, line, reasons

from pytest_tradeops.security.gitleaks import planting, provider
from pytest_tradeops.security.gitleaks.history import unquoted
from pytest_tradeops.security.gitleaks.unseen import PASSED_OVER, as_text, is_passed_over

RULE = "gitleaks: tradeops-binance-secret"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return begun(tmp_path / "repository")


def commit_bytes(root: Path, name: str, content: bytes) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)
    planting.git(root, "add", "--force", "--all")
    planting.git(root, "commit", "--quiet", "--message", "Add")


def test_the_names_are_those_that_gitleaks_itself_passes_over() -> None:
    """Of the default configuration in the binary; a newer one may bring more."""
    built_in = provider.find().path.read_bytes()
    start = built_in.index(b'description = "global allow lists"')
    paths = built_in[start : built_in.index(b"\n]", start)].decode()
    assert sorted(re.findall(r"'''(.+)'''", paths)) == sorted(one.pattern for one in PASSED_OVER)


@pytest.mark.parametrize(
    "name", ["poetry.lock", "keys.svg", "data.bin", "web/node_modules/keys.js", "my-gitleaks.toml"]
)
def test_a_key_in_a_file_that_is_passed_over_is_found_in_tree_and_history(repository: Path, name: str) -> None:
    assert is_passed_over(name)
    commit_bytes(repository, name, f"A = 1\n\n{line()}".encode())
    assert reasons(repository) == [f"{RULE} in tree", f"{RULE} in history"]
    assert {(leak.path, leak.line) for leak in examine(repository).shown} == {(name, 3)}
    planting.commit(repository, name, None, "Remove")
    assert reasons(repository) == [f"{RULE} in history"]
    [leak] = examine(repository).shown
    assert (leak.path, leak.line) == (name, 3)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_a_key_in_any_encoding_is_found_and_after_it_was_deleted(repository: Path, encoding: str) -> None:
    commit_bytes(repository, "keys.py", f"# ä\n{line()}".encode(encoding))
    assert set(reasons(repository)) == {f"{RULE} in tree", f"{RULE} in history"}
    planting.commit(repository, "keys.py", None, "Remove")
    assert set(reasons(repository)) == {f"{RULE} in history"}


@pytest.mark.parametrize("before", [b"SQLite format 3\0\n", b"%PDF-1.4\n", b"PK\x03\x04\n", b" " * 257 + b"ustar\n"])
def test_a_key_in_what_begins_like_a_program_is_found(repository: Path, before: bytes) -> None:
    (repository / "keys.py").write_bytes(before + line().encode())
    assert set(reasons(repository)) == {f"{RULE} in tree"}


def test_a_key_before_a_nul_is_found_though_git_shows_no_line_of_it(repository: Path) -> None:
    commit_bytes(repository, "ke\n\"y's.py", line().encode() + b"\0\n")
    assert {leak.path for leak in examine(repository).shown} == {"ke\n\"y's.py"}


def test_messages_of_commits_and_tags_are_read(repository: Path) -> None:
    planting.git(repository, "commit", "--quiet", "--allow-empty", "--message", f"Try\n\n{line(1)}")
    planting.git(repository, "tag", "--annotate", "v1", "--message", line(2))
    found = examine(repository).shown
    assert [(leak.path, bool(leak.commit)) for leak in found] == [("commit message", True), ("refs/tags/v1", False)]


def test_a_tag_that_leads_to_a_file_or_a_folder_hides_nothing(repository: Path) -> None:
    command = ["git", "-C", str(repository), "hash-object", "-w", "--stdin"]
    blob = subprocess.run(command, input=line(1), capture_output=True, text=True, check=True).stdout.strip()
    planting.git(repository, "tag", "kept", blob)
    planting.commit(repository, "keys.py", line(2), "Add")
    planting.git(repository, "tag", "tree", "HEAD^{tree}")
    planting.git(repository, "reset", "--quiet", "--hard", "HEAD~1")
    assert {leak.path for leak in examine(repository).shown} == {"refs/tags/kept", "refs/tags/tree:keys.py"}


def test_a_lock_file_and_pictures_without_a_key_are_clean(repository: Path) -> None:
    hashes = "".join(f'{{file = "a-{n}.whl", hash = "sha256:{n:064x}", token = "{n:040x}"}}\n' for n in range(200))
    commit_bytes(repository, "poetry.lock", hashes.encode())
    commit_bytes(repository, "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400)
    found = examine(repository)
    assert (found.shown, found.hidden) == ((), ())
    assert found.unseen.parts >= 4  # each twice, and messages
    assert found.unseen.left == 0


def test_a_huge_binary_content_is_counted_and_not_read(repository: Path) -> None:
    commit_bytes(repository, "data.npy", b"\0" * 6_000_000)
    assert examine(repository).examined()["binary contents too large to search"] == 1


def test_a_reasoned_entry_explains_what_was_found_there(repository: Path) -> None:
    commit_bytes(repository, "tests/poetry.lock", line().encode())
    (repository / ".gitleaks.toml").write_text(
        '[extend]\nuseDefault = true\n[[allowlists]]\ndescription = "a made-up key of a test"\ncondition = "AND"\n'
        "paths = ['''^tests/poetry\\.lock$''']\nregexes = ['''BINANCE_API_SECRET''']\n"
    )
    found = examine(repository)
    assert (found.shown, found.unexplained, len(found.hidden)) == ((), (), 2)


def test_names_and_texts_come_back_as_they_are() -> None:
    assert unquoted('"k\\303\\244\\n\\"y"') == 'kä\n"y'
    assert unquoted("plain name") == "plain name"
    assert as_text("ä".encode("latin-1")) == "\N{REPLACEMENT CHARACTER}"
    assert "a longer text" in as_text(b"\0\1a longer text\0")
