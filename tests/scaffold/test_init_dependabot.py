"""`tradeops init dependabot`: fitted to the manifests that are there, and the subject's own from then on."""

from pathlib import Path

import pytest
import yaml

from pytest_tradeops.cli import main

FILE = ".github/dependabot.yml"


def init(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["init", *arguments, "--subject", str(root)])
    return code, capsys.readouterr().out


def watched(root: Path) -> set[tuple[str, str]]:
    document = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
    return {(one["package-ecosystem"], one["directory"]) for one in document["updates"]}


def test_in_an_empty_folder_it_watches_what_the_same_run_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init(tmp_path, capsys)
    assert watched(tmp_path) == {("pip", "/"), ("github-actions", "/")}
    assert init(tmp_path, capsys, "--check", "dependabot") == (0, "Nothing drifted.\n")


def test_it_fits_the_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "uv.lock").write_text("version = 1\n", encoding="utf-8")
    init(tmp_path, capsys, "dependabot")
    assert watched(tmp_path) == {("uv", "/bot")}


def test_without_a_manifest_it_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no file here names a dependency" in init(tmp_path, capsys, "dependabot")[1]
    assert not (tmp_path / FILE).exists()


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "requirements.txt").write_text("ruff\n", encoding="utf-8")
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text("mine\n", encoding="utf-8")
    init(tmp_path, capsys, "dependabot")
    assert (tmp_path / FILE).read_text(encoding="utf-8") == "mine\n"
    (tmp_path / FILE).rename((tmp_path / FILE).with_suffix(".yaml"))
    assert "dependabot.yaml is there" in init(tmp_path, capsys, "dependabot")[1]
    assert not (tmp_path / FILE).exists()
