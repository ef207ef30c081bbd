"""`.ci/browser` never fails a build: it says in one line whether there is a browser, and exits 0."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci" / "browser"
#: All that the script may find on this machine; the browser, apt-get and id are the tests' own.
TOOLS = ("sh", "timeout", "mktemp", "env", "touch", "echo", "cat", "chmod")
SKIPPED = "the tests of the venue's page are skipped"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    program(folder, "id", "echo 0")
    return folder


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def said(programs: Path, tmp_path: Path) -> str:
    """The script's one line, with nothing on stderr."""
    done = subprocess.run(
        [SCRIPT],
        env={"PATH": str(programs), "TMPDIR": str(tmp_path), "BROWSER_INSTALL_TIMEOUT": "5"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    return done.stdout.strip()


def test_a_browser_that_is_there_is_enough(programs: Path, tmp_path: Path) -> None:
    program(programs, "chromium", "echo Chromium 156")
    program(programs, "apt-get", f"touch {tmp_path}/called")
    assert said(programs, tmp_path) == f"browser: Chromium 156 at {programs}/chromium"
    assert not (tmp_path / "called").exists()


def test_a_missing_one_is_installed(programs: Path, tmp_path: Path) -> None:
    browser = programs / "chromium"
    program(programs, "apt-get", f"echo 'echo Chromium 156' > {browser}; chmod 755 {browser}")
    assert said(programs, tmp_path) == f"browser: Chromium 156 at {browser}"


def test_one_that_cannot_be_installed_or_started_skips_tests(programs: Path, tmp_path: Path) -> None:
    program(programs, "apt-get", "exit 1")
    assert "apt-get could not install chromium" in said(programs, tmp_path)
    program(programs, "apt-get", "exit 0")
    program(programs, "chromium", "exit 1")
    assert "does not start" in said(programs, tmp_path)
    assert SKIPPED in said(programs, tmp_path)


def test_nobody_but_root_installs(programs: Path, tmp_path: Path) -> None:
    program(programs, "id", "echo 1000")
    assert said(programs, tmp_path) == f"browser: not available (not root, so none can be installed); {SKIPPED}"


def test_a_build_calls_it() -> None:
    assert "\n.ci/browser\n" in (SCRIPT.parent / "run").read_text()
