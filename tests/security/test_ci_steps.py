"""Reading workflows and command lines: whatever stands there is an answer; nothing is run."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.security.ci.commands import BANDIT, GITLEAKS, MODULES, PROGRAMS, read
from pytest_tradeops.security.ci.stage import Call
from pytest_tradeops.security.ci.steps import COMPUTED, Step, steps_of
from pytest_tradeops.security.precommit.config import of_document
from pytest_tradeops.security.workflows import read_workflows
from pytest_tradeops.security.wrapped import unwrapped
from pytest_tradeops.security.yaml_files import Unreadable

FILE = ".github/workflows/ci.yml"


def steps(root: Path, document: dict[str, Any]) -> list[Step]:
    (root / FILE).parent.mkdir(parents=True, exist_ok=True)
    (root / FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    workflows, _ = read_workflows(root, (FILE,))
    return [step for one in workflows for step in steps_of(one, "main", ["strategies/trend.py"])]


def test_a_step_is_as_github_runs_it(tmp_path: Path) -> None:
    document = {
        "on": "pull_request",
        "env": {"A": "workflow", "B": "${{ secrets.B }}"},
        "defaults": {"run": {"shell": "bash"}},
        "jobs": {
            "scan": {
                "runs-on": "x",
                "strategy": {"matrix": {"folder": ["strategies", "tests"]}},
                "env": {"A": "job"},
                "defaults": {"run": {"working-directory": "bot"}},
                "steps": [
                    {"run": "bandit -r ${{ matrix.folder }} ${{ inputs.more }}", "env": {"C": 3}},
                    {"run": "ls", "shell": "sh", "working-directory": "."},
                ],
            }
        },
    }
    first, second = steps(tmp_path, document)
    assert first.script == f"bandit -r strategies {COMPUTED}"
    assert first.env == {"A": "job", "B": COMPUTED, "C": "3"}
    assert (first.shell, first.folder) == ("bash --noprofile --norc -eo pipefail {0}", "bot")
    assert (second.shell, second.folder, second.place) == ("sh -e {0}", ".", f"{FILE}: scan, step 2")


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["main", "**", "${{ x }}", "${{", "scan", "actions/checkout@v4"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "branches", "paths", "matrix", "include", "run", "shell", "uses", "with", "fetch-depth", "if", "needs", "env",
    ]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
PLACES = [
    "on",
    "env",
    "defaults",
    "strategy",
    "if",
    "needs",
    "continue-on-error",
    "steps",
    "uses",
    "run",
    "with",
    "shell",
]


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(place=st.sampled_from(PLACES), where=st.integers(0, 2), value=values)
def test_any_value_anywhere_is_an_answer(tmp_path: Path, place: str, where: int, value: Any) -> None:
    checkout = {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}}
    job: dict[str, Any] = {"runs-on": "x", "steps": [checkout, {"run": "bandit"}]}
    document = {"on": {"pull_request": None}, "jobs": {"scan": job}}
    (document, job, job["steps"][1])[where][place] = value
    for step in steps(tmp_path, document):
        assert step.place.startswith(FILE)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("bandit -r x", "bandit -r x"),
        (".venv/bin/bandit -r x", "bandit -r x"),
        ("python3.12 -P -m bandit -r x", "bandit -r x"),
        ("uv run --group dev bandit -r x", "bandit -r x"),
        ("uv run --with bandit pytest -q", "pytest -q"),
        ("uv run python -m bandit -r x", "bandit -r x"),
        ("uvx bandit[toml]==1.9.4 -r x", "bandit -r x"),
        ("poetry run tradeops bandit", "tradeops bandit"),
        ("python -m pre_commit run -a", "pre-commit run -a"),
        ("pip install bandit", ""),
        ("uv add bandit", ""),
        ("uv tool install --quiet bandit", ""),
        ("uv tool run bandit -r x", "bandit -r x"),
        ("uv pip install -q bandit -r requirements.txt", ""),
        ("uv run --no-sync --project bot bandit -r x", "bandit -r x"),
        ("uv run --no-sync echo bandit", ""),
        ("uv run -- echo bandit", ""),
        ("uv run --help bandit", ""),
        ("env A=1 timeout -k 5 10m nice -n 5 bandit -r x", "bandit -r x"),
        ("timeout 5 sleep bandit", ""),
        ("command -v bandit", ""),
        ("command bandit -r x", "bandit -r x"),
        ("coverage run -m bandit -r x", "bandit -r x"),
        ("coverage report bandit", ""),
        ("poetry run -- bandit -r x", "bandit -r x"),
        ("pipx run --spec bandit==1.9 bandit -r x", "bandit -r x"),
        ("python bandit.py", ""),
        ("python -c bandit", ""),
        ("echo bandit", ""),
        ("grep -r bandit .", ""),
    ],
)
def test_the_scanner_of_a_command_line(line: str, expected: str) -> None:
    assert " ".join(unwrapped(line.split(), PROGRAMS, MODULES)) == expected


@pytest.mark.parametrize(
    ("line", "scanners"),
    [
        ("bandit --version", ""),
        ("gitleaks version", ""),
        ("gitleaks git .", GITLEAKS),
        ("tradeops verify --only SEC-001 MON-001 --profile local", BANDIT),
        ("tradeops verify --profile local", f"{BANDIT} {GITLEAKS}"),
        ("pytest --tradeops-gate=local", f"{BANDIT} {GITLEAKS}"),
        ("pytest -q", ""),
        ("tradeops list", ""),
        ("tradeops baseline create", ""),
        ("pre-commit run -a", BANDIT),
        ("pre-commit install", ""),
    ],
)
def test_which_scanners_a_command_runs(line: str, scanners: str) -> None:
    command = read(Call(tuple(line.split()), ".", 1), lambda: frozenset({BANDIT}))
    assert (command.scanners if command else frozenset()) == frozenset(scanners.split())


@given(st.lists(st.text(max_size=8) | st.sampled_from(["python", "-m", "bandit", "uv", "run", "--only", "--profile", "tradeops", "verify"]), min_size=1, max_size=6))  # fmt: skip
def test_any_command_line_is_an_answer(argv: list[str]) -> None:
    command = read(Call(tuple(argv), ".", 1), frozenset)
    assert command is None or command.scanners <= {BANDIT, GITLEAKS}
    assert command is None or not re.search("_[0-9a-f]{12}", command.shown)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["local", "bandit", "gitleaks 'x"]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["repos", "repo", "hooks", "id", "name", "entry", "stages", "args", "default_stages", "language"]), inner, max_size=5),
        max_leaves=12,
    )
)  # fmt: skip
def test_any_document_is_a_configuration_or_a_sentence(document: Any) -> None:
    try:
        config = of_document(document)
    except Unreadable:
        return
    assert set(config.reduced()) == set(config.document)
