"""`tradeops init`: writes what is missing, and nothing over what a person wrote."""

import errno
import json
import os
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from pytest_tradeops import clock
from pytest_tradeops.cli import main
from pytest_tradeops.scaffold.files import CI_TEST_COMMAND, PARTS
from pytest_tradeops.settings import load_settings

REPOSITORY = Path(__file__).resolve().parent.parent.parent
WORKFLOW = ".github/workflows/verification.yml"


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["init", *arguments, "--subject", str(root)])
    out, err = capsys.readouterr()
    return code, out, err


def installs(root: Path) -> list[str]:
    """What the written workflow hands to pip, after pip itself."""
    lines = (root / WORKFLOW).read_text(encoding="utf-8").splitlines()
    return [line.split("pip install ")[1] for line in lines if "pip install" in line and "--upgrade" not in line]


def tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }


def states(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    found = json.loads(init(root, capsys, "--dry-run", "--format", "json", *arguments)[1])
    return {one["path"]: one["state"] for one in found["files"]}


def test_in_an_empty_folder_everything_is_written_and_then_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path, capsys, "--check")[0] == 1
    assert tree(tmp_path) == {}
    code, out, _ = init(tmp_path, capsys)
    written = tree(tmp_path)
    assert code == 0
    assert {line.split()[1] for line in out.splitlines() if line.startswith("wrote ")} == set(written)
    assert init(tmp_path, capsys, "--check") == (0, "Nothing drifted.\n", "")
    assert init(tmp_path, capsys)[1] == "Everything is there.\n"
    assert tree(tmp_path) == written


def test_what_the_settings_name_is_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys)
    settings = load_settings(tmp_path)
    for test in settings.smoke_tests:
        assert (tmp_path / test).exists()
    assert settings.ci_test_command == CI_TEST_COMMAND
    assert f"run: {CI_TEST_COMMAND}\n" in (tmp_path / WORKFLOW).read_text(encoding="utf-8")
    assert (tmp_path / settings.strategies / "backtest.py").is_file()
    for record in (settings.adr.architecture, settings.adr.storage, settings.adr.risk):
        [file] = (tmp_path / settings.adr.path).glob(f"{record}-*.md")
        assert f"- Date: {clock.today()}\n" in file.read_text(encoding="utf-8")
    assert not [text for text in tree(tmp_path).values() if "{{name}}" in text or "{{profile}}" in text]


def test_the_reference_bot_is_this_repositorys_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys, "strategies")
    own = {
        f"{folder}/{file.name}"
        for folder in ("strategies", "tests/smoke", "benchmarks")
        for file in (REPOSITORY / folder).glob("*.py")
    }
    assert set(tree(tmp_path)) == own
    for name in own:
        assert (tmp_path / name).read_text(encoding="utf-8") == (REPOSITORY / name).read_text(encoding="utf-8")


def test_one_part_is_written_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys, "ci")
    assert set(tree(tmp_path)) == {WORKFLOW}


def test_an_unknown_part_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "tradeops: `tradeops init` has no part 'strategie'. Did you mean 'strategies'?\n"
    assert init(tmp_path, capsys, "strategie") == (2, "", said)


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = init(tmp_path, capsys, "--dry-run")[1]
    assert "would write   strategies/risk.py" in out
    assert "would add to  pyproject.toml" in out
    assert tree(tmp_path) == {}


def test_an_edited_start_is_the_subjects_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys)
    (tmp_path / "strategies" / "risk.py").write_text("mine\n", encoding="utf-8")
    assert init(tmp_path, capsys, "--check")[0] == 0
    init(tmp_path, capsys)
    assert (tmp_path / "strategies" / "risk.py").read_text(encoding="utf-8") == "mine\n"
    assert states(tmp_path, capsys)["strategies/risk.py"] == "yours"


def test_an_edited_generated_file_is_drift_and_is_overwritten_only_by_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init(tmp_path, capsys, "ci")
    path = tmp_path / WORKFLOW
    before = path.read_text(encoding="utf-8")
    path.write_text("mine\n", encoding="utf-8")
    code, out, _ = init(tmp_path, capsys, "--check", "ci")
    assert (code, out.splitlines()[0]) == (1, f"{WORKFLOW}: differs from what `tradeops init` writes")
    assert "left as they are, because they differ" in init(tmp_path, capsys, "ci")[1]
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert "yours is kept as verification.yml.bak" in init(tmp_path, capsys, "--force", "ci")[1]
    assert path.read_text(encoding="utf-8") == before
    path.write_text("mine again\n", encoding="utf-8")
    init(tmp_path, capsys, "--force", "ci")
    kept = {name: text for name, text in tree(tmp_path).items() if ".bak" in name}
    assert kept == {f"{WORKFLOW}.bak": "mine\n", f"{WORKFLOW}.bak1": "mine again\n"}


def test_a_deleted_file_is_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys)
    (tmp_path / "docs" / "adr" / "template.md").unlink()
    code, out, _ = init(tmp_path, capsys, "--check")
    assert (code, out.splitlines()[0]) == (1, "docs/adr/template.md: missing")
    assert out.splitlines()[1].startswith("1 of ")


def test_a_reference_bot_is_not_mixed_into_code_of_the_subject(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "strategies" / "trend").mkdir(parents=True)
    (tmp_path / "strategies" / "trend" / "mine.py").write_text("X = 1\n", encoding="utf-8")
    before = tree(tmp_path)
    out = init(tmp_path, capsys, "strategies")[1]
    assert tree(tmp_path) == before
    assert "strategies/ has code of its own, so the reference bot was left out: name your entries" in out
    assert init(tmp_path, capsys, "--check", "strategies")[0] == 0


