"""`tradeops init` fits the subject: its default branch, what its workflow installs, and what is left out and why."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from pytest_tradeops.cli import main
from pytest_tradeops.scaffold import drift
from pytest_tradeops.settings import load_settings

REPOSITORY = Path(__file__).resolve().parent.parent.parent
WORKFLOW = ".github/workflows/verification.yml"
BASE = "[tool.tradeops]\n[tool.pytest.ini_options]\n"
PROJECT = '[project]\nname = "mine"\nversion = "1"\n'
BUILT = PROJECT + '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
OURS = "'pytest-tradeops[all]'"
CHECKOUT = "3d3c42e5aac5ba805825da76410c181273ba90b1"


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["init", *arguments, "--subject", str(root)]) == 0
    return capsys.readouterr().out


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def branches(root: Path) -> tuple[str, list[str]]:
    """The default branch of the settings, and those of the workflow."""
    workflow = yaml.safe_load((root / WORKFLOW).read_text(encoding="utf-8"))
    return load_settings(root).default_branch, workflow[True]["push"]["branches"]  # YAML reads `on` as true


def installs(root: Path) -> list[str]:
    """What the written workflow hands to pip, after pip itself."""
    steps = yaml.safe_load((root / WORKFLOW).read_text(encoding="utf-8"))["jobs"]["verification"]["steps"]
    [script] = [step["run"] for step in steps if step.get("name") == "Install"]
    upgrade, *lines = script.splitlines()
    assert upgrade == "python -m pip install --upgrade pip"
    assert all(line.startswith("python -m pip install ") for line in lines)
    return [line.removeprefix("python -m pip install ") for line in lines]


@pytest.mark.parametrize("branch", ["trunk", "on", 'the-"best"', "größe/1"])
def test_an_unborn_branch_is_the_default_one(tmp_path: Path, capsys: pytest.CaptureFixture[str], branch: str) -> None:
    git(tmp_path, "init", "-b", branch)
    init(tmp_path, capsys)
    assert branches(tmp_path) == (branch, [branch])


def test_origins_branch_comes_before_the_checked_out_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    git(origin, "init", "-b", "develop")
    git(origin, "commit", "--allow-empty", "-m", "Start")
    git(tmp_path, "clone", str(origin), "clone")
    git(clone, "checkout", "-b", "feature/x")
    init(clone, capsys)
    assert branches(clone) == ("develop", ["develop"])


def test_without_a_branch_it_is_main(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tmp_path, "init", "-b", "trunk")
    git(tmp_path, "commit", "--allow-empty", "-m", "Start")
    git(tmp_path, "checkout", "--detach")
    init(tmp_path, capsys)
    assert branches(tmp_path) == ("main", ["main"])


@pytest.mark.parametrize("parts", [[], ["ci"]])
def test_another_checkout_of_the_same_files_is_no_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], parts: list[str]
) -> None:
    git(tmp_path, "init", "-b", "trunk")
    init(tmp_path, capsys, *parts)
    git(tmp_path, "checkout", "-b", "feature/x")
    assert init(tmp_path, capsys, "--check", *parts).startswith("Nothing drifted.")


def test_what_the_settings_say_of_the_branch_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tmp_path, "init", "-b", "trunk")
    write(tmp_path, {"pyproject.toml": BASE.replace("]\n", ']\ndefault_branch = "release"\n', 1)})
    init(tmp_path, capsys)
    assert branches(tmp_path) == ("release", ["release"])


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({"pyproject.toml": BASE}, [OURS]),
        ({"pyproject.toml": BASE + "[dependency-groups]\ndocs = []\n"}, [OURS]),
        ({"pyproject.toml": BASE + "[dependency-groups]\ntest = []\ndev = []\n"}, [f"{OURS} --group dev --group test"]),
        ({"pyproject.toml": PROJECT + BASE}, [OURS]),
        ({"pyproject.toml": BUILT + BASE}, [f"{OURS} ."]),
        ({"pyproject.toml": BASE, "setup.py": ""}, [f"{OURS} ."]),
        ({"pyproject.toml": BUILT + "[project.optional-dependencies]\ndev = []\n" + BASE}, [f"{OURS} '.[dev]'"]),
        (
            {"pyproject.toml": BUILT + BASE, "requirements.txt": "a==1\n", "requirements-dev.txt": "b==1\n"},
            [f"{OURS} . -r requirements-dev.txt -r requirements.txt"],
        ),
        ({"pyproject.toml": BASE, "requirements.txt": "a==1 --hash=sha256:0\n"}, ["-r requirements.txt", OURS]),
    ],
)
def test_the_workflow_installs_what_the_subject_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], lines: list[str]
) -> None:
    write(tmp_path, files)
    init(tmp_path, capsys, "ci")
    assert installs(tmp_path) == lines
    for line in lines:
        for word in line.replace("--group ", "-r ").split("-r ")[1:]:
            groups = tomllib.loads(files["pyproject.toml"]).get("dependency-groups", {})
            assert word.strip() in groups or (tmp_path / word.strip()).is_file()


def test_what_no_file_lets_pip_install_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"pyproject.toml": PROJECT + 'dependencies = ["numpy"]\n' + BASE})
    out = init(tmp_path, capsys, "ci")
    assert "does not install the dependencies of [project], as there is no [build-system]: export" in out
    write(tmp_path, {"requirements.txt": "numpy==2\n"})
    assert "does not install" not in init(tmp_path, capsys, "--force", "ci")


@pytest.mark.parametrize(
    ("absent", "said", "pinned"),
    [
        (
            ["nautilus_trader", "sentry-sdk"],
            "requirements.txt was left out, because nautilus_trader and sentry-sdk are not installed here, so there is "
            "no version to pin: run `pip install 'pytest-tradeops[all]'`, then `tradeops init config`.\n",
            [],
        ),
        (["nautilus_trader"], "nautilus_trader was left out of requirements.txt, because", ["sentry-sdk"]),
    ],
)
def test_a_bot_that_cannot_be_pinned_is_said(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    absent: list[str],
    said: str,
    pinned: list[str],
) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name in absent:
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    assert said in init(tmp_path, capsys)
    assert ("-r requirements.txt" in installs(tmp_path)[0]) is bool(pinned)
    path = tmp_path / "requirements.txt"
    found = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    assert [line.split("==")[0] for line in found if "==" in line] == pinned
    write(tmp_path, {"requirements.txt": "nautilus_trader==1.231.0\n"})
    assert "left out" not in init(tmp_path, capsys, "config")


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({".github/workflows/ours.yml": "      - run: uv run tradeops verify --profile local\n"}, "ours.yml"),
        ({".gitlab-ci.yml": "  - make gate\n", "Makefile": "gate:\n\ttradeops verify\n"}, "Makefile"),
        ({".github/workflows/a.yml": "run: pytest -m verification --tradeops-gate local\n"}, "a.yml"),
    ],
)
def test_a_workflow_of_ones_own_that_runs_the_gate_is_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], place: str
) -> None:
    write(tmp_path, files)
    assert main(["init", "--check", "--subject", str(tmp_path), "ci"]) == 0
    out = init(tmp_path, capsys, "ci")
    assert f"{WORKFLOW} was left out, because CI runs the gate already: " in out
    assert out.rstrip().endswith(f"{place}.")
    assert not (tmp_path / WORKFLOW).exists()


@pytest.mark.parametrize("line", ["# run: tradeops verify", "run: pytest", "run: tradeops list"])
def test_a_workflow_that_does_not_run_the_gate_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    write(tmp_path, {".github/workflows/ours.yml": line + "\n", "Makefile": "gate:\n\ttradeops verify\n"})
    init(tmp_path, capsys, "ci")
    assert (tmp_path / WORKFLOW).is_file()


def test_this_repository_has_everything_that_it_asks_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--check", "--subject", str(REPOSITORY)]) == 0
    assert capsys.readouterr().out.startswith("Nothing drifted.\n")


def test_this_repository_without_its_gate_in_ci_would_lack_it(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / ".github", tmp_path / ".github")
    shutil.copytree(REPOSITORY / ".ci", tmp_path / ".ci")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    write(tmp_path, {"Makefile": makefile})
    command = [sys.executable, "-m", "pytest_tradeops", "init", "--check", "ci"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    write(tmp_path, {"Makefile": makefile.replace("tradeops verify", "tradeops list")})
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_steps_that_deploy_are_the_subjects_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys, "ci")
    path = tmp_path / WORKFLOW
    own = "      - run: ./deploy.sh # ours\n"
    written = path.read_text(encoding="utf-8")
    path.write_text(written + own, encoding="utf-8")
    assert init(tmp_path, capsys, "--check", "ci") == "Nothing drifted.\n"
    path.write_text((written + own).replace("needs: verification", "needs: []"), encoding="utf-8")
    assert main(["init", "--check", "ci", "--subject", str(tmp_path)]) == 1
    init(tmp_path, capsys, "--force", "ci")
    assert path.read_text(encoding="utf-8") == written + own


def test_commits_that_dependabot_moved_are_no_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, capsys, "ci")
    path = tmp_path / WORKFLOW
    text = path.read_text(encoding="utf-8")
    moved = text.replace(f"@{CHECKOUT} # v7.0.1", f"@{'0' * 40} # v8")
    assert moved != text
    path.write_text(moved, encoding="utf-8")
    assert init(tmp_path, capsys, "--check", "ci") == "Nothing drifted.\n"
    path.write_text(text.replace(f"@{CHECKOUT} # v7.0.1", "@v8"), encoding="utf-8")
    assert main(["init", "--check", "ci", "--subject", str(tmp_path)]) == 1


def test_without_a_place_for_own_lines_everything_is_compared() -> None:
    assert drift.completed("a\n", f"b\n{drift.OWN}.\nmine\n") == "a\n"
    assert drift.completed(f"a\n  {drift.OWN}: steps\n", "b\n") == f"a\n  {drift.OWN}: steps\n"
    assert not drift.same(f"a\n  {drift.OWN}: steps\n", "a\n")


def test_only_a_push_to_the_default_branch_is_deployed_and_only_behind_the_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init(tmp_path, capsys, "ci")
    jobs = yaml.safe_load((tmp_path / WORKFLOW).read_text(encoding="utf-8"))["jobs"]
    staging = jobs["staging"]
    assert (staging["needs"], staging["environment"]) == ("verification", "staging")
    assert staging["if"] == "github.event_name == 'push'"


def test_the_environment_is_the_one_that_the_settings_guard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = BASE + '[tool.tradeops.security]\nenvironments = ["the \\"demo\\": one", "live"]\n'
    write(tmp_path, {"pyproject.toml": settings})
    init(tmp_path, capsys, "ci")
    jobs = yaml.safe_load((tmp_path / WORKFLOW).read_text(encoding="utf-8"))["jobs"]
    assert jobs["staging"]["environment"] == 'the "demo": one'


@pytest.mark.skipif(shutil.which("jq") is None, reason="no jq here")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),
        ({"verdict": "HOLD"}, 1),
        ({"exit_code": 20}, 1),
        ({"profile": "mine"}, 1),
        ({"subject": {"revision": "1" * 40}}, 1),
        ({"subject": {}}, 1),
        (None, 2),
    ],
)
def test_the_staging_job_reads_the_decision_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object] | None, code: int
) -> None:
    init(tmp_path, capsys, "ci")
    steps = yaml.safe_load((tmp_path / WORKFLOW).read_text(encoding="utf-8"))["jobs"]["staging"]["steps"]
    [step] = [one for one in steps if one.get("name") == "Read the decision again"]
    report = {"verdict": "PROMOTE", "exit_code": 0, "profile": "local", "subject": {"revision": "0" * 40}}
    if change is not None:
        write(tmp_path, {"tradeops-report/report.json": json.dumps(report | change)})
    environ = {**os.environ, **step["env"], "GITHUB_SHA": "0" * 40}
    command = ["bash", "-e", "-c", step["run"]]
    assert subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False).returncode == code
