"""The scan of a strategies folder: what it finds, and that no vacuous run passes."""

import importlib.metadata
import os
import socket
import sys
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.security import bandit
from pytest_tradeops.security.folder import LARGEST

HIGH = "import subprocess\n\n\ndef run(name):\n    subprocess.call(f'ls {name}', shell=True)"


def reasons(folder: Path) -> list[str]:
    return [finding.reason for finding in bandit.findings(bandit.scan(folder))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clean.py").write_text("# a comment\n\nPRICE = 1\n")
    return tmp_path


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def test_a_clean_folder_has_no_finding_and_counts_lines_of_code(folder: Path) -> None:
    report = bandit.scan(folder)
    assert bandit.findings(report) == []
    assert (report.files, report.loc, report.unlisted, report.errors) == (("clean.py",), 1, (), ())
    assert report.facts()["bandit"] == importlib.metadata.version("bandit")


def test_a_high_issue_is_named_by_test_id_and_place(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "shell.py").write_text(HIGH + "\n")
    found = bandit.findings(bandit.scan(folder), "bots")
    assert [one.reason for one in found] == ["bandit: B602 HIGH"]
    assert found[0].where == "bots/sub/shell.py:5"


def test_lower_severities_are_facts_not_findings(folder: Path) -> None:
    (folder / "low.py").write_text("import subprocess\n")
    report = bandit.scan(folder)
    assert bandit.findings(report) == []
    assert report.facts()["issues"] == {"LOW": 1}


@pytest.mark.parametrize("comment", ["# nosec", "# nosec B602", "#nosec: B602"])
def test_a_suppressed_high_issue_is_a_finding_of_its_own(folder: Path, comment: str) -> None:
    (folder / "shell.py").write_text(f"{HIGH}  {comment}\n    subprocess.call(f'rm {{name}}', shell=True)\n")
    assert sorted(reasons(folder)) == ["bandit: B602 HIGH", "bandit: HIGH suppressed by nosec"]


def test_other_suppressions_are_counted(folder: Path) -> None:
    (folder / "low.py").write_text("import subprocess  # nosec\nimport pickle  # nosec B403\n")
    report = bandit.scan(folder)
    assert bandit.findings(report) == []
    assert (report.nosec, report.skipped_tests) == (1, 1)
    assert report.facts()["suppressed by nosec"] == 2


@pytest.mark.parametrize("content", [b"broken = (\n", b"\xff\xfe\x00", b"x = 1\x00\n"])
def test_a_file_that_cannot_be_parsed_is_a_finding(folder: Path, content: bytes) -> None:
    (folder / "broken.py").write_bytes(content)
    assert reasons(folder) == ["bandit: file not parsed"]


@pytest.mark.parametrize("content", ["", "# only a comment\n"])
def test_a_folder_without_a_line_of_code_is_a_finding(tmp_path: Path, content: str) -> None:
    (tmp_path / "empty.py").write_text(content)
    assert reasons(tmp_path) == ["bandit: nothing scanned"]


def test_the_subjects_own_bandit_settings_do_not_take_part(folder: Path) -> None:
    (folder / ".bandit").write_text("[bandit]\nexclude = ./shell.py\nskips = B602\n")
    (folder / "more").mkdir()
    (folder / "more" / ".bandit").write_text("[bandit]\nskips = B602\n")  # two of them would end bandit with code 2
    (folder / "pyproject.toml").write_text('[tool.bandit]\nskips = ["B602"]\n')
    (folder / "shell.py").write_text(HIGH + "\n")
    assert reasons(folder) == ["bandit: B602 HIGH"]


@pytest.mark.parametrize("hidden", [".tox", ".git", "x.egg"])
def test_folders_that_bandit_excludes_by_default_are_scanned(folder: Path, hidden: str) -> None:
    (folder / hidden).mkdir()
    (folder / hidden / "shell.py").write_text(HIGH + "\n")
    assert reasons(folder) == ["bandit: B602 HIGH"]


def test_linked_folders_are_scanned_once_and_loops_end(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "shell.py").write_text(HIGH + "\n")
    (folder / "linked").symlink_to(outside)
    (outside / "back").symlink_to(folder)
    assert reasons(folder) == ["bandit: B602 HIGH"]


def test_a_python_file_that_bandit_does_not_mention_is_a_finding(
    folder: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "shell.py").write_text(HIGH + "\n")
    # What an exclusion that we do not know of would look like.
    exclude = "import sys; at = sys.argv.index('--exclude'); sys.argv[at + 1] = '*shell.py'"
    monkeypatch.setattr(sys, "executable", str(_wrapped(elsewhere, exclude)))
    assert reasons(folder) == ["bandit: file skipped"]


def test_modules_of_the_subject_do_not_replace_the_scanner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(folder))
    (folder / "bandit.py").write_text("raise SystemExit(0)\n")
    (folder / "yaml.py").write_text("raise SystemExit(0)\n")
    (folder / "shell.py").write_text(HIGH + "\n")
    assert reasons(folder) == ["bandit: B602 HIGH"]


