"""The history: every way in which gitleaks ends green having seen less than all of it."""

import shutil
from pathlib import Path

import pytest
from gitleaks_support import begun, examine, line, program, reasons, refused, secret

from pytest_tradeops.security.gitleaks import planting, provider
from pytest_tradeops.security.gitleaks.history import open_history
from pytest_tradeops.security.gitleaks.provider import Binary


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return begun(tmp_path / "repository")


def deleted_secret(root: Path) -> str:
    commit = planting.commit(root, "keys.py", line(), "Add")
    planting.commit(root, "keys.py", None, "Remove")
    return commit


def test_a_clean_history_is_clean_and_counted(repository: Path) -> None:
    planting.git(repository, "commit", "--quiet", "--allow-empty", "--message", "Empty")
    found = examine(repository)
    assert (found.shown, found.hidden) == ((), ())
    assert {name: found.examined()[name] for name in ("commits", "commits without text")} == {
        "commits": 1,
        "commits without text": 1,
    }


def test_a_secret_that_was_deleted_again_is_found_in_its_commit(repository: Path) -> None:
    commit = deleted_secret(repository)
    [leak] = examine(repository).shown
    assert (leak.rule, leak.path, leak.line, leak.commit) == ("tradeops-binance-secret", "keys.py", 1, commit)
    assert reasons(repository) == ["gitleaks: tradeops-binance-secret in history"]
    assert reasons(repository, history=False) == []


def test_a_secret_on_another_branch_or_tag_is_found(repository: Path) -> None:
    planting.git(repository, "checkout", "--quiet", "-b", "other")
    planting.commit(repository, "keys.py", line(), "Add")
    planting.git(repository, "tag", "kept")
    planting.git(repository, "checkout", "--quiet", "main")
    planting.git(repository, "branch", "--quiet", "-D", "other")
    assert reasons(repository) == ["gitleaks: tradeops-binance-secret in history"]


def test_a_secret_that_only_a_merge_brought_in_is_found(repository: Path) -> None:
    planting.git(repository, "checkout", "--quiet", "-b", "other")
    planting.commit(repository, "a.py", "A = 1\n", "Add a")
    planting.git(repository, "checkout", "--quiet", "main")
    planting.commit(repository, "b.py", "B = 1\n", "Add b")
    planting.git(repository, "merge", "--quiet", "--no-commit", "--no-ff", "other")
    merge = planting.commit(repository, "evil.py", line(), "Merge")
    planting.commit(repository, "evil.py", None, "Remove")
    assert {leak.commit for leak in examine(repository).shown} == {merge}


def test_what_gitleaks_counts_is_what_git_shows_text_of(repository: Path) -> None:
    """Deletions, renames, modes, binaries, empty files and empty commits have none; shortened files and merges do."""
    planting.commit(repository, "long.py", "A = 1\nB = 2\n", "Add")
    planting.commit(repository, "long.py", "A = 1\n", "Shorten")
    planting.git(repository, "mv", "long.py", "moved.py")
    planting.git(repository, "commit", "--quiet", "--message", "Rename")
    planting.git(repository, "update-index", "--chmod=+x", "moved.py")
    planting.git(repository, "commit", "--quiet", "--message", "Mode")
    (repository / "moved.py").chmod(0o755)
    planting.commit(repository, "empty.py", "", "Empty file")
    planting.commit(repository, "data.bin", "\0" * 99, "Binary")
    planting.commit(repository, "moved.py", None, "Remove")
    history = open_history(repository)
    assert (history.commits, history.reachable) == (3, 8)
    assert examine(repository).shown == ()  # which it is only if gitleaks counts the same


def test_an_unreadable_object_is_refused(repository: Path) -> None:
    planting.commit(repository, "bot.py", "PRICE = 2\n", "Change")
    blob = planting.git(repository, "rev-parse", "HEAD~1:bot.py").strip()
    path = repository / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o600)
    path.write_bytes(b"no object")
    assert "git fsck" in refused(repository)


def test_a_shallow_clone_is_refused(repository: Path, tmp_path: Path) -> None:
    deleted_secret(repository)
    planting.git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), "clone")
    assert refused(tmp_path / "clone") == (
        "This is a shallow clone: most commits are not here to be scanned. "
        "Run `git fetch --unshallow`; in CI, check out with fetch-depth: 0."
    )


def test_a_partial_clone_is_refused(repository: Path, tmp_path: Path) -> None:
    planting.git(repository, "config", "uploadpack.allowFilter", "true")
    planting.git(tmp_path, "clone", "--quiet", "--filter=blob:none", repository.as_uri(), "clone")
    assert refused(tmp_path / "clone").startswith("This is a partial clone")


def test_what_is_no_repository_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "bot.py").write_text("PRICE = 1\n")
    assert "is not the top of a git repository" in refused(tmp_path / "plain")
    (repository / "sub").mkdir()
    (repository / "sub" / "bot.py").write_text("PRICE = 1\n")
    assert "is not the top of a git repository" in refused(repository / "sub")


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    planting.new_repository(tmp_path)
    (tmp_path / "bot.py").write_text("PRICE = 1\n")
    assert "has no commit" in refused(tmp_path)


