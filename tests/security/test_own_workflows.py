"""This repository's own workflows: every pinned commit has a source, and the composite action does what it says."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_tradeops.gate.report.as_json import render_json
from pytest_tradeops.gate.report.model import Report
from pytest_tradeops.model import Verdict

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = (
    *sorted((REPOSITORY / ".github" / "workflows").glob("*.yml")),
    REPOSITORY / "action.yml",
    *sorted((REPOSITORY / "pytest_tradeops").rglob("*.yml")),
)
USED = [one for file in FILES for one in re.findall(r"^\s*(?:- )?uses: (.*)$", file.read_text(encoding="utf-8"), re.M)]
ACTION: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))


def script(name: str) -> str:
    [step] = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
    return str(step["run"])


def run(place: Path, name: str, **environ: str) -> tuple[int, dict[str, str], str]:
    """A step's script as a runner calls it, with a `tradeops` that ends as TRADEOPS_CODE says.

    Returns:
        Its exit code, its outputs, and the summary.
    """
    stub = place / "venv" / "bin" / "tradeops"
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text('#!/bin/sh\nfor one in "$@"; do printf "[%s]" "$one"; done > called\nexit "$TRADEOPS_CODE"\n')
    stub.chmod(0o755)
    output, summary = place / "output", place / "summary"
    output.write_text("")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script(name)],
        cwd=place,
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(place / "temp"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            **environ,
        },
        capture_output=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return done.returncode, outputs, summary.read_text(encoding="utf-8") if summary.exists() else ""


def test_every_pinned_commit_is_on_the_page_that_says_where_it_was_read() -> None:
    page = (REPOSITORY / "docs" / "workflows.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([^`]+)` \| (\S+) \| `([0-9a-f]{40})` \|$", page, re.M))
    used = set()
    for one in USED:
        if one.strip() == "./":
            continue
        found = re.fullmatch(r"([\w.-]+/[\w.-]+)(?:/[\w/.-]+)?@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", one)
        assert found, one
        used.add((found[1], found[3], found[2]))
    assert used == rows
    for _, release, commit in re.findall(r"uses: (actions/\S+)@([0-9a-f]{40}) # (\S+)", page):
        assert release in page
        assert any(row[2] == release or row[1] == commit for row in rows)


def test_no_script_of_the_action_holds_an_expression() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 3
    assert not [one for one in scripts if "${{" in one]


@pytest.mark.parametrize("code", [0, 1, 20, 21, 22, 23, 143])
def test_the_action_ends_as_the_gate_ended(tmp_path: Path, code: int) -> None:
    given = {"ENVIRONMENT": "venv", "PROFILE": "local", "ARGUMENTS": "", "TRADEOPS_CODE": str(code)}
    assert run(tmp_path, "Verify", **given)[:2] == (code, {"exit-code": str(code)})


def test_inputs_are_words_and_never_commands(tmp_path: Path) -> None:
    given = {"ENVIRONMENT": "venv", "PROFILE": "$(touch bad) `touch bad`", "TRADEOPS_CODE": "0"}
    run(tmp_path, "Verify", **given, ARGUMENTS="-n 2 ; touch bad $(touch bad) -- -x")
    called = (tmp_path / "called").read_text(encoding="utf-8")
    assert called == "[verify][--profile][$(touch bad) `touch bad`][-n][2][;][touch][bad][$(touch][bad)][--][-x]"
    assert not (tmp_path / "bad").exists()


def test_what_is_installed_lies_beside_the_action(tmp_path: Path) -> None:
    """The commit that the action is pinned to is the one that judges; its arguments are words, too."""
    stub = tmp_path / "bin" / "python"
    stub.parent.mkdir()
    stub.write_text(
        "#!/bin/sh\n"
        'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; exit; fi\n'
        'for one in "$@"; do printf "[%s]" "$one"; done > installed\n'
    )
    stub.chmod(0o755)
    code, *_ = run(
        tmp_path,
        "Install",
        PATH=f"{stub.parent}:{os.environ['PATH']}",
        PACKAGE="/a b",
        INSTALL=". -r x.txt ; touch bad",
    )
    called = (tmp_path / "installed").read_text(encoding="utf-8")
    assert code == 0
    assert called.endswith("[install][--disable-pip-version-check][/a b[all]][.][-r][x.txt][;][touch][bad]")


def test_without_a_profile_the_projects_own_judges(tmp_path: Path) -> None:
    run(tmp_path, "Verify", ENVIRONMENT="venv", PROFILE="", ARGUMENTS="", TRADEOPS_CODE="0")
    assert (tmp_path / "called").read_text(encoding="utf-8") == "[verify]"


@pytest.mark.parametrize("text", [None, "", "{}", "\x00", '{\n  "verdict": "MAYBE",\n}'])
def test_a_run_without_a_report_has_no_verdict(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "tradeops-report").mkdir()
        (tmp_path / "tradeops-report" / "report.json").write_text(text, encoding="utf-8")
    code, outputs, summary = run(tmp_path, "Show the summary")
    assert (code, outputs["verdict"]) == (0, "NONE")
    assert summary.startswith("The gate left no report")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_is_read_from_the_report_as_it_is_written(tmp_path: Path, verdict: Verdict) -> None:
    (tmp_path / "tradeops-report").mkdir()
    text = render_json(Report(verdict, 0, "local", (), (), {}, ()))
    (tmp_path / "tradeops-report" / "report.json").write_text(text, encoding="utf-8")
    (tmp_path / "tradeops-report" / "summary.md").write_text("# Words\n", encoding="utf-8")
    code, outputs, summary = run(tmp_path, "Show the summary")
    assert (code, outputs["verdict"], summary) == (0, verdict.value, "# Words\n")
    assert outputs["report"] == str(tmp_path / "tradeops-report")


def test_a_release_is_built_only_of_the_tagged_version() -> None:
    done = subprocess.run(
        [REPOSITORY / "scripts" / "build-release", "v99.0.0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The tag is v99.0.0, and pyproject.toml says ")
