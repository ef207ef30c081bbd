"""Small projects with the subject's configuration and one planted thing, and commands of CI that are run in them."""

import functools
import os
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ... import processes
from ...exceptions import Inconclusive
from ..gitleaks import planting, provider
from ..project_tree import Tree
from .commands import GITLEAKS, Command
from .steps import COMPUTED

#: Bytes; configuration files are small, and lock files need not come along.
_LARGEST = 200_000
_TIMEOUT = 100.0
#: A tool that would fetch something fails at once instead.
_OFFLINE = {
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}

CLEAN = "def double(price: int) -> int:\n    return price * 2\n"
#: Severity to a source that bandit reports with it, and with nothing above.
SOURCES: Mapping[str, str] = {
    "LOW": "def low(x: int) -> None:\n    assert x\n    try:\n        low(x)\n    except Exception:\n        pass\n",
    "MEDIUM": "HOST = '0.0.0.0'\n\n\ndef medium(text: str) -> object:\n    return eval(text)\n",
    "HIGH": "import subprocess\n\n\ndef high(name: str) -> None:\n    subprocess.call(f'ls {name}', shell=True)\n",
}


#: Other things that bandit reports as HIGH: a command that knows the shell call alone is nearly blind.
KINDS: Mapping[str, str] = {
    "digest": "import hashlib\n\n\ndef digest(text: bytes) -> str:\n    return hashlib.md5(text).hexdigest()\n",
    "certificate": "import requests\n\nANSWER = requests.get('https://localhost', verify=False, timeout=9)\n",
    "system": "import os\n\n\ndef show(name: str) -> None:\n    os.system(f'ls {name}')\n",
}
#: Folders with these names hold no code that trades.
_NO_STRATEGIES = frozenset({"test", "tests", "testing", "fixtures", "docs", "examples"})
_MOST_FOLDERS = 12


def planted_high(names: Iterable[str], strategies: str) -> dict[str, str]:
    """Files with something of HIGH severity: one in each folder of the strategies, and one of each other kind.

    Args:
        names: Of the project's files.
    """
    top = strategies.strip("/")
    below = {name.rpartition("/")[0] for name in names if name.startswith(f"{top}/") and name.endswith(".py")}
    inner = sorted(one for one in below if one != top and _NO_STRATEGIES.isdisjoint(one.split("/")))
    found = {probe_name(folder, "HIGH"): SOURCES["HIGH"] for folder in (top, *inner[:_MOST_FOLDERS])}
    return found | {probe_name(top, kind): source for kind, source in KINDS.items()}


