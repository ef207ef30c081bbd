"""A project in git whose work tree can be changed."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from duet_projects import FILES, Project


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run in this process's name keeps is gone with the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[Mapping[str, str]], Project]:
    """A project of the files above, replaced or extended by the given ones, committed on `main`; now on `change`."""

    def make(files: Mapping[str, str]) -> Project:
        project = Project(tmp_path / "bot")
        project.root.mkdir()
        project.git("init", "--quiet", "--initial-branch=main")
        project.write({**FILES, **files})
        project.commit("Begin")
        project.git("switch", "--quiet", "--create", "change")
        return project

    return make
