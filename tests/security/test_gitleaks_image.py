"""gitleaks out of a container image: taken out once per image, refused like any other, and never missed in silence."""

import importlib.util
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gitleaks_support import program

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.security.gitleaks import image, provider

WHEEL = provider._in_wheel()


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of its own, no wheel, and no gitleaks on PATH."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(provider, "_on_path", lambda: None)


def engine(folder: Path, *lines: str) -> None:
    """A stub of the engine's command."""
    program(folder / "docker", lines)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_without_an_engine_nobody_is_asked(stubbed: Path) -> None:
    engine(stubbed, "exit 1")
    assert image.take() is None
    with pytest.raises(Inconclusive, match=r"^gitleaks is not installed\."):
        provider.find()


def test_a_named_image_without_an_engine_is_one_sentence(stubbed: Path) -> None:
    engine(stubbed, "exit 1")
    with pytest.raises(Inconclusive, match=r"acme/leaks cannot be had: no container engine answers\."):
        provider.find(container="acme/leaks")


def test_an_image_that_cannot_be_pulled_is_one_sentence(stubbed: Path) -> None:
    engine(stubbed, '[ "$1" = version ] && exit 0', '[ "$1" = pull ] && echo "manifest unknown." >&2', "exit 1")
    with pytest.raises(Inconclusive, match=r"acme/leaks is not here and cannot be pulled: manifest unknown\."):
        provider.find(container="acme/leaks")


def test_a_doctor_pulls_nothing(stubbed: Path, tmp_path: Path) -> None:
    engine(stubbed, f"touch {tmp_path}/asked")
    with pytest.raises(Inconclusive):
        provider.find(container=None)
    assert not (tmp_path / "asked").exists()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Builds an image with what a test puts into `content/`; removed afterwards."""
    names: list[str] = []

    def build(name: str) -> str:
        (tmp_path / "content" / "Dockerfile").write_text('FROM scratch\nCOPY . /usr/bin/\nCMD ["/usr/bin/gitleaks"]\n')
        subprocess.run(["docker", "build", "--quiet", "--tag", name, "content"], cwd=tmp_path, check=True)
        names.append(name)
        return name

    (tmp_path / "content").mkdir()
    yield build
    for name in names:
        subprocess.run(["docker", "image", "rm", "--force", name], check=False)


@pytest.mark.docker
@pytest.mark.slow
def test_the_program_is_taken_out_once_and_believed_after_its_self_test(
    built: Callable[[str], str], tmp_path: Path
) -> None:
    shutil.copyfile(str(WHEEL), tmp_path / "content" / "gitleaks")
    name = built(f"tradeops-test-leaks-{tmp_path.parent.name}")
    found = provider.find(container=name)
    assert (found.version, found.origin) == ("8.30.1", "image")
    written = found.path.stat().st_mtime_ns
    assert provider.find(container=name).path.stat().st_mtime_ns == written
    left = subprocess.run(
        ["docker", "ps", "-aq", "--filter", f"ancestor={name}"], capture_output=True, text=True, check=True
    )
    assert left.stdout == ""


@pytest.mark.docker
@pytest.mark.slow
def test_an_impostor_in_an_image_is_refused(built: Callable[[str], str], tmp_path: Path) -> None:
    program(tmp_path / "content" / "gitleaks", ["echo 8.30.1"])
    with pytest.raises(Inconclusive, match=r"No gitleaks can be used here: .* fails its self-test"):
        provider.find(container=built(f"tradeops-test-impostor-{tmp_path.parent.name}"))


@pytest.mark.docker
@pytest.mark.slow
def test_an_image_without_it_is_one_sentence(built: Callable[[str], str], tmp_path: Path) -> None:
    program(tmp_path / "content" / "other", ["exit 0"])
    with pytest.raises(Inconclusive, match="has no /usr/bin/gitleaks"):
        provider.find(container=built(f"tradeops-test-empty-{tmp_path.parent.name}"))
