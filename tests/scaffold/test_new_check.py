"""`tradeops new check`: an example that runs and catches its planted fault, and counts for nothing as it stands."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.gate.catalogue import read_tree

FILE = "verification/acme/test_acme_001.py"


def new(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["new", "check", *arguments, "--subject", str(root)])
    out, err = capsys.readouterr()
    return code, out, err


def run_pytest(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)


def judged(root: Path) -> tuple[int, dict[str, Any]]:
    """Exit code of the gate, and the report's entry of the one required check."""
    (root / "pyproject.toml").write_text(
        "[tool.tradeops]\nchecks = ['verification']\n[tool.tradeops.profiles.mine]\nrequired = ['ACME-001']\n",
        encoding="utf-8",
    )
    report = root / "report.json"
    done = run_pytest(
        root, "--tradeops-gate", "mine", "--tradeops-report", str(report), "-k", "acme_001", "verification"
    )
    [check] = [one for one in json.loads(report.read_text(encoding="utf-8"))["checks"] if one["id"] == "ACME-001"]
    return done.returncode, check


def replace_the_body(path: Path) -> None:
    """As the file asks for: the least that a person must do."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.rstrip().endswith("# REPLACE")]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept), encoding="utf-8")


def test_the_written_check_is_an_example_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = new(tmp_path, capsys, "ACME-001", "--title", 'the "limit" holds')
    assert code == 0
    assert out.splitlines()[:2] == ["wrote verification/acme/test_acme_001.py", "wrote verification/acme/acme_001.toml"]
    assert "Its body is an example: replace what is marked REPLACE in test_acme_001.py. Until then ACME-001 is" in out
    [entry] = read_tree([tmp_path / "verification"])
    assert (entry.spec.id, entry.spec.suite, entry.spec.title) == ("ACME-001", "acme", 'the "limit" holds')
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 35
    assert "# REPLACE: what follows examines an example file, not what the title says." in text


@pytest.mark.slow
def test_the_example_does_not_count_until_it_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new(tmp_path, capsys, "ACME-001")
    code, check = judged(tmp_path)
    assert (code, check["outcome"]) == (20, "inconclusive")
    assert "ACME-001 is still the example." in json.dumps(check)
    assert "not caught" not in json.dumps(check), "its planted fault shows how one is written, and must work"
    command = new(tmp_path, capsys, "ACME-002")[1].split("  pytest ")[1].splitlines()[0]
    assert "ACME-001 is still the example." in run_pytest(tmp_path, *command.replace("002", "001").split()).stdout
    replace_the_body(tmp_path / FILE)
    code, check = judged(tmp_path)
    assert (code, check["outcome"]) == (0, "passed")


def test_a_check_that_lost_its_teeth_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new(tmp_path, capsys, "ACME-001")
    path = tmp_path / FILE
    replace_the_body(path)
    assert run_pytest(tmp_path, FILE, "--tradeops-faults", "with").returncode == 0
    path.write_text(path.read_text(encoding="utf-8").replace("> 10", "> 1000"), encoding="utf-8")
    done = run_pytest(tmp_path, FILE, "--tradeops-faults", "with")
    assert done.returncode == 1
    assert "its planted fault 'raise_the_number' was not caught" in done.stdout


def test_what_to_write_into_the_settings_is_printed_and_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = new(tmp_path, capsys, "ACME-001")[1]
    (tmp_path / "pyproject.toml").write_text(
        "\n".join(line.strip() for line in out.splitlines() if line.startswith(("  [", "  checks", "  ext", "  req"))),
        encoding="utf-8",
    )
    assert main(["explain", "ACME-001", "--subject", str(tmp_path)]) == 0
    assert "Required by mine" in capsys.readouterr().out
    assert "checks =" not in new(tmp_path, capsys, "ACME-002")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["SEC-900"], "SEC is a prefix of the packaged suites. Use one of your own, such as ACME."),
        (["STAGING-001"], "'staging' is a packaged suite. Use another prefix, such as ACME."),
        (["acme-1"], "'acme-1' is not a check id. Write 3-8 capitals, a dash, three digits: ACME-001."),
        (["ACME-001"], "ACME-001 is declared already. `tradeops explain ACME-001` shows where."),
        (["ACME-002"], "verification/acme/test_acme_002.py exists. Choose another id, or delete it."),
        (["ACME-003", "--title", "two\nlines"], "A title is one line of plain text. Correct --title."),
    ],
)
def test_what_would_clash_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    new(tmp_path, capsys, "ACME-001")
    (tmp_path / "pyproject.toml").write_text("[tool.tradeops]\nchecks = ['verification']\n", encoding="utf-8")
    (tmp_path / "verification" / "acme" / "test_acme_002.py").write_text("# mine\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    assert new(tmp_path, capsys, *arguments) == (2, "", f"tradeops: {said}\n")
    assert sorted(tmp_path.rglob("*")) == before
