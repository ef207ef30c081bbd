"""Lines of shell scripts, taken apart as far as it takes to see which commands they hold; pure."""

import itertools
import re
import shlex

OPERATORS = frozenset({";", ";;", "&", "&&", "|", "||", "|&", "(", ")"})
_OPENING = frozenset({"if", "for", "while", "until", "case", "select", "{"})
_CLOSING = frozenset({"fi", "done", "esac", "}"})
#: They stand in front of a command, and the next word is one again.
LEADING = frozenset({"then", "else", "elif", "do", "!", "function", *_OPENING})
_PUNCTUATION = set("();&|")
_OPERATOR = re.compile(r"&&|\|\||\|&|;;|[();&|]")


def script_lines(script: str) -> list[str]:
    """The lines that hold something, without comments; those that go on in the next one are put together."""
    bare = "\n".join(_uncommented(line) for line in script.splitlines())
    joined = re.sub(r"\\\n\s*", " ", bare)
    # Behind `&&` and the like a command goes on with the next line.
    joined = re.sub(r"(&&|\|\||\|)\s*\n\s*", r"\1 ", joined)
    return [line for one in joined.splitlines() if (line := one.strip())]


def _uncommented(line: str) -> str:
    quote, before = "", " "
    escaped = False
    for at, char in enumerate(line):
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and before in " \t;&|()":
            return line[:at]
        before = char
    return line


def line_words(line: str) -> list[str] | None:
    """The words and operators of a line, redirections left out; None if a quote is open."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();&|<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return None
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif re.fullmatch(r"[<>&|]*[<>][<>&|]*", word):
            skip = True
            if kept and kept[-1].isdigit():
                kept.pop()
        elif set(word) <= _PUNCTUATION:
            kept += _OPERATOR.findall(word)  # what stands without a blank between comes as one word
        else:
            kept.append(word)
    return kept


def commands(words: list[str]) -> list[tuple[int, int, str]]:
    """Start and end of each command of a line, with the operator before it."""
    edges = [-1, *(at for at, word in enumerate(words) if word in OPERATORS), len(words)]
    return [
        (left + 1, right, words[left] if left >= 0 else "")
        for left, right in itertools.pairwise(edges)
        if right - left > 1
    ]


def opened(words: list[str]) -> int:
    """By how many blocks more are open behind a line; parentheses aside, of which `case` has only the second."""
    at_command, change = True, 0
    for at, word in enumerate(words):
        if at_command and word in _CLOSING:
            change -= 1
        elif at_command and word in _OPENING:
            change += 1
        function = word == ")" and words[at - 1] == "("
        at_command = word in OPERATORS or word in LEADING or function
    return change
