"""What a benchmark is compared with: found by itself, by name, and refused in one sentence where it is not there."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from duet_projects import Project

from pytest_tradeops.bench.duet.base import Base, NoBaseline, find_base, is_itself
from pytest_tradeops.bench.settings import BenchSettings

type Make = Callable[[Mapping[str, str]], Project]


@pytest.fixture
def project(make_project: Make) -> Project:
    return make_project({})


def base(project: Project, given: str = "", **settings: object) -> Base:
    return find_base(project.root, given, BenchSettings(**settings), "main")  # type: ignore[arg-type]


def refused(project: Project, given: str = "", **settings: object) -> str:
    with pytest.raises(NoBaseline) as caught:
        base(project, given, **settings)
    return str(caught.value)


def test_a_branch_is_compared_with_where_it_left_the_default_branch(project: Project) -> None:
    left = project.git("rev-parse", "main")
    project.write({"bot/new.py": ""})
    project.commit("Go on")
    found = base(project)
    assert (found.kind, found.revision) == ("commit", left)
    assert found.name == f"{left[:12]} (merge base with main)"


def test_a_dirty_default_branch_is_compared_with_its_commit_and_a_clean_one_with_the_one_before(
    project: Project,
) -> None:
    first = project.git("rev-parse", "main")
    project.git("switch", "--quiet", "main")
    assert "has no parent here" in refused(project)
    project.write({"bot/new.py": ""})
    assert base(project).revision == first
    project.commit("Go on")
    assert base(project).name == f"{first[:12]} (the commit before)"


def test_a_ref_a_wheel_a_directory_and_a_name_can_be_given(project: Project, tmp_path: Path) -> None:
    head = project.git("rev-parse", "HEAD")
    project.git("tag", "v1")
    assert base(project, "v1").revision == base(project, base="v1").revision == head
    assert base(project, "stable", baselines={"stable": "v1"}).revision == head
    (tmp_path / "other").mkdir()
    assert base(project, str(tmp_path / "other")).kind == "directory"
    (tmp_path / "bot-1-py3-none-any.whl").write_bytes(b"")
    assert base(project, str(tmp_path / "bot-1-py3-none-any.whl")).kind == "wheel"
    project.git("tag", "promoted")
    assert base(project, "promoted").name == f"{head[:12]} (promoted, promoted last)"


def test_what_is_not_there_is_refused_in_a_sentence(project: Project) -> None:
    assert refused(project, "v9") == (
        "The base 'v9' is no git ref, wheel or directory here. Fetch it: `git fetch origin v9`, or name another one."
    )
    assert refused(project, "dist/bot.whl") == "There is no wheel dist/bot.whl. Build it, or name a git ref."
    assert refused(project, "promoted").startswith("The base 'promoted' is no git ref")
    project.git("branch", "--quiet", "--move", "main", "trunk")
    assert refused(project).startswith("There is no base to compare with: the branch 'main' is not known here.")


def test_a_shallow_clone_says_so(project: Project, tmp_path: Path) -> None:
    project.write({"bot/new.py": ""})
    project.commit("Go on")
    clone = Project(tmp_path / "clone")
    clone.root.mkdir()
    project.git("clone", "--quiet", "--depth", "1", f"file://{project.root}", str(clone.root))
    said = refused(clone)
    assert "in this shallow clone" in said
    assert "fetch-depth: 0" in said


def test_a_folder_that_is_in_no_repository_needs_a_name(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    assert "is in no git repository with a commit" in refused(Project(tmp_path / "alone"))


def test_what_is_checked_out_is_no_base_of_itself(make_project: Make) -> None:
    project = make_project({})
    settings = BenchSettings()
    assert is_itself(find_base(project.root, "HEAD", settings, "main"), project.root)
    assert is_itself(find_base(project.root, ".", settings, "main"), project.root)
    project.write({"README.md": "A note.\n"})
    assert not is_itself(find_base(project.root, "HEAD", settings, "main"), project.root)
    project.commit("Note")
    assert not is_itself(find_base(project.root, "main", settings, "main"), project.root)


def test_a_gate_against_itself_is_held(make_project: Make) -> None:
    done = make_project({}).bench("--bench-base=HEAD")
    assert done.code == 20, done.out
    assert "is what is checked out here, so nothing would be compared" in done.out
