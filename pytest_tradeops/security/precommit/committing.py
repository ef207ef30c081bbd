"""Commits through pre-commit in a small repository, and reads what each hook said."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...exceptions import Inconclusive
from ..ci.probes import Project, Said
from ..gitleaks import planting
from ..project_tree import Tree
from ..yaml_files import Unreadable, written
from . import FILE

_REFUSED = re.compile(r"InvalidConfigError:((?:\s*=+>.*)+)")
_HEAD = re.compile(r"(?m)^(?P<name>.+?)\.{3,}(?:\(no files to check\))?(?P<end>Passed|Failed|Skipped)\s*$")


@dataclass(frozen=True, slots=True)
class HookSaid:
    """What one hook said at a commit: `Passed`, `Failed` or `Skipped`, and its output."""

    end: str
    output: str


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of one `git commit`.

    Attributes:
        accepted: Whether there is a new commit.
        hooks: Name to what it said; without those that did not get their turn.
    """

    accepted: bool
    hooks: Mapping[str, HookSaid]
    said: Said


class Clone:
    """A repository with the subject's small files and its hooks installed, but no others than the scanners'."""

    def __init__(self, tree: Tree, place: Path, config: Mapping[str, Any], gitleaks: str) -> None:
        """Makes it.

        Args:
            place: An empty folder.
            config: What stands in `.pre-commit-config.yaml`.
            gitleaks: As `provider.find` is told.

        Raises:
            Inconclusive: pre-commit is not installed, or cannot install its hooks here.
            Unreadable: it refuses the configuration.
        """
        words = {
            word for repo in config["repos"] for one in repo["hooks"] for word in str(one.get("entry", "")).split()
        }
        self.project = Project.made(tree, place, sorted(words), {FILE: written(dict(config))})
        self._gitleaks = gitleaks
        self._start = planting.git(self.project.root, "rev-parse", "HEAD")
        said = self._run([sys.executable, "-m", "pre_commit", "install"])
        if "No module named pre_commit" in said.output:
            raise Inconclusive("pre-commit is not installed.", remedy="Run `pip install 'pytest-tradeops[security]'`.")
        _require_accepted(said)
        if said.code != 0:
            raise Inconclusive(f"`pre-commit install` ended with {said.code}.", remedy="Run it by hand to see why.")

    def commit(self, files: Mapping[str, str], afterwards: str | None = None) -> Commit:
        """Stages files on top of the first commit, and commits them as a person would.

        Args:
            files: Name to text.
            afterwards: What stands in the work tree by then; the same without it.
        """
        root = self.project.root
        for name, text in files.items():
            self.project.write(name, text)
        planting.git(root, "add", "--force", "--", *files)
        if afterwards is not None:
            for name in files:
                self.project.write(name, afterwards)
        person = ["-c", "user.name=planted", "-c", "user.email=planted@localhost", "-c", "commit.gpgSign=false"]
        said = self._run(["git", *person, "commit", "--message", "Go on"])
        _require_accepted(said)
        accepted = planting.git(root, "rev-parse", "HEAD") != self._start
        planting.git(root, "reset", "--quiet", "--hard", self._start.strip())
        return Commit(accepted, _read(said.output), said)

    def _run(self, argv: list[str]) -> Said:
        environ = {
            "PRE_COMMIT_HOME": str(self.project.home / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
            "COLUMNS": "80",
        }
        return self.project.execute(argv, cwd=self.project.root, env=environ, gitleaks=self._gitleaks)


def _require_accepted(said: Said) -> None:
    wrong = _REFUSED.search(said.output)
    if wrong:
        steps = [line.strip(" =>") for line in wrong[1].splitlines() if line.strip(" =>")]
        raise Unreadable(f"is refused by pre-commit: {'; '.join(steps[1:])[:300]}")  # the first names the scratch file


def _read(output: str) -> dict[str, HookSaid]:
    heads = list(_HEAD.finditer(output))
    ends = [*(head.start() for head in heads), len(output)][1:]
    return {
        head["name"]: HookSaid(head["end"], output[head.end() : end]) for head, end in zip(heads, ends, strict=True)
    }
