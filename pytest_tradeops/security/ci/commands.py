"""Which scanner a command line runs, and how the same command is run here with this environment's own tools."""

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..wrapped import unwrapped
from .stage import Call

BANDIT, GITLEAKS = "bandit", "gitleaks"
#: The packaged check that runs a scanner when the gate is run.
CHECKS = {BANDIT: "SEC-001", GITLEAKS: "SEC-014"}
MODULES = {"bandit": BANDIT, "pytest_tradeops": "tradeops", "pre_commit": "pre-commit", "pytest": "pytest"}
PROGRAMS = frozenset({BANDIT, GITLEAKS, "tradeops", "pre-commit", "pytest", "py.test"})
#: Whatever they start is not seen on the stage.
_RUNNERS = frozenset(
    {"tox", "nox", "just", "inv", "invoke", "task", "doit", "npm", "yarn", "pnpm", "docker", "podman", "act"}
    | {"bazel", "earthly", "dagger", "prek", "poe", "taskipy"}
)
_RUNNING_MODULES = {"tox": "tox", "nox": "nox", "invoke": "invoke", "poethepoet": "poe", "taskipy": "taskipy"}
#: Behind their `run` stands a program, or a name that the project gave to a command line.
_NAMING = frozenset({"pdm", "hatch", "pixi", "rye"})
_PLAIN = frozenset({"python", "pytest", "py.test", "ruff", "mypy", "pyright", "black", "isort", "flake8", "coverage"})
_CODE = re.compile(r"[\w./-]+\.(?:py|js|mjs|ts|rb|pl)")
_UNLIKELY = re.compile(r"(?<=tradeops)_[a-z]+_[0-9a-f]{12}(?=\.py)")
_SHOWING = frozenset({"--version", "-h", "--help", "version", "help"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command line that runs scanners.

    Attributes:
        program: `bandit`, `gitleaks`, `tradeops`, `pre-commit` or `pytest`; what runs here in place of the path in CI.
        arguments: What follows it.
        folder: Where, relative to the project.
        scanners: Of `BANDIT` and `GITLEAKS`, those that it runs.
        gate: The profile, if it is the gate that runs them; empty for the subject's own.
        is_gate: Whether it is.
    """

    program: str
    arguments: tuple[str, ...]
    folder: str
    scanners: frozenset[str]
    gate: str = ""
    is_gate: bool = False

    @property
    def shown(self) -> str:
        """For a person, and the same in every run: without what makes names of planted files unlikely."""
        return _UNLIKELY.sub("", " ".join((self.program, *self.arguments)))[:160]


def read(call: Call, hooked: Callable[[], frozenset[str]]) -> Command | None:
    """What a call runs; None if it is no scanner.

    Args:
        hooked: Which scanners are among the hooks of pre-commit; asked for only where pre-commit runs.
    """
    argv = unwrapped(call.argv, PROGRAMS, MODULES)
    if not argv:
        return None
    program, arguments = argv[0], argv[1:]
    found: frozenset[str] = frozenset()
    gate, is_gate = "", False
    if _SHOWING & set(arguments[:1]):
        return None
    if program in (BANDIT, GITLEAKS):
        found = frozenset({program})
    elif program == "pre-commit" and arguments[:1] == ("run",):
        found = hooked()
    elif program == "tradeops":
        verb = arguments[:1]
        if verb == ("bandit",):
            found = frozenset({BANDIT})
        elif arguments[:2] == ("secrets", "scan"):
            found = frozenset({GITLEAKS})
        elif verb == ("verify",):
            only = _after(arguments, "--only")
            found = frozenset(one for one, check in CHECKS.items() if not only or check in only)
            gate, is_gate = next(iter(_after(arguments, "--profile")), ""), True
    elif program in ("pytest", "py.test") and (profile := _after(arguments, "--tradeops-gate")):
        # An expression may leave any check out; the gate then says that it is missing, and does not promote.
        found, gate, is_gate = frozenset(CHECKS), profile[0], True
    return Command(program, arguments, call.folder, found, gate, is_gate) if found else None


def runner(call: Call, text: Callable[[str], str | None]) -> str:
    """The name of what starts others unseen; empty if this does not.

    Args:
        text: From the name of a file of the project to its text.
    """
    found = unwrapped(call.argv, _RUNNERS, _RUNNING_MODULES)
    if found:
        return found[0]
    if call.name in _NAMING and call.argv[1:2] == ("run",):
        named = next((word for word in call.argv[2:] if not word.startswith("-")), "")
        return f"{call.name} run {named}" if named and named not in _PLAIN else ""
    for word in call.argv[1:]:  # a script that starts a scanner by itself
        path = posixpath.normpath(posixpath.join(call.folder, word))
        if _CODE.fullmatch(word) and re.search(rf"\b(?:{BANDIT}|{GITLEAKS})\b", text(path) or ""):
            return word
    return ""


def _after(arguments: Sequence[str], option: str) -> tuple[str, ...]:
    """The values of an option, up to the next one."""
    for at, word in enumerate(arguments):
        if word.startswith(f"{option}="):
            return (word.partition("=")[2],)
        if word == option:
            rest = arguments[at + 1 :]
            end = next((number for number, one in enumerate(rest) if one.startswith("-")), len(rest))
            return tuple(rest[:end])
    return ()