@functools.cache
def probe_name(folder: str, kind: str) -> str:
    """A name that no file of a project has; the same one throughout this process."""
    return f"{folder.strip('/')}/tradeops_{kind.lower()}_{secrets.token_hex(6)}.py"


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a command: all of its output, and the text of what it wrote."""

    code: int
    output: str

    @property
    def tail(self) -> str:
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1][:200] if lines else "no output"


@dataclass(slots=True)
class Project:
    """A repository of its own with the subject's small files.

    Attributes:
        root: Its folder.
        home: Of whoever works in it; empty.
        there: Files that it holds, so that what a command writes is known as such.
    """

    root: Path
    home: Path
    there: set[str] = field(default_factory=set)

    @classmethod
    def made(
        cls, tree: Tree, place: Path, more: Sequence[str] = (), files: Mapping[str, str] = MappingProxyType({})
    ) -> "Project":
        """Lays out the small files of the project's top, dotted folders included, and commits them.

        Args:
            place: An empty folder.
            more: Names of further files that come along if they are small.
            files: Name to text of what is put there as well, or in the place of the project's own.
        """
        project = cls(place / "project", place / "home")
        project.root.mkdir()
        project.home.mkdir()
        named = {*more, *(word.partition("=")[2] for word in more)}  # `--ini x` and `--ini=x` alike
        for name in tree.names:
            if _is_configuration(name) or name in named:
                text = tree.text(name)
                if text is not None and len(text) <= _LARGEST:
                    project.write(name, text)
        for name, text in {".tradeops-probe": "a start\n", **files}.items():
            project.write(name, text)
        planting.new_repository(project.root)
        project.commit("Begin")
        return project

    def write(self, name: str, text: str) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        self.there.add(name)

    def remove(self, name: str) -> None:
        (self.root / name).unlink()
        self.there.discard(name)

    def commit(self, message: str, date: str = "") -> None:
        planting.git(self.root, "add", "--all", "--force")
        planting.git(self.root, "commit", "--quiet", "--allow-empty", "--message", message, date=date)

    def run(self, command: Command, env: Mapping[str, str], gitleaks: str) -> Said:
        """Runs a command of CI with this environment's own program.

        Args:
            env: Literal variables of its step.
            gitleaks: As `provider.find` is told.

        Raises:
            Inconclusive: the program is not installed, the command holds what only a run of CI knows, or does not end.
        """
        if any(COMPUTED in word for word in (*command.arguments, command.folder)):
            raise Inconclusive(f"`{command.shown}` holds what only a run of CI knows, so it cannot be run here.")
        cwd = (self.root / command.folder).resolve()
        if not cwd.is_relative_to(self.root.resolve()):
            raise Inconclusive(f"`{command.shown}` runs outside of the checkout, so it cannot be run here.")
        cwd.mkdir(parents=True, exist_ok=True)
        argv = [str(one) for one in _program(command, gitleaks, self.root)]
        return self.execute([*argv, *command.arguments], cwd=cwd, env=env, gitleaks=gitleaks)

    def execute(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], gitleaks: str = "") -> Said:
        """Runs a command line in the project, without anything of this process's own environment."""
        before = self._files()
        done = processes.run(argv, cwd=cwd, timeout=_TIMEOUT, env=self.environment(env, gitleaks))
        if done.timed_out:
            raise Inconclusive(f"`{Path(argv[0]).name}` took longer than {_TIMEOUT:.0f} seconds.")
        texts = [done.stdout, done.stderr, *(_text(self.root / name) for name in sorted(self._files() - before))]
        return Said(done.code, "\n".join(texts))

    def environment(self, env: Mapping[str, str] | None = None, gitleaks: str = "") -> dict[str, str]:
        """No secret of whoever runs this, no outer pytest's switches, and the tools of this environment first."""
        own = [str(Path(sys.executable).parent), os.defpath]
        found = {"TRADEOPS_GITLEAKS": gitleaks} if gitleaks else {}
        return {
            "LC_ALL": "C.UTF-8",
            "CI": "true",
            **{name: value for name, value in (env or {}).items() if COMPUTED not in value},
            **_OFFLINE,
            **found,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PATH": os.pathsep.join((*own, *([os.environ["PATH"]] if "PATH" in os.environ else []))),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def _files(self) -> set[str]:
        found = (path for path in self.root.rglob("*") if ".git" not in path.parts[len(self.root.parts) :])
        return {path.relative_to(self.root).as_posix() for path in found if path.is_file()}


def _program(command: Command, gitleaks: str, root: Path) -> list[str | Path]:
    if command.program == GITLEAKS:
        return [provider.find(gitleaks, root).path]
    name = {"py.test": "pytest"}.get(command.program, command.program)
    found = Path(sys.executable).parent / name
    if not found.is_file():
        raise Inconclusive(
            f"{name} is not installed beside this Python, so `{command.shown}` cannot be run here.",
            remedy=f"Run `pip install {name if name != 'tradeops' else 'pytest-tradeops'}`.",
        )
    return [found]


def _is_configuration(name: str) -> bool:
    """Whether it may be a tool's settings: a file of the top that is no code, or one with a dot wherever it is."""
    own = name.rpartition("/")[2]
    return own.startswith(".") or ("/" not in name and not name.endswith((".py", ".lock", ".md")))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:_LARGEST]
    except OSError:
        return ""
