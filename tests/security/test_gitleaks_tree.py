"""The work tree: which files are scanned, odd ones among them, and that no secret leaves a scan."""

import os
import random
from pathlib import Path

import pytest
from gitleaks_support import CONFIG, examine, line, reasons, refused, secret

from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security.gitleaks import examining, planting
from pytest_tradeops.security.gitleaks.tree import LARGEST, read_tree

FOUND = ["gitleaks: tradeops-binance-secret in tree"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "bot"
    root.mkdir()
    (root / "bot.py").write_text("PRICE = 1\n")
    return root


def test_a_clean_folder_is_clean_and_counted(folder: Path) -> None:
    found = examine(folder, history=False)
    assert examining.findings(found) == []
    assert found.examined()["files"] == 1
    assert found.size >= len("PRICE = 1\n")


def test_a_secret_is_named_by_place_and_never_shown(folder: Path) -> None:
    (folder / "keys.py").write_text("# a comment\n" + line())
    found = examine(folder, history=False)
    [finding] = examining.findings(found)
    assert (finding.reason, finding.where) == (FOUND[0], "keys.py:2")
    assert secret() not in f"{found!r}{finding!r}{finding}"


def test_what_git_ignores_is_not_the_projects(folder: Path) -> None:
    planting.new_repository(folder)
    planting.commit(folder, ".gitignore", ".env\n", "Begin")
    (folder / ".env").write_text(line())
    assert reasons(folder) == []
    (folder / ".env.production").write_text(line())  # untracked, and a commit away from being public
    assert reasons(folder) == FOUND


def test_a_virtual_environment_is_left_out_where_git_does_not_say(folder: Path) -> None:
    for place in (".venv", "node_modules"):
        (folder / place).mkdir()
        (folder / place / "keys.py").write_text(line())
    (folder / ".venv" / "pyvenv.cfg").write_text("")
    assert read_tree(folder).files == ("bot.py",)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "holds no file to scan" in refused(tmp_path, history=False)


def test_one_file_can_be_scanned(folder: Path) -> None:
    (folder / "keys.py").write_text(line())
    assert reasons(folder / "keys.py", history=False) == FOUND
    assert reasons(folder / "bot.py", history=False) == []


def test_binary_files_and_odd_names_do_not_end_a_scan(folder: Path) -> None:
    (folder / "data.bin").write_bytes(os.urandom(5000))
    (folder / "text.dat").write_bytes(b"\0\xff\n" + line().encode())
    (folder / "spaß und\nspiel.py").write_text(line(2))
    (folder / os.fsdecode(b"latin-\xe9.py")).write_text(line(3))
    found = examine(folder, history=False)
    assert len(found.shown) >= 3
    assert found.examined()["files"] == 5


def test_a_name_that_git_cannot_hand_over_is_refused(folder: Path) -> None:
    planting.new_repository(folder)
    (folder / os.fsdecode(b"latin-\xe9.py")).write_text(line())
    assert "its name is not UTF-8" in refused(folder, history=False)


def test_a_deleted_file_that_is_still_tracked_is_passed_over(folder: Path) -> None:
    planting.new_repository(folder)
    planting.commit(folder, "gone.py", "PRICE = 2\n", "Begin")
    (folder / "gone.py").unlink()
    assert read_tree(folder).files == ("bot.py",)


def test_a_config_may_extend_another_of_the_subject(folder: Path) -> None:
    planting.new_repository(folder)
    planting.commit(folder, "base.toml", CONFIG, "Begin")
    planting.commit(folder, ".gitleaks.toml", "[extend]\npath = 'base.toml'\n", "Extend")
    (folder / "keys.py").write_text(line())
    assert reasons(folder) == FOUND


def test_a_rule_of_the_subjects_own_counts_in_tree_and_history(folder: Path) -> None:
    planting.new_repository(folder)
    rule = '[[rules]]\nid = "desk"\nregex = "desk-[0-9]{4}"\n'
    planting.commit(folder, ".gitleaks.toml", CONFIG + rule, "Begin")
    planting.commit(folder, "keys.py", "A = 'desk-1234'\n", "Add")
    assert sorted(reasons(folder)) == ["gitleaks: desk in history", "gitleaks: desk in tree"]


def test_links_are_counted_and_loops_end(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(line())
    (folder / "back").symlink_to(folder)
    (folder / "loop").symlink_to("loop")
    (folder / "out.py").symlink_to(tmp_path / "outside.py")
    (folder / "endless").symlink_to("/dev/zero")
    found = examine(folder, history=False)
    assert found.shown == ()
    assert found.tree.links >= 2
    assert found.examined()["files"] == 1


def test_a_pipe_is_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert reasons(folder, history=False) == []


def test_a_submodule_is_named_as_not_scanned(folder: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    planting.new_repository(inner)
    planting.commit(inner, "keys.py", line(), "Add")
    planting.new_repository(folder)
    planting.git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    planting.commit(folder, "bot.py", "PRICE = 2\n", "Begin")
    found = examine(folder)
    assert found.shown == ()
    assert found.examined()["repositories inside, not scanned"] == ["inner"]


def test_a_huge_file_is_refused_and_not_read(folder: Path) -> None:
    with (folder / "ticks.csv").open("wb") as file:
        file.truncate(2 * LARGEST)
    assert refused(folder, history=False) == (
        "ticks.csv is larger than 50 MB and was not scanned. Have git ignore it, or keep it elsewhere."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_refused(folder: Path) -> None:
    (folder / "keys.py").write_text(line())
    (folder / "keys.py").chmod(0)
    assert "keys.py cannot be read" in refused(folder, history=False)


@pytest.mark.parametrize(
    "config", ["[extend\n", f"{CONFIG}[[rules]]\nid = 'x'\nregex = '''('''\n", f"{CONFIG}[[rules]]\nregex = '''a'''\n"]
)
def test_a_broken_config_is_refused_in_one_sentence(folder: Path, config: str) -> None:
    (folder / ".gitleaks.toml").write_text(config)
    sentence = refused(folder, history=False)
    assert ".gitleaks.toml" in sentence
    assert "Traceback" not in sentence
    assert "\n" not in sentence


def test_redaction_knows_the_shapes_that_the_rules_know(folder: Path) -> None:
    """A second net: should a line ever reach a report, the reports' own redaction masks it."""
    assert secret() not in Redactor({}).text(line())


def test_a_file_that_was_read_before_is_known_by_its_name_and_content(tmp_path: Path) -> None:
    """Check and planted faults read the same files in one process: what was found must not depend on the order."""
    for name, text in (("a.py", line(71)), ("b.py", "X = 1\n"), ("c.py", "Y = 2\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    first = examine(tmp_path, history=False)
    again = examine(tmp_path, history=False)
    assert [leak.path for leak in first.shown] == ["a.py"]
    assert (again.shown, again.examined()) == (first.shown, first.examined())
    (tmp_path / "a.py").rename(tmp_path / "moved.py")
    (tmp_path / "b.py").write_text(line(72), encoding="utf-8")
    assert [leak.path for leak in examine(tmp_path, history=False).shown] == ["b.py", "moved.py"]
    (tmp_path / "moved.py").write_text("Z = 3\n", encoding="utf-8")
    assert [leak.path for leak in examine(tmp_path, history=False).shown] == ["b.py"]


@pytest.mark.parametrize("name", ["BINANCE_API_SECRET", "BYBIT_API_SECRET", "OKX_API_SECRET"])
@pytest.mark.parametrize("between", [' = (\n    "', ' = \\\n    "', ": >-\n  "], ids=["bracket", "backslash", "yaml"])
def test_a_key_on_the_line_after_its_name_is_found(folder: Path, name: str, between: str) -> None:
    key = secret() if name.startswith("BINANCE") else made_up(name.startswith("OKX"))
    (folder / "keys.txt").write_text(f'{name}{between}{key}"\n')
    assert reasons(folder, history=False), name


def made_up(hexadecimal: bool) -> str:
    """A key of 36 letters and digits, as Bybit's, or of 32 hexadecimal digits, as OKX's, that was made up just now."""
    alphabet, length = (
        ("0123456789ABCDEF", 32) if hexadecimal else ("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789", 36)
    )
    return "".join(random.Random(length).choices(alphabet, k=length))
