"""The two trees: the same benchmarks in both, the base's code in one, and nothing of the project left out or shared."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest
from duet_projects import SLOWER, Project

from pytest_tradeops.bench.duet.base import Base, NoBaseline, find_base
from pytest_tradeops.bench.duet.environments import difference
from pytest_tradeops.bench.duet.trees import Trees, lay_out
from pytest_tradeops.bench.settings import BenchSettings
from pytest_tradeops.exceptions import Inconclusive

type Make = Callable[[Mapping[str, str]], Project]

BENCHMARK = "benchmarks/test_core.py"


def laid_out(project: Project, place: Path, base: Base | None = None, **more: object) -> Trees:
    given: dict[str, object] = {"ini": "pyproject.toml", "harness": (), "link": (), **more}
    files = given.pop("files", [BENCHMARK])
    base = base or find_base(project.root, "main", BenchSettings(), "main")
    return lay_out(project.root, base, place, files, **given)  # type: ignore[arg-type]


def test_code_differs_and_benchmarks_do_not(make_project: Make, tmp_path: Path) -> None:
    project = make_project({"benchmarks/conftest.py": "", "conftest.py": "", "benchmarks/data/prices.csv": "1\n"})
    changed = {"conftest.py": "X = 1\n", "benchmarks/data/prices.csv": "2\n", BENCHMARK: "import pytest\n"}
    project.write({"bot/core.py": SLOWER, **changed})
    project.write({"bot/untracked.py": "", ".env": "SECRET=1\n", ".gitignore": ".env\n"})
    trees = laid_out(project, tmp_path / "place")
    mine, theirs = trees.candidate.root, trees.base.root
    assert len(str(mine)) == len(str(theirs))
    assert (mine / "bot/core.py").read_text() == SLOWER != (theirs / "bot/core.py").read_text()
    for name, text in changed.items():
        assert (mine / name).read_text() == (theirs / name).read_text() == text
    assert (mine / "bot/untracked.py").exists()
    assert not (theirs / "bot/untracked.py").exists()
    assert not (mine / ".env").exists()
    assert trees.candidate.path == (mine,)


def test_a_benchmark_beside_the_code_brings_nothing_of_the_code_along(make_project: Make, tmp_path: Path) -> None:
    project = make_project({"bot/test_speed.py": "x = 1\n", "testnet/test_speed.py": "", "testnet/core.py": "1\n"})
    project.write({"bot/core.py": SLOWER, "bot/test_speed.py": "x = 2\n", "testnet/core.py": "2\n"})
    trees = laid_out(project, tmp_path / "place", files=["bot/test_speed.py", "testnet/test_speed.py"])
    assert (trees.base.root / "bot/test_speed.py").read_text() == "x = 2\n"
    assert (trees.base.root / "bot/core.py").read_text() != SLOWER
    assert (trees.base.root / "testnet/core.py").read_text() == "1\n"


def test_a_project_in_a_folder_of_its_repository(make_project: Make, tmp_path: Path) -> None:
    whole = make_project(
        {"services/bot/src/bot/core.py": "1\n", f"services/bot/{BENCHMARK}": "", "lib/shared.py": "1\n"}
    )
    whole.write({"services/bot/src/bot/core.py": "2\n", "lib/shared.py": "2\n"})
    project = Project(whole.root / "services" / "bot")
    trees = laid_out(project, tmp_path / "place", ini="")
    assert (trees.base.root / "src/bot/core.py").read_text() == "1\n"
    assert (trees.base.top / "lib/shared.py").read_text() == "1\n"
    assert (trees.candidate.top / "lib/shared.py").read_text() == "2\n"
    assert trees.base.path == (trees.base.root / "src", trees.base.root)


def test_an_editable_install_becomes_the_copy(
    make_project: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project({"python/bot/core.py": ""})
    monkeypatch.setattr(sys, "path", [*sys.path, str(project.root / "python"), str(project.root / ".venv" / "lib")])
    trees = laid_out(project, tmp_path / "place")
    assert trees.base.path == (trees.base.root / "python", trees.base.root)


def test_a_directory_and_a_wheel_as_base(make_project: Make, tmp_path: Path) -> None:
    project = make_project({})
    other = tmp_path / "other"
    (other / ".venv").mkdir(parents=True)
    (other / ".venv" / "pyvenv.cfg").write_text("")
    (other / "bot").mkdir()
    (other / "bot" / "core.py").write_text("0\n")
    trees = laid_out(project, tmp_path / "one", Base("directory", other, "other"))
    assert (trees.base.root / "bot/core.py").read_text() == "0\n"
    assert (trees.base.root / BENCHMARK).exists()
    assert not (trees.base.root / ".venv").exists()
    wheel = tmp_path / "bot-1-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        archive.writestr("bot/core.py", "1\n")
    trees = laid_out(project, tmp_path / "two", Base("wheel", wheel, wheel.name))
    assert (trees.base.path[0] / "bot/core.py").read_text() == "1\n"
    assert not (trees.base.root / "bot").exists()
    wheel.write_bytes(b"no archive")
    with pytest.raises(NoBaseline, match=r"bot-1-py3-none-any\.whl cannot be read"):
        laid_out(project, tmp_path / "three", Base("wheel", wheel, wheel.name))


def test_what_git_ignores_can_be_linked_in(make_project: Make, tmp_path: Path) -> None:
    project = make_project({".gitignore": "data/\n"})
    project.write({"data/ticks.csv": "1\n"})
    trees = laid_out(project, tmp_path / "one", link=("data",))
    assert (trees.base.root / "data/ticks.csv").read_text() == (trees.candidate.root / "data/ticks.csv").read_text()
    with pytest.raises(Inconclusive, match="does not exist"):
        laid_out(project, tmp_path / "two", link=("nothing",))


def test_compiled_modules_that_git_ignores_are_refused(make_project: Make, tmp_path: Path) -> None:
    project = make_project({".gitignore": "*.so\n"})
    project.write({"bot/fast.cpython-312-x86_64-linux-gnu.so": ""})
    with pytest.raises(Inconclusive, match="is compiled and not in git"):
        laid_out(project, tmp_path / "place")


def test_what_is_in_the_trees_is_in_their_digest(make_project: Make, tmp_path: Path) -> None:
    project = make_project({})
    first = laid_out(project, tmp_path / "one").digest()
    assert laid_out(project, tmp_path / "two").digest() == first
    project.write({"bot/core.py": SLOWER})
    assert laid_out(project, tmp_path / "six").digest() != first


def test_dependencies_are_compared_by_the_bases_own_demands(make_project: Make, tmp_path: Path) -> None:
    demand = '[project]\nname = "bot"\nversion = "1"\ndependencies = ["numpy>={}"]\n'
    project = make_project({"pyproject.toml": demand.format(1)})
    assert difference(*_roots(laid_out(project, tmp_path / "one"))) == ""
    project.write({"pyproject.toml": demand.format(2)})
    assert "numpy>=1 demanded -> absent" in difference(*_roots(laid_out(project, tmp_path / "two")))
    project.write({"requirements.txt": "numpy==2.1\n"})
    project.commit("Pin")
    project.write({"requirements.txt": "numpy==2.2\n"})
    trees = laid_out(project, tmp_path / "six", find_base(project.root, "HEAD", BenchSettings(), "main"))
    assert difference(*_roots(trees)) == "numpy 2.1 -> 2.2"


def _roots(trees: Trees) -> tuple[Path, Path]:
    return trees.base.root, trees.candidate.root
