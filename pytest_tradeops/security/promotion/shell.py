"""Whether a script of CI runs the gate, and whether the script fails when the gate does; nothing is executed.

Strict rather than clever: the gate counts if its command stands on a line of its own, which a shell that stops at the
first failure is sure to reach. Whatever is less plain than that is an objection, with the remedy to write it plainly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .command import ASSIGNMENT, is_gate
from .makefile import recipes
from .state import State, short, stops
from .words import LEADING, OPERATORS, commands, line_words, script_lines

_DEEPEST = 3

#: From a name in the tree to its text, which of a folder is empty; None where there is none.
type Files = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Gate:
    """A script that runs the gate.

    Attributes:
        command: The line that does.
        objection: Why the script may end well though the gate did not, as the end of a sentence; empty if it cannot.
        skipped: Whether that is because the line may not be reached.
        unclear: Whether it is because nobody can tell from here.
    """

    command: str
    objection: str = ""
    skipped: bool = False
    unclear: bool = False


def find(script: str, files: Files, shell: str = "", depth: int = 0) -> Gate | None:
    """What a script does about the gate: the plainest of its calls; None if it makes none.

    Args:
        files: How `make` and scripts of the tree are looked into.
        depth: How many of them lead here.
    """
    found: list[Gate] = []
    known = stops(shell)
    state = State(*(known or (False, False)))
    lines = script_lines(script)
    for at, line in enumerate(lines):
        words = line_words(line)
        if words is None:
            state.hidden = state.hidden or f"`{short(line)}` cannot be read"
            continue
        start, gate = _gate_of(words, line, files, depth)
        state.take(words[:start], line)
        if gate is not None:
            rest = [word for word in words[start:] if word in OPERATORS]
            judged = _judged(gate, words, start, rest, state, last=at == len(lines) - 1 and not rest)
            if known is None and not judged.objection:
                judged = Gate(gate.command, f"what the shell `{short(shell)}` does is not known", unclear=True)
            found.append(judged)
        state.take(words[start:], line)
    return min(found, key=lambda one: (bool(one.objection), one.skipped, not one.unclear)) if found else None


def _gate_of(words: list[str], line: str, files: Files, depth: int) -> tuple[int, Gate | None]:
    """Where the first command of a line that runs the gate starts, and that gate taken for itself."""
    for start, end, _ in commands(words):
        inner = Gate(line) if is_gate(words[start:end]) else _called(words[start:end], files, depth)
        if inner is not None:
            return start, Gate(short(line), inner.objection, inner.skipped, inner.unclear)
    return len(words), None


def _judged(gate: Gate, words: list[str], start: int, rest: list[str], state: State, *, last: bool) -> Gate:
    """The gate as it stands in its line, of whose operators `rest` follow it, and in its script."""
    before = words[start - 1] if start else ""
    hiding = [word for word in rest if word != ";" and not (state.piping and word in ("|", "|&"))]
    if gate.objection:
        return gate
    if state.hidden:
        return Gate(gate.command, state.hidden)
    if state.inside or state.left:
        return Gate(gate.command, state.left or "it stands inside of a condition, a loop or a function", skipped=True)
    if before not in ("", ";") and not (before == "&&" and last):  # a list that `&&` broke off stops no shell
        return Gate(gate.command, f"it runs only as `{before}` has it", skipped=True)
    if words[start] in LEADING:
        return Gate(gate.command, f"`{words[start]}` makes its failure count for nothing")
    if hiding:
        return Gate(gate.command, f"`{hiding[0]}` behind it hides how it ended")
    return gate if state.stopping or last else Gate(gate.command, "the shell goes on after a failure")


def _called(words: Sequence[str], files: Files, depth: int) -> Gate | None:
    """The gate in what a command of the tree runs: a target of `make`, or a script."""
    rest = list(words)
    while rest and (ASSIGNMENT.match(rest[0]) or rest[0] in LEADING):
        rest = rest[1:]
    if depth >= _DEEPEST or not rest:
        return None
    if PurePosixPath(rest[0]).name in ("make", "gmake"):
        return _made(rest[1:], files, depth)
    shell = ""
    if rest[0] in ("bash", "sh"):
        at = next((at for at, word in enumerate(rest) if at and not word.startswith(("-", "+"))), len(rest))
        shell, rest = " ".join(rest[:at]), rest[at:]
    elif "/" not in rest[0]:
        return None
    text = files(rest[0].removeprefix("./")) if rest else None
    if text is None:
        return None
    first = text.partition("\n")[0]
    shell = f"{shell or (first.removeprefix('#!').strip() if first.startswith('#!') else 'sh')} {{0}}"
    return None if stops(shell) is None else find(text, files, shell, depth + 1)


def _made(words: Sequence[str], files: Files, depth: int) -> Gate | None:
    found = []
    for recipe in recipes(words, files):
        gate = find(recipe.script, files, "", depth + 1)
        if gate is not None and not gate.objection and recipe.tolerated:
            gate = Gate(gate.command, recipe.tolerated)
        elif gate is not None and not gate.objection and recipe.odd:
            said = f"whether make runs it as it stands is not known: {recipe.odd}"
            gate = Gate(gate.command, said, unclear=True)
        found += [] if gate is None else [gate]
    return min(found, key=lambda one: (bool(one.objection), one.skipped, not one.unclear), default=None)
