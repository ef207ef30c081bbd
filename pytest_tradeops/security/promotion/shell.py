"""Whether a script of CI runs the gate, and whether the script fails when the gate does; nothing is executed.

Strict rather than clever: the gate counts if its command stands on a line of its own, which a shell that stops at the
first failure is sure to reach. Whatever is less plain than that is an objection, with the remedy to write it plainly.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .command import ASSIGNMENT, is_gate
from .state import State, short, stops
from .words import LEADING, OPERATORS, commands, line_words, script_lines

_DEEPEST = 3

#: From a name of a file in the tree to its text; None where there is none.
type Files = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Gate:
    """A script that runs the gate.

    Attributes:
        command: The line that does.
        objection: Why the script may end well though the gate did not, as the end of a sentence; empty if it cannot.
        skipped: Whether that is because the line may not be reached.
    """

    command: str
    objection: str = ""
    skipped: bool = False


def find(script: str, files: Files, shell: str = "", depth: int = 0) -> Gate | None:
    """What a script does about the gate: the plainest of its calls; None if it makes none.

    Args:
        files: How `make` and scripts of the tree are looked into.
        depth: How many of them lead here.
    """
    found: list[Gate] = []
    state = State(*stops(shell))
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
            found.append(_judged(gate, words, start, rest, state, last=at == len(lines) - 1 and not rest))
        state.take(words[start:], line)
    return min(found, key=lambda one: (bool(one.objection), one.skipped)) if found else None


def _gate_of(words: list[str], line: str, files: Files, depth: int) -> tuple[int, Gate | None]:
    """Where the first command of a line that runs the gate starts, and that gate taken for itself."""
    for start, end, _ in commands(words):
        inner = Gate(line) if is_gate(words[start:end]) else _called(words[start:end], files, depth)
        if inner is not None:
            return start, Gate(short(line), inner.objection, inner.skipped)
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
    rest = [word for word in words if not ASSIGNMENT.match(word) and word not in LEADING]
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
    shell = shell or (first.removeprefix("#!") if first.startswith("#!") else "sh")
    return find(text, files, f"{shell} {{0}}", depth + 1)


def _made(words: Sequence[str], files: Files, depth: int) -> Gate | None:
    text = next((text for name in ("GNUmakefile", "makefile", "Makefile") if (text := files(name)) is not None), None)
    if text is None:
        return None
    ignoring = any(re.fullmatch(r"-[a-zA-Z]*[int][a-zA-Z]*|--ignore-errors|--dry-run|--touch", word) for word in words)
    rules = dict.fromkeys(re.findall(r"(?m)^([\w./-]+)\s*:(?!=)", text))
    targets = [word for word in words if not word.startswith("-")] or list(rules)[:1]
    for target in targets:
        rule = re.search(rf"(?m)^{re.escape(target)}\s*:(?!=)[^\n]*\n((?:\t[^\n]*(?:\n|$)|[ \t]*\n)*)", text)
        for line in re.sub(r"\\\n\s*", " ", rule[1] if rule else "").splitlines():
            sign = re.match(r"\s*[@+-]*", line)
            gate = find(line.strip().lstrip("@+-"), files, "", depth + 1)
            if gate is not None and not gate.objection and (ignoring or (sign and "-" in sign[0])):
                return Gate(gate.command, "make is told to ignore that it failed")
            if gate is not None:
                return gate
    return None
