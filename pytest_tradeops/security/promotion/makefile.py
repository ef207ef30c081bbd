"""What `make` runs, as far as a makefile is plain: the recipes of its targets and of what these need; pure.

What is less plain than that, such as a condition, an included file or a shell of its own, is a sentence instead.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

#: Where make looks, in its order.
_NAMES = ("GNUmakefile", "makefile", "Makefile")
_MOST = 200
_IGNORING = re.compile(r"-[a-zA-Z]*i[a-zA-Z]*|--ignore-errors")
_NOTHING = re.compile(r"-[a-zA-Z]*[ntq][a-zA-Z]*|--(?:dry-run|just-print|recon|touch|question|version|help)|-v|-h")
#: Options that change neither what is run nor how it ends; those of one letter may stand together.
_HARMLESS = re.compile(
    r"-[Bbeksw]+|-j[0-9]*|-[lO]\S*|--(?:jobs|silent|quiet|no-print-directory|print-directory|always-make)(?:=\S*)?"
    r"|--(?:keep-going|output-sync|warn-undefined-variables|environment-overrides)(?:=\S*)?"
)
#: Variables with which make, or the shell of its recipes, does something else.
_DECIDING = re.compile(r"(?:GNU)?MAKEFLAGS|MAKEFILES|SHELL|\.SHELLFLAGS")
_RULE = re.compile(r"(?m)^(?P<targets>[\w./%-][^\n:=#\t]*)::?(?![:=])(?P<needs>[^\n;=]*)(?P<inline>;[^\n]*)?$")
_RECIPE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n|\t[^\n]*(?:\n|\Z))*")
#: The variables that decide about recipes, with what they are set to, and the values that change nothing here.
_SETTING = re.compile(
    r"(?m)^[ \t]*(?:export[ \t]+|override[ \t]+)*(SHELL|\.SHELLFLAGS|(?:GNU)?MAKEFLAGS)[ \t]*[:?+]*=([^\n#]*)"
)
_USUAL = {
    "SHELL": re.compile(r"\S*\b(?:ba|da)?sh|\$\(shell (?:which|command -v) bash\)"),
    ".SHELLFLAGS": re.compile(r"(?:-[euxo]+\s+|pipefail\s+)*-[euxo]*c"),
    "MAKEFLAGS": re.compile(
        r"-{0,2}(?:no-print-directory|no-builtin-rules|warn-undefined-variables|silent|jobs\S*|j[0-9]*|[srR]+)"
    ),
}
_INCLUDE = re.compile(r"(?m)^(?:-|s)?include[ \t]+([^\n#]*)")
_CONDITION, _END = re.compile(r"(?:ifeq|ifneq|ifdef|ifndef)\b"), re.compile(r"endif\b")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One line that make hands to a shell.

    Attributes:
        tolerated: Why its failure is none to make, as the end of a sentence; empty if it is one.
        odd: Why it is not known whether it is run as it stands, likewise.
    """

    script: str
    tolerated: str = ""
    odd: str = ""


def recipes(words: Sequence[str], files: Callable[[str], str | None]) -> Iterator[Recipe]:
    """The lines that a command line of make leads to; none where there is no makefile.

    Args:
        words: What follows `make`.
        files: From a name to a text, which of a folder is empty; None where there is none.
    """
    text = next((text for name in _NAMES if (text := files(name)) is not None), None)
    if text is None:
        return
    text = re.sub(r"\\\n\s*", " ", text)
    tolerated, odd = "", _oddity(text, files)
    goals: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "-C" and waiting[:1] == ["."]:
            waiting.pop(0)
        elif _IGNORING.fullmatch(word):
            tolerated = "make is told to ignore that it failed"
        elif _NOTHING.fullmatch(word):
            tolerated = "make is told to run nothing"
        elif word.startswith("-") and not _HARMLESS.fullmatch(word):
            odd = odd or f"make is called with `{word}`"
        elif "=" in word:
            name = word.partition("=")[0].rstrip(":?+")
            odd = odd or (f"make is given {name}" if _DECIDING.fullmatch(name) else "")
        elif not word.startswith("-"):
            goals.append(word)
    if re.search(r"(?m)^\.IGNORE\s*:", text):
        tolerated = tolerated or "the makefile has .IGNORE"
    phony = {name for match in re.finditer(r"(?m)^\.PHONY\s*:([^\n#]*)", text) for name in match[1].split()}
    rules = _rules(text)
    seen: set[str] = set()
    left = goals or list(rules)[:1]
    while left and len(seen) < _MOST:
        goal = left.pop(0)
        if goal in seen or goal not in rules:
            continue
        seen.add(goal)
        needs, bodies = rules[goal]
        left += needs
        why = odd or ("it has two rules" if len(bodies) > 1 else "")
        if not why and goal not in phony and files(goal) is not None:
            why = f"there is a file or folder {goal}, which is no .PHONY"
        for body in bodies:
            for line in body:
                sign = re.match(r"\s*[@+-]*", line)
                ignored = bool(sign and "-" in sign[0])
                yield Recipe(
                    line.strip().lstrip("@+-"),
                    tolerated or ("make is told to ignore that it failed" if ignored else ""),
                    why,
                )


def _rules(text: str) -> dict[str, tuple[list[str], list[list[str]]]]:
    """Target to what it needs and to its recipes, of which the last one counts to make."""
    found: dict[str, tuple[list[str], list[list[str]]]] = {}
    for match in _RULE.finditer(text):
        recipe = _RECIPE.match(text, match.end() + 1)
        lines = [line for line in (recipe[0] if recipe else "").splitlines() if line.startswith("\t")]
        body = [*([match["inline"][1:]] if match["inline"] else []), *lines]
        needs = [one for one in match["needs"].partition("#")[0].split() if one != "|"]
        for target in match["targets"].split():
            if not target.startswith("."):
                before = found.setdefault(target, ([], []))
                before[0].extend(needs)
                before[1].extend([body] if body else [])
    return found


def _oddity(text: str, files: Callable[[str], str | None]) -> str:
    """What of a makefile keeps a reader from knowing what a recipe does; empty if nothing does."""
    included = [name for match in _INCLUDE.finditer(text) for name in match[1].split()]
    if any("$" in name or files(name) is not None for name in included):
        return "the makefile includes another one"
    if any(_RULE.match(line) or line.startswith("\t") for line in _conditional(text)) or "$(eval" in text:
        return "the makefile has rules under conditions"
    stopping = False
    for match in _SETTING.finditer(text):
        name, value = match[1].removeprefix("GNU"), match[2].strip()
        words = value.split() if name == "MAKEFLAGS" else [value]
        if not all(_USUAL[name].fullmatch(word) for word in words):
            return f"the makefile has {name} of its own"
        stopping = stopping or (name == ".SHELLFLAGS" and re.search(r"(?:^|\s)-[uxo]*e", value) is not None)
    if re.search(r"(?m)^\.ONESHELL\s*:", text) and not stopping:
        return "with .ONESHELL, only the last line of a recipe decides"
    return ""


def _conditional(text: str) -> Iterator[str]:
    """The lines that make reads under a condition only."""
    depth = 0
    for line in text.splitlines():
        plain = line.strip(" ")
        if _END.match(plain):
            depth -= 1
        if depth > 0:
            yield line
        if _CONDITION.match(plain):
            depth += 1
