"""What of a tree Dependabot should watch, and the configuration that is written for it."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from pytest_tradeops.security.dependabot import FILES, examining, writing
from pytest_tradeops.security.dependabot.manifests import Manifest, find
from pytest_tradeops.security.project_tree import read_tree

PROJECT = '[project]\nname = "x"\ndependencies = ["sentry-sdk"]\n'


def plant(root: Path, files: dict[str, str]) -> tuple[Manifest, ...]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return find(read_tree(root))


@pytest.mark.parametrize(
    ("name", "text", "ecosystems", "folders"),
    [
        ("uv.lock", "version = 1\n", ("uv",), ("/",)),
        ("pyproject.toml", PROJECT, ("pip", "uv"), ("/",)),
        ("pyproject.toml", "[build-system]\nrequires = ['hatchling']\n", ("pip", "uv"), ("/",)),
        ("pyproject.toml", "[dependency-groups]\ndev = ['ruff']\n", ("pip", "uv"), ("/",)),
        ("pyproject.toml", "[project\n", ("pip", "uv"), ("/",)),
        ("poetry.lock", "", ("pip",), ("/",)),
        ("bot/requirements-dev.txt", "ruff==1\n", ("pip", "uv"), ("/bot", "/")),
        ("requirements/base.in", "ruff\n", ("pip", "uv"), ("/requirements", "/")),
        ("web/package.json", '{"dependencies": {"a": "1"}}', ("npm",), ("/web",)),
        ("Dockerfile.prod", "FROM python:3.12\n", ("docker",), ("/",)),
        ("deploy/bot.Dockerfile", "FROM python:3.12\n", ("docker",), ("/deploy",)),
        ("docker-compose.staging.yml", "services:\n  db:\n    image: questdb/questdb:9\n", ("docker-compose",), ("/",)),
        (".github/workflows/ci.yaml", "steps:\n  - uses: actions/checkout@v4\n", ("github-actions",), ("/", "/.github/workflows")),
        ("action.yml", "steps:\n  - uses: 'a/b@v1'\n", ("github-actions",), ("/",)),
        (".github/actions/set-up/action.yml", "  - uses: a/b@v1\n", ("github-actions",), ("/.github/actions/set-up",)),
        ("Cargo.toml", "[target.'cfg(unix)'.dependencies]\na = '1'\n", ("cargo",), ("/",)),
        ("go.mod", "module x\n", ("gomod",), ("/",)),
        ("setup.py", "setup(install_requires=['a'])\n", ("pip",), ("/",)),
        (".pre-commit-config.yaml", "repos:\n- repo: x\n  rev: v1\n", ("pre-commit",), ("/",)),
        ("infra/main.tf", "", ("terraform", "opentofu"), ("/infra",)),
    ],
)  # fmt: skip
def test_a_manifest_is_known_with_its_ecosystem_and_folder(
    tmp_path: Path, name: str, text: str, ecosystems: tuple[str, ...], folders: tuple[str, ...]
) -> None:
    assert plant(tmp_path, {name: text}) == (Manifest(name, ecosystems, folders),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 120\n"),
        ("pyproject.toml", "[project]\nname = 'x'\ndependencies = []\n"),
        ("requirements.txt", "# nothing yet\n{{pins}}\n"),
        ("notes.txt", "ruff\n"),
        ("package.json", '{"private": true}'),
        (".github/workflows/ci.yml", "steps:\n  - run: make\n  - uses: ./.github/actions/x\n  - uses: '../x'\n"),
        ("docs/workflows/ci.yml", "steps:\n  - uses: actions/checkout@v4\n"),
        ("docker-compose.yml", "services:\n  bot:\n    build: .\n"),
        ("node_modules/a/package.json", '{"dependencies": {"a": "1"}}'),
        (".venv/requirements.txt", "ruff\n"),
        ("setup.py", "setup()\n"),
        ("Dockerfile.md", "How the images are made\n"),
        (".pre-commit-config.yaml", "repos:\n- repo: local\n"),
    ],
)
def test_what_names_no_dependency_of_the_project_is_none(tmp_path: Path, name: str, text: str) -> None:
    assert plant(tmp_path, {name: text}) == ()


def test_members_of_a_workspace_are_seen_from_its_root(tmp_path: Path) -> None:
    found = plant(
        tmp_path,
        {
            "pyproject.toml": "[tool.uv.workspace]\nmembers = ['libs/*']\nexclude = ['libs/old']\n",
            "uv.lock": "",
            "libs/a/pyproject.toml": PROJECT,
            "libs/old/pyproject.toml": PROJECT,
            "web/package.json": '{"workspaces": {"packages": ["apps/**"]}}',
            "web/bun.lock": "",
            "web/apps/x/package.json": '{"dependencies": {"a": "1"}}',
        },
    )
    seen = {one.path: (one.ecosystems, one.folders) for one in found}
    assert seen["libs/a/pyproject.toml"] == (("uv",), ("/", "/libs/a"))
    assert seen["libs/old/pyproject.toml"] == (("pip", "uv"), ("/libs/old",))
    assert seen["web/apps/x/package.json"] == (("bun",), ("/web", "/web/apps/x"))


def test_what_git_ignores_and_what_links_lead_to_is_left_out(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    files = {".gitignore": "build/\n", "build/requirements.txt": "ruff\n", "requirements.txt": "ruff\n"}
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "requirements-linked.txt").symlink_to("requirements.txt")
    assert [one.path for one in plant(tmp_path, files)] == ["requirements.txt"]
    (tmp_path / "requirements.txt").unlink()
    assert find(read_tree(tmp_path)) == ()


def test_a_manifest_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "package.json").write_text("[" * 100_000, encoding="utf-8")
    assert [one.path for one in find(read_tree(tmp_path))] == ["package.json", "requirements.txt"]


def test_what_is_written_for_a_tree_of_many_kinds_covers_it(tmp_path: Path) -> None:
    manifests = plant(
        tmp_path,
        {
            "pyproject.toml": PROJECT,
            "uv.lock": "",
            "requirements.txt": "ruff\n",
            "requirements/dev.txt": "ruff\n",
            "tools/requirements.txt": "ruff\n",
            "old tools/deep/requirements.txt": "ruff\n",
            "web/package.json": '{"dependencies": {"a": "1"}}',
            "Dockerfile": "FROM python:3.12\n",
            "bot/Dockerfile": "FROM python:3.12\n",
            ".gitmodules": "",
            ".github/workflows/ci.yml": "- uses: actions/checkout@v4\n",
        },
    )
    text = writing.text(manifests)
    (tmp_path / FILES[0]).write_text(text, encoding="utf-8")
    examination = examining.examine(tmp_path, branches={"main"}, start=date(2026, 11, 29))
    assert examining.findings(examination) == []
    assert len(examination.config.entries) == len({entry.ecosystem for entry in examination.config.entries}) == 6
    assert text.count('- "/bot"') == 1
    assert writing.text(reversed(manifests)) == text
    assert writing.text([]) == ""
