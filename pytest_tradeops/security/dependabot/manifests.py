"""Which files of a tree Dependabot can watch, by which ecosystem, and from which folders.

Where Dependabot looks follows its own file fetchers (dependabot-core): workflows and the root's `action.yml` are seen
from `/`, requirements also from the folder above their own, members of a workspace from its root.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..project_tree import Tree
from .projects import CARGO, NPM, PYTHON, Kind, Project

_REQUIREMENTS = re.compile(r"[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in)", re.IGNORECASE)
_COMPOSE = re.compile(r"(?:docker-)?compose(?:-\w+)?(?:\.[\w-]+)?\.ya?ml", re.IGNORECASE)
_DOCKERFILE = re.compile(r"(?:.*[.-])?(?:dockerfile|containerfile)(?:[.-].*)?", re.IGNORECASE)
_USES = re.compile(r"""^\s*(?:-\s+)?["']?uses["']?\s*:\s*(?!["']?\.{1,2}/)\S""", re.MULTILINE)
_IMAGE = re.compile(r"""^\s*["']?image["']?\s*:\s*\S""", re.MULTILINE)
_FROM = re.compile(r"^\s*FROM\s", re.MULTILINE | re.IGNORECASE)
_REQUIREMENT = re.compile(r"^\s*[A-Za-z0-9]", re.MULTILINE)
_WORKFLOWS = "/.github/workflows"
#: Name to ecosystem, for files that are manifests whatever stands in them.
_BY_NAME = {
    "uv.lock": "uv",
    "poetry.lock": "pip",
    "Pipfile": "pip",
    "Pipfile.lock": "pip",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "yarn.lock": "npm",
    "pnpm-lock.yaml": "npm",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "Cargo.lock": "cargo",
    "rust-toolchain.toml": "rust-toolchain",
    "rust-toolchain": "rust-toolchain",
    "go.mod": "gomod",
    "Gemfile": "bundler",
    "Gemfile.lock": "bundler",
    "composer.json": "composer",
    "composer.lock": "composer",
    "pom.xml": "maven",
    "build.gradle": "gradle",
    "build.gradle.kts": "gradle",
    "mix.exs": "mix",
    "pubspec.yaml": "pub",
    "Chart.yaml": "helm",
    ".gitmodules": "gitsubmodule",
    "environment.yml": "conda",
    "environment.yaml": "conda",
}
#: Name to ecosystem and what its text must hold, or there is nothing in it to update.
_BY_TEXT = {
    "setup.py": ("pip", re.compile(r"\binstall_requires\b")),
    "setup.cfg": ("pip", re.compile(r"^\s*install_requires\b", re.MULTILINE)),
    ".pre-commit-config.yaml": ("pre-commit", re.compile(r"^\s*(?:-\s+)?rev\s*:", re.MULTILINE)),
}


@dataclass(frozen=True, slots=True, order=True)
class Manifest:
    """One file that names dependencies.

    Attributes:
        path: Relative to the root, with `/`.
        ecosystems: Names of `package-ecosystem`, any of which updates it; the most fitting first.
        folders: Folders such as `/` or `/bot`, from each of which Dependabot sees it; the most fitting first.
    """

    path: str
    ecosystems: tuple[str, ...]
    folders: tuple[str, ...]


def find(tree: Tree) -> tuple[Manifest, ...]:
    """All manifests and lockfiles of the tree that declare something, sorted by path."""
    names = frozenset(tree.names)
    projects = {
        kind.manifest: {
            name: Project(kind, name, tree) for name in tree.names if PurePosixPath(name).name == kind.manifest
        }
        for kind in (PYTHON, CARGO, NPM)
    }
    return tuple(sorted(_found(tree, names, projects)))


def _found(tree: Tree, names: frozenset[str], projects: dict[str, dict[str, Project]]) -> Iterator[Manifest]:
    for name in tree.names:
        path = PurePosixPath(name)
        here = folder_of(name)
        if path.name in projects:
            known = projects[path.name]
            if known[name].declares():
                roots = [folder_of(one) for one, project in known.items() if project.has_member(here)]
                yield Manifest(name, _project_ecosystems(known[name].kind, here, roots, names), (*roots, here))
        elif path.name in _BY_NAME:
            yield Manifest(name, (_BY_NAME[path.name],), (here,))
        elif path.name in _BY_TEXT:
            ecosystem, pattern = _BY_TEXT[path.name]
            if _says(tree, name, pattern):
                yield Manifest(name, (ecosystem,), (here,))
        elif path.suffix in (".txt", ".in") and (
            _REQUIREMENTS.fullmatch(path.name) or path.parent.name == "requirements"
        ):
            if _says(tree, name, _REQUIREMENT):
                above = folder_of(here.strip("/")) if here != "/" else here
                yield Manifest(name, ("pip", "uv"), tuple(dict.fromkeys((here, above))))
        elif path.suffix in (".yml", ".yaml") and here == _WORKFLOWS:
            if _says(tree, name, _USES):
                yield Manifest(name, ("github-actions",), ("/", here))
        elif path.name in ("action.yml", "action.yaml"):
            if _says(tree, name, _USES):
                yield Manifest(name, ("github-actions",), (here,))
        elif path.name == "devcontainer.json" or path.name == ".devcontainer.json":
            yield Manifest(name, ("devcontainers",), tuple(dict.fromkeys(("/", here))))
        elif _COMPOSE.fullmatch(path.name):
            if _says(tree, name, _IMAGE):
                yield Manifest(name, ("docker-compose",), (here,))
        elif _DOCKERFILE.fullmatch(path.name):
            if _says(tree, name, _FROM):
                yield Manifest(name, ("docker",), (here,))
        elif path.suffix == ".tf" or path.name == ".terraform.lock.hcl":
            yield Manifest(name, ("terraform", "opentofu"), (here,))
        elif path.suffix == ".csproj":
            yield Manifest(name, ("nuget",), (here,))


def folder_of(name: str) -> str:
    """The folder of a file, from the root: `/` or `/a/b`."""
    parent = PurePosixPath(name).parent.as_posix()
    return "/" if parent == "." else f"/{parent}"


def _project_ecosystems(kind: Kind, here: str, roots: list[str], names: frozenset[str]) -> tuple[str, ...]:
    """By the lockfile beside it, or beside the root of its workspace; else all that can read it."""
    for place in (here, *roots):
        for lock, ecosystem in kind.locks.items():
            if _join(place, lock) in names:
                return (ecosystem,)
    return kind.ecosystems


def _join(folder: str, name: str) -> str:
    return f"{folder.strip('/')}/{name}".lstrip("/")


def _says(tree: Tree, name: str, pattern: re.Pattern[str]) -> bool:
    """Whether the text holds it; what cannot be read is taken for a manifest, not passed over."""
    text = tree.text(name)
    return text is None or pattern.search(text) is not None
