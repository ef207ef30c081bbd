"""Whether a command runs the gate, whatever it is wrapped in."""

import re
from collections.abc import Sequence

from ..wrapped import unwrapped
from .words import LEADING

_PROGRAMS = ("tradeops", "pytest", "py.test")
_MODULES = {"pytest_tradeops": "tradeops", "pytest": "pytest"}
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
#: With these, nothing is judged.
_SHOWING = frozenset(
    {"-h", "--help", "--version", "-V", "--collect-only", "--co", "--setup-only", "--setup-plan", "--fixtures"}
    | {"--funcargs", "--fixtures-per-test", "--markers", "--cache-show"}
)
#: What is judged; these values of it are where the command runs, as GitHub's checkout is.
_SUBJECT = ("--subject", "--tradeops-subject", "--rootdir")
_HERE = (".", "./", "$PWD", "${PWD}", "$GITHUB_WORKSPACE", "${GITHUB_WORKSPACE}")
#: Programs that lead to the gate; a function or an alias of such a name is another one.
LEADING_TO_IT = (
    r"(?:tradeops|pytest|py\.test|python[0-9.]*|uvx?|poetry|pdm|hatch|pipenv|pipx|pixi|rye|env|command|make|bash|sh)"
)


def is_gate(words: Sequence[str]) -> bool:
    """Whether the words of one command are a run of the gate that judges."""
    argv = _unwrapped(words)
    if not argv or _SHOWING & set(argv) or _elsewhere(argv):
        return False
    if argv[0] == "tradeops":
        return argv[1:2] == ("verify",)
    return argv[0] in _PROGRAMS[1:] and any(
        word == "--tradeops-gate" or (word.startswith("--tradeops-gate=") and not word.endswith("=")) for word in argv
    )


def _elsewhere(argv: Sequence[str]) -> bool:
    """Whether another folder is judged than the one that it runs in."""
    for place, word in enumerate(argv):
        option, given, value = word.partition("=")
        if option in _SUBJECT and (value if given else " ".join(argv[place + 1 : place + 2])) not in _HERE:
            return True
    return False


def _unwrapped(words: Sequence[str]) -> tuple[str, ...]:
    """From the program on, without assignments and wrappers; empty if it is hidden behind another program."""
    rest = list(words)
    while rest and (ASSIGNMENT.match(rest[0]) or rest[0] in LEADING):
        rest = rest[1:]
    return unwrapped(rest, _PROGRAMS, _MODULES) if rest else ()
