"""`tradeops init sentry-alerts`: a start, and the subject's own from then on."""

from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.security.sentry import alerts

FILE = "sentry-alerts.toml"


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["init", "--subject", str(root), *arguments])
    return code, capsys.readouterr().out


def test_it_writes_rules_that_can_be_applied_and_never_overwrites_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path, capsys, "sentry-alerts")[0] == 0
    file = alerts.read(tmp_path / FILE, FILE)
    assert (len(file.alerts), file.problems) == (3, ())
    (tmp_path / FILE).write_text("# our own\n")
    assert init(tmp_path, capsys, "--check", "sentry-alerts") == (0, "Nothing drifted.\n")
    init(tmp_path, capsys, "sentry-alerts")
    assert (tmp_path / FILE).read_text() == "# our own\n"


def test_it_goes_where_the_settings_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tradeops.sentry]\nalerts = "ops/alerts.toml"\n')
    assert init(tmp_path, capsys, "sentry-alerts")[0] == 0
    assert (tmp_path / "ops" / "alerts.toml").is_file()
