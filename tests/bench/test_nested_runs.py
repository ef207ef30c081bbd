"""Nested pytest runs on small repositories: what the recorder sees, and what it leaves alone."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tradeops.bench import nested
from pytest_tradeops.exceptions import Inconclusive, NestedRun
from pytest_tradeops.subject import Subject

PYTHON = Path(sys.executable)
OUTCOMES = """\
import pytest

tries = []

def test_passes(): pass
def test_fails(): assert False
def test_skips(): pytest.skip()
@pytest.mark.xfail
def test_xfails(): assert False
@pytest.mark.xfail(strict=False)
def test_xpasses(): pass
@pytest.mark.flaky(reruns=2)
def test_flaky():
    tries.append(1)
    assert len(tries) == 3
@pytest.fixture
def bad():
    yield
    raise ValueError
def test_teardown(bad): pass
"""


@pytest.fixture
def root(make_subject: Callable[[dict[str, str]], Subject]) -> Path:
    return make_subject({"tests/test_all.py": OUTCOMES}).root


@pytest.mark.parametrize(("option", "workers"), [("-n0", 0), ("-n2", 2)])
def test_every_outcome_is_recorded_with_and_without_workers(root: Path, option: str, workers: int) -> None:
    report = nested.run_pytest(PYTHON, root, [option, "tests/test_all.py"])
    assert {name.partition("::test_")[2]: outcome for name, outcome in report.outcomes.items()} == {
        "passes": "passed",
        "fails": "failed",
        "skips": "skipped",
        "xfails": "xfailed",
        "xpasses": "xpassed",
        "flaky": "passed",
        "teardown": "failed",
    }
    assert report.tests["tests/test_all.py::test_flaky"].reruns == 2
    assert (report.code, report.workers, report.ini) == (1, workers, "pytest.ini")
    assert report.busy == ({"gw0", "gw1"} if workers else {"controller"})
    assert set(report.cores) >= {"logical", "available"}


def test_the_selection_replaces_paths_and_expressions(root: Path) -> None:
    arguments = ["-n0", "tests/absent.py", "-k", "nothing", "-m", "nothing", "--deselect=tests/test_one.py"]
    report = nested.run_pytest(PYTHON, root, arguments, select=["tests/test_one.py", "tests/test_all.py::test_passes"])
    assert report.outcomes == {"tests/test_one.py::test_a": "passed", "tests/test_all.py::test_passes": "passed"}
    assert report.code == 0


def test_the_subject_stays_as_it_is(root: Path) -> None:
    before = sorted(root.rglob("*"))
    report = nested.run_pytest(PYTHON, root, ["-n0", "--junitxml=report.xml", "tests/test_one.py"])
    assert report.code == 0
    assert sorted(root.rglob("*")) == before


def test_a_subject_without_the_cache_plugin_runs_under_strict_settings(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider --strict-config -p no:tradeops\n")
    assert nested.run_pytest(PYTHON, root, ["-n0", "tests/test_one.py"]).code == 0


def test_only_python_m_pytest_imports_from_the_working_directory(root: Path) -> None:
    (root / "mylib.py").write_text("")
    (root / "tests" / "test_import.py").write_text("def test_import():\n    import mylib\n")
    codes = [
        nested.run_pytest(PYTHON, root, ["-n0", "tests/test_import.py"], as_module=module).code
        for module in (True, False)
    ]
    assert codes == [0, 1]


def test_a_collection_error_is_named(root: Path) -> None:
    (root / "tests" / "test_broken.py").write_text("import absent_module\n")
    report = nested.run_pytest(PYTHON, root, ["-n0", "tests/test_broken.py"])
    assert (report.broken, report.tests) == (("tests/test_broken.py",), {})


def test_refused_options_come_back_with_the_sentence(root: Path) -> None:
    report = nested.run_pytest(PYTHON, root, ["--no-such-option"])
    assert report.code == nested.USAGE
    assert "unrecognized arguments: --no-such-option" in report.tail


def test_a_nested_run_starts_no_other(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(nested.NESTED, "1")
    with pytest.raises(NestedRun):
        nested.run_pytest(PYTHON, root, ["-n0"])


def test_the_child_knows_that_it_is_nested(root: Path) -> None:
    (root / "tests" / "test_env.py").write_text(
        "import os\ndef test_env():\n    assert os.environ['TRADEOPS_NESTED'] == '1'\n"
    )
    assert nested.run_pytest(PYTHON, root, ["-n0", "tests/test_env.py"]).code == 0


def test_a_run_past_its_deadline_is_inconclusive(root: Path) -> None:
    (root / "tests" / "test_hangs.py").write_text("def test_hangs():\n    while True: pass\n")
    with pytest.raises(Inconclusive, match="did not end within 3 seconds"):
        nested.run_pytest(PYTHON, root, ["-n0", "tests/test_hangs.py"], timeout=3)


@pytest.mark.parametrize(("site", "says"), [("", "pytest is not installed"), ("pytest", "pytest-xdist is not")])
def test_a_missing_tool_is_inconclusive_with_the_command(tmp_path: Path, root: Path, site: str, says: str) -> None:
    python = tmp_path / "python"  # an interpreter without site-packages, at most with a stump of pytest
    (tmp_path / "lib").mkdir()
    if site:
        (tmp_path / "lib" / "pytest.py").write_text("raise SystemExit(4)\n")
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}/lib" exec "{sys.executable}" -S "$@"\n')
    python.chmod(0o755)
    with pytest.raises(Inconclusive, match=says) as caught:
        nested.run_pytest(python, root, ["-n0"])
    assert caught.value.remedy.startswith("Run `pip install pytest")


def test_an_interpreter_that_does_not_start_is_inconclusive(root: Path) -> None:
    with pytest.raises(Inconclusive, match="cannot be started"):
        nested.run_pytest(root / "absent", root, ["-n0"])
