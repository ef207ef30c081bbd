"""The planted faults' text changes: that they plant what they say, or raise."""

import ast
from pathlib import Path

import pytest

from pytest_tradeops.bench import plant
from pytest_tradeops.exceptions import DeclarationError

SOURCES = {
    "plain": "def test_a():\n    x = 1\n    assert x\n",
    "one line": "def test_a(): assert True\n",
    "docstring": 'def test_a():\n    """Says."""\n    assert True\n',
    "async": "async def test_a():\n    assert True\n",
    "decorated inner": "import functools\ndef test_a():\n    @functools.cache\n    def f(): ...\n    f()\n",
    "compound": "def test_a():\n    with open(__file__):\n        pass\n",
    "class": "class TestIt:\n    def test_a(self):\n        assert True\n",
    "not ascii": 'def test_a(): assert "ä"; assert "ö"\n',
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_test_fails_on_a_worker_and_nowhere_else(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    space: dict[str, object] = {"__file__": __file__}
    exec(compile(plant.depend_on_worker(source), "planted", "exec"), space)  # noqa: S102
    test = space["TestIt"]().test_a if "TestIt" in space else space["test_a"]  # type: ignore[operator]

    def call() -> None:
        result = test()  # type: ignore[operator]
        if result is not None:
            with pytest.raises(StopIteration):
                result.send(None)

    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    call()
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    with pytest.raises(AssertionError, match="planted"):
        call()


def test_the_named_test_is_changed_and_no_other() -> None:
    source = "def test_a():\n    pass\n\n\nclass TestIt:\n    def test_a(self):\n        pass\n"
    changed = ast.unparse(ast.parse(plant.depend_on_worker(source, ["TestIt", "test_a"])))
    assert changed.index("PYTEST_XDIST_WORKER") > changed.index("class TestIt")


@pytest.mark.parametrize("nodeid", ["tests/test_x.py::test_a[1-2]", "tests/test_x.py", "tests"])
def test_a_node_id_leads_to_its_file(tmp_path: Path, nodeid: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("def test_a():\n    pass\n")
    name, text = plant.smoke_test(tmp_path, nodeid)
    assert name == "tests/test_x.py"
    assert "PYTEST_XDIST_WORKER" in text


@pytest.mark.parametrize("nodeid", ["test_x.py::test_other", "README.md", "absent.py::test_a", "test_empty.py"])
def test_a_node_id_that_names_no_test_plants_nothing(tmp_path: Path, nodeid: str) -> None:
    (tmp_path / "test_x.py").write_text("def test_a():\n    pass\n")
    (tmp_path / "test_empty.py").write_text("X = 1\n")
    (tmp_path / "README.md").write_text("# not Python (\n")
    with pytest.raises(DeclarationError, match="test"):
        plant.smoke_test(tmp_path, nodeid)


def test_an_option_is_appended_wherever_the_command_stands() -> None:
    command = 'pytest -m "not slow"'
    text = 'a = "pytest -m \\"not slow\\""\nb: pytest -m "not slow"\n'
    assert plant.append_option(text, command, "-n0") == (
        'a = "pytest -m \\"not slow\\" -n0"\nb: pytest -m "not slow" -n0\n'
    )
    assert plant.append_option("pytest", command, "-n0") is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("addopts = -q --reruns 2 -x\n", "addopts = -q  -x\n"),
        ("addopts = --reruns=2\n", "addopts = \n"),
        ('addopts = ["-q", "--reruns", "1", "-x"]\n', 'addopts = ["-q",  "-x"]\n'),
        ("addopts = ['--reruns=1']\n", "addopts = []\n"),
        ('addopts = "-n2 --force-reruns 3"\n', 'addopts = "-n2 "\n'),
        ("[pytest]\nreruns = 1\nreruns_delay = 2\n", "[pytest]\n\nreruns_delay = 2\n"),
        ('ci_test_command = "pytest --reruns 1"\n', 'ci_test_command = "pytest "\n'),
    ],
)
def test_the_rerun_option_is_removed_wherever_it_stands(text: str, left: str) -> None:
    assert plant.without_reruns(text) == left


def test_nothing_to_remove_is_said() -> None:
    assert plant.without_reruns("addopts = -q --reruns-delay 1\n") is None
