"""CI's test command: taking it apart, and finding it in CI files."""

from pathlib import Path

import pytest

from pytest_tradeops.bench import ci
from pytest_tradeops.exceptions import Inconclusive

COMMAND = "pytest -n auto --reruns 1"


@pytest.mark.parametrize(
    ("command", "arguments", "env", "as_module"),
    [
        ("pytest -n auto", ("-n", "auto"), {}, False),
        ("python -m pytest -m 'not slow' tests", ("-m", "not slow", "tests"), {}, True),
        ("uv run --frozen pytest -q", ("-q",), {}, False),
        ("uv run --with pytest-xdist python3.12 -X dev -m pytest", (), {}, True),
        ("A=1 B='x y' .venv/bin/pytest -n2", ("-n2",), {"A": "1", "B": "x y"}, False),
        ("env A=1 poetry run pytest", (), {"A": "1"}, False),
    ],
)
def test_pytest_commands_are_taken_apart(
    command: str, arguments: tuple[str, ...], env: dict[str, str], as_module: bool
) -> None:
    assert ci.parse(command) == ci.CiCommand(arguments, env, as_module)


@pytest.mark.parametrize(
    "command", ["make test", "pytest && echo ok", "pytest | tee log", "pytest $ARGS", "rm pytest", "pytest 'x", "tox"]
)
def test_other_commands_are_inconclusive_with_a_remedy(command: str) -> None:
    with pytest.raises(Inconclusive, match="ci_test_command"):
        ci.parse(command)


def place(root: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return ci.places(ci.files(root), COMMAND)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/workflows/ci.yml", f"      - run: {COMMAND}\n"),
        (".github/workflows/ci.yaml", f'      - run: "uv run {COMMAND}"  # all cores\n'),
        (".github/workflows/ci.yml", "- run: |\n    pytest \\\n      -n auto   --reruns 1\n"),
        (".gitlab-ci.yml", f"  script: [pip install ., {COMMAND}]\n"),
        (".ci/test.sh", f"set -e\n.venv/bin/{COMMAND} && echo done\n"),
        ("Jenkinsfile", f"sh '{COMMAND}'\n"),
    ],
)
def test_a_whole_command_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert place(tmp_path, {name: text}) == [name]


@pytest.mark.parametrize(
    "text",
    [
        f"# - run: {COMMAND}\n",
        f"- run: make  # {COMMAND}\n",
        f"- run: {COMMAND} -n0\n",
        f"- run: {COMMAND} tests/unit\n",
        f"- run: {COMMAND}0\n",
        f"- run: my{COMMAND}\n",
        f"- run: echo {COMMAND}\n",
    ],
)
def test_a_comment_a_longer_command_or_an_echo_does_not_count(tmp_path: Path, text: str) -> None:
    assert place(tmp_path, {".github/workflows/ci.yml": text}) == []


@pytest.mark.parametrize(
    ("workflow", "name", "text"),
    [
        ("- run: make test\n", "Makefile", f"test:\n\t@$(PYTHON) -m {COMMAND}\n"),
        ("- run: tox -e py\n", "tox.ini", f"[testenv]\ncommands = {COMMAND} {{posargs:tests}}\n"),
        ("- run: bash ./scripts/test.sh\n", "scripts/test.sh", f'{COMMAND} "$@"\n'),
        ("- uses: ./.github/actions/test\n", ".github/actions/test/action.yml", f"- run: {COMMAND}\n"),
    ],
)
def test_files_that_ci_leads_to_count_and_only_then(tmp_path: Path, workflow: str, name: str, text: str) -> None:
    assert place(tmp_path, {name: text}) == []
    assert place(tmp_path, {".github/workflows/ci.yml": workflow}) == [name]


def test_programs_and_places_outside_of_the_project_are_not_scripts(tmp_path: Path) -> None:
    root = tmp_path / "subject"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.sh").write_text(COMMAND)
    text = "#!/usr/bin/env bash\n/bin/sh -c true\n.venv/bin/tool ../other/run.sh ./linked/run.sh\n"
    place(root, {".ci/run": text, ".venv/bin/tool": COMMAND})
    (root / "linked").symlink_to(tmp_path / "other")
    assert list(ci.files(root)) == [".ci/run"]
    assert place(root, {}) == []


def test_the_setting_itself_does_not_count(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": f'ci_test_command = "{COMMAND}"\n',
        ".github/workflows/ci.yml": "- run: ./pyproject.toml",
    }
    assert place(tmp_path, files) == []


def test_environment_that_ci_sets_for_pytest_is_read(tmp_path: Path) -> None:
    text = f"env:\n  PYTEST_ADDOPTS: '-n0'\njobs:\n - run: PYTEST_XDIST_AUTO_NUM_WORKERS=1 {COMMAND}\n"
    names = place(tmp_path, {".github/workflows/ci.yml": text})
    assert ci.switches(ci.files(tmp_path), names) == {"PYTEST_ADDOPTS": "-n0", "PYTEST_XDIST_AUTO_NUM_WORKERS": "1"}