def test_a_folder_of_strategies_under_another_name_is_respected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tradeops]\nstrategies = "bots"\n', encoding="utf-8")
    assert "`strategies` is set to 'bots', so the reference bot was left out" in init(tmp_path, capsys, "strategies")[1]
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "mine.py").write_text("X = 1\n", encoding="utf-8")
    assert "bots/ has code of its own" in init(tmp_path, capsys, "strategies")[1]
    assert not (tmp_path / "strategies").exists()


def test_starter_records_do_not_take_numbers_that_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "docs" / "adr"
    folder.mkdir(parents=True)
    (folder / "ADR-001-mine.md").write_text("# ADR-001: mine\n", encoding="utf-8")
    assert "docs/adr/ has records of its own" in init(tmp_path, capsys, "adr")[1]
    assert {path.name for path in folder.iterdir()} == {"ADR-001-mine.md", "template.md"}


def test_what_the_subject_adds_later_is_no_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys)
    (tmp_path / "strategies" / "mine.py").write_text("X = 1\n", encoding="utf-8")
    (tmp_path / "docs" / "adr" / "ADR-004-mine.md").write_text("# ADR-004: mine\n", encoding="utf-8")
    assert init(tmp_path, capsys)[1] == "Everything is there.\n"


PROJECT = '# mine\n[project]\nname = "mine" # odd   spacing\nversion = "1"\n'


@pytest.mark.parametrize(
    ("before", "files", "added"),
    [
        (PROJECT, {}, "[tool.pytest.ini_options], [tool.tradeops]"),
        (PROJECT.rstrip("\n"), {}, "[tool.pytest.ini_options], [tool.tradeops]"),
        (PROJECT + "[tool.pytest.ini_options]\naddopts = '-x'\n", {}, "[tool.tradeops]"),
        (PROJECT, {"pytest.ini": "[pytest]\n"}, "[tool.tradeops]"),
        (PROJECT, {"tox.ini": "[tox]\n"}, "[tool.pytest.ini_options], [tool.tradeops]"),
        (PROJECT, {"setup.cfg": "[tool:pytest]\n"}, "[tool.tradeops]"),
        (PROJECT + "[tool.ruff]\nline-length = 99", {"tox.ini": "[pytest]"}, "[tool.tradeops]"),
    ],
)
def test_settings_are_appended_and_never_rewritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, files: dict[str, str], added: str
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(before, encoding="utf-8")
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert f"wrote pyproject.toml  ({added})\n" in init(tmp_path, capsys, "config")[1]
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip("\n") + "\n")
    document = tomllib.loads(after)
    assert document["project"] == {"name": "mine", "version": "1"}
    assert load_settings(tmp_path).profile == "local"
    assert init(tmp_path, capsys, "--check", "config")[0] == 0


def test_a_table_that_is_there_is_left_alone_with_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pyproject.toml"
    text = PROJECT + "[tool.pytest.ini_options]\n[tool.tradeops]\nprofile = 'staging'\n"
    path.write_text(text, encoding="utf-8")
    out = init(tmp_path, capsys)[1]
    assert path.read_text(encoding="utf-8") == text
    assert f'[tool.tradeops] has no ci_test_command; add for example: ci_test_command = "{CI_TEST_COMMAND}"' in out
    assert 'add for example: smoke_tests = ["tests/smoke"]' in out
    assert "tradeops verify --profile staging\n" in (tmp_path / WORKFLOW).read_text(encoding="utf-8")


def test_settings_that_cannot_be_read_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    code, out, err = init(tmp_path, capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is not valid TOML" in err
    assert set(tree(tmp_path)) == {"pyproject.toml"}


def test_a_folder_in_the_way_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / WORKFLOW).mkdir(parents=True)
    code, _, err = init(tmp_path, capsys, "ci")
    assert (code, err) == (2, f"tradeops: {tmp_path / WORKFLOW} is not a file. Move it away, or leave out its part.\n")


def test_what_the_bot_runs_on_is_pinned_unless_it_is_locked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys)
    pins = (tmp_path / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert f"sentry-sdk=={metadata.version('sentry-sdk')}" in pins
    assert installs(tmp_path) == ["'pytest-tradeops[all]' --group dev -r requirements.txt"]
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "uv.lock").write_text("version = 1\n", encoding="utf-8")
    said = "The workflow does not install uv.lock: export what the bot runs on to requirements.txt"
    assert said in init(locked, capsys)[1]
    assert not (locked / "requirements.txt").exists()
    assert installs(locked) == ["'pytest-tradeops[all]' --group dev"]


def test_every_part_can_be_checked_for_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in PARTS:
        assert init(tmp_path, capsys, "--check", part)[0] == 1
        init(tmp_path, capsys, part)
        assert init(tmp_path, capsys, "--check", part)[0] == 0


def test_on_a_full_disk_an_edited_file_is_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["init", "ci", "--subject", str(tmp_path)]) == 0
    workflow = tmp_path / ".github" / "workflows" / "verification.yml"
    workflow.write_text("edited: true\n")
    capsys.readouterr()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["init", "ci", "--force", "--subject", str(tmp_path)]) == 2
    told = ".github/workflows/verification.yml could not be written: No space left on device. Nothing more was written"
    assert told in capsys.readouterr().err
    assert workflow.read_text() == "edited: true\n"
    assert [path.name for path in workflow.parent.iterdir()] == [workflow.name]


def test_the_parts_that_are_named_are_those_that_there_are() -> None:
    from pytest_tradeops import scaffold

    assert tuple(PARTS) == scaffold.PARTS
