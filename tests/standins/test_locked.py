"""Which version a lock pins, in every format."""

from pathlib import Path

import pytest

from pytest_tradeops.standins.locked import Locked, locked_version

PACKAGE = '[[package]]\nname = "sentry-sdk"\nversion = "2.7.0"\n\n[[package]]\nname = "urllib3"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("uv.lock", "version = 1\n" + PACKAGE),
        ("poetry.lock", PACKAGE),
        ("pdm.lock", PACKAGE),
        ("pylock.toml", 'lock-version = "1.0"\n' + PACKAGE.replace("[[package]]", "[[packages]]")),
        ("pylock.prod.toml", PACKAGE.replace("[[package]]", "[[packages]]")),
        ("requirements.txt", "a==1\nsentry-sdk==2.7.0\n"),
        ("requirements-prod.txt", "Sentry_SDK[fastapi] == 2.7.0 ; python_version > '3' \\\n  --hash=sha256:00\n"),
        ("requirements/base.txt", "sentry.sdk===2.7.0  # pinned\n"),
    ],
)
def test_every_format_is_read(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert locked_version(tmp_path, "sentry-sdk") == Locked(file, ("2.7.0",))


@pytest.mark.parametrize(
    "line", ["sentry-sdk>=2.7.0", "sentry-sdk", "# sentry-sdk==2.7.0", "my-sentry-sdk==1", "sentry-sdk2==1"]
)
def test_a_requirement_without_a_pin_pins_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    assert locked_version(tmp_path, "sentry-sdk") == Locked("requirements.txt")


def test_the_first_lock_that_names_the_package_counts(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("sentry-sdk==1.0\n")
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "urllib3"\nversion = "1"\n')
    assert locked_version(tmp_path, "sentry-sdk").versions == ("1.0",)
    (tmp_path / "uv.lock").write_text(PACKAGE)
    assert locked_version(tmp_path, "sentry-sdk").file == "uv.lock"


def test_a_lock_that_forks_allows_each_version(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(PACKAGE + PACKAGE.replace("2.7.0", "2.8.0"))
    assert locked_version(tmp_path, "sentry-sdk").versions == ("2.7.0", "2.8.0")


@pytest.mark.parametrize("text", ["not [ toml", 'package = "x"', "package = 5", "package = [1, {name = 5}]"])
def test_a_broken_lock_pins_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "uv.lock").write_text(text)
    assert locked_version(tmp_path, "sentry-sdk") == Locked("uv.lock")


def test_without_a_lock_there_is_none(tmp_path: Path) -> None:
    assert locked_version(tmp_path, "sentry-sdk") == Locked()
