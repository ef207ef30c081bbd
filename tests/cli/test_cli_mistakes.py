"""What people mistype, and terminals and disks that do not play along: one sentence each, and never a traceback."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.commands import context
from pytest_tradeops.processes.child import clean_environment


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("bandt", "tradeops: error: argument VERB: 'bandt' is not known. Did you mean 'bandit'?"),
        ("secrets scna", "tradeops secrets: error: argument ACTION: 'scna' is not known. Did you mean 'scan'?"),
        ("sentry alert apply", "tradeops sentry: error: argument THING: 'alert' is not known. Did you mean 'alerts'?"),
        ("bandit --sarf x", "tradeops bandit: error: there is no option --sarf. Did you mean '--sarif'?"),
        ("sentry alerts apply --prone", "tradeops sentry alerts apply: error: there is no option --prone. "),
        ("list --format=jsn", "tradeops list: error: argument --format: 'jsn' is not known. Did you mean 'json'?"),
        ("doctor here", "tradeops doctor: error: nothing is expected where 'here' stands"),
        ("verify --profil local", "tradeops verify: error: there is no option --profil. Did you mean '--profile'?"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str], arguments: str, says: str
) -> None:
    assert refused(capsys, *arguments.split()).startswith(says)


def tradeops(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "pytest_tradeops", *arguments]
    env = {**clean_environment(), **environ}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=env)


def test_a_full_disk_behind_the_output_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-P", "-m", "pytest_tradeops", "list"]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
            env=clean_environment(),
        )
    assert done.returncode == 2
    assert done.stderr.startswith("tradeops: No space left on device. Make room there")
    assert done.stderr.count("\n") == 1


def test_a_terminal_that_knows_only_ascii_gets_the_rest_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "strätegies"
    folder.mkdir()
    done = tradeops(folder, "bandit", "--subject", str(folder / "böt"), PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert done.stderr.endswith("b\\xf6t is not a folder. Correct --subject.\n")


def test_without_git_it_is_git_that_is_missed(tmp_path: Path) -> None:
    done = tradeops(tmp_path, "bandit", "--staged", PATH="/nowhere")
    assert (done.returncode, done.stderr) == (
        2,
        "tradeops: git is not installed, or does not answer, so nothing is staged.\n",
    )


def test_a_damaged_repository_is_not_called_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("garbage\n")
    done = tradeops(tmp_path, "bandit", "--staged")
    assert (done.returncode, done.stderr) == (
        2,
        f"tradeops: The .git of {tmp_path} cannot be used, so nothing is staged.\n",
    )


def test_a_file_that_cannot_be_written_whole_leaves_the_earlier_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("jinja2==3.1.6\n")
    target = tmp_path / "sbom.json"
    target.write_text("the earlier one")

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["sbom", "--subject", str(tmp_path), "--output", str(target)]) == 2
    assert "cannot be written: No space left on device." in capsys.readouterr().err
    assert target.read_text() == "the earlier one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["requirements.txt", "sbom.json"]


def test_who_waits_is_told_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    told = threading.Event()

    def note(text: str) -> None:
        said.append(text)
        told.set()

    monkeypatch.setattr(context, "_MOMENT", 0.0)
    monkeypatch.setattr(context, "warn", note)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with context.patience("counting commits"):
        assert told.wait(30)
    assert said == ["counting commits ..."]


def test_a_log_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(threading.Timer, "start", started.append)
    with context.patience("counting commits"):
        assert not started


@pytest.mark.parametrize("arguments", ["init --check", "init pre-commit", "monitoring lint ."])
def test_what_an_extra_brings_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yaml").write_text("on: push\n")
    (tmp_path / ".pre-commit-config.yaml").write_text("repos: []\n")
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.chdir(tmp_path)
    assert main(arguments.split()) == 2
    assert "PyYAML is not installed. Run `pip install 'pytest-tradeops[all]'`" in capsys.readouterr().err
