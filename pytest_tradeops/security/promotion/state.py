"""What the lines of a script that came before mean for the next one; pure."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from .command import LEADING_TO_IT, is_gate
from .words import LEADING, commands, opened

_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh"})
#: They end as the last command did.
_OF_WINDOWS = frozenset({"pwsh", "powershell", "cmd"})
_SHELL_FLAGS = re.compile(r"-[aehluvxp]*o?|--(?:noprofile|norc|login|posix)")
_SHELL_OPTIONS = frozenset({"pipefail", "errexit", "nounset", "xtrace", "posix", "verbose", "errtrace"})
#: Variables with which a shell or make does something else, and what a program of that name then is.
_ASTRAY = re.compile(r"(?:^|[\s;&|(])(?:BASH_ENV|(?:GNU)?MAKEFLAGS|MAKEFILES|SHELLOPTS)=(?!-?j?[0-9]*(?:\s|$))")
_REPLACED = re.compile(
    rf"(?:^|[\s;&|(){{}}])(?:(?:function|alias)\s+{LEADING_TO_IT}(?![\w./-])|{LEADING_TO_IT}\s*\(\s*\)|hash\s+-p)"
)


def stops(shell: str) -> tuple[bool, bool] | None:
    """Whether a runner's shell stops at the first failure, and whether a failure within a pipe is one.

    None where it is not known to run the script and to end as that does: `cat {0}`, `bash -n {0}`.

    Args:
        shell: The step's `shell`; empty for the default of Linux.
    """
    words = shell.split()
    if not words:
        return True, False
    if len(words) == 1 and words[0] in ("bash", "sh"):
        return True, words[0] == "bash"
    if len(words) == 1 and words[0] in _OF_WINDOWS:
        return False, False
    if PurePosixPath(words[0]).name == "env":  # of a script's first line
        words = [word for word in words[1:] if word != "-S"]
    if not words or PurePosixPath(words[0]).name not in _SHELLS or words[-1] != "{0}":
        return None
    options = words[1:-1]
    for before, word in itertools.pairwise(["", *options]):
        named = re.fullmatch(r"-[a-z]*o", before) is not None
        if not (word in _SHELL_OPTIONS if named else _SHELL_FLAGS.fullmatch(word)):
            return None
    # Also behind others: `bash -euo pipefail {0}`.
    stopping = "errexit" in options or any(re.fullmatch(r"-[a-z]*e[a-z]*", word) for word in options)
    return stopping, "pipefail" in options


@dataclass(slots=True)
class State:
    """A shell between two lines.

    Attributes:
        stopping: Whether it is sure to stop at the first failure; `piping`: whether at one within a pipe, too.
        blocks: How many conditions, loops and functions are open; `parentheses` likewise.
        left: Why the next line may not be reached, as the end of a sentence; empty if it is.
        hidden: Why how the script ends says nothing, likewise.
    """

    stopping: bool
    piping: bool
    blocks: int = 0
    parentheses: int = 0
    left: str = ""
    hidden: str = ""

    @property
    def inside(self) -> bool:
        return self.blocks > 0 or self.parentheses > 0

    def take(self, words: list[str], line: str) -> None:
        """Goes on behind some words of a line."""
        self._set(words)
        self.blocks = max(0, self.blocks + opened(words))
        self.parentheses = max(0, self.parentheses + words.count("(") - words.count(")"))
        if _leaves(words):
            self.left = self.left or f"`{short(line)}` may end the script before"
        if _hides(words, line):
            self.hidden = self.hidden or f"`{short(line)}` may hide how it ended"

    def _set(self, words: list[str]) -> None:
        """What `set` says; to stop only counts where the line is sure to be reached, not to stop counts anywhere."""
        sure = not self.inside and not {"||", "&&", "|", "&", *LEADING} & set(words)
        for option, on in _options(words):
            if option == "pipefail":
                self.piping = on and (sure or self.piping)
            elif option == "errexit":
                self.stopping = on and (sure or self.stopping)


def short(line: str) -> str:
    """A line as it is quoted in a sentence."""
    line = " ".join(line.split())
    return line if len(line) <= 80 else f"{line[:80]}..."


def _options(words: list[str]) -> Iterator[tuple[str, bool]]:
    for start, end, _ in commands(words):
        one = [word for word in words[start:end] if word not in LEADING]
        if one[:1] == ["shopt"]:
            on = any(re.fullmatch(r"-[a-z]*s[a-z]*", word) for word in one)
            yield from ((word, on) for word in one if word in ("pipefail", "errexit"))
        for before, word in itertools.pairwise(one):
            if one[0] != "set":
                break
            if word in ("pipefail", "errexit"):
                yield word, before.startswith("-")
            elif re.fullmatch(r"[+-][a-z]*e[a-z]*", word):
                yield "errexit", word.startswith("-")


def _leaves(words: list[str]) -> bool:
    """Whether the words may end the script with success."""
    for start, end, _ in commands(words):
        one = [word for word in words[start:end] if word not in LEADING]
        if one[:1] in (["exit"], ["return"]) and not re.fullmatch(r"[1-9]\d*", one[1] if len(one) > 1 else "0"):
            return True
        if one[:1] == ["exec"] and len(one) > 1 and not is_gate(one):
            return True
    return False


def _hides(words: list[str], line: str) -> bool:
    """Whether the words change how the script ends or what a command in it is, or are the start of a text in it."""
    for start, end, _ in commands(words):
        one = [word for word in words[start:end] if word not in LEADING]
        if "trap" in words[start:end] and re.search(r"\b(?:exit|exec|return|kill)\b(?!-)", line):
            return True
        # Nothing is run any more.
        if one[:1] == ["set"] and any(word == "noexec" or re.fullmatch(r"-[a-z]*n[a-z]*", word) for word in one[1:]):
            return True
    if _ASTRAY.search(line) or _REPLACED.search(line):
        return True
    return re.search(r"<<-?\s*['\"\\]?\w", line.replace("<<<", "")) is not None
