"""CI's own test command: where it stands, and how it is run here.

A CI file is a workflow (`.github/workflows/*.yml`, `.github/actions`), `.gitlab-ci.yml`, `.circleci/config.yml`,
`azure-pipelines.yml`, `bitbucket-pipelines.yml`, `Jenkinsfile` or anything in `.ci/`; further what such a file leads
to: `Makefile`, `tox.ini` or `justfile` if it calls `make`, `tox` or `just`, and scripts that it names by their path.
The command must stand there as a whole, outside of comments: what follows it may only be the end of the line, a
closing quote or bracket, another command, or a place-holder for arguments. `pyproject.toml` and `noxfile.py` do not
count: the first holds the setting itself, and the second does not hold commands as text.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..exceptions import Inconclusive

_PLACES = (
    ".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml", ".ci/**/*", ".circleci/config.yml",
    "azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile",
)  # fmt: skip
_TOOLS = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "tox": ("tox.ini",),
    "just": ("justfile", "Justfile", ".justfile"),
}
_SCRIPTS = frozenset({"", ".sh", ".bash", ".yml", ".yaml", ".mk"})
_INSTALLED = frozenset({".venv", "venv", "node_modules"})  # programs that CI calls, not scripts of the project
_LARGEST = 1_000_000  # characters; no CI file is larger, and a data file that is named in one need not be read
#: What may follow a whole command on its line.
_END = r"""(?=\s*(?:$|["'`\])},;&|>#]|\{posargs|"?\$[@*({]))"""
_WRAPPERS = re.compile(r"uvx?|poetry|pdm|hatch|rye|pipenv|pixi|coverage|env|time|nice|timeout|xvfb-run|python[0-9.]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
#: Environment variables by which a CI file changes what the command does.
_SWITCHES = re.compile(
    r"""\b(PYTEST_ADDOPTS|PYTEST_XDIST_AUTO_NUM_WORKERS)(?:["']?\s*:\s*(.+)|=("[^"]*"|'[^']*'|\S+))"""
)


@dataclass(frozen=True, slots=True)
class CiCommand:
    """A pytest command line, taken apart.

    Attributes:
        arguments: What follows `pytest`, paths included.
        env: Assignments in front of it.
        as_module: It was `python -m pytest`.
    """

    arguments: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    as_module: bool = False


def parse(command: str) -> CiCommand:
    """The parts of a pytest command line, which may stand behind assignments and wrappers such as `uv run`.

    Raises:
        Inconclusive: it is not one plain pytest command, so that it cannot be run here.
    """
    remedy = "Write the plain pytest command as `ci_test_command`, such as `pytest -n auto --reruns 1`."
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Inconclusive(f"`{command}` cannot be read as a command: {error}.", remedy=remedy) from None
    if any(word in ("&&", "||", "|", ";", "&") or word[:1] in "<>" or "$" in word or "`" in word for word in words):
        raise Inconclusive(f"`{command}` needs a shell.", remedy=remedy)
    env: dict[str, str] = {}
    before: list[str] = []
    for at, word in enumerate(words):
        if Path(word).name in ("pytest", "py.test") and (not before or before[-1] != "--with"):
            if before and not _WRAPPERS.fullmatch(Path(before[0]).name):
                break
            return CiCommand(tuple(words[at + 1 :]), env, as_module=before[-1:] == ["-m"])
        if _ASSIGNMENT.match(word) and (not before or before == ["env"]):
            name, _, env[name] = word.partition("=")
        else:
            before.append(word)
    raise Inconclusive(f"`{command}` is not a pytest command.", remedy=remedy)


def files(root: Path) -> dict[str, str]:
    """Every CI file of the project with its text: comments removed, continued lines joined, blanks folded.

    Returns:
        Path relative to `root`, with `/`, to the text; sorted.
    """
    found: dict[str, str] = {}
    waiting = sorted(path for place in _PLACES for path in root.glob(place) if path.is_file())
    while waiting:
        path = waiting.pop()
        name = path.relative_to(root).as_posix()
        if name in found:
            continue
        raw = path.read_text(encoding="utf-8", errors="replace") if path.stat().st_size < _LARGEST else ""
        found[name] = _plain(raw)
        waiting += _led_to(root, found[name])
    return dict(sorted(found.items()))


def places(texts: Mapping[str, str], command: str) -> list[str]:
    """The names of the files among `texts` in which `command` stands as a whole command."""
    return [name for name, text in texts.items() if _whole(command).search(text)]


def switches(texts: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Environment variables for pytest that the named files set; a value that only CI knows is left out."""
    found = {}
    for name in names:
        for variable, mapped, assigned in _SWITCHES.findall(texts[name]):
            value = (mapped or assigned).strip().strip("\"'")
            if "$" not in value:
                found[variable] = value
    return found


def _whole(command: str) -> re.Pattern[str]:
    folded = r"\s+".join(re.escape(word) for word in command.split())
    # Not behind `echo`, and not the tail of a longer word.
    return re.compile(rf"^(?!.*\becho\b.*{folded}).*?(?<![\w.=-]){folded}{_END}", re.MULTILINE)


def _plain(text: str) -> str:
    text = re.sub(r"\\\r?\n\s*", " ", text)
    lines = (re.sub(r"(^|\s)#.*$", "", line) for line in text.splitlines())
    return "\n".join(re.sub(r"[ \t]+", " ", line).rstrip() for line in lines if line.strip())


def _led_to(root: Path, text: str) -> Iterator[Path]:
    for tool, names in _TOOLS.items():
        if re.search(rf"(?<![\w./-]){tool}(?![\w.-])", text):
            yield from (root / name for name in names if (root / name).is_file())
    for word in sorted(set(re.findall(r"[\w./-]*\w", text))):
        target = root / word
        inside = target.resolve().is_relative_to(root.resolve()) and ".." not in target.parts
        if not inside or _INSTALLED & set(target.parts[len(root.parts) :]):
            continue
        if word.startswith("./.github/actions/") and target.is_dir():
            yield from sorted(target.glob("action.y*ml"))
        elif "/" in word and target.suffix in _SCRIPTS and target.is_file():
            yield target
