"""`tradeops waivers lint`, through the command line."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_tradeops import clock
from pytest_tradeops.cli import main

GOOD = "[[waiver]]\ncheck = 'SEC-001'\nowner = 'Ann'\nreason = 'vendor fix due'\nexpires = {expires}\n"


def lint(root: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = main(["waivers", "lint", "--subject", str(root), *more])
    return code, capsys.readouterr().out


def write(root: Path, text: str, days: int = 60) -> None:
    expires = clock.today() + timedelta(days=days)
    (root / "tradeops-waivers.toml").write_text(text.format(expires=expires), encoding="utf-8")


def test_without_a_file_nothing_is_waived(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(tmp_path, capsys) == (0, "There is no tradeops-waivers.toml: nothing is waived.\n")


def test_a_file_in_order_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, GOOD)
    assert lint(tmp_path, capsys) == (0, "tradeops-waivers.toml: 1 waiver, nothing wrong.\n")


def test_a_problem_names_its_place_and_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, GOOD.replace("SEC-001", "SEC-01"))
    code, out = lint(tmp_path, capsys)
    assert (code, out.count("\n")) == (1, 1)
    assert out.startswith("tradeops-waivers.toml:1: No check is called 'SEC-01'. Did you mean 'SEC-0")


def test_an_end_that_is_near_is_said_and_is_no_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, GOOD, days=3)
    code, out = lint(tmp_path, capsys)
    assert code == 0
    assert "expires in 3 days" in out


def test_json_carries_problems_waivers_and_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, GOOD + "[[waiver]]\nowner = 'Bob'\n", days=-1)
    code, out = lint(tmp_path, capsys, "--format", "json")
    found = json.loads(out)
    assert code == 1
    assert [waiver["counts"] for waiver in found["waivers"]] == [False]
    assert {problem["where"] for problem in found["problems"]} == {"tradeops-waivers.toml:6"}
    assert "expired on" in found["notes"][0]


def test_the_file_may_have_another_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tradeops]\nwaivers = 'w.toml'\n", encoding="utf-8")
    (tmp_path / "w.toml").write_text("x = 1\n", encoding="utf-8")
    assert lint(tmp_path, capsys)[1].startswith("w.toml: Unknown key 'x'.")