def test_code_that_is_not_python_source_is_counted(folder: Path) -> None:
    (folder / "research.ipynb").write_text("{}")
    (folder / "fast.pyx").write_text("")
    assert bandit.scan(folder).facts()["not scanned"] == {".ipynb": 1, ".pyx": 1}


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        ("import sys; sys.exit(0)", "no usable report"),
        (
            "import os, sys; print('{}', file=open(sys.argv[sys.argv.index('--output') + 1], 'w')); os._exit(0)",
            "usable",
        ),
        ("import os; os.abort()", "no usable report"),
        ("import threading; threading.Event().wait()", "longer than"),
        (
            "import bandit.core.context as c; "
            "c.Context.call_args_count = property(lambda self: 1 / 0); "
            "c.Context.check_call_arg_value = lambda *a, **k: 1 / 0",
            "own tests crashed",
        ),
    ],
)
def test_a_scanner_that_breaks_is_inconclusive(
    folder: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, patch: str, says: str
) -> None:
    (folder / "shell.py").write_text(HIGH + "\n")
    monkeypatch.setattr(sys, "executable", str(_wrapped(elsewhere, patch)))
    with pytest.raises(Inconclusive, match=says):
        bandit.scan(folder, timeout=3)


def test_a_missing_bandit_is_inconclusive_with_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    with pytest.raises(Inconclusive, match=r"pytest-tradeops\[security\]"):
        bandit.scan(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_a_finding(folder: Path) -> None:
    (folder / "secret.py").write_text(HIGH + "\n")
    (folder / "secret.py").chmod(0)
    assert reasons(folder) == ["bandit: file not parsed"]


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "proc", "huge"])
def test_what_is_no_ordinary_file_is_named_and_never_opened(
    folder: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, kind: str, linked: bool
) -> None:
    (folder / "shell.py").write_text(HIGH + "\n")
    odd = (elsewhere if linked else folder) / "odd.py"
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "fifo":
            os.mkfifo(odd)
        elif kind == "socket":
            monkeypatch.chdir(odd.parent)  # the whole path may be too long for a socket
            listener.bind(odd.name)
        elif kind == "huge":
            with odd.open("wb") as file:
                file.truncate(LARGEST + 1)
        else:
            odd.symlink_to("/dev/zero" if kind == "device" else "/proc/self/status")
        if linked:
            (folder / "odd.py").symlink_to(odd)
        report = bandit.scan(folder, timeout=20)
    found = bandit.findings(report)
    assert [(one.reason, one.where) for one in found] == [
        ("bandit: file skipped", "strategies/odd.py"),
        ("bandit: B602 HIGH", "strategies/shell.py:5"),
    ]
    assert ("5 MB" if kind == "huge" else "regular file") in found[0].message
    assert report.files == ("clean.py", "shell.py")


def test_a_folder_with_nothing_but_a_pipe_is_not_scanned(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "odd.py")
    assert reasons(tmp_path) == ["bandit: file skipped", "bandit: nothing scanned"]


@pytest.mark.parametrize("pipe", [False, True])
def test_a_link_that_leads_nowhere_is_a_finding(folder: Path, pipe: bool) -> None:
    (folder / "gone.py").symlink_to("nowhere.py")
    if pipe:
        os.mkfifo(folder / "odd.py")
    assert reasons(folder) == ["bandit: file not parsed", *(["bandit: file skipped"] if pipe else [])]


def _wrapped(place: Path, patch: str) -> Path:
    """An interpreter that runs `patch` before it becomes `python -P -m bandit ...`."""
    code = "import runpy, sys; sys.argv = ['bandit', *sys.argv[4:]]"
    (place / "patch.py").write_text(f"{code}\n{patch}\nrunpy.run_module('bandit', run_name='__main__')\n")
    wrapper = place / "python"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{place}/patch.py" "$@"\n')
    wrapper.chmod(0o755)
    return wrapper