SETTINGS = [
    ("diff.noprefix", "true"),
    ("diff.mnemonicPrefix", "true"),
    ("color.ui", "always"),
    ("log.showRoot", "false"),
    ("log.diffMerges", "off"),
    ("log.date", "iso"),
    ("format.pretty", "oneline"),
    ("log.abbrevCommit", "true"),
    ("core.bigFileThreshold", "10"),
]


@pytest.mark.parametrize(("name", "value"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_settings_of_the_repository_do_not_blind_the_scan(tmp_path: Path, name: str, value: str) -> None:
    planting.new_repository(tmp_path)
    commit = planting.commit(tmp_path, "keys.py", line(), "Begin")
    planting.git(tmp_path, "config", name, value)
    assert {leak.commit for leak in examine(tmp_path).shown} == {"", commit}


def test_attributes_that_call_everything_binary_do_not_hide(repository: Path) -> None:
    planting.commit(repository, ".gitattributes", "* -diff binary\n", "Attributes")
    deleted_secret(repository)
    assert reasons(repository) == ["gitleaks: tradeops-binance-secret in history"]
    (repository / ".git" / "info" / "attributes").write_text("* binary\n")
    assert "can declare files binary" in refused(repository)


def test_an_attributes_file_that_the_settings_name_does_not_hide(repository: Path, tmp_path: Path) -> None:
    deleted_secret(repository)
    (tmp_path / "attributes").write_text("* binary\n")
    planting.git(repository, "config", "core.attributesFile", str(tmp_path / "attributes"))
    assert reasons(repository) == ["gitleaks: tradeops-binance-secret in history"]


def test_a_graft_does_not_cut_the_history_off(repository: Path) -> None:
    deleted_secret(repository)
    tip = planting.commit(repository, "late.py", "B = 1\n", "Late")
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "grafts").write_text(f"{tip}\n")
    assert reasons(repository) == ["gitleaks: tradeops-binance-secret in history"]


def test_replaced_objects_do_not_hide(repository: Path) -> None:
    commit = deleted_secret(repository)
    first = planting.git(repository, "rev-list", "--max-parents=0", "HEAD").strip()
    planting.git(repository, "replace", commit, first)
    assert commit in {leak.commit for leak in examine(repository).shown}


def test_a_linked_work_tree_has_the_whole_history(repository: Path, tmp_path: Path) -> None:
    deleted_secret(repository)
    planting.git(repository, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    assert reasons(tmp_path / "linked") == ["gitleaks: tradeops-binance-secret in history"]


def _instead(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(provider, "find", lambda *_: Binary(path, "8.30.1", "configured"))


WRAPPED = 'real="$1"; report=; for one; do [ "$before" = --report-path ] && report="$one"; before="$one"; done'
BROKEN = {
    "an ERR line": (
        ['"$GENUINE" "$@"; code=$?', "echo '4:05PM ERR [git] fatal: unable to read' >&2; exit $code"],
        "ERR",
    ),
    "a partial scan": (
        ['"$GENUINE" "$@"; code=$?', "echo '4:05PM WRN partial scan completed' >&2; exit $code"],
        "partial",
    ),
    "exit 1": (['"$GENUINE" "$@"', "exit 1"], "ended with 1"),
    "exit 0 despite a finding": (['"$GENUINE" "$@"', "exit 0"], "does not agree"),
    "no report": ([WRAPPED, '"$GENUINE" "$@"; code=$?', 'rm -f "$report"; exit $code'], "no usable report"),
    "a report that is cut off": ([WRAPPED, '"$GENUINE" "$@"; code=$?', 'echo "[{" > "$report"; exit $code'], "usable"),
    "nothing said": ([WRAPPED, 'echo "[]" > "$report"; exit 0'], "how much it scanned"),
    "nothing scanned": (
        [WRAPPED, 'echo "[]" > "$report"; echo "INF scanned ~0 bytes (0)" >&2; exit 0'],
        "planted beside",
    ),
    "fewer commits": (
        [
            '"$GENUINE" "$@" 2>"$0.log"; code=$?',
            'sed "s/[0-9]* commits scanned/1 commits scanned/" "$0.log" >&2; exit $code',
        ],
        "scanned 1 commits, and git shows text in 2",
    ),
}


@pytest.mark.parametrize(("lines", "says"), BROKEN.values(), ids=BROKEN)
def test_a_scan_that_does_not_agree_with_itself_is_refused(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], says: str
) -> None:
    planting.commit(repository, "keys.py", line(), "Add")
    _instead(monkeypatch, program(tmp_path / "odd" / "gitleaks", [f'GENUINE="{provider.find().path}"', *lines]))
    sentence = refused(repository)
    assert says in sentence
    assert secret() not in sentence


def test_a_scan_without_end_is_inconclusive(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_tradeops.security.gitleaks import running

    path = program(tmp_path / "odd" / "gitleaks", [f"exec {shutil.which('sleep')} 60"])
    with pytest.raises(running.Inconclusive, match="longer than 1 seconds"):
        running.scan(path, ["dir", "."], cwd=repository, scratch=tmp_path, config=tmp_path / "c.toml", timeout=1)
