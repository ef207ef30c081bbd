"""`tradeops new check`: what it writes runs, passes and catches its planted fault."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.gate.catalogue import read_tree


def new(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["new", "check", *arguments, "--subject", str(root)])
    out, err = capsys.readouterr()
    return code, out, err


def run_pytest(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)


def test_the_written_check_passes_and_catches_its_planted_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = new(tmp_path, capsys, "ACME-001", "--title", 'the "limit" holds')
    assert code == 0
    assert out.splitlines()[:2] == ["wrote verification/acme/test_acme_001.py", "wrote verification/acme/acme_001.toml"]
    file = "verification/acme/test_acme_001.py"
    [entry] = read_tree([tmp_path / "verification"])
    assert (entry.spec.id, entry.spec.suite, entry.spec.title) == ("ACME-001", "acme", 'the "limit" holds')
    assert len((tmp_path / file).read_text(encoding="utf-8").splitlines()) < 35
    assert run_pytest(tmp_path, file, "--tradeops-faults", "with").returncode == 0


def test_a_check_that_lost_its_teeth_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new(tmp_path, capsys, "ACME-001")
    path = tmp_path / "verification" / "acme" / "test_acme_001.py"
    path.write_text(path.read_text(encoding="utf-8").replace("> 10", "> 1000"), encoding="utf-8")
    done = run_pytest(tmp_path, str(path), "--tradeops-faults", "with")
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
