"""`tradeops services`, through the command line, on a real server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_tradeops.cli import main


def services(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["services", *arguments, "--subject", str(root)])
    out, err = capsys.readouterr()
    return code, out, err


def test_an_unknown_service_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = services(tmp_path, capsys, "start", "questbd")
    assert (code, out) == (2, "")
    assert err == "tradeops: There is no service 'questbd'. Known: grafana, questdb.\n"


def test_where_nothing_is_kept_stop_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert services(tmp_path, capsys, "stop") == (0, "No service of this subject was kept.\n", "")


@pytest.mark.slow
def test_a_server_is_kept_for_its_subject_until_it_is_stopped(tmp_path: Path) -> None:
    """Each verb in a process of its own: the server must outlive the one that started it."""
    other = tmp_path / "other"
    other.mkdir()
    try:
        started = apart(tmp_path, "start", "questdb")
        assert "http://127.0.0.1:" in started
        [server] = kept(tmp_path)
        assert server["state"] == "kept"
        assert apart(tmp_path, "start", "questdb") == started, "a second start gives the same server"
        assert "No service" in apart(other, "stop")
        assert kept(tmp_path) == [server]
        assert "[redacted]" not in str(server["endpoints"])
        assert "[redacted]" in apart(other, "show"), "nobody else sees its password"
    finally:
        apart(tmp_path, "stop")
    assert kept(tmp_path) == []


def apart(root: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pytest_tradeops", "services", *arguments, "--subject", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def kept(root: Path) -> list[dict[str, object]]:
    return [one for one in json.loads(apart(root, "show", "--format", "json")) if one["label"] == str(root)]
